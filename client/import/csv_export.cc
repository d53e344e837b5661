// WriteCsv: entries under the names that the csv format reads.
#include <csv.h>

#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/exports.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using Cell = std::optional<std::string>;
using Values = std::vector<std::string>;

// One row's cells by column; several values stay apart until the separator is known.
struct Row {
  std::vector<std::pair<const char*, Cell>> cells;
  std::vector<std::pair<const char*, Values>> lists;
  // What reading the row back gives.
  v1::Entry back;
};

template <typename Repeated>
Values ValuesOf(const Repeated& repeated) {
  return Values(repeated.begin(), repeated.end());
}

Cell Optional(bool has, const std::string& text) { return has ? Cell(text) : std::nullopt; }

Cell NonEmpty(const std::string& text) { return Optional(!text.empty(), text); }

Row ItemRow(const v1::Entry& entry) {
  const v1::ControlledItem& item = entry.item();
  Row row;
  v1::ControlledItem& back = *row.back.mutable_item();
  back.set_code(item.code());
  back.set_supplement(item.supplement());
  if (item.has_heading()) back.set_heading(item.heading());
  if (item.has_text()) back.set_text(item.text());
  if (item.has_related_controls()) back.set_related_controls(item.related_controls());
  Values reasons;
  for (const v1::Control& control : item.controls()) {
    if (control.reason().empty()) continue;
    reasons.push_back(control.reason());
    back.add_controls()->set_reason(control.reason());
  }
  row.cells = {
      {"code", item.code()},
      {"supplement", NonEmpty(item.supplement())},
      {"heading", Optional(item.has_heading(), item.heading())},
      {"text", Optional(item.has_text(), item.text())},
      {"related_controls", Optional(item.has_related_controls(), item.related_controls())}};
  row.lists = {{"reasons", reasons}};
  return row;
}

const char* PartyKindName(v1::PartyKind kind) {
  switch (kind) {
    case v1::PARTY_KIND_PERSON:
      return "person";
    case v1::PARTY_KIND_ENTITY:
      return "entity";
    case v1::PARTY_KIND_VESSEL:
      return "vessel";
    case v1::PARTY_KIND_AIRCRAFT:
      return "aircraft";
    case v1::PARTY_KIND_ADDRESS_ONLY:
      return "address";
    default:
      return "";
  }
}

Row PartyRow(const v1::Entry& entry) {
  const v1::ListedParty& party = entry.party();
  Row row;
  v1::ListedParty& back = *row.back.mutable_party();
  back.set_kind(party.kind());
  Values aliases, addresses;
  for (int i = 0; i < party.names_size(); ++i) {
    v1::PartyName& name = *back.add_names();
    name.set_text(party.names(i).text());
    name.set_type(i == 0 ? v1::NAME_TYPE_PRIMARY : v1::NAME_TYPE_AKA);
    if (i > 0) aliases.push_back(party.names(i).text());
  }
  for (const v1::Address& address : party.addresses()) {
    back.add_addresses()->set_raw(address.raw());
    if (!address.raw().empty()) addresses.push_back(address.raw());
  }
  *back.mutable_nationalities() = party.nationalities();
  *back.mutable_programmes() = party.programmes();
  *back.mutable_citations() = party.citations();
  if (party.has_source_id()) back.set_source_id(party.source_id());
  if (party.has_listed_on()) back.set_listed_on(party.listed_on());
  if (party.has_expires_on()) back.set_expires_on(party.expires_on());
  if (party.has_remarks()) back.set_remarks(party.remarks());
  row.cells = {{"name", NonEmpty(party.names().empty() ? "" : party.names(0).text())},
               {"party_kind", NonEmpty(PartyKindName(party.kind()))},
               {"source_id", Optional(party.has_source_id(), party.source_id())},
               {"listed_on", Optional(party.has_listed_on(), party.listed_on())},
               {"expires_on", Optional(party.has_expires_on(), party.expires_on())},
               {"remarks", Optional(party.has_remarks(), party.remarks())}};
  row.lists = {{"aliases", aliases},
               {"addresses", addresses},
               {"nationalities", ValuesOf(party.nationalities())},
               {"programmes", ValuesOf(party.programmes())},
               {"citations", ValuesOf(party.citations())}};
  return row;
}

