// A spreadsheet that nobody described: what is proposed for it, and what comes of it.
#include "client/import/csv_infer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/import/date_format.h"
#include "client/import/importer.h"
#include "client/import/text_encoding.h"
#include "storage/yaml/strict_yaml.h"
#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Spreadsheet(const std::string& bytes) { return Temporary("infer.csv", bytes); }

absl::StatusOr<Edition> ReadAs(const std::string& yaml, const std::string& path) {
  v1::CsvMapping mapping;
  const absl::Status parsed = ParseYaml(yaml, "mapping", &mapping);
  if (!parsed.ok()) return parsed;
  ImportOptions options;
  options.mapping = &mapping;
  return ImportFile("csv", path, options);
}

// The agency's story: semicolons, Windows-1252, names on line 3, days as dd/mm/yyyy.
TEST(CsvInferTest, AnAgencysSpreadsheetBecomesEntriesWithOneEdit) {
  const std::string path = kFolder + "agency.csv";
  const auto yaml = InferCsvMapping(path);
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  EXPECT_THAT(*yaml, HasSubstr("kind: parties\n"));
  EXPECT_THAT(*yaml, HasSubstr("encoding: windows-1252"));
  EXPECT_THAT(*yaml, HasSubstr("delimiter: \";\"\n"));
  EXPECT_THAT(*yaml, HasSubstr("skip_lines: 2"));
  EXPECT_THAT(*yaml, HasSubstr("{column: \"Gültig bis\", field: expires_on, date_format: "
                               "\"dd/mm/yyyy\"}"));
  EXPECT_THAT(*yaml, HasSubstr("left out: row numbers"));
  EXPECT_THAT(*yaml, HasSubstr("4 rows, 4 entries, 0 refused"));
  // It works as it stands; the one edit adds what no file says of itself.
  ASSERT_TRUE(ReadAs(*yaml, path).ok());
  const auto edition = ReadAs(absl::StrCat("lang: de\n", *yaml), path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  ASSERT_EQ(edition->entries.size(), 4u);
  EXPECT_TRUE(edition->refused.empty());
  EXPECT_EQ(edition->unmapped.at("Sachbearbeiter"), 2u) << "left out, and said";
  bool found = false;
  for (const v1::Entry& entry : edition->entries) {
    if (entry.party().names(0).text() != "Müller & Söhne GmbH") continue;
    found = true;
    EXPECT_EQ(entry.lang(), "de");
    ASSERT_EQ(entry.party().names_size(), 3);
    EXPECT_EQ(entry.party().names(2).text(), "M&S");
    EXPECT_EQ(entry.party().addresses(0).raw(), "Hauptstraße 1, Köln");
    EXPECT_EQ(entry.party().listed_on(), "2020-04-03");
    EXPECT_EQ(entry.party().expires_on(), "2031") << "day and month are not known";
  }
  EXPECT_TRUE(found);
}

TEST(CsvInferTest, ItemsAreToldByTheirCodesWhateverTheColumnIsCalled) {
  const std::string path = Spreadsheet("Xyz\tText\n5A001.f.1\tone\n9A012\ttwo\n3A001.a.2\tthree\n");
  const auto yaml = InferCsvMapping(path);
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  EXPECT_THAT(*yaml, HasSubstr("delimiter: tab"));
  EXPECT_THAT(*yaml, HasSubstr("{column: \"Xyz\", field: code}  # by content"));
  const auto edition = ReadAs(*yaml, path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  EXPECT_EQ(edition->entries.size(), 3u);
}

TEST(CsvInferTest, PostsAndCodesOfCountriesMakeNoItems) {
  for (const char* bytes : {"Name,Position,Country\nA,Minister,Atlantis\nB,General,Atlantis\n",
                            "Name;Code;Rating\nA;AT;1\nB;CU;3\nC;CU;2\n"}) {
    const auto yaml = InferCsvMapping(Spreadsheet(bytes));
    ASSERT_TRUE(yaml.ok()) << yaml.status();
    EXPECT_THAT(*yaml, HasSubstr("kind: parties\n"));
    EXPECT_THAT(*yaml, Not(HasSubstr("field: code")));
  }
  for (const char* bytes :
       {"Position;Name\n0001A;Rifles\nML1.a;Guns\nML10.c;Aircraft\n",
        "Code,Name\nPL5001,Gear\n5A001.f.1,Interception\n", "ECCN,Text\nnone yet,a\n"}) {
    const auto yaml = InferCsvMapping(Spreadsheet(bytes));
    ASSERT_TRUE(yaml.ok()) << yaml.status();
    EXPECT_THAT(*yaml, HasSubstr("kind: items\n")) << bytes;
  }
  EXPECT_EQ(InferCsvMapping(Spreadsheet("Position,Text\nMinister,a\nGeneral,b\n")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CsvInferTest, WhatIsDoubtfulIsSaid) {
  const auto yaml =
      InferCsvMapping(Spreadsheet("Name,Listed on,Odd\nA,03/04/2020,x\nB,05/06/2020,y\n"));
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  EXPECT_THAT(*yaml, HasSubstr("CHECK: the dates would also fit mm/dd/yyyy"));
  EXPECT_THAT(*yaml, HasSubstr("left out: no field has a name like this"));
}

TEST(CsvInferTest, HostileNamesStayInsideTheirQuotes) {
  const std::string path =
      Spreadsheet("Name,\"a\"\": - [}, \\\n# b\",Listed on\nA,x,\"no\ndate\"\nB,y,z\nC,z,z\n");
  const auto yaml = InferCsvMapping(path);
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  const auto edition = ReadAs(*yaml, path);
  ASSERT_TRUE(edition.ok()) << edition.status() << *yaml;
  EXPECT_EQ(edition->entries.size(), 3u);
}

TEST(CsvInferTest, WhatIsNoTableIsRefused) {
  for (const char* bytes : {"one\ntwo\nthree\n", "a,b\n1,2\n3,4\n", "\n\n\n"}) {
    const auto yaml = InferCsvMapping(Spreadsheet(bytes));
    EXPECT_EQ(yaml.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  }
}

TEST(TextEncodingTest, EachIsGuessedAndRead) {
  const std::string utf16le = std::string("\xff\xfe\xe5\x00\n\x00", 6);
  const std::string utf16be = std::string("\xfe\xff\x00\xe5\x00\n", 6);
  EXPECT_EQ(GuessEncoding(utf16le), "utf-16");
  EXPECT_EQ(*ToUtf8(utf16le, ""), "å\n") << "its mark tells, without a mapping";
  EXPECT_EQ(*ToUtf8(utf16be, "utf-16"), "å\n");
  EXPECT_EQ(*ToUtf8(utf16le.substr(2), "utf-16le"), "å\n");
  const std::string plain = std::string("a\0;\0b\0\n\0", 8);
  EXPECT_EQ(GuessEncoding(plain), "utf-16le");
  EXPECT_EQ(GuessEncoding("\xef\xbb\xbfx"), "utf-8");
  EXPECT_EQ(*ToUtf8("\xef\xbb\xbfx", ""), "x");
  EXPECT_EQ(GuessEncoding("stra\xc3\x9f"), "utf-8");
  EXPECT_EQ(GuessEncoding("stra\xdf"), "windows-1252");
  EXPECT_EQ(*ToUtf8("\x80 \x93x\x94", "Windows-1252"), "€ “x”");
}

TEST(TextEncodingTest, WhatIsNotOfItIsRefusedByLine) {
  EXPECT_THAT(std::string(ToUtf8("ok\nno\x81", "windows-1252").status().message()),
              HasSubstr("line 2"));
  EXPECT_THAT(std::string(ToUtf8("\xff", "utf-8").status().message()), HasSubstr("line 1"));
  EXPECT_FALSE(ToUtf8(std::string("a\0b", 3), "utf-16le").ok()) << "cut within a character";
  EXPECT_THAT(std::string(ToUtf8("x", "klingon").status().message()), HasSubstr("klingon"));
  EXPECT_FALSE(ToUtf8("\xff", "utf-8//IGNORE").ok()) << "nothing may be left out";
}

TEST(DateFormatTest, ReadsWhatAgenciesWrite) {
  EXPECT_EQ(ReadDate("03/04/2020", "dd/mm/yyyy"), "2020-04-03");
  EXPECT_EQ(ReadDate("3/4/2020", "mm/dd/yyyy"), "2020-03-04");
  EXPECT_EQ(ReadDate("00/00/1980", "dd/mm/yyyy"), "1980");
  EXPECT_EQ(ReadDate("00/05/1980", "dd/mm/yyyy"), "1980-05");
  EXPECT_EQ(ReadDate("20200403", "yyyymmdd"), "2020-04-03");
  EXPECT_EQ(ReadDate("3 Apr 2020", "dd mmm yyyy"), "2020-04-03");
  EXPECT_EQ(ReadDate("Jan. 2, 2026", "mmm dd, yyyy"), "2026-01-02");
  EXPECT_EQ(ReadDate("2 JANUARY 2026", "dd mmm yyyy"), "2026-01-02");
  EXPECT_EQ(ReadDate("Sept. 5, 2025", "mmm dd, yyyy"), "2025-09-05");
  EXPECT_EQ(ReadDate("Octobers 5, 2025", "mmm dd, yyyy"), std::nullopt);
  EXPECT_EQ(ReadDate("Se 5, 2025", "mmm dd, yyyy"), std::nullopt);
  for (const char* bad :
       {"", "31/02/2020", "03/13/2020", "03/04/20", "03/04/2020 ,", "x", "05/00/1980"}) {
    EXPECT_FALSE(ReadDate(bad, "dd/mm/yyyy").has_value()) << bad;
  }
  EXPECT_FALSE(ReadDate("2020043", "yyyymmdd").has_value());
  EXPECT_TRUE(IsDateFormat("dd. mmm yyyy"));
  EXPECT_FALSE(IsDateFormat("dd/mm"));
  EXPECT_FALSE(IsDateFormat("dd/dd/yyyy"));
}

}  // namespace
}  // namespace comity
