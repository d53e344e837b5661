#include "client/import/csv_export_rows.h"

#include "absl/strings/ascii.h"

namespace comity {
namespace {

using Cell = std::optional<std::string>;
using Values = std::vector<std::string>;

template <typename Repeated>
Values ValuesOf(const Repeated& repeated) {
  return Values(repeated.begin(), repeated.end());
}

Cell Optional(bool has, const std::string& text) { return has ? Cell(text) : std::nullopt; }

Cell NonEmpty(const std::string& text) { return Optional(!text.empty(), text); }

CsvExportRow ItemRow(const v1::Entry& entry) {
  const v1::ControlledItem& item = entry.item();
  CsvExportRow row;
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

CsvExportRow PartyRow(const v1::Entry& entry) {
  const v1::ListedParty& party = entry.party();
  CsvExportRow row;
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

CsvExportRow RuleRow(const v1::Entry& entry) {
  const v1::Rule& rule = entry.rule();
  CsvExportRow row;
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

CsvExportRow DenialRow(const v1::Entry& entry) {
  const v1::Denial& denial = entry.denial();
  CsvExportRow row;
  // A denial's fields all have a column.
  *row.back.mutable_denial() = denial;
  row.cells = {
      {"reference", NonEmpty(denial.reference())},
      {"regime_reference", Optional(denial.has_regime_reference(), denial.regime_reference())},
      {"party_name", NonEmpty(denial.party_name())},
      {"address", Optional(denial.has_address(), denial.address())},
      {"notifying_government", NonEmpty(denial.notifying_government())},
      {"destination_country",
       Optional(denial.has_destination_country(), denial.destination_country())},
      {"description", Optional(denial.has_description(), denial.description())},
      {"end_use", Optional(denial.has_end_use(), denial.end_use())},
      {"reason_for_refusal",
       Optional(denial.has_reason_for_refusal(), denial.reason_for_refusal())},
      {"denied_on", Optional(denial.has_denied_on(), denial.denied_on())}};
  row.lists = {{"control_codes", ValuesOf(denial.control_codes())}};
  return row;
}

// The value's name behind its enumeration's prefix, as columns have it; nothing if unspecified.
Cell EnumCell(bool has, const std::string& name, size_t prefix) {
  return has ? Cell(absl::AsciiStrToLower(name.substr(prefix))) : std::nullopt;
}

CsvExportRow CorrelationRow(const v1::Entry& entry) {
  const v1::Correlation& correlation = entry.correlation();
  const v1::CorrelationSide& left = correlation.left();
  const v1::CorrelationSide& right = correlation.right();
  CsvExportRow row;
  // All but what only one side has a column for.
  v1::Correlation& back = *row.back.mutable_correlation();
  back = correlation;
  back.mutable_right()->clear_synonyms();
  if (left.has_article() || left.has_not_listed()) back.mutable_left()->clear_what();
  row.cells = {{"left_code", Optional(left.has_code(), left.code())},
               {"left_term", Optional(left.has_term(), left.term())},
               {"left_scheme", NonEmpty(left.scheme())},
               {"left_issuer", NonEmpty(left.issuer())},
               {"right_code", Optional(right.has_code(), right.code())},
               {"right_term", Optional(right.has_term(), right.term())},
               {"right_article", Optional(right.has_article(), right.article())},
               {"right_not_listed", Optional(right.has_not_listed(), "true")},
               {"right_scheme", NonEmpty(right.scheme())},
               {"right_issuer", NonEmpty(right.issuer())},
               {"degree", EnumCell(correlation.degree() != v1::CORRELATION_DEGREE_UNSPECIFIED,
                                   v1::CorrelationDegree_Name(correlation.degree()),
                                   sizeof("CORRELATION_DEGREE_") - 1)},
               {"link_origin",
                EnumCell(correlation.origin() != v1::LINK_ORIGIN_UNSPECIFIED,
                         v1::LinkOrigin_Name(correlation.origin()), sizeof("LINK_ORIGIN_") - 1)},
               {"source_citation", NonEmpty(correlation.source_citation())},
               {"source_url", Optional(correlation.has_source_url(), correlation.source_url())},
               {"note", Optional(correlation.has_note(), correlation.note())}};
  row.lists = {{"left_synonyms", ValuesOf(left.synonyms())}};
  return row;
}

}  // namespace

CsvExportRow ExportRowOf(v1::ListKind kind, const v1::Entry& entry) {
  switch (kind) {
    case v1::LIST_KIND_PARTIES:
      return PartyRow(entry);
    case v1::LIST_KIND_RULES:
      return RuleRow(entry);
    case v1::LIST_KIND_DENIALS:
      return DenialRow(entry);
    case v1::LIST_KIND_CORRELATIONS:
      return CorrelationRow(entry);
    default:
      return ItemRow(entry);
  }
}

}  // namespace comity