Row RuleRow(const v1::Entry& entry) {
  const v1::Rule& rule = entry.rule();
  Row row;
  // A rule's fields all have a column, but for some scopes of destinations.
  v1::Rule& back = *row.back.mutable_rule();
  back = rule;
  Cell destinations, groups;
  if (rule.destinations().all()) {
    destinations = "all";
  } else if (rule.destinations().unspecified()) {
    destinations = "unspecified";
  } else if (rule.destinations().has_group_expression()) {
    groups = rule.destinations().group_expression();
    back.mutable_destinations()->clear_words();
  } else if (rule.has_destinations()) {
    destinations = rule.destinations().text();
    back.mutable_destinations()->Clear();
    back.mutable_destinations()->set_text(*destinations);
  }
  row.cells = {{"article", rule.article()},
               {"heading", Optional(rule.has_heading(), rule.heading())},
               {"text", Optional(rule.has_text(), rule.text())},
               {"destinations", destinations},
               {"destination_groups", groups},
               {"requirement", Optional(rule.has_requirement(), rule.requirement())},
               {"licence_policy", Optional(rule.has_licence_policy(), rule.licence_policy())}};
  row.lists = {{"triggers", ValuesOf(rule.triggers())}, {"end_uses", ValuesOf(rule.end_uses())}};
  return row;
}

// One cell; an empty text is written as "", which is not the same as nothing.
void AddCell(const Cell& cell, std::string* out) {
  if (!cell.has_value()) return;
  std::string quoted(2 * cell->size() + 2, '\0');
  quoted.resize(csv_write(quoted.data(), quoted.size(), cell->data(), cell->size()));
  const bool plain = !cell->empty() && cell->find_first_of(",\"\r\n") == std::string::npos;
  absl::StrAppend(out, plain ? *cell : quoted);
}

// The first that occurs in no value.
std::string SeparatorFor(const std::vector<Row>& rows) {
  for (const char* candidate : {";", "|", " ## ", " #### "}) {
    bool free = true;
    for (const Row& row : rows) {
      for (const auto& [name, values] : row.lists) {
        for (const std::string& value : values) {
          free = free && !absl::StrContains(value, candidate);
        }
      }
    }
    if (free) return candidate;
  }
  return "";
}

}  // namespace

absl::StatusOr<CsvExport> WriteCsv(v1::ListKind kind, const std::vector<v1::Entry>& entries) {
  const std::function<Row(const v1::Entry&)> make = kind == v1::LIST_KIND_ITEMS     ? ItemRow
                                                    : kind == v1::LIST_KIND_PARTIES ? PartyRow
                                                    : kind == v1::LIST_KIND_RULES   ? RuleRow
                                                                                    : nullptr;
  if (make == nullptr) {
    return absl::InvalidArgumentError("this kind of list has no CSV form: export it as entries");
  }
  CsvExport out;
  std::vector<Row> rows;
  for (const v1::Entry& entry : entries) {
    Row row = make(entry);
    row.back.set_key(entry.key());
    row.back.set_lang(entry.lang());
    if (row.back.SerializeAsString() != entry.SerializeAsString()) ++out.incomplete;
    row.cells.insert(row.cells.begin(), {{"key", entry.key()}, {"lang", NonEmpty(entry.lang())}});
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return out;
  out.separator = SeparatorFor(rows);
  if (out.separator.empty()) {
    return absl::InvalidArgumentError("no separator is free of all values: export it as entries");
  }
  std::vector<std::string> names;
  for (const auto& [name, cell] : rows[0].cells) names.push_back(name);
  for (const auto& [name, values] : rows[0].lists) names.push_back(name);
  out.text = absl::StrCat(absl::StrJoin(names, ","), "\r\n");
  for (const Row& row : rows) {
    bool first = true;
    const auto next = [&](const Cell& cell) {
      if (!first) out.text.push_back(',');
      first = false;
      AddCell(cell, &out.text);
    };
    for (const auto& [name, cell] : row.cells) next(cell);
    for (const auto& [name, values] : row.lists) {
      next(values.empty() ? std::nullopt : Cell(absl::StrJoin(values, out.separator)));
    }
    out.text.append("\r\n");
  }
  return out;
}

}  // namespace comity
