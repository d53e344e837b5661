// The change feed of a real daemon: live, resumed, filtered; two tokens compared.
#include <future>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class FeedIntegrationTest : public LabTest {
 protected:
  Result Watch(std::vector<std::string> more) {
    more.insert(more.begin(), "watch");
    return As("no-mfa/screener", more);
  }
  static std::vector<nlohmann::json> Pages(const Result& result) {
    std::vector<nlohmann::json> pages;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) pages.push_back(nlohmann::json::parse(line));
    return pages;
  }
};

TEST_F(FeedIntegrationTest, ChangesComeAsTheyAreMadeAndGoOnFromAnyToken) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const Result past = Watch({"--from", "start", "--once", "-o", "json"});
  ASSERT_EQ(past.exit, 0) << past.err;
  const nlohmann::json page = Pages(past).at(0);
  EXPECT_EQ(page["changes"].size(), 2u);
  EXPECT_TRUE(page["caughtUp"]);
  const std::string then = page["token"];

  // Asked of Norway while the US publishes.
  auto live = std::async(std::launch::async, [&] {
    return Watch({"--from", then, "--limit", "2", "-o", "json"});
  });
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}, {"3A001", "new"}}, "Act 3", "2020-03-01").exit, 0);
  const Result followed = live.get();
  ASSERT_EQ(followed.exit, 0) << followed.err;
  std::vector<std::string> operations;
  for (const nlohmann::json& one : Pages(followed)) {
    for (const nlohmann::json& change : one["changes"]) {
      operations.push_back(change["operation"].get<std::string>() + " " +
                           change["key"].get<std::string>());
    }
  }
  EXPECT_EQ(operations, (std::vector<std::string>{"REVISE 5A001", "ADD 3A001"}));

  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const std::string now = As("us-bis/screener", {"item", "show", "5A001", "-o", "json"})
                              .Json()["basis"]["frontierToken"];
  const Result diff = As("no-mfa/screener", {"view", "diff", then, now, "--code", "3A"});
  EXPECT_EQ(diff.exit, 0) << diff.err;
  EXPECT_NE(diff.out.find("ADD  3A001"), std::string::npos) << diff.out;
  EXPECT_EQ(diff.out.find("5A001"), std::string::npos) << diff.out;
  EXPECT_EQ(As("no-mfa/screener", {"view", "diff", now, then}).exit, 3) << "exchanged";
  EXPECT_EQ(Watch({"--from", "f1.nonsense"}).exit, 3);
  EXPECT_EQ(Watch({"--from", "start", "--list", "us-bis/none"}).exit, 3);
  EXPECT_EQ(Watch({"--from", "start", "--arrangement", "none"}).exit, 3);
}

}  // namespace
}  // namespace comity::integration
