// us-bis-dpl: the US Denied Persons List, tab separated, a row for each address of a person.
#include "absl/strings/str_cat.h"
#include "client/import/csv_table.h"
#include "client/import/fr_citations.h"
#include "client/import/party_fields.h"
#include "client/import/party_joiner.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

constexpr char kList[] = "Denied Persons List (DPL) - Bureau of Industry and Security";

v1::Entry ToDeniedPerson(CsvRecord& row) {
  v1::Entry entry;
  entry.set_lang("en");
  v1::ListedParty& party = *entry.mutable_party();
  AddName(row.Get("Name"), v1::NAME_TYPE_PRIMARY, v1::NAME_QUALITY_UNSPECIFIED, &party);
  v1::Address address;
  if (const std::string street = row.Get("Street_Address"); !street.empty()) {
    address.add_lines(street);
  }
  address.set_city(row.Get("City"));
  address.set_region(row.Get("State"));
  address.set_postcode(row.Get("Postal_Code"));
  const std::string country = row.Get("Country");
  if (IsCountryCode(country)) {
    address.set_country_iso(country);
  } else {
    address.set_country_iso(CountryCode(country));
    if (address.country_iso().empty() && !country.empty()) address.set_note(country);
  }
  if (address.ByteSizeLong() > 0) *party.add_addresses() = address;
  for (const std::string& citation : SplitCitations(row.Get("FR_Citation"))) {
    AddUnique(citation, party.mutable_citations());
  }
  if (const std::string from = row.Get("Effective_Date"); !from.empty()) {
    party.set_listed_on(IsoDateOr(from));
  }
  if (const std::string to = row.Get("Expiration_Date"); !to.empty()) {
    party.set_expires_on(IsoDateOr(to));
  }
  v1::Measure& measure = *party.add_measures();
  measure.set_type(kList);
  if (const std::string standard = row.Get("Standard_Order"); !standard.empty()) {
    measure.set_scope(absl::StrCat("standard order: ", standard));
  }
  if (const std::string day = row.Get("Last_Update"); !day.empty()) {
    party.set_last_action(IsoDateOr(day));
  }
  if (const std::string action = row.Get("Action"); !action.empty()) party.set_remarks(action);
  return entry;
}

}  // namespace

absl::StatusOr<Edition> ImportUsBisDpl(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("us-bis-dpl", v1::LIST_KIND_PARTIES);
  PartyJoiner joiner;
  CsvTable table;
  table.what = "a Denied Persons List";
  table.delimiter = '\t';
  table.needed = {"Name", "Effective_Date", "FR_Citation"};
  table.short_rows = true;
  table.salvage = options.salvage;
  COMITY_RETURN_IF_ERROR(
      ReadCsvTable(table, source, builder, [&](const std::string& where, CsvRecord& row) {
        v1::Entry entry = ToDeniedPerson(row);
        const v1::ListedParty& party = entry.party();
        if (party.names().empty()) return builder.Refuse(where, "", "it has no name");
        // A person's rows name addresses in several countries and end in the same order: its
        // first notice, which stays when later ones renew it.
        entry.set_key(PartyKey("us-bis-dpl", party.names(0).text(), "",
                               party.citations().empty() ? "" : CitationName(party.citations(0))));
        joiner.Add(where, entry);
      }));
  joiner.MoveInto(builder);
  return builder.Build(source);
}

}  // namespace comity
