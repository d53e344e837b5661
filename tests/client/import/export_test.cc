// Entries out into CSV and FollowTheMoney, and back in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/import/exports.h"
#include "client/import/importer.h"
#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

v1::Entry Keyed(const std::string& key) {
  v1::Entry entry;
  entry.set_key(key);
  return entry;
}

// An entry of each kind with all that columns can say, and one with as little as may be.
std::map<v1::ListKind, std::vector<v1::Entry>> Samples() {
  std::map<v1::ListKind, std::vector<v1::Entry>> samples;
  {
    v1::Entry full = Keyed("1:5A001");
    full.set_lang("en");
    v1::ControlledItem& item = *full.mutable_item();
    item.set_code("5A001");
    item.set_supplement("1");
    item.set_heading("");
    item.set_text("two\nlines, \"quoted\"");
    item.set_related_controls("see, also");
    item.add_controls()->set_reason("NS");
    item.add_controls()->set_reason("AT");
    v1::Entry least = Keyed("5A002");
    least.mutable_item()->set_code("5A002");
    samples[v1::LIST_KIND_ITEMS] = {full, least};
  }
  {
    v1::Entry full = Keyed("x-1");
    v1::ListedParty& party = *full.mutable_party();
    party.set_kind(v1::PARTY_KIND_VESSEL);
    for (const char* name : {"Ship One", "Ship, the \"First\"", "船"}) {
      v1::PartyName& one = *party.add_names();
      one.set_text(name);
      one.set_type(party.names_size() == 1 ? v1::NAME_TYPE_PRIMARY : v1::NAME_TYPE_AKA);
    }
    party.add_addresses()->set_raw("1 Harbour\nPort");
    party.add_addresses()->set_raw("2 Harbour");
    party.add_nationalities("AQ");
    party.add_programmes("P1");
    party.add_programmes("P2");
    party.add_citations("Act 1");
    party.set_source_id("x-1");
    party.set_listed_on("2020-01");
    party.set_expires_on("2030-01-01");
    party.set_remarks("");
    v1::Entry least = Keyed("y");
    v1::PartyName& name = *least.mutable_party()->add_names();
    name.set_text("Y");
    name.set_type(v1::NAME_TYPE_PRIMARY);
    samples[v1::LIST_KIND_PARTIES] = {full, least};
  }
  {
    v1::Entry full = Keyed("Article-5");
    v1::Rule& rule = *full.mutable_rule();
    rule.set_article("Article 5");
    rule.set_heading("Unlisted items");
    rule.set_text("");
    rule.add_triggers("is informed");
    rule.add_triggers("is aware");
    rule.add_end_uses("repression");
    rule.mutable_destinations()->set_unspecified(true);
    rule.set_requirement("a licence");
    rule.set_licence_policy("none");
    v1::Entry least = Keyed("Article-6");
    least.mutable_rule()->set_article("Article 6");
    samples[v1::LIST_KIND_RULES] = {full, least};
  }
  {
    v1::Entry full = Keyed("NO-2024/17");
    v1::Denial& denial = *full.mutable_denial();
    denial.set_reference("NO 2024/17");
    denial.set_regime_reference("WA-D-1");
    denial.set_party_name("Example Trading");
    denial.set_address("1 Harbour Street\nPort");
    denial.set_notifying_government("no");
    denial.set_destination_country("AQ");
    denial.add_control_codes("5A001.f.1");
    denial.add_control_codes("5AO01");
    denial.set_description("Gear, for listening");
    denial.set_end_use("");
    denial.set_reason_for_refusal("Risk of diversion");
    denial.set_denied_on("2024-03");
    v1::Entry least = Keyed("NO-2024/18");
    least.mutable_denial()->set_reference("NO 2024/18");
    least.mutable_denial()->set_party_name("Example Maritime");
    least.mutable_denial()->set_notifying_government("no");
    samples[v1::LIST_KIND_DENIALS] = {full, least};
  }
  {
    v1::Entry code = Keyed("a");
    v1::Correlation& first = *code.mutable_correlation();
    first.mutable_left()->set_code("5A001.f.1");
    first.mutable_left()->set_scheme("dual-use");
    first.mutable_left()->set_issuer("us-bis");
    first.mutable_right()->set_code("９の項（１）");
    first.mutable_right()->set_scheme("japan");
    first.mutable_right()->set_issuer("jp");
    first.set_degree(v1::CORRELATION_DEGREE_BROADER);
    first.set_origin(v1::LINK_ORIGIN_TABLE);
    first.set_source_citation("Matrix of 2024");
    first.set_source_url("https://example.org/m");
    first.set_note("");
    v1::Entry term = Keyed("b");
    v1::Correlation& second = *term.mutable_correlation();
    second.mutable_left()->set_term("facial recognition");
    second.mutable_left()->add_synonyms("face recognition");
    second.mutable_left()->add_synonyms("face matching");
    second.mutable_right()->set_article("Article 5");
    second.mutable_right()->set_issuer("eu");
    second.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
    second.set_origin(v1::LINK_ORIGIN_HUMAN);
    second.set_source_citation("Own reading");
    v1::Entry none = Keyed("c");
    none = term;
    none.set_key("c");
    none.mutable_correlation()->mutable_right()->set_not_listed(true);
    none.mutable_correlation()->clear_degree();
    samples[v1::LIST_KIND_CORRELATIONS] = {code, term, none};
  }
  return samples;
}

