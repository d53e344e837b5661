// comity audit, as an operator uses it, on a daemon that runs and on one that stands still.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

class AuditIntegrationTest : public LabTest {
 protected:
  // Records whose action ends in `method`.
  std::vector<nlohmann::json> Records(const std::string& authority, const std::string& method) {
    std::vector<nlohmann::json> found;
    const Result r = As(authority + "/operator", {"audit", "ls", "-o", "json"});
    EXPECT_EQ(r.exit, 0) << r.err;
    const nlohmann::json answer = r.Json();
    for (const auto& entry : answer["entries"]) {
      const std::string action = entry["action"];
      if (action.size() >= method.size() &&
          action.compare(action.size() - method.size(), method.size(), method) == 0) {
        found.push_back(entry);
      }
    }
    return found;
  }
};

TEST_F(AuditIntegrationTest, KnowsWhoDidAndWhoWasRefused) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"1A001", "one"}}, "1 FR 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const auto submitted = Records("us-bis", "SubmitRevision");
  ASSERT_EQ(submitted.size(), 1u);
  EXPECT_EQ(submitted[0]["caller"], "spiffe://us.lab.example/publisher/us-bis");
  EXPECT_FALSE(submitted[0]["serial"].get<std::string>().empty());
  EXPECT_EQ(submitted[0]["subject"], "lab.example/us-bis/list/1");
  EXPECT_EQ(submitted[0]["before"], 0);
  EXPECT_EQ(submitted[0]["after"], 2);
  EXPECT_EQ(submitted[0]["decision"], "done");
  const auto ingested = Records("no-mfa", "sync.ingest");
  ASSERT_FALSE(ingested.empty());
  EXPECT_EQ(ingested[0]["caller"], "peer us");
  EXPECT_EQ(ingested.back()["after"], 2);
  ASSERT_EQ(As("us-bis/operator", {"peer", "pause", "no", "--reason", "a drill"}).exit, 0);
  const auto paused = Records("us-bis", "PausePeer");
  ASSERT_EQ(paused.size(), 1u);
  EXPECT_EQ(paused[0]["reason"], "a drill");
  EXPECT_EQ(paused[0]["subject"], "no");
  // The screener may not read the log.
  EXPECT_EQ(As("us-bis/screener", {"audit", "ls"}).exit, 6);
}

TEST_F(AuditIntegrationTest, VerifiesExportsAndFindsWhatWasAltered) {
  Up({"us-bis"});
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    items.emplace_back("1A00" + n, n);
    const Result published =
        Publish("us-bis", items, n + " FR 1", "2020-01-0" + std::to_string(i + 1));
    ASSERT_EQ(published.exit, 0) << published.err;
  }
  const Result verified = As("us-bis/admin", {"audit", "verify", "-o", "json"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
  const auto head = verified.Json()["head"];
  const std::string noted = head["size"].get<std::string>() + ":" + head["hash"].get<std::string>();
  const std::string file = directory_ + "/audit.jsonl";
  ASSERT_EQ(As("us-bis/admin", {"audit", "export", "--out", file}).exit, 0);
  EXPECT_EQ(As("us-bis/admin", {"audit", "export", "--out", file}).exit, 7) << "no replacing";
  EXPECT_EQ(As("us-bis/admin", {"audit", "verify", "--file", file, "--head", noted}).exit, 0);

  std::vector<std::string> lines;
  {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  }
  ASSERT_GE(lines.size(), 4u);
  const auto with = [&](std::vector<std::string> altered) {
    std::ofstream out(file);
    for (const std::string& line : altered) out << line << "\n";
    out.close();
    return As("us-bis/admin", {"audit", "verify", "--file", file, "--head", noted});
  };
  EXPECT_EQ(with(lines).exit, 0);
  std::vector<std::string> one = lines;
  one[1].replace(one[1].find("\"done\""), 6, "\"gone\"");
  const Result edited = with(one);
  EXPECT_EQ(edited.exit, 3);
  EXPECT_THAT(edited.err, HasSubstr(":2: the line does not say what its record says"));
  one = lines;
  one.erase(one.begin() + 1);
  EXPECT_EQ(with(one).exit, 1) << "a deletion";
  one = lines;
  std::swap(one[1], one[2]);
  EXPECT_EQ(with(one).exit, 1) << "an exchange";
  one = lines;
  one.pop_back();
  const Result cut = with(one);
  EXPECT_EQ(cut.exit, 1) << "a truncation";
  EXPECT_THAT(cut.err, HasSubstr("its end was cut off"));

  // With the daemon standing still, from its data directory.
  const std::string data = directory_ + "/daemons/us/data";
  const Result busy = As("us-bis/admin", {"audit", "verify", "--data-dir", data});
  EXPECT_NE(busy.exit, 0);
  EXPECT_THAT(busy.err, HasSubstr("in use"));
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  EXPECT_EQ(As("us-bis/admin", {"audit", "verify", "--data-dir", data, "--head", noted}).exit, 0);
  // An old copy put back.
  std::filesystem::remove(data + "/anchor.0");
  std::filesystem::remove(data + "/anchor.1");
  const Result gone = As("us-bis/admin", {"audit", "verify", "--data-dir", data});
  EXPECT_EQ(gone.exit, 1);
  EXPECT_THAT(gone.err, HasSubstr("the head anchor"));
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  const Result after = As("us-bis/admin", {"audit", "verify"});
  EXPECT_EQ(after.exit, 1) << "it is noted, and stays noted";
  EXPECT_THAT(after.err, HasSubstr("notes: the head anchor"));
}

}  // namespace
}  // namespace comity::integration
