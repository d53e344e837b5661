// us-csl: the US Consolidated Screening List as CSV, in both of its column sets. It unites a
// dozen lists of three departments; each party keeps the name of its own.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv_table.h"
#include "client/import/fr_citations.h"
#include "client/import/party_fields.h"
#include "client/import/party_joiner.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

constexpr v1::NameQuality kQuality = v1::NAME_QUALITY_UNSPECIFIED;

// "Entity List (EL) - Bureau of ..." -> "EL"; "(NS-MBS List)" -> "NS-MBS". The whole name,
// spaces as dashes, where it holds none.
std::string ListCode(const std::string& source) {
  const size_t open = source.find('(');
  const size_t close = source.find(')', open);
  std::string code = open == std::string::npos || close == std::string::npos
                         ? source
                         : source.substr(open + 1, close - open - 1);
  if (absl::EndsWith(code, " List")) code.resize(code.size() - 5);
  std::replace(code.begin(), code.end(), ' ', '-');
  return code;
}

// An address ends with its country's code: "..., Xian, China, CN".
v1::Address AddressOf(const std::string& text) {
  v1::Address address;
  address.set_raw(text);
  const size_t comma = text.rfind(',');
  const std::string last = Trimmed(comma == std::string::npos ? text : text.substr(comma + 1));
  if (IsCountryCode(last)) address.set_country_iso(last);
  return address;
}

// The older column set writes "[COUNTRY, ]NUMBER, TYPE", the newer "TYPE, NUMBER[, COUNTRY]".
v1::Identifier IdOf(const std::string& text, bool newer) {
  v1::Identifier id;
  std::string rest = text;
  if (newer) {
    const size_t comma = rest.find(", ");
    id.set_type(Trimmed(rest.substr(0, comma)));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 2);
    if (rest.size() > 4 && rest.substr(rest.size() - 4, 2) == ", " &&
        IsCountryCode(rest.substr(rest.size() - 2))) {
      id.set_country(rest.substr(rest.size() - 2));
      rest.resize(rest.size() - 4);
    }
  } else {
    const size_t comma = rest.rfind(", ");
    if (comma != std::string::npos) {
      id.set_type(Trimmed(rest.substr(comma + 2)));
      rest.resize(comma);
    }
    if (rest.size() > 4 && rest.substr(2, 2) == ", " && IsCountryCode(rest.substr(0, 2))) {
      id.set_country(rest.substr(0, 2));
      rest.erase(0, 4);
    }
  }
  id.set_number(Trimmed(rest));
  return id;
}

void AddIds(const std::string& cell, bool newer, v1::ListedParty* party) {
  std::vector<std::string> texts;
  for (std::string& part : Parts(cell, ";")) {
    // A part without a comma goes on with the value before it.
    if (!texts.empty() && part.find(", ") == std::string::npos) {
      absl::StrAppend(&texts.back(), "; ", part);
    } else {
      texts.push_back(std::move(part));
    }
  }
  for (const std::string& text : texts) {
    const v1::Identifier id = IdOf(text, newer);
    if (id.type() == "Gender" && !party->has_gender()) {
      party->set_gender(id.number());
    } else {
      *party->add_ids() = id;
    }
  }
}

void AddVessel(CsvRecord& row, v1::ListedParty* party) {
  v1::Vessel vessel;
  vessel.set_call_sign(row.Get("call_sign"));
  vessel.set_type(row.Get("vessel_type"));
  vessel.set_tonnage(row.Get("gross_tonnage"));
  vessel.set_gross_registered_tonnage(row.Get("gross_registered_tonnage"));
  vessel.set_flag(row.Get("vessel_flag"));
  vessel.set_owner(row.Get("vessel_owner"));
  if (vessel.ByteSizeLong() > 0) *party->mutable_vessel() = vessel;
}

// "(Linked To: A) (Linked To: B)" among the remarks.
void AddLinks(const std::string& remarks, v1::ListedParty* party) {
  constexpr char kLead[] = "(Linked To: ";
  for (size_t at = remarks.find(kLead); at != std::string::npos; at = remarks.find(kLead, at + 1)) {
    const size_t from = at + sizeof(kLead) - 1;
    // Names hold pairs of brackets themselves.
    size_t depth = 1;
    size_t end = from;
    for (; end < remarks.size(); ++end) {
      if (remarks[end] == '(') ++depth;
      if (remarks[end] == ')' && --depth == 0) break;
    }
    AddUnique(remarks.substr(from, end - from), party->mutable_linked_to());
  }
}