TEST(CsvExportTest, ReadingItBackIsTheIdentityForEveryKind) {
  const auto samples = Samples();
  ASSERT_EQ(samples.size(), 5u);
  for (const auto& [kind, entries] : samples) {
    SCOPED_TRACE(v1::ListKind_Name(kind));
    const auto csv = WriteCsv(kind, entries);
    ASSERT_TRUE(csv.ok()) << csv.status();
    EXPECT_EQ(csv->incomplete, 0u);
    EXPECT_EQ(csv->separator, ";");
    const auto again = ImportFile("csv", Temporary("export.csv", csv->text), {});
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << csv->text;
    ASSERT_TRUE(again->refused.empty()) << again->refused[0].why;
    EXPECT_EQ(again->kind, kind);
    ASSERT_EQ(again->entries.size(), entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].SerializeAsString(), entries[i].SerializeAsString())
          << again->entries[i].DebugString();
    }
  }
}

TEST(CsvExportTest, WhatColumnsCannotSayIsCounted) {
  auto samples = Samples();
  const auto incomplete = [&](v1::ListKind kind) {
    return WriteCsv(kind, samples[kind])->incomplete;
  };
  samples[v1::LIST_KIND_DENIALS][0].mutable_denial()->add_control_codes(" 5A002 ");
  EXPECT_EQ(incomplete(v1::LIST_KIND_DENIALS), 1u) << "reading it back trims it";
  samples[v1::LIST_KIND_CORRELATIONS][0].mutable_correlation()->mutable_right()->add_synonyms("x");
  EXPECT_EQ(incomplete(v1::LIST_KIND_CORRELATIONS), 1u);
  samples[v1::LIST_KIND_PARTIES][1].mutable_party()->add_ids()->set_number("7");
  EXPECT_EQ(incomplete(v1::LIST_KIND_PARTIES), 1u);
  EXPECT_FALSE(WriteCsv(v1::LIST_KIND_UNSPECIFIED, samples[v1::LIST_KIND_ITEMS]).ok());
}

TEST(CsvExportTest, RecordsOfAllKindsStandInOneTableAndSayWhoseTheyAre) {
  CsvExporter exporter(v1::LIST_KIND_UNSPECIFIED);
  std::string text = exporter.Header();
  for (const auto& [kind, entries] : Samples()) {
    v1::AuthorityItem record;
    record.set_authority("no-mfa");
    record.set_list("no-mfa/x");
    record.set_index(3);
    record.set_entry_hash("aa");
    record.set_citation("Act, 1");
    record.set_effective_from("2020-01-01");
    *record.mutable_entry() = entries[0];
    text += exporter.Row(kind, record);
  }
  v1::AuthorityItem last;
  last.mutable_entry()->mutable_denial()->add_control_codes("a;b");
  text += exporter.Row(v1::LIST_KIND_DENIALS, last);
  const auto separator = exporter.Separator();
  ASSERT_TRUE(separator.ok());
  EXPECT_EQ(*separator, "|");
  // Cut anywhere.
  std::string finished;
  for (size_t at = 0; at < text.size(); at += 7) {
    finished += CsvExporter::Finished(std::string_view(text).substr(at, 7), *separator);
  }
  EXPECT_THAT(finished, HasSubstr("authority,list,kind,index,entry_hash,citation,"));
  EXPECT_THAT(finished, HasSubstr("no-mfa,no-mfa/x,denials,3,aa,\"Act, 1\",,2020-01-01,"));
  EXPECT_THAT(finished, HasSubstr("5A001.f.1|5AO01"));
  EXPECT_THAT(finished, HasSubstr("no-mfa,no-mfa/x,correlations,3,"));
  const std::string header = finished.substr(0, finished.find("\r\n"));
  std::map<std::string, int> columns;
  std::istringstream names(header);
  for (std::string name; std::getline(names, name, ',');) ++columns[name];
  for (const auto& [name, times] : columns) EXPECT_EQ(times, 1) << name;
}

// --- FollowTheMoney.

json Texts(const std::vector<std::string>& texts) { return texts; }

