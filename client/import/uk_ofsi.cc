// uk-ofsi: the UK's consolidated list of financial sanctions targets as CSV (ConList.csv): a
// banner, a line of names, then a row for each pair of a name and an address; rows of one
// party have one Group ID.
#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/import/csv_table.h"
#include "client/import/party_fields.h"
#include "client/import/party_joiner.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

// Day first, "00" for what is not known: "00/00/1980" -> "1980". As it is if it is no date.
std::string DateOf(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (parts.size() != 3 || parts[2].size() != 4) return text;
  if (parts[1] == "00") return IsoDateOr(parts[2]);
  if (parts[0] == "00") return IsoDateOr(absl::StrCat(parts[2], "-", parts[1]));
  const auto day = IsoDate(absl::StrCat(parts[2], "-", parts[1], "-", parts[0]));
  return day.value_or(text);
}

// "Last Updated,27/04/2020": the first line, above the names of columns.
std::optional<CivilDay> DateOfBanner(std::string_view bytes) {
  const std::string line = Trimmed(bytes.substr(0, bytes.find('\n')));
  const size_t comma = line.find(',');
  if (comma == std::string::npos) return std::nullopt;
  std::string day = Trimmed(line.substr(comma + 1));
  day.erase(std::remove(day.begin(), day.end(), '"'), day.end());
  while (!day.empty() && day.back() == ',') day.pop_back();
  const auto parsed = ParseCivilDay(DateOf(day));
  if (!parsed.ok()) return std::nullopt;
  return *parsed;
}

void AddNames(CsvRecord& row, v1::ListedParty* party) {
  // The surname stands in "Name 6", the others before it.
  std::vector<std::string> parts;
  for (const char* column : {"Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"}) {
    if (std::string part = row.Get(column); !part.empty()) parts.push_back(std::move(part));
  }
  const std::string type = row.Get("Alias Type");
  const std::string quality = row.Get("Alias Quality");
  // "Primary name variation" is an alias.
  const bool primary = absl::StartsWithIgnoreCase(type, "prim") &&
                       !absl::StrContains(absl::AsciiStrToLower(type), "variation");
  AddName(absl::StrJoin(parts, " "),
          primary                                   ? v1::NAME_TYPE_PRIMARY
          : absl::StartsWithIgnoreCase(type, "fka") ? v1::NAME_TYPE_FKA
                                                    : v1::NAME_TYPE_AKA,
          absl::StartsWithIgnoreCase(quality, "good")  ? v1::NAME_QUALITY_STRONG
          : absl::StartsWithIgnoreCase(quality, "low") ? v1::NAME_QUALITY_WEAK
                                                       : v1::NAME_QUALITY_UNSPECIFIED,
          party);
  v1::PartyName* original = AddName(row.Get("Name Non-Latin Script"), v1::NAME_TYPE_AKA,
                                    v1::NAME_QUALITY_UNSPECIFIED, party);
  const std::string script = row.Get("Non-Latin Script Type");
  const std::string lang = row.Get("Non-Latin Script Language");
  if (original != nullptr) {
    original->set_note(absl::StrJoin(
        [&] {
          std::vector<std::string> notes;
          if (!script.empty()) notes.push_back(script);
          if (!lang.empty()) notes.push_back(lang);
          return notes;
        }(),
        ", "));
  }
}

void AddDesignationAddress(CsvRecord& row, v1::ListedParty* party) {
  v1::Address address;
  for (int i = 1; i <= 6; ++i) {
    if (std::string line = row.Get(absl::StrCat("Address ", i)); !line.empty()) {
      address.add_lines(std::move(line));
    }
  }
  address.set_postcode(row.Get("Post/Zip Code"));
  const std::string country = row.Get("Country");
  address.set_country_iso(CountryCode(country));
  if (address.country_iso().empty()) address.set_note(country);
  if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
}

