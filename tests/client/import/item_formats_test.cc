// The formats of items, rules and reference tables: golden files, detection, round trips,
// and that no damage to a file does more than refuse it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/import/entries_file.h"
#include "client/import/exports.h"
#include "client/import/importer.h"
#include "storage/yaml/strict_yaml.h"
#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

void ExpectGolden(const std::string& format, const std::string& file,
                  const v1::CsvMapping* mapping = nullptr) {
  ImportOptions options;
  options.mapping = mapping;
  const auto edition = ImportFile(format, kFolder + file, options);
  ASSERT_TRUE(edition.ok()) << edition.status();
  std::string actual = WriteEntries(*edition);
  actual = actual.substr(actual.find('\n') + 1);
  absl::StrAppend(&actual, "read ", edition->read, "\n");
  for (const Refusal& one : edition->refused) {
    absl::StrAppend(&actual, "refused ", one.where, " [", one.key, "] ", one.why, "\n");
  }
  for (const auto& [field, count] : edition->unmapped) {
    absl::StrAppend(&actual, "unmapped ", field, " ", count, "\n");
  }
  for (const std::string& note : edition->notes) absl::StrAppend(&actual, "note ", note, "\n");
  if (edition->dated.has_value()) {
    absl::StrAppend(&actual, "dated ", FormatCivilDay(*edition->dated), "\n");
  }
  ExpectSameAsGolden(actual, file);
}

struct Case {
  const char* format;
  const char* file;
};
// One fixture for each format that is told by content.
constexpr Case kCases[] = {{"ecfr-xml", "ecfr.xml"},
                           {"hs", "hs.csv"},
                           {"iso3166", "iso3166.csv"},
                           {"uk-regimes", "uk-regimes.csv"},
                           {"us-ccl", "us-ccl.json"},
                           {"us-ccl-full", "us-ccl-full.json"},
                           {"us-country-chart", "us-country-chart.json"},
                           {"us-country-groups", "us-country-groups.json"}};

TEST(ItemFormatsTest, EachFormatReadsAsItsGoldenFile) {
  for (const Case& one : kCases) ExpectGolden(one.format, one.file);
}

TEST(ItemFormatsTest, EachFormatIsToldByContent) {
  for (const Case& one : kCases) {
    const auto format = DetectFormat(kFolder + one.file);
    ASSERT_TRUE(format.ok()) << one.file << ": " << format.status();
    EXPECT_EQ(*format, one.format) << one.file;
  }
}

TEST(ItemFormatsTest, ImportExportImportIsIdentity) {
  for (const Case& one : kCases) {
    const auto edition = ImportFile(one.format, kFolder + one.file);
    ASSERT_TRUE(edition.ok()) << edition.status();
    const auto again = ImportFile("entries", Temporary("entries.jsonl", WriteEntries(*edition)));
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(again->entries.size(), edition->entries.size());
    for (size_t i = 0; i < again->entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString());
    }
    EXPECT_EQ(again->refused.size(), edition->refused.size());
  }
}

TEST(ItemFormatsTest, DatedEditionsAreWrittenBackAsTheyWere) {
  for (const char* file : {"us-ccl.jsonl", "us-ccl-dirty.jsonl"}) {
    const auto edition = ImportFile("us-ccl-history", kFolder + file);
    ASSERT_TRUE(edition.ok());
    const auto written = WriteUsCclHistory(edition->entries, "2020-10-06");
    ASSERT_TRUE(written.ok()) << written.status();
    const auto again = ImportFile("us-ccl-history", Temporary("history.jsonl", *written));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->refused.empty());
    ASSERT_EQ(again->entries.size(), edition->entries.size());
    for (size_t i = 0; i < again->entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString());
    }
  }
}

TEST(ItemFormatsTest, PlaceholdersAreReservedInEachFormat) {
  const auto status = [](const char* format, const std::string& bytes) {
    const auto edition = ImportFile(format, Temporary("placeholder", bytes));
    EXPECT_TRUE(edition.ok()) << edition.status();
    return edition.ok() ? edition->entries.back().item().status() : v1::ITEM_STATUS_UNSPECIFIED;
  };
  const std::string history =
      R"({"version": "2020-10-06", "code": "1C351.b.2", "heading": "[Reserved]; or", )"
      R"("supplement": "1", "text": "[Reserved]; or"})";
  EXPECT_EQ(status("us-ccl-history", history), v1::ITEM_STATUS_RESERVED);
  EXPECT_EQ(status("us-ccl", R"({"ecfrIssueDate": "2026-01-02", "entries": [{"eccn": "4A003",)"
                             R"("items": [{"paragraph": "d", "kind": "item",)"
                             R"("text": "to f. [Reserved]"}]}]})"),
            v1::ITEM_STATUS_RESERVED);
  EXPECT_EQ(status("no-list2", R"([{"model": "regulations.paragraph", "pk": 1, "fields": {"path":)"
                               R"("0001", "code": "5A001.", "note_type": "base", "text": "x"}},)"
                               R"({"model": "regulations.paragraph", "pk": 2, "fields": {"path":)"
                               R"("00010001", "code": "a.", "note_type": "base",)"
                               R"("text": "Not used;"}}])"),
            v1::ITEM_STATUS_RESERVED);
}

