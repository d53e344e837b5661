// A rule that is delayed before its day, as 86 FR 58205 was by 87 FR 1670: both times tell.
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class RedateIntegrationTest : public LabTest {
 protected:
  Result PublishOn(const std::vector<std::pair<std::string, std::string>>& items,
                   const std::string& citation, const std::string& effective,
                   const std::string& published) {
    return As("us-bis/publisher",
              {"publish", "--list", "ccl", "--format", "csv", "--from", Csv(items), "--effective",
               effective, "--published", published, "--citation", citation, "--yes"});
  }
  // Authorities that have `code` in force, asked in Norway.
  size_t InForce(const std::string& code, const std::string& as_of, const std::string& known_at) {
    return As("no-mfa/screener",
              {"item", "show", code, "--as-of", as_of, "--known-at", known_at, "-o", "json"})
        .Json()["authorities"]
        .size();
  }
};

TEST_F(RedateIntegrationTest, ADelayedRuleIsInForceOnlyAsItWasKnownBefore) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(PublishOn({{"4D001", "base"}}, "base", "2017-01-15", "2017-01-15").exit, 0);
  ASSERT_EQ(PublishOn({{"4D001", "base"}, {"4A005", "new"}, {"4D004", "new"}}, "86 FR 58205",
                      "2022-01-19", "2021-10-21")
                .exit,
            0);
  const std::string draft = directory_ + "/delay.draft";
  const std::vector<std::string> delay = {"revision",    "redate",     "--list",      "ccl",
                                          "--effective", "2022-03-07", "--published", "2022-01-12",
                                          "--citation",  "87 FR 1670", "--out",       draft};
  const auto redate = [&](std::vector<std::string> more) {
    std::vector<std::string> command = delay;
    command.insert(command.end(), more.begin(), more.end());
    return As("us-bis/publisher", command);
  };
  // A revision that there is not; an entry that it does not change.
  EXPECT_EQ(redate({"--revision", "7"}).exit, 3);
  const Result other = redate({"--revision", "2", "--key", "4D001"});
  EXPECT_EQ(other.exit, 3);
  EXPECT_NE(other.err.find("does not change 4D001"), std::string::npos) << other.err;
  const Result drafted = redate({"--revision", "2"});
  ASSERT_EQ(drafted.exit, 0) << drafted.err;
  EXPECT_NE(drafted.out.find("2 redated"), std::string::npos) << drafted.out;
  ASSERT_EQ(As("us-bis/publisher",
               {"revision", "sign", draft, "--key", directory_ + "/us-bis/officers/officer-1.key",
                "--key", directory_ + "/us-bis/officers/officer-2.key"})
                .exit,
            0);
  const Result submitted = As("us-bis/publisher", {"revision", "submit", draft});
  ASSERT_EQ(submitted.exit, 0) << submitted.err;
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));

  for (const char* code : {"4A005", "4D004"}) {
    EXPECT_EQ(InForce(code, "2022-02-01", "2022-01-01T00:00:00Z"), 1u) << "due on 01-19 by then";
    EXPECT_EQ(InForce(code, "2022-02-01", "2022-02-01T00:00:00Z"), 0u) << "delayed by then";
    EXPECT_EQ(InForce(code, "2022-03-06", "2022-02-01T00:00:00Z"), 0u);
    EXPECT_EQ(InForce(code, "2022-03-07", "2022-02-01T00:00:00Z"), 1u);
    EXPECT_EQ(InForce(code, "2022-03-07", "2021-10-20T00:00:00Z"), 0u) << "not published yet";
  }
}

}  // namespace
}  // namespace comity::integration
