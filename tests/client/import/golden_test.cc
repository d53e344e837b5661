// Each importer against a golden file. COMITY_UPDATE_GOLDEN=1 rewrites them; the
// difference is then read by a person.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/import/entries_file.h"
#include "client/import/importer.h"
#include "storage/match/parsed_code.h"
#include "storage/yaml/strict_yaml.h"
#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

std::string Describe(const Edition& edition) {
  std::string text = WriteEntries(edition);
  // The header's hash is of the fixture; its line would change with every edit of it.
  text = text.substr(text.find('\n') + 1);
  absl::StrAppend(&text, "read ", edition.read, "\n");
  for (const Refusal& refusal : edition.refused) {
    absl::StrAppend(&text, "refused ", refusal.where, " [", refusal.key, "] ", refusal.why, "\n");
  }
  for (const std::string& note : edition.notes) absl::StrAppend(&text, "note ", note, "\n");
  if (edition.dated.has_value())
    absl::StrAppend(&text, "dated ", FormatCivilDay(*edition.dated), "\n");
  return text;
}

void ExpectGoldenList(const std::string& format, const std::string& file,
                      const v1::CsvMapping* mapping = nullptr) {
  const auto edition = ImportFile(format, kFolder + file, {.mapping = mapping});
  ASSERT_TRUE(edition.ok()) << edition.status();
  ExpectSameAsGolden(Describe(*edition), file);
}

TEST(GoldenTest, UsCclHistory) { ExpectGoldenList("us-ccl-history", "us-ccl.jsonl"); }
TEST(GoldenTest, UsCclHistoryDirty) { ExpectGoldenList("us-ccl-history", "us-ccl-dirty.jsonl"); }
TEST(GoldenTest, NoList2) { ExpectGoldenList("no-list2", "no-list2.json"); }
TEST(GoldenTest, JpEndUser) { ExpectGoldenList("jp-end-user", "jp-end-user.json"); }
TEST(GoldenTest, CsvItemsWithJapaneseCodes) { ExpectGoldenList("csv", "jp-items.csv"); }
TEST(GoldenTest, CsvDenials) { ExpectGoldenList("csv", "denials.csv"); }
TEST(GoldenTest, CsvCorrelations) { ExpectGoldenList("csv", "correlations.csv"); }
TEST(GoldenTest, CsvItems) { ExpectGoldenList("csv", "items.csv"); }
TEST(GoldenTest, CsvWithMapping) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "parties-mapping.yaml", &mapping).ok());
  ExpectGoldenList("csv", "parties.tsv", &mapping);
}

TEST(GoldenTest, CsvWithoutHeaderWhoseRowsAreJoined) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "legacy-mapping.yaml", &mapping).ok());
  ExpectGoldenList("csv", "legacy.csv", &mapping);
}

TEST(EntriesFileTest, ImportThenExportIsIdentity) {
  for (const auto& [format, file] : {std::pair{"us-ccl-history", "us-ccl-dirty.jsonl"},
                                     {"no-list2", "no-list2.json"},
                                     {"jp-end-user", "jp-end-user.json"},
                                     {"csv", "denials.csv"},
                                     {"csv", "correlations.csv"}}) {
    const auto edition = ImportFile(format, kFolder + file);
    ASSERT_TRUE(edition.ok());
    const std::string path = ::testing::TempDir() + "/entries.jsonl";
    std::ofstream(path) << WriteEntries(*edition);
    const auto again = ImportFile("entries", path);
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(again->entries.size(), edition->entries.size());
    for (size_t i = 0; i < again->entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString());
    }
    EXPECT_EQ(again->refused.size(), edition->refused.size()) << "what was refused stays refused";
  }
}

// The map that ships is one that can be published, and says of the technologies in question
// what each participant has.
TEST(ExampleTest, TheSurveillanceMapIsAListOfCorrelations) {
  const auto edition = ImportFile(
      "entries", std::string(COMITY_SOURCE_DIR) + "/deploy/examples/surveillance-map.jsonl");
  ASSERT_TRUE(edition.ok()) << edition.status();
  EXPECT_EQ(edition->kind, v1::LIST_KIND_CORRELATIONS);
  EXPECT_TRUE(edition->refused.empty());
  EXPECT_TRUE(edition->notes.empty()) << edition->notes[0];
  std::map<std::string, std::set<std::string>> by_term;
  for (const v1::Entry& entry : edition->entries) {
    const v1::Correlation& correlation = entry.correlation();
    const v1::CorrelationSide& right = correlation.right();
    by_term[correlation.left().term()].insert(
        right.has_code()
            ? right.code()
            : (right.has_article() ? right.article() : "not listed") + " " + right.issuer());
    EXPECT_NE(correlation.source_citation(), "") << entry.key();
    // Each code can be read in the numbering that it names.
    if (right.has_code()) {
      EXPECT_TRUE(ParseCode(right.code(), right.issuer(), CodeSchemeOfName(right.scheme())))
          << entry.key();
    }
  }
  EXPECT_TRUE(by_term["facial recognition"].contains("Article 5 eu"));
  EXPECT_TRUE(by_term["facial recognition"].contains("not listed no"));
  EXPECT_TRUE(by_term["intrusion software"].contains("4D004"));
  EXPECT_TRUE(by_term["location tracking"].contains("5A001.f.1"));
  EXPECT_TRUE(by_term["mobile forensic extraction"].contains("5A004.b"));
  EXPECT_TRUE(by_term["circuit boards"].contains("3A001"));
}

}  // namespace
}  // namespace comity
