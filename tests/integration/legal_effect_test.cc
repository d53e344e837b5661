// Legal effect side by side, as a user meets it: charts that change, rules without an item.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/integration/examples.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

// An entry of the "entries" format; one line once its line feeds are gone.
constexpr char kItem[] = R"json({"key": "1:5A001", "item": {
"code": "5A001", "supplement": "1", "text": "radio", "controls": [
{"reason": "NS", "scopeText": "entire entry", "scopeCodes": ["5A001"],
 "destinations": {"chartColumn": "NS Column 2"}},
{"reason": "RS", "scopeText": "5A001.z", "destinations": {"groupExpression": "Macau, D:5"}},
{"reason": "SL", "scopeText": "5A001.f", "destinations": {"all": true, "words": "See 742.13"}},
{"reason": "UN", "scopeText": "entire entry", "destinations": {"text": "See 746.1(b)"}}],
"exceptions": [{"name": "LVS", "value": "$5000", "condition": "Not for 5A001.z"}]}})json";

// In the shape of the importer; @ are the marks of France.
constexpr char kChart[] = R"json({"columns": ["NS 1", "NS 2", "AT 1"],
"countries": {"Russia": {"marks": ["NS 1", "NS 2"], "footnotes": [1]},
"France": {"marks": [@], "footnotes": []}, "China": {"marks": ["NS 1"], "footnotes": []}},
"embargoed": {"Cuba": {"pointer": "See part 746.", "footnotes": []}},
"territoryInheritance": {"hong kong": {"row": "China", "basis": "85 FR 83788"}},
"footnotes": {"1": "See 746.8 for any item."}})json";

constexpr char kGroups[] = R"json({"groups": {"D:1": ["Russia", "China (PRC)"],
"D:5": ["Russia", "China (PRC)"], "A:5": ["France"], "E:2": ["Cuba"]}})json";

class LegalEffectTest : public LabTest {
 protected:
  void PublishFile(const std::string& authority, const std::string& list, const std::string& format,
                   const std::string& file, const std::string& effective,
                   const std::string& citation) {
    const Result done =
        As(authority + "/publisher", {"publish", "--list", list, "--format", format, "--from", file,
                                      "--effective", effective, "--citation", citation, "--yes"});
    ASSERT_EQ(done.exit, 0) << done.err;
  }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::trunc) << text;
    return path;
  }

  std::string Chart(const std::string& france) {
    std::string chart = kChart;
    chart.replace(chart.find('@'), 1, france);
    return Write("chart.json", chart);
  }

  std::string Groups() { return Write("groups.json", kGroups); }

  std::string Item() {
    std::string item = kItem;
    item.erase(std::remove(item.begin(), item.end(), '\n'), item.end());
    return Write("item.jsonl", "{\"comityEntries\":1,\"kind\":\"items\"}\n" + item + "\n");
  }

  void SetUp() override {
    Up({"eu-com", "jp-meti", "us-bis"});
    PublishFile("us-bis", "ccl", "entries", Item(), "2020-01-01", "90 FR 1");
    PublishFile("us-bis", "chart", "us-country-chart", Chart("\"NS 1\""), "2020-01-01", "90 FR 2");
    PublishFile("us-bis", "groups", "us-country-groups", Groups(), "2020-01-01", "90 FR 3");
    PublishFile("us-bis", "part-744", "json", kExamples + "catch-all-us.json", "2024-03-15",
                "89 FR 18780");
    PublishFile("eu-com", "catch-all", "json", kExamples + "catch-all-eu.json", "2021-09-09",
                "Regulation (EU) 2021/821");
    PublishFile("jp-meti", "catch-all", "json", kExamples + "catch-all-jp.json", "2025-10-09",
                "Cabinet Order 2025");
    // Later law: France gets a mark.
    PublishFile("us-bis", "chart", "us-country-chart", Chart("\"NS 1\", \"NS 2\""), "2025-06-01",
                "90 FR 9");
    ASSERT_TRUE(EventuallyEqual({"eu-com", "jp-meti", "us-bis"}));
  }

  Result Show(const std::string& code, const std::string& destination, const std::string& as_of,
              std::vector<std::string> more = {"-o", "json"}) {
    std::vector<std::string> command = {"item",      "show",    code, "--destination",
                                        destination, "--as-of", as_of};
    command.insert(command.end(), more.begin(), more.end());
    return As("jp-meti/screener", command);
  }

  static nlohmann::json Of(const Result& result, const std::string& authority) {
    const nlohmann::json answer = result.Json();
    for (const auto& one : answer["legalEffect"]["authorities"]) {
      if (one["authority"] == authority) return one;
    }
    return {};
  }
  // The outcome of the first item's control of that reason.
  static std::string Outcome(const Result& result, const std::string& reason) {
    const nlohmann::json us = Of(result, "us-bis");
    if (!us.is_object() || us["items"].empty()) return "not listed: " + result.err;
    for (const auto& one : us["items"][0]["controls"]) {
      if (one["control"]["reason"] == reason) return one["resolution"]["outcome"];
    }
    return "no such reason";
  }
  static std::string Bearing(const nlohmann::json& authority, const std::string& article) {
    for (const auto& one : authority["rules"]) {
      if (one["rule"]["article"] == article) return one["bearing"];
    }
    return "not there";
  }
};

