// Where lists differ, as a user meets it: three daemons with lists of a few lines.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "tests/integration/examples.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class DivergenceTest : public LabTest {
 protected:
  void SetUp() override {
    Up({"jp-meti", "no-mfa", "us-bis"}, {"--arrangements", kExamples + "arrangements.yaml"});
    PublishEntries(
        "us-bis",
        R"({"key":"5A001","lang":"en","item":{"code":"5A001","text":"gear","controls":[{"reason":"NS","destinations":{"chartColumn":"NS Column 2"}}]}}
{"key":"5A001.f.1","lang":"en","item":{"code":"5A001.f.1","text":"gear that takes voice"}}
{"key":"5A002","lang":"en","item":{"code":"5A002","text":"\"Locks\" for data."}}
{"key":"0A977","lang":"en","item":{"code":"0A977","text":"water cannon"}}
)",
        "2020-01-01", "90 FR 1");
    PublishEntries("no-mfa", R"({"key":"5A001","lang":"en","item":{"code":"5A001","text":"gear"}}
{"key":"5A001.f.1","lang":"en","item":{"code":"5A001.f.1","text":"gear that lifts voice"}}
{"key":"5A002","lang":"en","item":{"code":"5A002","text":"\u201clocks\u201d for data;"}}
)",
                   "2021-01-01", "FOR-1");
    ASSERT_TRUE(EventuallyEqual({"jp-meti", "no-mfa", "us-bis"}));
  }

  void PublishEntries(const std::string& authority, const std::string& lines,
                      const std::string& day, const std::string& citation) {
    const std::string file = directory_ + "/" + authority + ".jsonl";
    std::ofstream(file) << R"({"comityEntries":1,"kind":"items"})"
                        << "\n"
                        << lines;
    const Result published =
        As(authority + "/publisher", {"publish", "--list", "list", "--format", "entries", "--from",
                                      file, "--effective", day, "--citation", citation, "--yes"});
    ASSERT_EQ(published.exit, 0) << published.err;
  }

  // The kinds of each code, as JSON says them.
  std::map<std::string, std::string> Kinds(const nlohmann::json& json) {
    std::map<std::string, std::string> kinds;
    for (const auto& row : json["rows"]) {
      std::string& all = kinds[row["code"]];
      for (const auto& reason : row["reasons"]) {
        all += (all.empty() ? "" : " ") + reason["kind"].get<std::string>();
      }
    }
    return kinds;
  }
};

TEST_F(DivergenceTest, EachKindIsFoundCountedAndExplained) {
  const Result found = As("jp-meti/screener", {"divergence", "-o", "json"});
  ASSERT_EQ(found.exit, 0) << found.err;
  const auto json = found.Json();
  const std::map<std::string, std::string> expected = {{"0A977", "only-some mapping"},
                                                       {"5A001", "destinations dates"},
                                                       {"5A001.f.1", "text dates mapping"},
                                                       {"5A002", "dates typography"}};
  EXPECT_EQ(Kinds(json), expected) << found.out;
  EXPECT_EQ(json["rowsInAll"], 4);
  for (const auto& one : json["summary"]["participants"]) {
    EXPECT_EQ(one["state"], one["participant"] == "jp" ? "no list held" : "compared");
  }
  const auto& pair = json["summary"]["pairs"][0];
  EXPECT_EQ(pair["both"], 3);
  EXPECT_EQ(pair["onlyRight"], 1);
  EXPECT_EQ(pair["onlyRightNational"], 1);

  const Result table = As("jp-meti/screener", {"divergence"});
  EXPECT_NE(table.out.find("nothing of what they control): jp"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("us controls it, no does not list it"), std::string::npos) << table.out;
  const Result text = As("no-mfa/screener", {"divergence", "--kind", "text", "-o", "csv"});
  EXPECT_NE(text.out.find("5A001.f.1,"), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("5A002,"), std::string::npos) << text.out;
}

TEST_F(DivergenceTest, EveryDaemonSaysTheSame) {
  std::map<std::string, nlohmann::json> by_daemon;
  for (const char* who : {"jp-meti/screener", "no-mfa/operator", "us-bis/publisher"}) {
    const Result found = As(who, {"divergence", "--as-of", "2023-01-01", "-o", "json"});
    ASSERT_EQ(found.exit, 0) << found.err;
    auto json = found.Json();
    json.erase("basis");
    by_daemon[json.dump()] = json;
  }
  EXPECT_EQ(by_daemon.size(), 1u);
}

TEST_F(DivergenceTest, ACodeInFullPutsTextsSideBySide) {
  const Result full = As("jp-meti/screener", {"divergence", "--code", "5a001f1"});
  ASSERT_EQ(full.exit, 0) << full.err;
  EXPECT_NE(full.out.find("gear that [-lifts-] {+takes+} voice"), std::string::npos) << full.out;
  EXPECT_NE(full.out.find("NS Column 2"), std::string::npos) << "stated above it\n" << full.out;
  EXPECT_NE(full.out.find("2021-01-01"), std::string::npos) << full.out;
  const Result upper = As("jp-meti/screener", {"divergence", "--code", "5A001", "-o", "json"});
  EXPECT_EQ(upper.Json()["belowInAll"], 1) << upper.out;
  const Result nothing = As("jp-meti/screener", {"divergence", "--code", "9A999"});
  EXPECT_EQ(nothing.exit, 0);
  EXPECT_NE(nothing.out.find("does not say that it is uncontrolled"), std::string::npos)
      << nothing.out;
}

TEST_F(DivergenceTest, ScopesByArrangementNamesAndTimes) {
  const Result echri =
      As("us-bis/screener", {"divergence", "--summary", "--arrangement", "echri", "-o", "json"});
  ASSERT_EQ(echri.exit, 0) << echri.err;
  std::map<std::string, std::string> states;
  const auto summary = echri.Json();
  for (const auto& one : summary["summary"]["participants"]) {
    states[one["participant"]] = one["state"];
  }
  EXPECT_EQ(states.at("us"), "compared");
  EXPECT_EQ(states.at("au"), "no list held") << "a member that is in no roster";
  EXPECT_FALSE(states.contains("jp"));
  const Result jucip = As("us-bis/screener", {"divergence", "--between", "us,jp"});
  EXPECT_EQ(jucip.exit, 0);
  EXPECT_NE(jucip.out.find("stands alone"), std::string::npos) << jucip.out;
  const Result early = As("us-bis/screener",
                          {"divergence", "--as-of", "2020-06-01", "--code", "5A001", "-o", "json"});
  EXPECT_EQ(early.Json()["row"]["entries"].size(), 1u) << "no-mfa's list is not yet law";

  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--kind", "words"},
                                                {"--between", "us"},
                                                {"--between", "us,nk"},
                                                {"--arrangement", "g77"},
                                                {"--as-of", "soon"},
                                                {"--limit", "0"},
                                                {"--cod", "5A001"}}) {
    std::vector<std::string> arguments = {"divergence"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const Result refused = As("us-bis/screener", arguments);
    EXPECT_EQ(refused.exit, 3) << wrong[0] << refused.err;
    EXPECT_NE(refused.err, "");
  }
  EXPECT_EQ(As("us-bis/admin", {"divergence"}).exit, 6);
}

}  // namespace
}  // namespace comity::integration
