// The formats of party lists against golden files; and, for every fixture of every format,
// detection, the identity of import, export and import, and bad input.
// COMITY_UPDATE_GOLDEN=1 rewrites the golden files; the difference is then read by a person.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/import/entries_file.h"
#include "client/import/importer.h"
#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

struct Fixture {
  const char* file;
  const char* format;
};

constexpr Fixture kFixtures[] = {
    {"cn-lists.json", "cn-lists"},
    {"eu-fsf.xml", "eu-fsf"},
    {"items.csv", "csv"},
    {"jp-end-user.json", "jp-end-user"},
    {"no-list2.json", "no-list2"},
    {"ofac-sdn/SDN.CSV", "ofac-sdn"},
    {"ofac.xml", "ofac-sdn"},
    {"uk-ofsi.csv", "uk-ofsi"},
    {"un-sc-broken.xml", "un-sc"},
    {"un-sc.xml", "un-sc"},
    {"us-bis-dpl.txt", "us-bis-dpl"},
    {"us-bis-el.csv", "us-bis-el"},
    {"us-ccl-dirty.jsonl", "us-ccl-history"},
    {"us-ccl.jsonl", "us-ccl-history"},
    {"us-csl-2019.csv", "us-csl"},
    {"us-csl-2023.csv", "us-csl"},
};

std::string Written(const std::string& bytes) { return Temporary("parties_input", bytes); }

std::string DescribeParties(const Edition& edition) {
  std::string text = WriteEntries(edition);
  // The header's hash is of the fixture; its line would change with every edit of it.
  text = text.substr(text.find('\n') + 1);
  absl::StrAppend(&text, "read ", edition.read, "\n");
  for (const Refusal& refusal : edition.refused) {
    absl::StrAppend(&text, "refused ", refusal.where, " [", refusal.key, "] ", refusal.why, "\n");
  }
  for (const std::string& note : edition.notes) absl::StrAppend(&text, "note ", note, "\n");
  for (const auto& [field, records] : edition.unmapped) {
    absl::StrAppend(&text, "unmapped ", field, " ", records, "\n");
  }
  if (edition.dated.has_value()) {
    absl::StrAppend(&text, "dated ", FormatCivilDay(*edition.dated), "\n");
  }
  return text;
}

void ExpectGolden(const std::string& format, const std::string& file, bool salvage = false) {
  const auto edition = ImportFile(format, kFolder + file, {.salvage = salvage});
  ASSERT_TRUE(edition.ok()) << edition.status();
  EXPECT_FALSE(edition->entries.empty());
  ExpectSameAsGolden(DescribeParties(*edition), file);
}

TEST(PartiesGoldenTest, UsCslBothColumnSets) {
  ExpectGolden("us-csl", "us-csl-2019.csv");
  ExpectGolden("us-csl", "us-csl-2023.csv");
}
TEST(PartiesGoldenTest, UsBisDpl) { ExpectGolden("us-bis-dpl", "us-bis-dpl.txt"); }
TEST(PartiesGoldenTest, UsBisEl) { ExpectGolden("us-bis-el", "us-bis-el.csv"); }
TEST(PartiesGoldenTest, OfacCsvSet) { ExpectGolden("ofac-sdn", "ofac-sdn/SDN.CSV"); }
TEST(PartiesGoldenTest, OfacXml) { ExpectGolden("ofac-sdn", "ofac.xml"); }
TEST(PartiesGoldenTest, UnSc) { ExpectGolden("un-sc", "un-sc.xml"); }
TEST(PartiesGoldenTest, UnScSalvaged) { ExpectGolden("un-sc", "un-sc-broken.xml", true); }
TEST(PartiesGoldenTest, EuFsf) { ExpectGolden("eu-fsf", "eu-fsf.xml"); }
TEST(PartiesGoldenTest, CnLists) { ExpectGolden("cn-lists", "cn-lists.json"); }
TEST(PartiesGoldenTest, UkOfsi) { ExpectGolden("uk-ofsi", "uk-ofsi.csv"); }

