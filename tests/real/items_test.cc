// The importers of items, rules and reference tables on what governments really published,
// where it is at hand: COMITY_DATA, or ../shared/data beside the checkout. The expected
// figures are facts of public record. Without the data the program ends with code 77, which
// is reported as "not run", never as passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "client/import/entries_file.h"
#include "client/import/exports.h"
#include "client/import/importer.h"
#include "client/import/instruments_file.h"
#include "storage/law/country_names.h"
#include "storage/law/resolution.h"
#include "storage/law/rule_set.h"

namespace comity {
namespace {

std::filesystem::path g_data;

// Writes the entries, reads them again and compares: import, export, import is identity.
void ExpectIdentity(const Edition& edition) {
  const std::string path = ::testing::TempDir() + "/real_items.jsonl";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << WriteEntries(edition);
  const auto again = ImportFile("entries", path);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->entries.size(), edition.entries.size());
  for (size_t i = 0; i < again->entries.size(); ++i) {
    ASSERT_EQ(again->entries[i].SerializeAsString(), edition.entries[i].SerializeAsString());
  }
}

Edition Read(const std::string& format, const std::string& file) {
  const std::string path = g_data / file;
  EXPECT_EQ(DetectFormat(path).value_or("none"), format) << file;
  auto edition = ImportFile(format, path);
  EXPECT_TRUE(edition.ok()) << edition.status();
  if (!edition.ok()) return Edition();
  for (const Refusal& one : edition->refused) ADD_FAILURE() << one.where << ": " << one.why;
  ExpectIdentity(*edition);
  return std::move(*edition);
}

const v1::Entry* Find(const Edition& edition, const std::string& key) {
  for (const v1::Entry& entry : edition.entries) {
    if (entry.key() == key) return &entry;
  }
  return nullptr;
}

// ECCNs without a paragraph.
size_t Bases(const Edition& edition, const std::string& supplement) {
  return std::count_if(edition.entries.begin(), edition.entries.end(), [&](const v1::Entry& one) {
    return one.item().supplement() == supplement && one.item().code().size() == 5;
  });
}

// The control of that reason and scope; null if there is none.
const v1::Control* ControlOf(const v1::Entry& entry, const std::string& reason,
                             const std::string& code) {
  for (const v1::Control& control : entry.item().controls()) {
    const auto& codes = control.scope_codes();
    if (control.reason() == reason && std::find(codes.begin(), codes.end(), code) != codes.end()) {
      return &control;
    }
  }
  return nullptr;
}

TEST(RealItemsTest, TheListOf2026) {
  const Edition edition = Read("us-ccl", "items/us_ccl_2026-07-23/ccl.json");
  EXPECT_EQ(edition.read, 633u);
  EXPECT_EQ(Bases(edition, "1"), 633u);
  EXPECT_EQ(FormatCivilDay(edition.dated.value_or(CivilDay{})), "2026-07-23");
  const v1::Entry* phones = Find(edition, "1:5A001");
  ASSERT_NE(phones, nullptr);
  const v1::Control* silent = ControlOf(*phones, "SL", "5A001.f.1");
  ASSERT_NE(silent, nullptr);
  EXPECT_TRUE(silent->destinations().all());
  EXPECT_NE(silent->destinations().words().find("742.13"), std::string::npos);
  const v1::Control* column = ControlOf(*phones, "NS", "5A001.b.5");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->destinations().chart_column(), "NS Column 1");
  for (const char* key : {"1:5A001.f.1", "1:5A001.j", "1:4A005", "1:4D004", "1:3A090.b"}) {
    EXPECT_NE(Find(edition, key), nullptr) << key;
  }
  bool chips = false;
  for (const v1::Control& control : Find(edition, "1:3A090")->item().controls()) {
    chips = chips || control.destinations().group_expression() ==
                         "United Arab Emirates, D:1, D:4, D:5 excluding A:5, A:6";
  }
  EXPECT_TRUE(chips);
  // 15 CFR 738.2(d)(2): nothing else may be left of the reasons but words.
  for (const v1::Entry& entry : edition.entries) {
    for (const v1::Control& control : entry.item().controls()) {
      const std::string& reason = control.reason();
      EXPECT_TRUE(reason.size() == 2 || reason.size() > 3 || reason.empty()) << reason;
    }
  }
}

