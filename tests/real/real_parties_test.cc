// The importers of party lists on real files, where they are at hand (real_data.h). Expected
// figures are facts of public record, and the output that trade.gov's own importers expect of
// its fixtures. Without the data the program ends with code 77: "not run", never passed.
#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/import/entries_file.h"
#include "client/import/exports.h"
#include "client/import/fr_citations.h"
#include "client/import/importer.h"
#include "client/import/party_fields.h"
#include "tests/real/real_data.h"

namespace comity {
namespace {

using nlohmann::json;

// Read by the test, and what they are.
struct File {
  const char* path;
  const char* format;
  bool malformed;
  // Records that a sound file holds and that are rightly refused.
  size_t refused = 0;
};

constexpr File kFiles[] = {
    {"parties/cn_lists_2026-07-19/cn.json", "cn-lists", false},
    // Two of its entities have one reference number and different names.
    {"parties/eu_sample/sample_eu.xml", "eu-fsf", false, 2},
    {"parties/ita_fixtures/dpl/dpl.txt", "us-bis-dpl", false},
    {"parties/ita_fixtures/el/el.csv", "us-bis-el", false},
    {"parties/ita_fixtures/sdn/sdn.xml", "ofac-sdn", false},
    {"parties/jp_end_user_list_2025-09-29/jp.json", "jp-end-user", false},
    {"parties/ofac_consolidated_2020-04-29/sample_ofac_consolidated.xml", "ofac-sdn", false},
    {"parties/ofac_sdn_2019-01-04", "ofac-sdn", false},
    {"parties/ofac_sdn_2021-07-07", "ofac-sdn", false},
    {"parties/un_2024-10-16/sample_unsc.xml", "un-sc", true},
    {"parties/us_bis_dpl_2019-06-29/dpl.txt", "us-bis-dpl", false},
    {"parties/us_bis_dpl_2022-09-07/dpl.txt", "us-bis-dpl", false},
    {"parties/us_csl_2019-12-03/csl.csv", "us-csl", false},
    {"parties/us_csl_2023-11-30/csl.csv", "us-csl", true},
};

Edition Read(const std::string& path, bool salvage = false) {
  auto edition = ImportFile("auto", testing::RealData() / path, {.salvage = salvage});
  EXPECT_TRUE(edition.ok()) << edition.status();
  return edition.ok() ? *std::move(edition) : Edition();
}

TEST(RealPartiesTest, EveryFileIsToldByContentAndComesBackFromEntriesTheSame) {
  size_t files = 0;
  size_t entries = 0;
  for (const File& file : kFiles) {
    const auto format = DetectFormat(testing::RealData() / file.path);
    ASSERT_TRUE(format.ok()) << format.status();
    EXPECT_EQ(*format, file.format) << file.path;
    const auto strict = ImportFile("auto", testing::RealData() / file.path);
    EXPECT_EQ(strict.ok(), !file.malformed) << file.path << ": " << strict.status();
    const Edition edition = Read(file.path, /*salvage=*/true);
    if (!file.malformed) {
      EXPECT_EQ(edition.refused.size(), file.refused) << file.path;
      for (const Refusal& one : edition.refused) {
        std::printf("%s: refused %s: %s\n", file.path, one.where.c_str(), one.why.c_str());
      }
    }
    const std::string written = WriteEntries(edition);
    const std::string path = ::testing::TempDir() + "/real_entries.jsonl";
    std::ofstream(path, std::ios::binary) << written;
    const auto again = ImportFile("entries", path);
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(again->entries.size(), edition.entries.size()) << file.path;
    for (size_t i = 0; i < edition.entries.size(); ++i) {
      ASSERT_EQ(again->entries[i].SerializeAsString(), edition.entries[i].SerializeAsString())
          << file.path << ": " << edition.entries[i].key();
    }
    EXPECT_EQ(again->refused.size(), edition.refused.size());
    ++files;
    entries += edition.entries.size();
  }
  std::printf("Compared %zu entries of %zu files with themselves read again\n", entries, files);
}

// Every text of the message, but for codes of languages and scripts, lower-case.
void CollectTexts(const google::protobuf::Message& message, std::set<std::string>* texts) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->name() == "lang" || field->name() == "script") continue;
    const int times = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < times; ++i) {
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectTexts(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                          : reflection->GetMessage(message, field),
                     texts);
      } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = field->is_repeated()
                                     ? reflection->GetRepeatedString(message, field, i)
                                     : reflection->GetString(message, field);
        // That a birth is exact is what its own property says.
        if (field->name() == "precision" && text == "exact") continue;
        if (!text.empty()) texts->insert(absl::AsciiStrToLower(text));
      }
    }
  }
}