void AddId(CsvRecord& row, const char* type, const char* number, const char* details,
           v1::ListedParty* party) {
  v1::Identifier id;
  id.set_number(row.Get(number));
  id.set_note(details == nullptr ? "" : row.Get(details));
  if (id.ByteSizeLong() == 0) return;
  id.set_type(type);
  *party->add_ids() = id;
}

v1::Entry ToDesignation(CsvRecord& row) {
  v1::Entry entry;
  const std::string id = row.Get("Group ID");
  entry.set_key(id);
  entry.set_lang("en");
  v1::ListedParty& party = *entry.mutable_party();
  if (!id.empty()) party.set_source_id(id);
  party.set_kind(PartyKindOf(row.Get("Group Type")));
  AddNames(row, &party);
  AddDesignationAddress(row, &party);
  AddUnique(row.Get("Title"), party.mutable_titles());
  AddUnique(row.Get("Position"), party.mutable_titles());
  AddUnique(row.Get("Regime"), party.mutable_programmes());
  for (const std::string& one : Parts(row.Get("Nationality"), ";")) {
    AddUnique(CountryOr(one), party.mutable_nationalities());
  }
  if (const std::string born = row.Get("DOB"); !born.empty()) {
    v1::Birth& birth = *party.add_births();
    birth.set_date(DateOf(born));
    if (birth.date() != born) birth.set_precision("exact");
  }
  v1::Birth place;
  place.set_place(row.Get("Town of Birth"));
  place.set_country(CountryOr(row.Get("Country of Birth")));
  if (place.ByteSizeLong() > 0) *party.add_births() = place;
  AddId(row, "Passport", row.Has("Passport Number") ? "Passport Number" : "Passport Details",
        row.Has("Passport Number") ? "Passport Details" : nullptr, &party);
  AddId(row, "National identification",
        row.Has("National Identification Number") ? "National Identification Number" : "NI Number",
        row.Has("National Identification Number") ? "National Identification Details" : nullptr,
        &party);
  if (const std::string day = row.Get("Listed On"); !day.empty()) party.set_listed_on(DateOf(day));
  if (const std::string day = row.Get("Last Updated"); !day.empty()) {
    party.set_last_action(DateOf(day));
  }
  if (const std::string text = row.Get("Other Information"); !text.empty()) {
    party.set_remarks(text);
  }
  return entry;
}

}  // namespace

absl::StatusOr<Edition> ImportUkOfsi(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("uk-ofsi", v1::LIST_KIND_PARTIES);
  CsvTable table;
  table.what = "a list of financial sanctions targets";
  table.needed = {"Name 6", "Group ID", "Group Type", "Regime"};
  // Some editions come without the banner.
  const std::string_view first = std::string_view(source.bytes).substr(0, source.bytes.find('\n'));
  if (first.find("Group ID") == std::string_view::npos) {
    table.skip_rows = 1;
    if (const auto day = DateOfBanner(source.bytes)) builder.SetDated(*day);
  }
  table.short_rows = true;
  table.salvage = options.salvage;
  // The prime name may stand below its aliases: it goes first.
  std::vector<std::pair<std::string, v1::Entry>> rows;
  COMITY_RETURN_IF_ERROR(
      ReadCsvTable(table, source, builder, [&](const std::string& where, CsvRecord& row) {
        v1::Entry entry = ToDesignation(row);
        if (entry.key().empty() || entry.party().names().empty()) {
          return builder.Refuse(where, entry.key(),
                                entry.key().empty() ? "it has no Group ID" : "it has no name");
        }
        rows.emplace_back(where, std::move(entry));
      }));
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const bool first = a.second.party().names(0).type() == v1::NAME_TYPE_PRIMARY;
    const bool second = b.second.party().names(0).type() == v1::NAME_TYPE_PRIMARY;
    return first && !second;
  });
  PartyJoiner joiner;
  for (const auto& [where, entry] : rows) joiner.Add(where, entry);
  joiner.MoveInto(builder);
  return builder.Build(source);
}

}  // namespace comity