v1::AuthorityItem Listed(const v1::ListedParty& party) {
  v1::AuthorityItem record;
  record.set_authority("us-bis");
  record.set_list("us-bis/entity-list");
  record.set_citation("90 FR 1");
  record.set_citation_url("https://example.org/90fr1");
  record.set_effective_from("2025-02-01");
  record.set_index(4);
  record.set_entry_hash("ab");
  record.mutable_entry()->set_key("EL:7");
  *record.mutable_entry()->mutable_party() = party;
  return record;
}

// By schema.
std::map<std::string, std::vector<json>> Entities(const v1::ListedParty& party) {
  std::map<std::string, std::vector<json>> entities;
  const auto lines = FtmLines(Listed(party));
  EXPECT_TRUE(lines.ok()) << lines.status();
  std::istringstream text(*lines);
  for (std::string line; std::getline(text, line);) {
    const json one = json::parse(line);
    for (const auto& [name, values] : one["properties"].items()) {
      EXPECT_TRUE(values.is_array() && !values.empty()) << name;
      for (const json& value : values) EXPECT_TRUE(value.is_string()) << name;
    }
    entities[one["schema"]].push_back(one);
  }
  return entities;
}

TEST(FtmExportTest, APersonComesWithAddressesIdsAndWhoListedIt) {
  v1::ListedParty party;
  party.set_kind(v1::PARTY_KIND_PERSON);
  party.set_source_id("7");
  const auto name = [&](const char* text, v1::NameType type, v1::NameQuality quality) {
    v1::PartyName& one = *party.add_names();
    one.set_text(text);
    one.set_type(type);
    one.set_quality(quality);
  };
  name("Jane Example", v1::NAME_TYPE_PRIMARY, v1::NAME_QUALITY_UNSPECIFIED);
  name("J. Example", v1::NAME_TYPE_AKA, v1::NAME_QUALITY_STRONG);
  name("the Jay", v1::NAME_TYPE_AKA, v1::NAME_QUALITY_WEAK);
  name("Jane Before", v1::NAME_TYPE_FKA, v1::NAME_QUALITY_UNSPECIFIED);
  v1::Address& address = *party.add_addresses();
  address.add_lines("1 Harbour Street");
  address.set_city("Port");
  address.set_country_iso("AQ");
  v1::Identifier& id = *party.add_ids();
  id.set_type("Passport");
  id.set_number("P 1");
  id.set_country("AQ");
  id.set_issued_on("2010-01-01");
  v1::Identifier& odd = *party.add_ids();
  odd.set_type("Tax");
  odd.set_number("T 2");
  odd.set_country("Atlantis");
  v1::Birth& birth = *party.add_births();
  birth.set_date("1960-05");
  birth.set_place("Port");
  v1::Birth& about = *party.add_births();
  about.set_date("1961");
  about.set_precision("approximate");
  party.add_nationalities("AQ");
  party.add_nationalities("Atlantis");
  party.add_programmes("EL");
  party.add_citations("89 FR 5");
  party.add_titles("Director");
  party.set_gender("F");
  party.set_listed_on("2024-12-31");
  party.set_expires_on("in a while");
  party.add_linked_to("Somebody");
  party.set_remarks("Seen once.");
  v1::Measure& measure = *party.add_measures();
  measure.set_type("Entity List");
  measure.set_licence_policy("denial");

  auto entities = Entities(party);
  ASSERT_EQ(entities["Person"].size(), 1u);
  const json& person = entities["Person"][0];
  const json& p = person["properties"];
  EXPECT_EQ(p["name"], Texts({"Jane Example"}));
  EXPECT_EQ(p["alias"], Texts({"J. Example"}));
  EXPECT_EQ(p["weakAlias"], Texts({"the Jay"}));
  EXPECT_EQ(p["previousName"], Texts({"Jane Before"}));
  EXPECT_EQ(p["birthDate"], Texts({"1960-05"}));
  EXPECT_EQ(p["birthPlace"], Texts({"Port"}));
  EXPECT_EQ(p["nationality"], Texts({"aq"}));
  EXPECT_EQ(p["gender"], Texts({"female"}));
  EXPECT_EQ(p["position"], Texts({"Director"}));
  EXPECT_EQ(p["notes"], Texts({"born: approximate, 1961", "nationality: Atlantis", "source id: 7",
                               "linked to: Somebody", "Seen once."}));
  ASSERT_EQ(entities["Address"].size(), 1u);
  EXPECT_EQ(p["addressEntity"], Texts({entities["Address"][0]["id"].get<std::string>()}));
  EXPECT_EQ(entities["Address"][0]["properties"]["full"], Texts({"1 Harbour Street, Port, AQ"}));
  ASSERT_EQ(entities["Identification"].size(), 2u);
  const json& passport = entities["Identification"][0]["properties"];
  EXPECT_EQ(passport["holder"], Texts({person["id"].get<std::string>()}));
  EXPECT_EQ(passport["number"], Texts({"P 1"}));
  EXPECT_EQ(passport["startDate"], Texts({"2010-01-01"}));
  EXPECT_EQ(entities["Identification"][1]["properties"]["description"],
            Texts({"Tax T 2 (Atlantis)"}));
  ASSERT_EQ(entities["Sanction"].size(), 1u);
  const json& s = entities["Sanction"][0]["properties"];
  EXPECT_EQ(s["entity"], Texts({person["id"].get<std::string>()}));
  EXPECT_EQ(s["authority"], Texts({"us-bis"}));
  EXPECT_EQ(s["country"], Texts({"us"}));
  EXPECT_EQ(s["program"], Texts({"EL"}));
  EXPECT_EQ(s["provisions"], Texts({"Entity List; denial"}));
  EXPECT_EQ(s["startDate"], Texts({"2025-02-01"}));
  EXPECT_EQ(s["listingDate"], Texts({"2024-12-31"}));
  EXPECT_EQ(s["summary"], Texts({"90 FR 1", "89 FR 5"}));
  EXPECT_EQ(s["sourceUrl"], Texts({"https://example.org/90fr1"}));
  EXPECT_EQ(s["recordId"], Texts({"EL:7"}));
  EXPECT_THAT(s["description"][0].get<std::string>(), HasSubstr("expires on: in a while"));

  // Ids hang from list and key alone.
  party.clear_remarks();
  party.mutable_names(0)->set_text("Another");
  EXPECT_EQ(Entities(party)["Person"][0]["id"], person["id"]);
  v1::AuthorityItem other = Listed(party);
  other.set_list("us-bis/other");
  EXPECT_EQ(FtmLines(other)->find(person["id"].get<std::string>()), std::string::npos);
}