TEST(RealPartiesTest, AsFollowTheMoneyEntitiesNothingThatTheListsSayIsLost) {
  size_t parties = 0;
  std::map<std::string, size_t> schemas;
  size_t numbered = 0;
  for (const File& file : kFiles) {
    const Edition edition = Read(file.path, /*salvage=*/true);
    std::set<std::string> ids;
    for (const v1::Entry& entry : edition.entries) {
      v1::AuthorityItem record;
      record.set_authority("us-bis");
      record.set_list("us-bis/list");
      record.set_citation("Act 1");
      record.set_effective_from("2020-01-01");
      *record.mutable_entry() = entry;
      const auto lines = FtmLines(record);
      ASSERT_TRUE(lines.ok()) << lines.status();
      std::string said;
      std::istringstream in(*lines);
      for (std::string line; std::getline(in, line);) {
        const json entity = json::parse(line);
        ++schemas[entity["schema"]];
        numbered += entity["properties"].contains("imoNumber") ? 1 : 0;
        EXPECT_TRUE(ids.insert(entity["id"]).second) << file.path << ": " << entry.key();
        for (const auto& [name, values] : entity["properties"].items()) {
          for (const json& value : values) said += value.get<std::string>() + "\n";
        }
      }
      said = absl::AsciiStrToLower(said);
      std::set<std::string> texts;
      CollectTexts(entry.party(), &texts);
      for (const std::string& text : texts) {
        EXPECT_NE(said.find(text), std::string::npos)
            << file.path << ": " << entry.key() << " lost \"" << text << "\"";
      }
      if (::testing::Test::HasFailure()) return;
      ++parties;
    }
  }
  std::string counted;
  for (const auto& [schema, count] : schemas) absl::StrAppend(&counted, " ", count, " ", schema);
  // OFAC alone gives over 200 ships in each of its two editions.
  EXPECT_GT(numbered, 500u);
  std::printf("Told %zu parties as%s\n", parties, counted.c_str());
}

TEST(RealPartiesTest, TheUnListIsRefusedAtItsFirstFaultAndSalvagedAroundAll) {
  const auto strict =
      ImportFile("un-sc", testing::RealData() / "parties/un_2024-10-16/sample_unsc.xml");
  ASSERT_FALSE(strict.ok());
  EXPECT_THAT(std::string(strict.status().message()), ::testing::HasSubstr("line 39788: "));
  const Edition edition = Read("parties/un_2024-10-16/sample_unsc.xml", true);
  EXPECT_EQ(edition.read, 684u + 193u);
  EXPECT_EQ(edition.entries.size() + edition.refused.size(), 684u + 193u);
  EXPECT_EQ(FormatCivilDay(*edition.dated), "2024-10-16");
  size_t people = 0;
  for (const v1::Entry& entry : edition.entries) {
    people += entry.party().kind() == v1::PARTY_KIND_PERSON ? 1 : 0;
  }
  EXPECT_EQ(people, 684u);
}

TEST(RealPartiesTest, OfacsSetsJoinInFull) {
  // Rows of sdn, alt, add and comments.
  const std::map<std::string, std::pair<uint32_t, size_t>> kRows = {
      {"parties/ofac_sdn_2019-01-04", {7379 + 9682 + 11696 + 3, 7379}},
      {"parties/ofac_sdn_2021-07-07", {8977 + 11911 + 13838 + 5, 8977}}};
  for (const auto& [path, rows] : kRows) {
    const Edition edition = Read(path);
    // The figures of the provenance count the row of the byte that ends each file.
    EXPECT_NEAR(edition.read, rows.first, 4) << path;
    EXPECT_NEAR(edition.entries.size(), rows.second, 1) << path;
    size_t weak = 0, births = 0, ids = 0, kinds = 0;
    for (const v1::Entry& entry : edition.entries) {
      for (const v1::PartyName& name : entry.party().names()) {
        weak += name.quality() == v1::NAME_QUALITY_WEAK ? 1 : 0;
      }
      births += entry.party().births_size();
      ids += entry.party().ids_size();
      kinds += entry.party().kind() != v1::PARTY_KIND_UNSPECIFIED ? 1 : 0;
    }
    EXPECT_EQ(kinds, edition.entries.size());
    EXPECT_GT(weak, 1000u);
    EXPECT_GT(births, 5000u);
    EXPECT_GT(ids, 5000u);
  }
}

// trade.gov's fixtures: its expected output, field by field.

