#include "client/import/csv_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/import/importer.h"

namespace comity {
namespace {

v1::PartyName& AddName(v1::Entry* entry, const std::string& text, v1::NameType type) {
  v1::PartyName& name = *entry->mutable_party()->add_names();
  name.set_text(text);
  name.set_type(type);
  return name;
}

constexpr char kTwice[] = "destinations are given once: in destinations or in destination_groups";

std::string SetDestinations(v1::Rule& rule, const std::string& value) {
  if (rule.has_destinations()) return kTwice;
  v1::Destinations& destinations = *rule.mutable_destinations();
  if (value == "all") {
    destinations.set_all(true);
  } else if (value == "unspecified") {
    destinations.set_unspecified(true);
  } else {
    destinations.set_text(value);
  }
  return "";
}

std::string SetPartyKind(const CsvCell& c) {
  const std::map<std::string, v1::PartyKind> kinds = {{"person", v1::PARTY_KIND_PERSON},
                                                      {"entity", v1::PARTY_KIND_ENTITY},
                                                      {"vessel", v1::PARTY_KIND_VESSEL},
                                                      {"aircraft", v1::PARTY_KIND_AIRCRAFT},
                                                      {"address", v1::PARTY_KIND_ADDRESS_ONLY}};
  const auto it = kinds.find(absl::AsciiStrToLower(c.value));
  if (it == kinds.end()) return "kind must be person, entity, vessel, aircraft or address";
  c.entry->mutable_party()->set_kind(it->second);
  return "";
}

}  // namespace

const std::map<std::string, CsvField>& CsvFields() {
  constexpr v1::ListKind kAny = v1::LIST_KIND_UNSPECIFIED;
  constexpr v1::ListKind kItems = v1::LIST_KIND_ITEMS;
  constexpr v1::ListKind kParties = v1::LIST_KIND_PARTIES;
  constexpr v1::ListKind kRules = v1::LIST_KIND_RULES;
  const auto set = [](auto setter) {
    return [setter](const CsvCell& c) -> std::string {
      setter(c);
      return "";
    };
  };
  static const auto* const kFields = [&] {
    auto* const fields = new std::map<std::string, CsvField>{
        {"key", {kAny, false, set([](const CsvCell& c) { c.entry->set_key(c.value); })}},
        {"lang", {kAny, false, set([](const CsvCell& c) { c.entry->set_lang(c.value); })}},
        // Items.
        {"code", {kItems, false, set([](const CsvCell& c) {
                    c.entry->mutable_item()->set_code(c.value);
                  })}},
        {"supplement", {kItems, false, set([](const CsvCell& c) {
                          c.entry->mutable_item()->set_supplement(c.value);
                        })}},
        {"related_controls", {kItems, false, set([](const CsvCell& c) {
                                c.entry->mutable_item()->set_related_controls(c.value);
                              })}},
        {"reasons", {kItems, true, set([](const CsvCell& c) {
                       for (std::string& reason : c.Values()) {
                         c.entry->mutable_item()->add_controls()->set_reason(std::move(reason));
                       }
                     })}},
        // Rules.
        {"article", {kRules, false, set([](const CsvCell& c) {
                       c.entry->mutable_rule()->set_article(c.value);
                     })}},
        {"triggers", {kRules, true, set([](const CsvCell& c) {
                        for (std::string& one : c.Values())
                          c.entry->mutable_rule()->add_triggers(std::move(one));
                      })}},
        {"end_uses", {kRules, true, set([](const CsvCell& c) {
                        for (std::string& one : c.Values())
                          c.entry->mutable_rule()->add_end_uses(std::move(one));
                      })}},
        {"requirement", {kRules, false, set([](const CsvCell& c) {
                           c.entry->mutable_rule()->set_requirement(c.value);
                         })}},
        {"licence_policy", {kRules, false, set([](const CsvCell& c) {
                              c.entry->mutable_rule()->set_licence_policy(c.value);
                            })}},
        {"destinations",
         {kRules, false,
          [](const CsvCell& c) { return SetDestinations(*c.entry->mutable_rule(), c.value); }}},
        {"destination_groups",
         {kRules, false,
          [](const CsvCell& c) -> std::string {
            if (c.entry->rule().has_destinations()) return kTwice;
            c.entry->mutable_rule()->mutable_destinations()->set_group_expression(c.value);
            return "";
          }}},
        // Items and rules.
        {"heading",
         {kAny, false,
          [](const CsvCell& c) -> std::string {
            if (c.entry->has_rule()) {
              c.entry->mutable_rule()->set_heading(c.value);
            } else if (c.entry->has_item()) {
              c.entry->mutable_item()->set_heading(c.value);
            } else {
              return "only items and rules have a heading";
            }
            return "";
          }}},
        {"text",
         {kAny, false,
          [](const CsvCell& c) -> std::string {
            if (c.entry->has_rule()) {
              c.entry->mutable_rule()->set_text(c.value);
            } else if (c.entry->has_item()) {
              c.entry->mutable_item()->set_text(c.value);
            } else {
              return "only items and rules have a text";
            }
            return "";
          }}},
        // Parties.
        {"name", {kParties, false, set([](const CsvCell& c) {
                    // The primary name comes first whatever the order of the columns.
                    AddName(c.entry, c.value, v1::NAME_TYPE_PRIMARY);
                    auto& names = *c.entry->mutable_party()->mutable_names();
                    for (int i = names.size() - 1; i > 0; --i) names.SwapElements(i, i - 1);
                  })}},
        {"aliases", {kParties, true, set([](const CsvCell& c) {
                       for (const std::string& one : c.Values())
                         AddName(c.entry, one, v1::NAME_TYPE_AKA);
                     })}},
        {"party_kind", {kParties, false, SetPartyKind}},
        {"addresses", {kParties, true, set([](const CsvCell& c) {
                         for (std::string& one : c.Values()) {
                           c.entry->mutable_party()->add_addresses()->set_raw(std::move(one));
                         }
                       })}},
        {"source_id", {kParties, false, set([](const CsvCell& c) {
                         c.entry->mutable_party()->set_source_id(c.value);
                       })}},
        {"nationalities", {kParties, true, set([](const CsvCell& c) {
                             for (std::string& one : c.Values())
                               c.entry->mutable_party()->add_nationalities(std::move(one));
                           })}},
        {"programmes", {kParties, true, set([](const CsvCell& c) {
                          for (std::string& one : c.Values())
                            c.entry->mutable_party()->add_programmes(std::move(one));
                        })}},
        {"citations", {kParties, true, set([](const CsvCell& c) {
                         for (std::string& one : c.Values())
                           c.entry->mutable_party()->add_citations(std::move(one));
                       })}},
        {"listed_on", {kParties, false, set([](const CsvCell& c) {
                         c.entry->mutable_party()->set_listed_on(c.value);
                       })}},
        {"expires_on", {kParties, false, set([](const CsvCell& c) {
                          c.entry->mutable_party()->set_expires_on(c.value);
                        })}},
        {"remarks", {kParties, false, set([](const CsvCell& c) {
                       c.entry->mutable_party()->set_remarks(c.value);
                     })}},
    };
    AddDenialFields(*fields);
    AddCorrelationFields(*fields);
    return fields;
  }();
  return *kFields;
}

void SetCsvKind(v1::ListKind kind, v1::Entry* entry) {
  switch (kind) {
    case v1::LIST_KIND_PARTIES:
      entry->mutable_party();
      break;
    case v1::LIST_KIND_RULES:
      entry->mutable_rule();
      break;
    case v1::LIST_KIND_DENIALS:
      entry->mutable_denial();
      break;
    case v1::LIST_KIND_CORRELATIONS:
      entry->mutable_correlation();
      break;
    default:
      entry->mutable_item();
  }
}

std::vector<std::string> CsvCell::Values() const {
  std::vector<std::string> values;
  for (absl::string_view one : absl::StrSplit(value, separator)) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(one);
    if (!trimmed.empty()) values.emplace_back(trimmed);
  }
  return values;
}

std::vector<std::string> CsvFieldNames() {
  std::vector<std::string> names;
  for (const auto& [name, field] : CsvFields()) names.push_back(name);
  return names;
}

}  // namespace comity