TEST(RealItemsTest, TheNestedListOf2020) {
  const Edition edition = Read("us-ccl-full", "items/us_ccl_full_2020-06-29/ccl-2020-06-29.json");
  EXPECT_EQ(edition.read, 3938u);
  std::map<std::string, size_t> supplements;
  for (const v1::Entry& entry : edition.entries) ++supplements[entry.item().supplement()];
  EXPECT_GE(supplements["1"], 3722u);
  EXPECT_EQ(supplements["5"], 5u);
  EXPECT_EQ(supplements["6"], 161u) << "162 lines, one code twice";
  EXPECT_EQ(supplements["7"], 49u);
  const v1::Entry* phones = Find(edition, "1:5A001");
  ASSERT_NE(phones, nullptr);
  ASSERT_NE(ControlOf(*phones, "SL", "5A001.f.1"), nullptr);
  ASSERT_NE(ControlOf(*phones, "NS", "5A001.f.3"), nullptr);
  EXPECT_EQ(ControlOf(*phones, "NS", "5A001.f.3")->scope_text(), "5A001.a, .b.5, .e, f.3 and .h")
      << "the published words, not those that the file spells out";
  const v1::Entry* bugs = Find(edition, "1:5A980");
  ASSERT_NE(bugs, nullptr);
  ASSERT_NE(ControlOf(*bugs, "SL", "5A980"), nullptr);
  EXPECT_TRUE(ControlOf(*bugs, "SL", "5A980")->destinations().all());
}

TEST(RealItemsTest, TheCountryChartAndGroups) {
  const Edition chart =
      Read("us-country-chart", "items/us_country_chart_2026-07-23/country-chart.json");
  size_t rows = 0, embargoed = 0, inherited = 0;
  for (const v1::Entry& entry : chart.entries) {
    if (IsTableHeader(entry.rule())) continue;
    const std::string& requirement = entry.rule().requirement();
    if (requirement.rfind("As for ", 0) == 0) {
      ++inherited;
    } else if (!requirement.empty()) {
      ++embargoed;
      EXPECT_TRUE(entry.rule().triggers().empty());
    } else {
      ++rows;
    }
  }
  EXPECT_EQ(rows, 196u);
  EXPECT_EQ(embargoed, 4u);
  EXPECT_EQ(inherited, 3u);
  const Edition groups =
      Read("us-country-groups", "items/us_country_chart_2026-07-23/country-groups.json");
  EXPECT_EQ(groups.read, 14u);
  const v1::Entry* norway = Find(groups, "Norway");
  ASSERT_NE(norway, nullptr);
  const auto& of = norway->rule().triggers();
  EXPECT_NE(std::find(of.begin(), of.end(), "A:1"), of.end());
}

RuleSet ReadTable(const std::string& format, const std::string& file, const std::string& list) {
  std::vector<RuleInForce> rules;
  for (const v1::Entry& entry : Read(format, file).entries) {
    RuleInForce rule;
    rule.key = entry.key();
    rule.rule = entry.rule();
    rules.push_back(std::move(rule));
  }
  return MakeRuleSet(list, 1, "2026-07-23", std::move(rules), false);
}