// What trade.gov's files hold as null or leave out.
std::string TextOrNothing(const json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() || it->is_null() ? "" : Trimmed(it->get<std::string>());
}

class Comparison {
 public:
  explicit Comparison(const std::string& folder, const char* input)
      : edition_(Read(absl::StrCat("parties/ita_fixtures/", folder, "/", input))) {
    std::ifstream file(testing::RealData() / "parties/ita_fixtures" / folder /
                       "expected_results.json");
    expected_ = json::parse(file);
  }

  // The entry of that name for which `same` holds, which each entry can be once.
  const v1::ListedParty* Find(const json& record) {
    const std::string name = TextOrNothing(record, "name");
    for (const v1::Entry& entry : edition_.entries) {
      const v1::ListedParty& party = entry.party();
      const std::string title = party.titles().empty() ? "" : party.titles(0);
      if (party.names(0).text() == name && title == TextOrNothing(record, "title") &&
          (party.listed_on() == TextOrNothing(record, "start_date")) && !found_.contains(&entry)) {
        found_.insert(&entry);
        return &party;
      }
    }
    ADD_FAILURE() << "no entry for " << name;
    return nullptr;
  }

  void Same(const json& record, const char* field, const std::string& ours) {
    if (!record.contains(field)) return;
    EXPECT_EQ(ours, TextOrNothing(record, field)) << record["name"] << " " << field;
    ++compared_;
  }

  void SameTexts(const json& record, const char* field, const std::vector<std::string>& ours) {
    if (!record.contains(field)) return;
    std::vector<std::string> theirs;
    for (const json& one : record[field]) theirs.push_back(one.get<std::string>());
    EXPECT_EQ(ours, theirs) << record["name"] << " " << field;
    ++compared_;
  }

  void Addresses(const json& record, const v1::ListedParty& party) {
    ASSERT_EQ(static_cast<size_t>(party.addresses_size()), record["addresses"].size())
        << record["name"];
    for (int i = 0; i < party.addresses_size(); ++i) {
      const v1::Address& address = party.addresses(i);
      const json& theirs = record["addresses"][i];
      EXPECT_EQ(absl::StrJoin(address.lines(), ", "), TextOrNothing(theirs, "address"));
      EXPECT_EQ(address.city(), TextOrNothing(theirs, "city"));
      EXPECT_EQ(address.region(), TextOrNothing(theirs, "state"));
      EXPECT_EQ(address.postcode(), TextOrNothing(theirs, "postal_code"));
      EXPECT_EQ(address.country_iso(), TextOrNothing(theirs, "country"));
      compared_ += 5;
    }
  }

  const json& expected() const { return expected_; }
  const Edition& edition() const { return edition_; }
  size_t compared() const { return compared_; }

 private:
  Edition edition_;
  json expected_;
  std::set<const v1::Entry*> found_;
  size_t compared_ = 0;
};

