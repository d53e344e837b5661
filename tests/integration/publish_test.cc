// Officers at work: drafts on files, conflicts, refusals; and what bad input gets.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

class PublishIntegrationTest : public LabTest {
 protected:
  Result Draft(const std::string& text, const std::string& citation, const std::string& out) {
    return As("us-bis/publisher", {"revision", "draft", "--list", "us-bis/list", "--format", "csv",
                                   "--from", Csv({{"5A001", text}}), "--effective", "2020-02-01",
                                   "--citation", citation, "--out", directory_ + "/" + out});
  }
  Result Sign(const std::string& draft, const std::string& authority,
              const std::vector<int>& officers) {
    std::vector<std::string> arguments = {std::string(COMITY_BIN_DIR) + "/comity", "revision",
                                          "sign", directory_ + "/" + draft};
    for (const int officer : officers) {
      arguments.push_back("--key");
      arguments.push_back(directory_ + "/" + authority + "/officers/officer-" +
                          std::to_string(officer) + ".key");
    }
    return Execute(arguments);  // without a context: signing needs no network
  }
  Result Submit(const std::string& draft) {
    return As("us-bis/publisher", {"revision", "submit", directory_ + "/" + draft, "-o", "json"});
  }
  int Size() {
    return As("us-bis/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json()["size"];
  }
};

TEST_F(PublishIntegrationTest, TwoTeamsAtOnceAndEveryForgery) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);

  ASSERT_EQ(Draft("two", "Act of team A", "a").exit, 0);
  ASSERT_EQ(Draft("three", "Act of team B", "b").exit, 0);
  ASSERT_EQ(Sign("a", "us-bis", {1, 2}).exit, 0);
  ASSERT_EQ(Sign("b", "us-bis", {3}).exit, 0);
  ASSERT_EQ(Sign("b", "us-bis", {2}).exit, 0);
  EXPECT_EQ(Sign("b", "us-bis", {2}).exit, 7) << "one officer signs once";
  const Result won = Submit("a");
  ASSERT_EQ(won.exit, 0) << won.err;
  EXPECT_EQ(won.Json()["revised"], 1);
  const Result lost = Submit("b");
  EXPECT_EQ(lost.exit, 7);
  EXPECT_THAT(lost.err, HasSubstr("Act of team A"));
  const Result again = Submit("a");
  EXPECT_EQ(again.exit, 0) << "the same leaf again is no conflict";
  EXPECT_EQ(again.Json()["alreadyPresent"], true);
  EXPECT_EQ(Size(), 3);

  ASSERT_EQ(Draft("four", "Act unsigned", "c").exit, 0);
  EXPECT_EQ(Submit("c").exit, 6) << "no signature";
  ASSERT_EQ(Sign("c", "us-bis", {1}).exit, 0);
  EXPECT_THAT(Submit("c").err, HasSubstr("1"));
  EXPECT_EQ(Submit("c").exit, 6) << "one signature of two";
  ASSERT_EQ(Draft("four", "Act of strangers", "d").exit, 0);
  ASSERT_EQ(Sign("d", "no-mfa", {1, 2}).exit, 0);
  EXPECT_EQ(Submit("d").exit, 6);
  ASSERT_EQ(Draft("four", "Act altered", "e").exit, 0);
  ASSERT_EQ(Sign("e", "us-bis", {1, 2}).exit, 0);
  std::ostringstream bytes;
  bytes << std::ifstream(directory_ + "/e", std::ios::binary).rdbuf();
  std::string altered = bytes.str();
  altered.replace(altered.find("altered"), 7, "ALTERED");
  std::filesystem::remove(directory_ + "/e");
  std::ofstream(directory_ + "/e", std::ios::binary) << altered;
  EXPECT_EQ(Submit("e").exit, 6);
  EXPECT_EQ(Size(), 3);
}