v1::Entry ToScreeningEntry(CsvRecord& row) {
  v1::Entry entry;
  entry.set_lang("en");
  v1::ListedParty& party = *entry.mutable_party();
  party.set_kind(PartyKindOf(row.Get("type")));
  AddName(row.Get("name"), v1::NAME_TYPE_PRIMARY, kQuality, &party);
  for (const std::string& alias : Parts(row.Get("alt_names"), ";")) {
    AddName(alias, v1::NAME_TYPE_AKA, kQuality, &party);
  }
  AddUnique(row.Get("title"), party.mutable_titles());
  for (const std::string& address : Parts(row.Get("addresses"), "; ")) {
    *party.add_addresses() = AddressOf(address);
  }
  if (party.names().empty() && !party.addresses().empty()) {
    party.set_kind(v1::PARTY_KIND_ADDRESS_ONLY);
  }
  AddIds(row.Get("ids"), row.Has("_id"), &party);
  for (const std::string& birth : Parts(row.Get("dates_of_birth"), ";")) {
    *party.add_births() = BirthOf(birth);
  }
  for (const std::string& place : Parts(row.Get("places_of_birth"), ";")) {
    party.add_births()->set_place(place);
  }
  for (const std::string& one : Parts(row.Get("nationalities"), ";")) {
    AddUnique(one, party.mutable_nationalities());
  }
  for (const std::string& one : Parts(row.Get("citizenships"), ";")) {
    AddUnique(one, party.mutable_citizenships());
  }
  for (const std::string& one : Parts(row.Get("programs"), ";")) {
    AddUnique(one, party.mutable_programmes());
  }
  for (const std::string& one : SplitCitations(row.Get("federal_register_notice"))) {
    AddUnique(one, party.mutable_citations());
  }
  if (const std::string day = row.Get("start_date"); !day.empty()) {
    party.set_listed_on(IsoDateOr(day));
  }
  if (const std::string day = row.Get("end_date"); !day.empty()) {
    party.set_expires_on(IsoDateOr(day));
  }
  if (const std::string remarks = row.Get("remarks"); !remarks.empty()) {
    party.set_remarks(remarks);
    AddLinks(remarks, &party);
  }
  AddVessel(row, &party);
  v1::Measure& measure = *party.add_measures();
  measure.set_type(row.Get("source"));
  measure.set_licence_requirement(row.Get("license_requirement"));
  measure.set_licence_policy(row.Get("license_policy"));
  if (const std::string standard = row.Get("standard_order"); !standard.empty()) {
    measure.set_scope(absl::StrCat("standard order: ", standard));
  }
  return entry;
}

std::string KeyOf(CsvRecord& row, const v1::ListedParty& party) {
  const std::string list = ListCode(row.Get("source"));
  if (party.has_source_id()) return absl::StrCat(list, ":", party.source_id());
  std::string country;
  for (const v1::Address& address : party.addresses()) {
    if (country.empty()) country = address.country_iso();
  }
  const std::string name = party.names().empty() ? party.addresses(0).raw() : party.names(0).text();
  return PartyKey(absl::StrCat("us-csl ", list), name, country,
                  party.citations().empty() ? "" : CitationName(party.citations(0)));
}

}  // namespace

absl::StatusOr<Edition> ImportUsCsl(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("us-csl", v1::LIST_KIND_PARTIES);
  PartyJoiner joiner;
  CsvTable table;
  table.what = "a Consolidated Screening List";
  table.needed = {"source", "entity_number", "name", "addresses", "alt_names", "ids"};
  table.salvage = options.salvage;
  COMITY_RETURN_IF_ERROR(
      ReadCsvTable(table, source, builder, [&](const std::string& where, CsvRecord& row) {
        v1::Entry entry = ToScreeningEntry(row);
        v1::ListedParty& party = *entry.mutable_party();
        if (const std::string id = row.Get("entity_number"); !id.empty()) party.set_source_id(id);
        if (row.Get("source").empty()) return builder.Refuse(where, "", "it names no source list");
        if (party.names().empty() && party.addresses().empty()) {
          return builder.Refuse(where, "", "it has neither a name nor an address");
        }
        entry.set_key(KeyOf(row, party));
        joiner.Add(where, entry);
      }));
  joiner.MoveInto(builder);
  return builder.Build(source);
}

}  // namespace comity