TEST_F(LegalEffectTest, AChartThatChangesLaterAnswersByDate) {
  const Result before = Show("5A001", "France", "2025-05-31");
  ASSERT_EQ(before.exit, 0) << before.err;
  EXPECT_EQ(Outcome(before, "NS"), "does not apply");
  const Result after = Show("5A001", "fr", "2025-06-01");
  EXPECT_EQ(Outcome(after, "NS"), "applies");
  const auto ground = Of(after, "us-bis")["items"][0]["controls"][0]["resolution"]["grounds"][0];
  EXPECT_EQ(ground["list"], "us-bis/chart");
  EXPECT_EQ(ground["index"], 2) << ground;
  EXPECT_EQ(ground["citation"], "90 FR 9");
  EXPECT_EQ(Outcome(Show("5A001", "RU", "2025-05-31"), "RS"), "applies") << "by its group";
  EXPECT_EQ(Outcome(after, "RS"), "does not apply");
  EXPECT_EQ(Outcome(after, "SL"), "applies");
  EXPECT_EQ(Outcome(after, "UN"), "cannot be resolved") << "read the words";
  EXPECT_EQ(Outcome(Show("5A001", "CU", "2025-06-01"), "NS"), "cannot be resolved");
  EXPECT_EQ(Outcome(Show("5A001", "HK", "2025-06-01"), "NS"), "does not apply") << "as for China";
  EXPECT_EQ(Outcome(Show("5A001", "HK", "2025-06-01"), "RS"), "cannot be resolved");
  EXPECT_EQ(Outcome(Show("5A001", "Brazil", "2025-06-01"), "NS"), "cannot be resolved")
      << "the chart has no row for it";
  EXPECT_EQ(Of(after, "us-bis")["items"][0]["exceptions"][0]["value"], "$5000");
}

TEST_F(LegalEffectTest, RulesWithoutAnItemBearOnWhatIsListedNowhere) {
  const Result listed_nowhere =
      Show("6A999", "Belarus", "2026-01-01", {"--end-use", "internal repression", "-o", "json"});
  ASSERT_EQ(listed_nowhere.exit, 0) << listed_nowhere.err;
  const auto eu = Of(listed_nowhere, "eu-com");
  EXPECT_EQ(eu["listing"], "no items list held");
  EXPECT_EQ(Bearing(eu, "Article 5"), "matches");
  EXPECT_EQ(eu["rules"][0]["rule"]["article"], "Article 5") << "what matches comes first";
  EXPECT_EQ(Bearing(eu, "Article 4(1)(b)"), "may apply") << "it has none of the words: read it";
  const Result military =
      Show("6A999", "Belarus", "2026-01-01", {"--end-use", "military end use", "-o", "json"});
  EXPECT_EQ(Bearing(Of(military, "us-bis"), "744.21"), "matches");
  EXPECT_EQ(Bearing(Of(military, "us-bis"), "744.2"), "may apply");
  EXPECT_EQ(Bearing(Of(military, "jp-meti"), "Item 16, conventional weapons: other countries"),
            "matches");
  EXPECT_EQ(Bearing(Of(military, "jp-meti"), "Item 16, conventional weapons: arms embargo"),
            "does not match")
      << "Belarus is not among its countries";
  const Result early =
      Show("6A999", "Belarus", "2024-03-14", {"--end-use", "military end use", "-o", "json"});
  EXPECT_EQ(Bearing(Of(early, "us-bis"), "744.21"), "not there") << "not law yet";
  const Result open = Show("6A999", "Belarus", "2026-01-01");
  EXPECT_EQ(Bearing(Of(open, "eu-com"), "Article 5"), "may apply") << "no end use given";
}

TEST_F(LegalEffectTest, TablesErrorsAndCsvAreForPeople) {
  const Result table = Show("5A001.f", "RU", "2026-01-01", {"--end-use", "internal repression"});
  ASSERT_EQ(table.exit, 0) << table.err;
  for (const char* words :
       {"Russia (RU)", "us-bis: listed above it", "NS Column 2", "marked in NS Column 2",
        "Licence exceptions as published: LVS: $5000 (Not for 5A001.z)", "Rules that bear on it",
        "Article 5", "Resolved with us-bis/chart at size 3", "it is no permission"}) {
    EXPECT_NE(table.out.find(words), std::string::npos) << words << "\n" << table.out;
  }
  const Result slip = Show("5A001", "Rusia", "2026-01-01");
  EXPECT_EQ(slip.exit, 3);
  EXPECT_NE(slip.err.find("did you mean Russia (RU)?"), std::string::npos) << slip.err;
  EXPECT_EQ(As("jp-meti/screener", {"item", "show", "5A001", "--end-use", "mines"}).exit, 3);
  const Result csv = Show("5A001", "RU", "2026-01-01", {"-o", "csv"});
  EXPECT_NE(csv.out.find("us-bis,listed,control,us-bis/ccl,1:5A001,NS"), std::string::npos)
      << csv.out;
  const Result none = As("jp-meti/screener", {"item", "show", "5A001", "-o", "json"});
  EXPECT_TRUE(none.Json()["legalEffect"].is_null());
}

}  // namespace
}  // namespace comity::integration