TEST_F(PublishIntegrationTest, BadInputIsNamedAndChangesNothing) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  const std::string comity = std::string(COMITY_BIN_DIR) + "/comity";
  const std::string comityd = std::string(COMITY_BIN_DIR) + "/comityd";

  Result r = As("us-bis/screener", {"list", "show", "us-bis/lits"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("us-bis/list"));
  r = As("us-bis/publisher",
         {"publish", "--list", "no-mfa/list2", "--format", "csv", "--from", Csv({{"5A001", "x"}}),
          "--effective", "2020-01-01", "--citation", "c", "--yes"});
  EXPECT_EQ(r.exit, 6);
  EXPECT_THAT(r.err, HasSubstr("no-mfa"));
  r = As("us-bis/publisher",
         {"publish", "--list", "list", "--format", "csv", "--from", Csv({{"5A001", "x"}}),
          "--effective", "2020-13-01", "--citation", "c"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("2020-13-01"));
  r = As("us-bis/screener", {"item", "show", "5A001", "--as-of", "yesterday"});
  EXPECT_EQ(r.exit, 3);
  r = As("us-bis/publisher",
         {"publish", "--list", "new-list", "--format", "csv", "--from", Csv({{"5A001", "x"}}),
          "--effective", "2020-01-01", "--citation", "c"});
  EXPECT_EQ(r.exit, 3) << "a new list asks, and nobody is there to answer";
  EXPECT_THAT(r.err, HasSubstr("--yes"));
  r = As("us-bis/publisher",
         {"publish", "--list", "list", "--format", "csv", "--from",
          Csv({{"5A001", "a"}, {"5A001", "b"}}), "--effective", "2020-01-01", "--citation", "c"});
  EXPECT_EQ(r.exit, 3) << "one key twice";
  EXPECT_THAT(r.err, HasSubstr("5A001"));
  r = As("us-bis/publisher", {"publish", "--list", "list", "--format", "csv", "--from",
                              Csv({{"", "a"}}), "--effective", "2020-01-01", "--citation", "c"});
  EXPECT_EQ(r.exit, 3) << "no code";
  EXPECT_THAT(r.err, HasSubstr("line 2"));
  r = As("us-bis/screener",
         {"publish", "--list", "list", "--format", "csv", "--from", Csv({{"5A001", "x"}}),
          "--effective", "2020-01-01", "--citation", "c"});
  EXPECT_EQ(r.exit, 6) << "a screener does not publish";
  EXPECT_THAT(r.err, HasSubstr("publisher"));
  r = As("us-bis/screener", {"peer", "ls"});
  EXPECT_EQ(r.exit, 6);
  r = Execute({comity, "--context", directory_ + "/nobody.yaml", "status"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("nobody.yaml"));
  r = Execute({"/usr/bin/env", "-u", "COMITY_CONTEXT", comity, "status"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("--context"));
  r = Execute({comity, "itme", "show", "5A001"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("did you mean \"item\"?"));
  EXPECT_EQ(As("us-bis/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json()["size"], 2);

  // The daemon's own input.
  const std::string config = directory_ + "/daemons/us/comityd.yaml";
  EXPECT_EQ(Execute({comityd, "--config", config, "--check"}).exit, 0);
  r = Execute({comityd, "--config", config});
  EXPECT_EQ(r.exit, 5);
  EXPECT_THAT(r.err, HasSubstr("in use"));
  const std::string typo = directory_ + "/daemons/us/typo.yaml";
  std::ofstream(typo) << std::ifstream(config).rdbuf() << "lisen: x\n";
  r = Execute({comityd, "--config", typo, "--check"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("did you mean \"listen\"?"));

  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  r = As("us-bis/screener", {"item", "show", "5A001"});
  EXPECT_EQ(r.exit, 4) << r.err;
}

TEST_F(PublishIntegrationTest, ABulkRemovalIsDeclaredAndSignedByAll) {
  Up({"us-bis"});
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < 30; ++i) items.emplace_back("5A" + std::to_string(100 + i), "text");
  ASSERT_EQ(Publish("us-bis", items, "Act 1").exit, 0);
  items.resize(20);
  const Result refused = Publish("us-bis", items, "Act 2", "2020-02-01");
  EXPECT_EQ(refused.exit, 7);
  EXPECT_THAT(refused.err, HasSubstr("10 of 30"));
  const Result declared =
      As("us-bis/publisher",
         {"publish", "--list", "list", "--format", "csv", "--from", Csv(items), "--effective",
          "2020-02-01", "--citation", "Act 2", "--declare-bulk-removal", "-o", "json"});
  EXPECT_EQ(declared.exit, 0) << declared.err;
  EXPECT_EQ(declared.Json()["removed"], 10);
}

}  // namespace
}  // namespace comity::integration