TEST(RealItemsTest, ThePublishedRequirementsAreResolvedWithThePublishedTables) {
  const Edition list = Read("us-ccl", "items/us_ccl_2026-07-23/ccl.json");
  const RuleSet chart = ReadTable(
      "us-country-chart", "items/us_country_chart_2026-07-23/country-chart.json", "us-bis/chart");
  const RuleSet groups =
      ReadTable("us-country-groups", "items/us_country_chart_2026-07-23/country-groups.json",
                "us-bis/groups");
  EXPECT_TRUE(chart.rules.empty() && groups.rules.empty());
  // The one name of the chart that no country has is misprinted there.
  ASSERT_EQ(chart.table.Unread().size(), 1u);
  EXPECT_EQ(chart.table.Unread()[0]->source.rule.heading(), "Seycheles");
  ResolutionContext context;
  context.participant = "us";
  context.tables = {&chart.table, &groups.table};
  // The outcome of the control of `code` with that reason whose destinations hold `words`.
  const auto outcome = [&](const std::string& code, const std::string& reason,
                           const std::string& words, const std::string& country) -> std::string {
    const v1::Entry* entry = Find(list, "1:" + code);
    if (entry == nullptr) return "no such entry";
    context.destination = {country, CountryTitle(country)};
    context.base_code = code;
    for (const v1::Control& control : entry->item().controls()) {
      const v1::Destinations& to = control.destinations();
      const std::string said = to.chart_column() + to.group_expression() + to.text() + to.words();
      if (control.reason() == reason && said.find(words) != std::string::npos) {
        return ResolveDestinations(to, context).outcome();
      }
    }
    return "no such control";
  };
  // 15 CFR part 738 supplement 1.
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "RU"), kApplies);
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "FR"), kApplies);
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "CA"), kDoesNotApply);
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "HK"), kApplies) << "as for China";
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "LI"), kApplies);
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "CU"), kCannotBeResolved) << "part 746";
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "SC"), kCannotBeResolved) << "misprinted";
  EXPECT_EQ(outcome("5A002", "NS", "NS Column 1", "US"), kCannotBeResolved) << "no row";
  EXPECT_EQ(outcome("5A002", "AT", "AT Column 1", "BR"), kDoesNotApply) << "no mark anywhere";
  EXPECT_EQ(outcome("5A001", "NS", "NS Column 2", "DE"), kDoesNotApply);
  EXPECT_EQ(outcome("5A001", "NS", "NS Column 2", "BR"), kApplies);
  EXPECT_EQ(outcome("5A001", "SL", "742.13", "CA"), kApplies) << "all destinations";
  EXPECT_EQ(outcome("5A002", "EI", "742.15", "RU"), kCannotBeResolved) << "words";
  // Groups: part 740 supplement 1.
  EXPECT_EQ(outcome("5A002", "RS", "United Arab Emirates, D:1", "CN"), kApplies);
  EXPECT_EQ(outcome("5A002", "RS", "United Arab Emirates, D:1", "IL"), kDoesNotApply) << "A:6";
  EXPECT_EQ(outcome("5A002", "RS", "United Arab Emirates, D:1", "IN"), kDoesNotApply);
  EXPECT_EQ(outcome("5A002", "RS", "United Arab Emirates, D:1", "AE"), kCannotBeResolved)
      << "named, and in A:5, which is excluded";
  EXPECT_EQ(outcome("3A069", "RS", "Macau, D:5", "MO"), kApplies);
  EXPECT_EQ(outcome("3A069", "RS", "Macau, D:5", "NI"), kApplies);
  EXPECT_EQ(outcome("3A069", "RS", "Macau, D:5", "NO"), kDoesNotApply);
  EXPECT_EQ(outcome("9A515", "RS", "China, Russia", "VE"), kApplies);
  EXPECT_EQ(outcome("9A515", "RS", "China, Russia", "MO"), kDoesNotApply) << "it has its own row";
  EXPECT_EQ(outcome("9A515", "RS", "China, Russia", "HK"), kCannotBeResolved);
  // A footnote asks for a licence for 9A515.e to India where RS 2 has no mark.
  EXPECT_EQ(outcome("9A515", "RS", "RS Column 2", "IN"), kCannotBeResolved);
}