TEST(ItemFormatsTest, DatedEditionsHoldNoMoreThanTheyCan) {
  const auto edition = ImportFile("us-ccl", kFolder + "us-ccl.json");
  ASSERT_TRUE(edition.ok());
  EXPECT_THAT(std::string(WriteUsCclHistory(edition->entries, "2026-01-02").status().message()),
              HasSubstr("no place"));
  v1::Entry party;
  party.set_key("p");
  party.mutable_party()->add_names()->set_text("P");
  EXPECT_THAT(std::string(WriteUsCclHistory({party}, "2026-01-02").status().message()),
              HasSubstr("no item"));
}

TEST(ItemFormatsTest, CsvExportReadsBackWhatItsColumnsCanSay) {
  std::vector<v1::Entry> entries(2);
  entries[0].set_key("5A001");
  entries[0].set_lang("en");
  v1::ControlledItem& item = *entries[0].mutable_item();
  item.set_code("5A001");
  item.set_heading("");
  item.set_text("two\nlines, \"quoted\"");
  item.add_controls()->set_reason("NS");
  item.add_controls()->set_reason("A;T");
  entries[1].set_key("5A002");
  entries[1].mutable_item()->set_code("5A002");
  const auto csv = WriteCsv(v1::LIST_KIND_ITEMS, entries);
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(csv->separator, "|") << "a value holds the usual one";
  EXPECT_EQ(csv->incomplete, 0u);
  v1::CsvMapping mapping;
  mapping.set_separator("|");
  for (const char* name :
       {"key", "lang", "code", "supplement", "heading", "text", "related_controls", "reasons"}) {
    v1::CsvColumn& column = *mapping.add_columns();
    column.set_column(name);
    column.set_field(name);
  }
  ImportOptions options;
  options.mapping = &mapping;
  const auto again = ImportFile("csv", Temporary("export.csv", csv->text), options);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->entries.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again->entries[i].SerializeAsString(), entries[i].SerializeAsString());
  }
  entries[1].mutable_item()->add_paragraphs()->set_text("no column takes it");
  EXPECT_EQ(WriteCsv(v1::LIST_KIND_ITEMS, entries)->incomplete, 1u);
}

TEST(ItemFormatsTest, AFileOfAnotherShapeIsNamed) {
  for (const Case& one : kCases) {
    for (const char* bytes : {"[]", "{}", "[1]", "{\"entries\": {}}", "{\"supplements\": [1]}",
                              "{\"countries\": 1, \"columns\": 2}", "{\"groups\": []}", "<a/>",
                              "<ECFR><DIV9 N=\"Supplement No. 1 to Part 774\"/></ECFR>", "x"}) {
      const auto edition = ImportFile(one.format, Temporary("shape", bytes));
      // Rows without a line of names are refused one by one.
      const bool refused = edition.ok()
                               ? edition->entries.empty() && !edition->refused.empty()
                               : edition.status().code() == absl::StatusCode::kInvalidArgument;
      EXPECT_TRUE(refused) << one.format << " of " << bytes << ": " << edition.status();
    }
  }
}

// Goal: no damaged file crashes, or makes an entry that may not stand in a list. Method:
// every fixture is cut at many places, and has bytes changed at places drawn from one seed.
TEST(ItemFormatsTest, DamageIsRefusedOrReadButNeverMore) {
  std::mt19937 random(20261125);
  for (const Case& one : kCases) {
    const std::string whole = ReadAll(kFolder + one.file);
    for (int round = 0; round < 60; ++round) {
      std::string bytes = whole;
      if (round % 2 == 0) {
        bytes.resize(random() % whole.size());
      } else {
        for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      for (const bool salvage : {false, true}) {
        ImportOptions options;
        options.salvage = salvage;
        const auto edition = ImportFile(one.format, Temporary("damaged", bytes), options);
        if (!edition.ok()) continue;
        for (const v1::Entry& entry : edition->entries) EXPECT_FALSE(entry.key().empty());
      }
    }
  }
}

TEST(ItemFormatsTest, Utf16AndOneSpellingOfCodes) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "utf16-mapping.yaml", &mapping).ok());
  ExpectGolden("csv", "utf16.csv", &mapping);
}

TEST(ItemFormatsTest, JsonOfAnyShapeByItsMapping) {
  v1::CsvMapping mapping;
  ASSERT_TRUE(ReadYamlFile(kFolder + "parties-json-mapping.yaml", &mapping).ok());
  ExpectGolden("json", "parties.json", &mapping);
}

TEST(ItemFormatsTest, JsonWithFieldsNamedAsFieldsNeedsNoMapping) {
  const auto edition = ImportFile(
      "json", Temporary("named.json", R"([{"code": "5A001", "reasons": ["NS", "AT"]}])"));
  ASSERT_TRUE(edition.ok()) << edition.status();
  ASSERT_EQ(edition->entries.size(), 1u);
  EXPECT_EQ(edition->entries[0].item().controls_size(), 2);
  EXPECT_THAT(
      std::string(ImportFile("json", Temporary("o.json", R"({"a": []})")).status().message()),
      HasSubstr("`records`"));
  EXPECT_THAT(
      std::string(
          ImportFile("json", Temporary("n.json", R"([{"cod": "5A001"}])")).status().message()),
      HasSubstr("did you mean \"code\"?"));
}

}  // namespace
}  // namespace comity
