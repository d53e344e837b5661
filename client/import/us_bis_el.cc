// us-bis-el: the US Entity List as the old screening file of trade.gov: a row for each pair of
// an address and an alternative name.
#include "absl/strings/str_cat.h"
#include "client/import/csv_table.h"
#include "client/import/fr_citations.h"
#include "client/import/party_fields.h"
#include "client/import/party_joiner.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

// "EL" and its fellows to the names that the Consolidated Screening List uses.
std::string ListName(const std::string& code) {
  if (code == "EL") return "Entity List (EL) - Bureau of Industry and Security";
  if (code == "UVL") return "Unverified List (UVL) - Bureau of Industry and Security";
  if (code == "DPL") return "Denied Persons List (DPL) - Bureau of Industry and Security";
  return code;
}

void AddEntityAddress(CsvRecord& row, v1::ListedParty* party) {
  v1::Address address;
  if (const std::string street = row.Get("Address"); !street.empty()) address.add_lines(street);
  address.set_city(row.Get("City"));
  address.set_region(row.Get("State/Province"));
  address.set_postcode(row.Get("Postal Code"));
  const std::string country = row.Get("Country");
  address.set_country_iso(IsCountryCode(country) ? country : CountryCode(country));
  if (address.country_iso().empty()) address.set_note(country);
  if (const std::string remarks = row.Get("Address Remarks"); !remarks.empty()) {
    address.set_note(remarks);
  }
  if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
}

void AddVessel(CsvRecord& row, v1::ListedParty* party) {
  v1::Vessel vessel;
  vessel.set_call_sign(row.Get("Call Sign"));
  vessel.set_type(row.Get("Vessel Type"));
  vessel.set_flag(row.Get("Vessel Flag"));
  vessel.set_owner(row.Get("Vessel Owner"));
  vessel.set_tonnage(row.Get("Gross Tonnage"));
  vessel.set_gross_registered_tonnage(row.Get("Gross Register Tonnage"));
  if (vessel.ByteSizeLong() > 0) *party->mutable_vessel() = vessel;
}

v1::Entry ToListedEntity(CsvRecord& row) {
  v1::Entry entry;
  entry.set_lang("en");
  v1::ListedParty& party = *entry.mutable_party();
  party.set_kind(PartyKindOf(row.Get("SDN Type")));
  AddName(row.Get("Name"), v1::NAME_TYPE_PRIMARY, v1::NAME_QUALITY_UNSPECIFIED, &party);
  v1::PartyName* alias =
      AddName(row.Get("Alternate Name"), v1::NAME_TYPE_AKA, v1::NAME_QUALITY_UNSPECIFIED, &party);
  const std::string type = row.Get("Alternate Type");
  const std::string remark = row.Get("Alternate Remarks");
  if (alias != nullptr) {
    if (type == "fka") alias->set_type(v1::NAME_TYPE_FKA);
    if (type == "nka") alias->set_type(v1::NAME_TYPE_NKA);
    alias->set_note(remark);
  }
  AddUnique(row.Get("Title"), party.mutable_titles());
  AddEntityAddress(row, &party);
  AddVessel(row, &party);
  for (const std::string& programme : Parts(row.Get("Programs"), ";")) {
    AddUnique(programme, party.mutable_programmes());
  }
  for (const std::string& citation : SplitCitations(row.Get("Federal Register Notice"))) {
    AddUnique(citation, party.mutable_citations());
  }
  if (const std::string from = row.Get("Effective Date"); !from.empty()) {
    party.set_listed_on(IsoDateOr(from));
  }
  if (const std::string to = row.Get("Date Lifted/Waived/Expired"); !to.empty()) {
    party.set_expires_on(IsoDateOr(to));
  }
  if (const std::string remarks = row.Get("Remarks/Notes"); !remarks.empty()) {
    party.set_remarks(remarks);
  }
  v1::Measure& measure = *party.add_measures();
  measure.set_type(ListName(row.Get("Source List")));
  measure.set_licence_requirement(row.Get("License Requirement"));
  measure.set_licence_policy(row.Get("License Policy"));
  if (const std::string standard = row.Get("Standard Order"); !standard.empty()) {
    measure.set_scope(absl::StrCat("standard order: ", standard));
  }
  return entry;
}

}  // namespace

absl::StatusOr<Edition> ImportUsBisEl(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("us-bis-el", v1::LIST_KIND_PARTIES);
  PartyJoiner joiner;
  CsvTable table;
  table.what = "an Entity List";
  table.needed = {"Source List", "Name", "Federal Register Notice", "Alternate Name"};
  table.salvage = options.salvage;
  COMITY_RETURN_IF_ERROR(
      ReadCsvTable(table, source, builder, [&](const std::string& where, CsvRecord& row) {
        v1::Entry entry = ToListedEntity(row);
        v1::ListedParty& party = *entry.mutable_party();
        if (party.names().empty() || party.names(0).type() != v1::NAME_TYPE_PRIMARY) {
          return builder.Refuse(where, "", "it has no name");
        }
        if (const std::string id = row.Get("Entity Number"); !id.empty()) {
          party.set_source_id(id);
          entry.set_key(absl::StrCat(row.Get("Source List"), ":", id));
        } else {
          // A name may be listed more than once with different titles.
          entry.set_key(PartyKey(
              absl::StrCat("us-bis-el ", row.Get("Source List")), party.names(0).text(),
              party.addresses().empty() ? "" : party.addresses(0).country_iso(),
              absl::StrCat(party.citations().empty() ? "" : CitationName(party.citations(0)),
                           party.titles().empty() ? "" : "\n",
                           party.titles().empty() ? "" : party.titles(0))));
        }
        joiner.Add(where, entry);
      }));
  joiner.MoveInto(builder);
  return builder.Build(source);
}

}  // namespace comity
