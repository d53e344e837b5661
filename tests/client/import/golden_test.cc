// Each importer against a golden file. COMITY_UPDATE_GOLDEN=1 rewrites them; the
// difference is then read by a person.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/import/entries_file.h"
#include "client/import/importer.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

const std::string kFolder = std::string(COMITY_TESTDATA) + "/import/";

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

void ExpectGolden(const std::string& format, const std::string& file,
                  const v1::CsvMapping* mapping = nullptr) {
  const auto edition = ImportFile(format, kFolder + file, mapping);
  ASSERT_TRUE(edition.ok()) << edition.status();
  const std::string actual = Describe(*edition);
  const std::string golden = kFolder + file + ".golden";
  if (std::getenv("COMITY_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << actual;
  std::ostringstream expected;
  expected << std::ifstream(golden).rdbuf();
  EXPECT_EQ(actual, expected.str()) << file;
}

TEST(GoldenTest, UsCclHistory) { ExpectGolden("us-ccl-history", "us-ccl.jsonl"); }
TEST(GoldenTest, UsCclHistoryDirty) { ExpectGolden("us-ccl-history", "us-ccl-dirty.jsonl"); }
TEST(GoldenTest, NoList2) { ExpectGolden("no-list2", "no-list2.json"); }
TEST(GoldenTest, JpEndUser) { ExpectGolden("jp-end-user", "jp-end-user.json"); }
TEST(GoldenTest, CsvItems) { ExpectGolden("csv", "items.csv"); }
TEST(GoldenTest, CsvWithMapping) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "parties-mapping.yaml", &mapping).ok());
  ExpectGolden("csv", "parties.tsv", &mapping);
}

TEST(GoldenTest, CsvWithoutHeaderWhoseRowsAreJoined) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "legacy-mapping.yaml", &mapping).ok());
  ExpectGolden("csv", "legacy.csv", &mapping);
}

TEST(EntriesFileTest, ImportThenExportIsIdentity) {
  for (const auto& [format, file] : {std::pair{"us-ccl-history", "us-ccl-dirty.jsonl"},
                                     {"no-list2", "no-list2.json"},
                                     {"jp-end-user", "jp-end-user.json"}}) {
    const auto edition = ImportFile(format, kFolder + file, nullptr);
    ASSERT_TRUE(edition.ok());
    const std::string path = ::testing::TempDir() + "/entries.jsonl";
    std::ofstream(path) << WriteEntries(*edition);
    const auto again = ImportFile("entries", path, nullptr);
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(again->entries.size(), edition->entries.size());
    for (size_t i = 0; i < again->entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString());
    }
    EXPECT_EQ(again->refused.size(), edition->refused.size()) << "what was refused stays refused";
  }
}

}  // namespace
}  // namespace comity