TEST(CsvTableTest, ASecondColumnOfANameIsToldOf) {
  const std::string path = ::testing::TempDir() + "/second.csv";
  std::ofstream(path) << "Name 6,Group Type,Regime,Group ID,Regime\nA,Entity,One,1,Two\n";
  const auto edition = ImportFile("uk-ofsi", path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  EXPECT_EQ(edition->unmapped, (std::map<std::string, uint32_t>{{"Regime (column 5)", 1}}));
  EXPECT_EQ(edition->entries.at(0).party().programmes(0), "One");
}

TEST(UkOfsiTest, AVariationOfThePrimaryNameIsAnAlias) {
  const std::string path = ::testing::TempDir() + "/variation.csv";
  std::ofstream(path) << "Name 6,Group Type,Alias Type,Regime,Group ID\n"
                         "VARIED,Individual,Primary name variation,Samplistan,1\n"
                         "NAMED,Individual,Primary name,Samplistan,1\n";
  const auto edition = ImportFile("uk-ofsi", path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  const v1::ListedParty& party = edition->entries.at(0).party();
  ASSERT_EQ(party.names_size(), 2);
  EXPECT_EQ(party.names(0).text(), "NAMED");
  EXPECT_EQ(party.names(1).type(), v1::NAME_TYPE_AKA);
}

TEST(CnListsTest, WhatIsRemovedIsLeftOutAndCounted) {
  const std::string path = ::testing::TempDir() + "/removed.json";
  const auto record = [](const char* name, const char* more) {
    return absl::StrCat(R"({"entity_name": ")", name, R"(", "list_id": "cn-a", "reason": "r", )",
                        more, "}");
  };
  const std::string gone = record("Gone", R"("date_removed": "2026-01-02")");
  std::ofstream(path) << "[" << gone << "," << record("Here", R"("last_verified": "2026-07-19")")
                      << ","
                      << record("Going", R"("date_removed": "2026-09-01",)"
                                         R"("suspended_until": "2026-08-12")")
                      << "]";
  const auto edition = ImportFile("cn-lists", path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  std::map<std::string, std::string> actions;
  for (const v1::Entry& one : edition->entries) {
    actions[one.party().names(0).text()] = one.party().last_action();
  }
  EXPECT_EQ(actions,
            (std::map<std::string, std::string>{
                {"Here", ""}, {"Going", "2026-09-01 date_removed; 2026-08-12 suspended_until"}}));
  EXPECT_THAT(edition->notes, ::testing::Contains(HasSubstr("1 records were removed")));
  std::ofstream(path, std::ios::trunc)
      << "[" << gone << "," << record("Here", R"("id": "1")") << "]";
  EXPECT_EQ(ImportFile("cn-lists", path)->entries.size(), 1u) << "nothing says as of when";
}

TEST(UnScTest, AnAliasBornNullHasNoBirth) {
  const std::string path = ::testing::TempDir() + "/null.xml";
  std::ofstream(path) << "<CONSOLIDATED_LIST dateGenerated=\"2024-10-16T00:00:00Z\"><INDIVIDUALS>"
                         "<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>A</FIRST_NAME>"
                         "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>B</ALIAS_NAME>"
                         "<DATE_OF_BIRTH>null</DATE_OF_BIRTH></INDIVIDUAL_ALIAS></INDIVIDUAL>"
                         "</INDIVIDUALS></CONSOLIDATED_LIST>";
  const auto edition = ImportFile("un-sc", path);
  ASSERT_TRUE(edition.ok()) << edition.status();
  ASSERT_EQ(edition->entries.size(), 1u);
  EXPECT_EQ(edition->entries[0].party().names_size(), 2);
  EXPECT_EQ(edition->entries[0].party().births_size(), 0);
}

TEST(OfacSetTest, AnyOfItsFilesOrTheirFolderIsTheSet) {
  const auto whole = ImportFile("ofac-sdn", kFolder + "ofac-sdn");
  ASSERT_TRUE(whole.ok()) << whole.status();
  for (const char* file : {"SDN.CSV", "ALT.CSV", "ADD.CSV", "SDN_COMMENTS.CSV"}) {
    const auto edition = ImportFile("ofac-sdn", kFolder + "ofac-sdn/" + file);
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_EQ(DescribeParties(*edition), DescribeParties(*whole)) << file;
    EXPECT_EQ(edition->source_sha256, whole->source_sha256);
  }
  EXPECT_EQ(*DetectFormat(kFolder + "ofac-sdn"), "ofac-sdn");
}

TEST(OfacSetTest, AnIncompleteSetIsNoEdition) {
  const std::string folder = ::testing::TempDir() + "/incomplete";
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(kFolder + "ofac-sdn/SDN.CSV", folder + "/sdn.csv",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(kFolder + "ofac-sdn/ADD.CSV", folder + "/add.csv",
                             std::filesystem::copy_options::overwrite_existing);
  const auto edition = ImportFile("ofac-sdn", folder + "/sdn.csv");
  EXPECT_THAT(std::string(edition.status().message()), HasSubstr("alt.csv is not in"));
  EXPECT_THAT(std::string(ImportFile("auto", ::testing::TempDir()).status().message()),
              HasSubstr("a folder without a set of OFAC files"));
}

TEST(OfacSetTest, RemarksThatGoOnKeepTheSpaceAtTheCut) {
  const std::string folder = ::testing::TempDir() + "/cut";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/sdn.csv")
      << "1,\"A\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 1960; Linked \"\n"
         "2,\"B\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 1961; Linked\"\n";
  std::ofstream(folder + "/alt.csv") << "1,1,\"aka\",\"C\",-0- \n";
  std::ofstream(folder + "/add.csv") << "1,1,-0- ,-0- ,\"Cuba\",-0- \n";
  std::ofstream(folder + "/sdn_comments.csv") << "1,\"To: D.\"\n2,\" To: D. \"\n";
  const auto edition = ImportFile("ofac-sdn", folder);
  ASSERT_TRUE(edition.ok()) << edition.status();
  ASSERT_EQ(edition->entries.size(), 2u);
  EXPECT_EQ(edition->entries[0].party().remarks(), "DOB 1960; Linked To: D.");
  EXPECT_EQ(edition->entries[1].party().remarks(), "DOB 1961; Linked To: D.");
}

// Goal: an older edition that lies beside the set is never read in its place.
TEST(OfacSetTest, WhatIsNamedIsReadAndTwoCandidatesAreRefused) {
  const std::string folder = ::testing::TempDir() + "/twice";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto copy = [&](const char* part, const std::string& as) {
    std::filesystem::copy_file(kFolder + "ofac-sdn/" + part, folder + "/" + as);
  };
  for (const auto& [part, as] : {std::pair{"SDN.CSV", "sdn.csv"},
                                 {"ALT.CSV", "alt.csv"},
                                 {"ADD.CSV", "Add.CSV"},
                                 {"SDN_COMMENTS.CSV", "sdn_comments.csv"}}) {
    copy(part, as);
  }
  const auto whole = ImportFile("ofac-sdn", folder);
  ASSERT_TRUE(whole.ok()) << whole.status();
  for (const char* stem : {"sdn", "alt", "add", "sdn_comments"}) {
    for (const char* ending : {".csv.bak", ".2024-01-01.csv", ".1", ".txt"}) {
      std::ofstream(folder + "/" + stem + ending) << "1,\"OLD\"\n";
    }
  }
  for (const std::string& named : {folder, folder + "/sdn.csv", folder + "/alt.csv"}) {
    const auto edition = ImportFile("ofac-sdn", named);
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_EQ(edition->source_sha256, whole->source_sha256) << named;
  }
  const auto named = ImportFile("ofac-sdn", folder + "/sdn.2024-01-01.csv");
  EXPECT_THAT(std::string(named.status().message()), HasSubstr("it has 2 cells"));
  copy("ALT.CSV", "ALT.csv");
  for (const std::string& path : {folder, folder + "/sdn.csv"}) {
    const auto edition = ImportFile("ofac-sdn", path);
    EXPECT_THAT(std::string(edition.status().message()), HasSubstr("ALT.csv and alt.csv"));
  }
  EXPECT_TRUE(ImportFile("ofac-sdn", folder + "/alt.csv").ok()) << "named, it is meant";
  std::filesystem::remove(folder + "/ALT.csv");
  copy("SDN.CSV", "cons_prim.csv");
  EXPECT_THAT(std::string(ImportFile("auto", folder).status().message()),
              HasSubstr("cons_prim.csv and sdn.csv"));
}

TEST(EveryFormatTest, IsToldByItsContent) {
  for (const Fixture& fixture : kFixtures) {
    const auto format = DetectFormat(kFolder + fixture.file);
    ASSERT_TRUE(format.ok()) << format.status();
    EXPECT_EQ(*format, fixture.format) << fixture.file;
    EXPECT_FALSE(FormatTitle(*format).empty());
  }
  EXPECT_THAT(
      std::string(DetectFormat(Written("Dear reader,\nthis is a letter")).status().message()),
      HasSubstr("it looks like text parted by commas, its first line: Dear reader"));
  EXPECT_THAT(std::string(DetectFormat(Written("<html><p/></html>")).status().message()),
              HasSubstr("it looks like XML with the root <html>, which is none of the formats"));
  EXPECT_FALSE(DetectFormat(Written(std::string("\0\1\2", 3))).ok());
}

TEST(EveryFormatTest, AFileOfAnotherFormatIsRefusedByNameOfWhatItIs) {
  for (const Fixture& fixture : kFixtures) {
    for (const std::string& format : FormatNames()) {
      if (format == fixture.format) continue;
      const auto edition = ImportFile(format, kFolder + fixture.file);
      ASSERT_FALSE(edition.ok()) << fixture.file << " as " << format;
      EXPECT_THAT(std::string(edition.status().message()),
                  HasSubstr(absl::StrCat("looks like ", fixture.format)))
          << "as " << format;
    }
  }
}

TEST(EveryFormatTest, ImportExportImportIsTheIdentity) {
  for (const Fixture& fixture : kFixtures) {
    const auto edition = ImportFile("auto", kFolder + fixture.file, {.salvage = true});
    ASSERT_TRUE(edition.ok()) << edition.status();
    const auto again = ImportFile("auto", Written(WriteEntries(*edition)));
    ASSERT_TRUE(again.ok()) << fixture.file << ": " << again.status();
    EXPECT_EQ(again->format, "entries");
    EXPECT_EQ(again->kind, edition->kind);
    EXPECT_EQ(again->dated, edition->dated);
    ASSERT_EQ(again->entries.size(), edition->entries.size()) << fixture.file;
    for (size_t i = 0; i < again->entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), edition->entries[i].SerializeAsString())
          << fixture.file;
    }
    ASSERT_EQ(again->refused.size(), edition->refused.size()) << "what was refused stays refused";
    for (size_t i = 0; i < again->refused.size(); ++i) {
      EXPECT_EQ(again->refused[i].key, edition->refused[i].key);
    }
  }
}

// A cut file never gives an entry under a key that the whole file does not hold, unless it says
// that it may be cut; of XML nothing is lost in silence: the file is refused or records are.
TEST(EveryFormatTest, ACutFileGivesNothingNew) {
  for (const Fixture& fixture : kFixtures) {
    if (std::string_view(fixture.format) == "ofac-sdn" &&
        std::string_view(fixture.file) != "ofac.xml")
      continue;  // below
    const auto whole = ImportFile(fixture.format, kFolder + fixture.file, {.salvage = true});
    ASSERT_TRUE(whole.ok());
    std::map<std::string, std::string> names;
    for (const v1::Entry& entry : whole->entries) {
      names[entry.key()] = entry.has_party()
                               ? entry.party().names_size() > 0 ? entry.party().names(0).text() : ""
                               : entry.item().code();
    }
    for (const Refusal& refusal : whole->refused) names[refusal.key] = "";
    const std::string bytes = ReadAll(kFolder + fixture.file);
    for (size_t cut = 1; cut < bytes.size(); cut += 1 + bytes.size() / 97) {
      for (bool salvage : {false, true}) {
        const auto edition =
            ImportFile(fixture.format, Written(bytes.substr(0, cut)), {.salvage = salvage});
        if (!edition.ok()) continue;
        const bool xml = absl::EndsWith(fixture.file, ".xml");
        EXPECT_FALSE(xml && !salvage) << fixture.file << " cut at " << cut << " was taken";
        const bool warned = std::any_of(
            edition->notes.begin(), edition->notes.end(),
            [](const std::string& note) { return absl::StrContains(note, "may be cut short"); });
        for (const v1::Entry& entry : edition->entries) {
          const bool complete = warned || names.contains(entry.key());
          // A row cut within its last cell, or a citation in it, is another party or none.
          EXPECT_TRUE(complete || absl::StartsWith(entry.key(), "h:") ||
                      std::string_view(fixture.format) == "csv")
              << fixture.file << " cut at " << cut << ": " << entry.key();
        }
        if (xml) {
          EXPECT_FALSE(edition->refused.empty()) << fixture.file << " cut at " << cut;
        }
      }
    }
  }
}

TEST(EveryFormatTest, OfOneByteThatIsNotUtf8) {
  const auto with = [](const char* file, const char* word) {
    std::string bytes = ReadAll(kFolder + file);
    const size_t at = bytes.find(word);
    EXPECT_NE(at, std::string::npos) << file;
    bytes[at] = '\xe9';
    return Written(bytes);
  };
  // Text formats are read as Windows-1252, and say so.
  for (const auto& [format, file, word] :
       {std::tuple{"us-csl", "us-csl-2019.csv", "INVENTED HOLDINGS"},
        {"us-bis-dpl", "us-bis-dpl.txt", "INVENTED AIR"},
        {"us-bis-el", "us-bis-el.csv", "Qualified"},
        {"uk-ofsi", "uk-ofsi.csv", "SAMPLE LIMITED"}}) {
    const auto edition = ImportFile(format, with(file, word));
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_THAT(edition->notes, ::testing::Contains(HasSubstr("read as Windows-1252"))) << file;
  }
  // XML says what it is encoded in.
  for (const auto& [format, file] :
       {std::pair{"un-sc", "un-sc.xml"}, {"eu-fsf", "eu-fsf.xml"}, {"ofac-sdn", "ofac.xml"}}) {
    const auto edition = ImportFile(format, with(file, "ample"));
    EXPECT_THAT(std::string(edition.status().message()), HasSubstr("not well-formed")) << file;
  }
  const auto json = ImportFile("cn-lists", with("cn-lists.json", "Sample KK"));
  EXPECT_THAT(std::string(json.status().message()), HasSubstr("line 2: record 1: "));
  const auto salvaged =
      ImportFile("cn-lists", with("cn-lists.json", "Sample KK"), {.salvage = true});
  ASSERT_TRUE(salvaged.ok());
  EXPECT_EQ(salvaged->entries.size(), 1u);
}

TEST(EveryFormatTest, AnOverlongValueIsRefusedUnderItsKeyOrLine) {
  const std::string big(size_t{2} << 20, 'x');
  const auto with = [&](const char* file, const char* word) {
    std::string bytes = ReadAll(kFolder + file);
    const size_t at = bytes.find(word);
    EXPECT_NE(at, std::string::npos) << file;
    return Written(bytes.replace(at, std::string_view(word).size(), big));
  };
  for (const auto& [format, file, word] :
       {std::tuple{"us-csl", "us-csl-2019.csv", "Minister of Samples"},
        {"us-bis-dpl", "us-bis-dpl.txt", "SAMPLE SQUARE"},
        {"us-bis-el", "us-bis-el.csv", "Qualified Sample"},
        {"uk-ofsi", "uk-ofsi.csv", "Minister of Samples"},
        {"un-sc", "un-sc.xml", "Known for samples."},
        {"eu-fsf", "eu-fsf.xml", "Director of Samples"},
        {"ofac-sdn", "ofac.xml", "Director, Sample International Bank"},
        {"cn-lists", "cn-lists.json", "Sample KK"}}) {
    const auto edition = ImportFile(format, with(file, word));
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_FALSE(edition->entries.empty());
    EXPECT_THAT(edition->refused, ::testing::Contains(::testing::Field(
                                      &Refusal::why, HasSubstr("the limit is 1 MiB"))))
        << file;
  }
  const auto line =
      ImportFile("us-csl", Written(ReadAll(kFolder + "us-csl-2019.csv") + big + big + big));
  EXPECT_THAT(std::string(line.status().message()), HasSubstr("the limit is 4 MiB"));
}

}  // namespace
}  // namespace comity
