// A list for some participants alone: who may not hold it does not learn that it exists.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class AudienceIntegrationTest : public LabTest {
 protected:
  // All that is said, or stored as text, at `authority`'s daemon.
  std::string AllThatIsSaid(const std::string& authority) {
    std::string said;
    const auto add = [&](const Result& result) { said += result.out + result.err; };
    for (const char* what : {"status", "peer"}) {
      std::vector<std::string> command = {what};
      if (command[0] == "peer") command.push_back("ls");
      command.insert(command.end(), {"-o", "json"});
      add(As(authority + "/operator", command));
    }
    add(As(authority + "/operator", {"sync", "why", "us"}));
    add(As(authority + "/screener", {"list", "ls", "-o", "json"}));
    add(As(authority + "/screener", {"item", "show", "5A001", "-o", "json"}));
    std::ifstream log(directory_ + "/daemons/" + authority.substr(0, 2) + "/log");
    std::stringstream lines;
    lines << log.rdbuf();
    return said + lines.str();
  }
  nlohmann::json Status(const std::string& authority) {
    return As(authority + "/operator", {"status", "-o", "json"}).Json();
  }
};

TEST_F(AudienceIntegrationTest, WhoMayNotHoldAListDoesNotLearnThatItExists) {
  Up({"us-bis", "jp-meti", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "for all"}}, "Act 1").exit, 0);
  const auto publish = [&](const std::string& code, std::vector<std::string> more) {
    std::vector<std::string> command = {
        "publish",          "--list",      "hushed",     "--format",   "csv",   "--from",
        Csv({{code, "x"}}), "--effective", "2020-01-01", "--citation", "Act 2", "--yes"};
    command.insert(command.end(), more.begin(), more.end());
    return As("us-bis/publisher", command);
  };
  // A participant that there is not; then as it should be: the owner is always in it.
  const Result unknown = publish("5A001", {"--audience", "jp,xx"});
  EXPECT_EQ(unknown.exit, 3) << unknown.err;
  EXPECT_NE(unknown.err.find("xx"), std::string::npos) << unknown.err;
  const Result opened = publish("5A001", {"--audience", "jp"});
  ASSERT_EQ(opened.exit, 0) << opened.err;

  ASSERT_TRUE(Eventually([&] {
    return Status("jp-meti")["restrictedDigests"] == Status("us-bis")["restrictedDigests"] &&
           Status("jp-meti")["restrictedDigests"].size() == 1;
  }));
  EXPECT_EQ(Status("jp-meti")["restrictedDigests"][0]["audience"],
            nlohmann::json::array({"jp", "us"}));
  // What all may hold is the same for all: the digest that nations compare.
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  EXPECT_EQ(
      As("jp-meti/screener", {"item", "show", "5A001", "-o", "json"}).Json()["authorities"].size(),
      2u);

  // Further exchanges after that, then nothing of it anywhere.
  const Result again = Publish("us-bis", {{"5A001", "for all once more"}}, "Act 3", "2020-02-01");
  ASSERT_EQ(again.exit, 0) << again.err;
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  EXPECT_EQ(AllThatIsSaid("no-mfa").find("hushed"), std::string::npos);
  const std::string theirs = As("no-mfa/screener", {"list", "show", "us-bis/hushed"}).err;
  std::string nowhere = As("no-mfa/screener", {"list", "show", "us-bis/absent"}).err;
  nowhere.replace(nowhere.find("absent"), 6, "hushed");
  EXPECT_EQ(theirs, nowhere) << "not there and not yours are one answer";

  // A token for others leaves it out, and works there.
  const auto basis = As("us-bis/screener", {"item", "show", "5A001", "-o", "json"}).Json()["basis"];
  const std::string shown = basis["publicFrontierToken"];
  EXPECT_NE(shown, basis["frontierToken"]);
  EXPECT_EQ(As("no-mfa/screener", {"item", "show", "5A001", "--known-at", shown}).exit, 0);

  // The audience is pinned.
  const Result wider = publish("5A002", {"--audience", "jp,no"});
  EXPECT_EQ(wider.exit, 3) << wider.out;
  EXPECT_NE(wider.err.find("pinned"), std::string::npos) << wider.err;
}

}  // namespace
}  // namespace comity::integration