TEST(FtmExportTest, WhatTheModelDoesNotKnowIsANote) {
  v1::ListedParty party;
  party.set_kind(v1::PARTY_KIND_PERSON);
  party.add_names()->set_text("N");
  party.add_ids()->set_type("Passport");
  party.mutable_ids(0)->set_note("issued in Kabul");
  for (const char* country : {"AN", "ZZ", "NO", "EU"}) party.add_nationalities(country);
  auto entities = Entities(party);
  EXPECT_TRUE(entities["Identification"].empty()) << "it needs a number";
  const json& person = entities["Person"][0]["properties"];
  EXPECT_EQ(person["nationality"], Texts({"no", "eu"}));
  EXPECT_EQ(person["notes"],
            Texts({"id: Passport, issued in Kabul", "nationality: AN", "nationality: ZZ"}));
}

TEST(FtmExportTest, EveryKindHasItsSchema) {
  const auto schema = [](v1::PartyKind kind) {
    v1::ListedParty party;
    party.set_kind(kind);
    party.add_names()->set_text("N");
    party.add_addresses()->set_raw("1 Harbour");
    for (const auto& [type, number] : {std::pair{"IMO number", "1234567"},
                                       {"Vessel Registration Identification", "IMO 7406784"},
                                       {"Vessel Registration Identification", "IMO 12345"}}) {
      v1::Identifier& id = *party.add_ids();
      id.set_type(type);
      id.set_number(number);
    }
    party.mutable_vessel()->set_call_sign("CALL");
    auto entities = Entities(party);
    EXPECT_EQ(entities["Sanction"].size(), 1u);
    entities.erase("Sanction");
    std::string names;
    for (const auto& [name, all] : entities) {
      if (all.empty()) continue;
      names += name + " ";
      if (name == "Vessel") {
        EXPECT_EQ(all[0]["properties"]["imoNumber"], Texts({"1234567", "7406784"}));
        EXPECT_EQ(all[0]["properties"]["callSign"], Texts({"CALL"}));
      }
    }
    return names;
  };
  EXPECT_EQ(schema(v1::PARTY_KIND_PERSON), "Address Identification Person ");
  EXPECT_EQ(schema(v1::PARTY_KIND_ENTITY), "Address Identification Organization ");
  EXPECT_EQ(schema(v1::PARTY_KIND_UNSPECIFIED), "Address Identification LegalEntity ");
  EXPECT_EQ(schema(v1::PARTY_KIND_VESSEL), "Address Vessel ");
  EXPECT_EQ(schema(v1::PARTY_KIND_AIRCRAFT), "Address Airplane ");
  EXPECT_EQ(schema(v1::PARTY_KIND_ADDRESS_ONLY), "Address ");
  v1::AuthorityItem item;
  item.mutable_entry()->mutable_item()->set_code("5A001");
  EXPECT_FALSE(FtmLines(item).ok());
}

}  // namespace
}  // namespace comity