// trade.gov drops C1 controls, which the file holds where a program before it misread quotation
// marks; entries keep what is published.
std::string WithoutC1(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool c1 = text[i] == '\xc2' && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                    static_cast<unsigned char>(text[i + 1]) <= 0x9f;
    if (c1) {
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::vector<std::string> Aliases(const v1::ListedParty& party) {
  std::vector<std::string> names;
  for (int i = 1; i < party.names_size(); ++i) names.push_back(WithoutC1(party.names(i).text()));
  return names;
}

// What parts the citations is left out of ours.
std::string Citations(const v1::ListedParty& party) {
  return absl::StrJoin(party.citations(), " and ");
}

std::string Scope(const v1::ListedParty& party) {
  const std::string& scope = party.measures(0).scope();
  return scope.empty() ? "" : scope.substr(scope.rfind(' ') + 1);
}

TEST(TradeGovTest, DeniedPersons) {
  Comparison comparison("dpl", "dpl.txt");
  ASSERT_EQ(comparison.edition().entries.size(), comparison.expected().size());
  for (const json& record : comparison.expected()) {
    const v1::ListedParty* party = comparison.Find(record);
    if (party == nullptr) continue;
    comparison.Addresses(record, *party);
    comparison.Same(record, "end_date", party->expires_on());
    comparison.Same(record, "start_date", party->listed_on());
    comparison.Same(record, "federal_register_notice", Citations(*party));
    comparison.Same(record, "remarks", party->remarks());
    comparison.Same(record, "standard_order", Scope(*party));
    comparison.Same(record, "source", party->measures(0).type());
  }
  EXPECT_GE(comparison.compared(), 9u * 11u);
  std::printf("Compared %zu fields of %zu records\n", comparison.compared(),
              comparison.expected().size());
}

TEST(TradeGovTest, EntityList) {
  Comparison comparison("el", "el.csv");
  ASSERT_EQ(comparison.edition().entries.size(), comparison.expected().size());
  for (const json& record : comparison.expected()) {
    const v1::ListedParty* party = comparison.Find(record);
    if (party == nullptr) continue;
    comparison.Addresses(record, *party);
    comparison.SameTexts(record, "alt_names", Aliases(*party));
    comparison.Same(record, "start_date", party->listed_on());
    comparison.Same(record, "federal_register_notice", Citations(*party));
    comparison.Same(record, "license_requirement", party->measures(0).licence_requirement());
    comparison.Same(record, "license_policy", party->measures(0).licence_policy());
    comparison.Same(record, "standard_order", Scope(*party));
    comparison.Same(record, "source", party->measures(0).type());
  }
  EXPECT_GE(comparison.compared(), 7u * 12u);
  std::printf("Compared %zu fields of %zu records\n", comparison.compared(),
              comparison.expected().size());
}

TEST(TradeGovTest, SpeciallyDesignatedNationals) {
  Comparison comparison("sdn", "sdn.xml");
  ASSERT_EQ(comparison.edition().entries.size(), comparison.expected().size());
  const std::map<v1::PartyKind, std::string> kKinds = {{v1::PARTY_KIND_PERSON, "Individual"},
                                                       {v1::PARTY_KIND_ENTITY, "Entity"},
                                                       {v1::PARTY_KIND_VESSEL, "Vessel"},
                                                       {v1::PARTY_KIND_AIRCRAFT, "Aircraft"}};
  for (const json& record : comparison.expected()) {
    const v1::ListedParty* party = comparison.Find(record);
    if (party == nullptr) continue;
    if (record.contains("addresses")) comparison.Addresses(record, *party);
    comparison.SameTexts(record, "alt_names", Aliases(*party));
    comparison.Same(record, "entity_number", party->source_id());
    comparison.Same(record, "id", party->source_id());
    comparison.Same(record, "type", kKinds.at(party->kind()));
    comparison.Same(record, "remarks", party->remarks());
    comparison.SameTexts(record, "programs",
                         {party->programmes().begin(), party->programmes().end()});
    comparison.SameTexts(record, "nationalities",
                         {party->nationalities().begin(), party->nationalities().end()});
    comparison.SameTexts(record, "citizenships",
                         {party->citizenships().begin(), party->citizenships().end()});
    std::vector<std::string> dates, places;
    for (const v1::Birth& birth : party->births()) {
      if (!birth.date().empty()) {
        dates.push_back(
            absl::StrCat(birth.precision() == "approximate" ? "circa " : "", birth.date()));
      }
      if (!birth.place().empty()) places.push_back(birth.place());
    }
    comparison.SameTexts(record, "dates_of_birth", dates);
    comparison.SameTexts(record, "places_of_birth", places);
    comparison.Same(record, "call_sign", party->vessel().call_sign());
    comparison.Same(record, "vessel_type", party->vessel().type());
    comparison.Same(record, "vessel_flag", party->vessel().flag());
    comparison.Same(record, "vessel_owner", party->vessel().owner());
    comparison.Same(record, "gross_tonnage", party->vessel().tonnage());
    comparison.Same(record, "gross_registered_tonnage", party->vessel().gross_registered_tonnage());
    ASSERT_EQ(static_cast<size_t>(party->ids_size()), record["ids"].size());
    for (int i = 0; i < party->ids_size(); ++i) {
      const json& theirs = record["ids"][i];
      EXPECT_EQ(party->ids(i).type(), TextOrNothing(theirs, "type"));
      EXPECT_EQ(party->ids(i).number(), TextOrNothing(theirs, "number"));
      EXPECT_EQ(party->ids(i).country(), TextOrNothing(theirs, "country"));
      EXPECT_EQ(party->ids(i).issued_on(), TextOrNothing(theirs, "issue_date"));
      EXPECT_EQ(party->ids(i).expires_on(), TextOrNothing(theirs, "expiration_date"));
    }
  }
  EXPECT_GE(comparison.compared(), 50u);
  std::printf("Compared %zu fields of %zu records\n", comparison.compared(),
              comparison.expected().size());
}

}  // namespace
}  // namespace comity

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const auto data = comity::testing::RealData() / "parties";
  if (!std::filesystem::exists(data)) {
    std::printf("NOT RUN: %d tests on real lists, because %s is not there (set COMITY_DATA)\n",
                ::testing::UnitTest::GetInstance()->total_test_count(), data.c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