TEST(RealItemsTest, RegimeReferencesHsAndCountries) {
  const std::map<std::string, size_t> rows = {{"MTCR_Cat_1_regimes", 23},
                                              {"MTCR_Cat_2_regimes", 241},
                                              {"NSG_Dual_use", 242},
                                              {"NSG_Potential_trigger_list", 153}};
  for (const auto& [name, count] : rows) {
    EXPECT_EQ(Read("uk-regimes", "items/uk_regimes/" + name + ".csv").entries.size(), count)
        << name;
  }
  const Edition hs = Read("hs", "reference/hs/harmonized-system.csv");
  EXPECT_EQ(hs.read, 6940u);
  EXPECT_EQ(hs.entries.size(), 6939u) << "the total of all is no code";
  const Edition countries = Read("iso3166", "reference/iso3166/country-codes.csv");
  EXPECT_EQ(countries.entries.size(), 249u);
  EXPECT_EQ(Find(countries, "NA")->item().heading(), "Namibia");
  size_t names = 0;
  for (const v1::Entry& entry : countries.entries) {
    std::vector<std::string> english = {entry.item().heading()};
    for (const v1::Paragraph& one : entry.item().paragraphs()) {
      if (one.label() == "short name" || one.label() == "formal name")
        english.push_back(one.text());
    }
    for (const std::string& name : english) EXPECT_EQ(CountryCode(name), entry.key()) << name;
    names += english.size();
  }
  EXPECT_GT(names, 690u);
}

TEST(RealItemsTest, TheFederalRegistersRules) {
  const auto acts = ImportUsFrRules(g_data / "items/us_fr_rules/federal-register-documents.json");
  ASSERT_TRUE(acts.ok()) << acts.status();
  EXPECT_EQ(acts->documents.size(), 284u);
  EXPECT_TRUE(acts->refused.empty());
  EXPECT_EQ(acts->notes[1],
            "44 take effect on another day than they are published, 15 of them "
            "before");
  const auto found = FindInstrument(*acts, "85 FR 63009");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(FormatCivilDay(CivilDay{found->instrument.published_on()}), "2020-10-06");
  EXPECT_EQ(FindInstrument(*acts, "76 FR 66181").status().code(),
            absl::StatusCode::kInvalidArgument)
      << "two documents begin on that page";
}

TEST(RealItemsTest, EveryDatedEditionIsWrittenBackAsItWas) {
  size_t editions = 0;
  for (const auto& file : std::filesystem::directory_iterator(g_data / "items/us_ccl_history")) {
    if (file.path().filename().string().rfind("ccl-", 0) != 0) continue;
    ++editions;
    const auto edition = ImportFile("us-ccl-history", file.path());
    ASSERT_TRUE(edition.ok()) << edition.status();
    const std::string day = FormatCivilDay(*edition->dated);
    const auto written = WriteUsCclHistory(edition->entries, day);
    ASSERT_TRUE(written.ok()) << written.status();
    const std::string path = ::testing::TempDir() + "/edition.jsonl";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << *written;
    const auto again = ImportFile("us-ccl-history", path);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->refused.empty());
    EXPECT_EQ(again->read, edition->read) << "as many lines, repeats included";
    EXPECT_EQ(again->dated, edition->dated);
    ASSERT_EQ(again->entries.size(), edition->entries.size()) << day;
    for (size_t i = 0; i < again->entries.size(); ++i) {
      ASSERT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString());
    }
  }
  EXPECT_GE(editions, 8u);
  std::printf("%zu dated editions read back\n", editions);
}

}  // namespace
}  // namespace comity

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const char* variable = std::getenv("COMITY_DATA");
  comity::g_data = variable != nullptr
                       ? std::filesystem::path(variable)
                       : std::filesystem::path(COMITY_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(comity::g_data / "items/us_ccl_history")) {
    std::printf("NOT RUN: %d tests on real lists, because %s is not there (set COMITY_DATA)\n",
                ::testing::UnitTest::GetInstance()->total_test_count(), comity::g_data.c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
