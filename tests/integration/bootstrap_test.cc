// A daemon that joins late begins from a snapshot, serves at once, and is interrupted often.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class BootstrapIntegrationTest : public LabTest {
 protected:
  // Lines of a daemon's log that hold `text`.
  int Logged(const std::string& participant, const std::string& text) {
    std::ifstream log(directory_ + "/daemons/" + participant + "/log");
    int count = 0;
    for (std::string line; std::getline(log, line);) {
      if (line.find(text) != std::string::npos) ++count;
    }
    return count;
  }
  void Kill(const std::string& participant) {
    const auto daemon = [&] {
      const nlohmann::json status = Lab("status").Json();
      for (const nlohmann::json& one : status.at("daemons")) {
        if (one.at("participant") == participant) return one;
      }
      return nlohmann::json::object();
    };
    const pid_t pid = daemon().value("pid", 0);
    ASSERT_GT(pid, 1);
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    ASSERT_TRUE(Eventually([&] { return daemon().value("state", "") != "running"; }));
  }
  void SnapshotFrom(const std::string& participant, int leaves) {
    const std::string path = directory_ + "/daemons/" + participant + "/comityd.yaml";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string yaml = text.str();
    const size_t sync = yaml.find("sync:\n");
    ASSERT_NE(sync, std::string::npos) << yaml;
    yaml.insert(sync + 6, "  snapshot_from_leaves: " + std::to_string(leaves) + "\n");
    std::ofstream(path) << yaml;
  }
  std::string History(const std::string& who) {
    const auto lists = As(who + "/operator", {"status", "-o", "json"}).Json()["lists"];
    if (lists.size() != 1) return "";
    return lists[0].value("history", "");
  }
};

TEST_F(BootstrapIntegrationTest, ALateJoinerServesAtOnceAndGoesOnAfterEveryKill) {
  Up({"us-bis", "no-mfa"});
  ASSERT_TRUE(EventuallySigns("us-bis"));
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  SnapshotFrom("no", 4);
  // Heading and text: over two pages of 8 MiB, and less than a revision's 32.
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < 2'400; ++i) {
    items.emplace_back("5A" + std::to_string(1000 + i), std::string(4'500, 'a' + i % 26));
  }
  for (int day = 1; day <= 6; ++day) {
    for (int i = day; i < 2'400; i += 600) items[i].second = "day " + std::to_string(day);
    const Result published =
        Publish("us-bis", items, "Act " + std::to_string(day), "2020-01-0" + std::to_string(day));
    ASSERT_EQ(published.exit, 0) << published.err;
  }
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  // The history comes as fast as the snapshot here, so it is killed again and again.
  for (int kill = 0; kill < 4 && History("no-mfa") != "COMPLETE"; ++kill) {
    Kill("no");
    // The kernel may hold the database's lock a little longer than the process can be seen.
    ASSERT_TRUE(Eventually([&] { return Lab("start", {"no-mfa"}).exit == 0; }));
  }
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  ASSERT_TRUE(Eventually([&] { return History("no-mfa") == "COMPLETE"; }))
      << As("no-mfa/operator", {"sync", "why", "us-bis/list"}).out;
  EXPECT_GE(Logged("no", "of its snapshot of 7 leaves"), 2) << "in pages";
  EXPECT_EQ(Logged("no", ": parts 0 to"), 1) << "never from the start again";
  EXPECT_GE(Logged("no", "leaves 0 to"), 1);
  EXPECT_EQ(As("no-mfa/operator", {"verify"}).exit, 0);
  ASSERT_TRUE(Eventually([&] {
    return As("us-bis/screener", {"list", "show", "us-bis/list", "-o", "json"})
               .Json()
               .value("commonSize", 0) == 7;
  })) << "HELD is stated once the history is complete";
  // What was known before is answered as at home.
  const auto known = [&](const std::string& who) {
    return As(who + "/screener", {"item", "show", "5A1001", "--as-of", "2020-01-01", "-o", "json"})
        .Json()["authorities"];
  };
  EXPECT_EQ(known("no-mfa"), known("us-bis"));
}

}  // namespace
}  // namespace comity::integration
