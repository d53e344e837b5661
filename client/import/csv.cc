// csv: columns named as fields, or a mapping file for everything else (RFC 4180).
#include <csv.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/import/edition_builder.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

// A cell: unset where the file has nothing between the delimiters; "" is empty.
using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;

struct Context {
  v1::Entry* entry;
  const std::string& value;
  const std::string& separator;

  std::vector<std::string> Values() const {
    std::vector<std::string> values;
    for (absl::string_view one : absl::StrSplit(value, separator)) {
      const absl::string_view trimmed = absl::StripAsciiWhitespace(one);
      if (!trimmed.empty()) values.emplace_back(trimmed);
    }
    return values;
  }
};

// What one field's value does to the entry; empty if it is fine, else what is wrong.
using Setter = std::function<std::string(const Context&)>;

struct Field {
  v1::ListKind kind;  // unspecified: any
  Setter set;
};

v1::PartyName& AddName(v1::Entry* entry, const std::string& text, v1::NameType type) {
  v1::PartyName& name = *entry->mutable_party()->add_names();
  name.set_text(text);
  name.set_type(type);
  return name;
}

std::string SetDestinations(v1::Destinations& destinations, const std::string& value) {
  if (value == "all") {
    destinations.set_all(true);
  } else if (value == "unspecified") {
    destinations.set_unspecified(true);
  } else {
    destinations.set_text(value);
  }
  return "";
}

std::string SetPartyKind(const Context& c) {
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

const std::map<std::string, Field>& Fields() {
  constexpr v1::ListKind kAny = v1::LIST_KIND_UNSPECIFIED;
  constexpr v1::ListKind kItems = v1::LIST_KIND_ITEMS;
  constexpr v1::ListKind kParties = v1::LIST_KIND_PARTIES;
  constexpr v1::ListKind kRules = v1::LIST_KIND_RULES;
  const auto set = [](auto setter) {
    return [setter](const Context& c) -> std::string {
      setter(c);
      return "";
    };
  };
  static const auto* const kFields = new std::map<std::string, Field>{
      {"key", {kAny, set([](const Context& c) { c.entry->set_key(c.value); })}},
      {"lang", {kAny, set([](const Context& c) { c.entry->set_lang(c.value); })}},
      // Items.
      {"code", {kItems, set([](const Context& c) { c.entry->mutable_item()->set_code(c.value); })}},
      {"supplement",
       {kItems, set([](const Context& c) { c.entry->mutable_item()->set_supplement(c.value); })}},
      {"related_controls", {kItems, set([](const Context& c) {
                              c.entry->mutable_item()->set_related_controls(c.value);
                            })}},
      {"reasons", {kItems, set([](const Context& c) {
                     for (std::string& reason : c.Values()) {
                       c.entry->mutable_item()->add_controls()->set_reason(std::move(reason));
                     }
                   })}},
      // Rules.
      {"article",
       {kRules, set([](const Context& c) { c.entry->mutable_rule()->set_article(c.value); })}},
      {"triggers", {kRules, set([](const Context& c) {
                      for (std::string& one : c.Values())
                        c.entry->mutable_rule()->add_triggers(std::move(one));
                    })}},
      {"end_uses", {kRules, set([](const Context& c) {
                      for (std::string& one : c.Values())
                        c.entry->mutable_rule()->add_end_uses(std::move(one));
                    })}},
      {"requirement",
       {kRules, set([](const Context& c) { c.entry->mutable_rule()->set_requirement(c.value); })}},
      {"licence_policy", {kRules, set([](const Context& c) {
                            c.entry->mutable_rule()->set_licence_policy(c.value);
                          })}},
      {"destinations",
       {kRules,
        [](const Context& c) {
          return SetDestinations(*c.entry->mutable_rule()->mutable_destinations(), c.value);
        }}},
      // Items and rules.
      {"heading", {kAny, set([](const Context& c) {
                     if (c.entry->has_rule()) {
                       c.entry->mutable_rule()->set_heading(c.value);
                     } else {
                       c.entry->mutable_item()->set_heading(c.value);
                     }
                   })}},
      {"text", {kAny, set([](const Context& c) {
                  if (c.entry->has_rule()) {
                    c.entry->mutable_rule()->set_text(c.value);
                  } else {
                    c.entry->mutable_item()->set_text(c.value);
                  }
                })}},
      // Parties.
      {"name", {kParties, set([](const Context& c) {
                  // The primary name comes first whatever the order of the columns.
                  AddName(c.entry, c.value, v1::NAME_TYPE_PRIMARY);
                  auto& names = *c.entry->mutable_party()->mutable_names();
                  for (int i = names.size() - 1; i > 0; --i) names.SwapElements(i, i - 1);
                })}},
      {"aliases", {kParties, set([](const Context& c) {
                     for (const std::string& one : c.Values())
                       AddName(c.entry, one, v1::NAME_TYPE_AKA);
                   })}},
      {"party_kind", {kParties, SetPartyKind}},
      {"addresses", {kParties, set([](const Context& c) {
                       for (std::string& one : c.Values()) {
                         c.entry->mutable_party()->add_addresses()->set_raw(std::move(one));
                       }
                     })}},
      {"source_id",
       {kParties, set([](const Context& c) { c.entry->mutable_party()->set_source_id(c.value); })}},
      {"nationalities", {kParties, set([](const Context& c) {
                           for (std::string& one : c.Values())
                             c.entry->mutable_party()->add_nationalities(std::move(one));
                         })}},
      {"programmes", {kParties, set([](const Context& c) {
                        for (std::string& one : c.Values())
                          c.entry->mutable_party()->add_programmes(std::move(one));
                      })}},
      {"citations", {kParties, set([](const Context& c) {
                       for (std::string& one : c.Values())
                         c.entry->mutable_party()->add_citations(std::move(one));
                     })}},
      {"listed_on",
       {kParties, set([](const Context& c) { c.entry->mutable_party()->set_listed_on(c.value); })}},
      {"expires_on", {kParties, set([](const Context& c) {
                        c.entry->mutable_party()->set_expires_on(c.value);
                      })}},
      {"remarks",
       {kParties, set([](const Context& c) { c.entry->mutable_party()->set_remarks(c.value); })}},
  };
  return *kFields;
}

// libcsv as a source of rows with the line that each began on.
class Rows {
 public:
  using Visit = std::function<absl::Status(uint32_t line, const Row& row)>;

  Rows(char delimiter, Visit visit) : visit_(std::move(visit)) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_EMPTY_IS_NULL);
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  ~Rows() { csv_free(&parser_); }

  absl::Status Feed(std::string_view bytes) {
    while (!bytes.empty()) {
      ++line_;
      const size_t size =
          std::min(bytes.find('\n') == std::string_view::npos ? bytes.size() : bytes.find('\n') + 1,
                   bytes.size());
      if (size > kMaxLineBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", line_, " has ", size, " bytes; the limit is 4 MiB"));
      }
      if (csv_parse(&parser_, bytes.data(), size, OnCell, OnRow, this) != size) return Broken();
      COMITY_RETURN_IF_ERROR(status_);
      bytes.remove_prefix(size);
    }
    if (csv_fini(&parser_, OnCell, OnRow, this) != 0) return Broken();
    return status_;
  }

 private:
  absl::Status Broken() {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_,
                                                   ": not CSV: ", csv_strerror(csv_error(&parser_)),
                                                   " (the row began on line ", row_line_, ")"));
  }
  static void OnCell(void* data, size_t size, void* self) {
    Rows& rows = *static_cast<Rows*>(self);
    if (data == nullptr) {
      rows.row_.emplace_back();
    } else {
      rows.row_.emplace_back(std::string(static_cast<const char*>(data), size));
    }
  }
  static void OnRow(int, void* self) {
    Rows& rows = *static_cast<Rows*>(self);
    if (rows.status_.ok()) rows.status_ = rows.visit_(rows.row_line_, rows.row_);
    rows.row_.clear();
    rows.row_line_ = rows.line_ + 1;
  }

  Visit visit_;
  csv_parser parser_{};
  uint32_t line_ = 0;
  uint32_t row_line_ = 1;
  Row row_;
  absl::Status status_;
};

class Reader {
 public:
  explicit Reader(const v1::CsvMapping* mapping) : mapping_(mapping) {
    if (mapping != nullptr && !mapping->separator().empty()) separator_ = mapping->separator();
  }

  absl::Status TakeRow(uint32_t line, const Row& row) {
    if (columns_.empty()) return TakeHeader(line, row);
    const bool blank = row.size() == 1 && !row[0].has_value();
    if (blank) return absl::OkStatus();
    builder_->CountRead();
    const std::string where = absl::StrCat("line ", line);
    if (row.size() != columns_.size()) {
      builder_->Refuse(where, "",
                       absl::StrCat("it has ", row.size(), " cells, the header ", columns_.size()));
      return absl::OkStatus();
    }
    v1::Entry entry;
    if (kind_ == v1::LIST_KIND_RULES) entry.mutable_rule();
    entry.set_lang(mapping_ == nullptr ? "" : mapping_->lang());
    std::string problem;
    for (size_t i = 0; i < row.size(); ++i) {
      if (columns_[i] == nullptr || !row[i].has_value()) continue;
      const std::string wrong = columns_[i]->set({&entry, *row[i], separator_});
      if (!wrong.empty() && problem.empty()) problem = wrong;
    }
    if (entry.key().empty()) entry.set_key(DefaultKey(entry));
    if (problem.empty() && entry.key().empty()) problem = MissingKey();
    if (problem.empty()) {
      builder_->Add(where, entry);
    } else {
      builder_->Refuse(where, entry.key(), problem);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    if (builder_ == nullptr)
      return absl::InvalidArgumentError("the file has no line of column names");
    return builder_->Build(source);
  }

 private:
  absl::StatusOr<std::string> FieldOf(const std::string& column) const {
    if (mapping_ == nullptr) return column;
    for (const v1::CsvColumn& one : mapping_->columns()) {
      if (one.column() == column) return one.field();
    }
    return absl::InvalidArgumentError(absl::StrCat("the mapping does not say what the column \"",
                                                   column, "\" is: name its field, or \"-\""));
  }

  absl::Status TakeHeader(uint32_t line, const Row& row) {
    std::set<std::string> seen;
    std::set<v1::ListKind> kinds;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string column = row[i].value_or("");
      // A byte order mark is no part of the first name.
      if (i == 0 && column.compare(0, 3, "\xef\xbb\xbf") == 0) column.erase(0, 3);
      column = std::string(absl::StripAsciiWhitespace(column));
      COMITY_ASSIGN_OR_RETURN(const std::string field, FieldOf(column));
      if (field == "-") {
        columns_.push_back(nullptr);
        continue;
      }
      const auto it = Fields().find(field);
      if (it == Fields().end()) {
        const std::string near = DidYouMean(field, CsvFieldNames());
        return absl::InvalidArgumentError(absl::StrCat(
            "line ", line, ": \"", field.substr(0, 64), "\" is not a field",
            near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?"), " (fields: ",
            absl::StrJoin(CsvFieldNames(), ", "), "; for other names give --mapping)"));
      }
      if (!seen.insert(field).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", line, ": the field \"", field, "\" is there twice"));
      }
      if (it->second.kind != v1::LIST_KIND_UNSPECIFIED) kinds.insert(it->second.kind);
      columns_.push_back(&it->second);
    }
    COMITY_RETURN_IF_ERROR(DecideKind(line, kinds));
    builder_ = std::make_unique<EditionBuilder>("csv", kind_);
    return absl::OkStatus();
  }

  absl::Status DecideKind(uint32_t line, const std::set<v1::ListKind>& kinds) {
    if (mapping_ != nullptr && !mapping_->kind().empty()) {
      if (mapping_->kind() == "items") kind_ = v1::LIST_KIND_ITEMS;
      if (mapping_->kind() == "parties") kind_ = v1::LIST_KIND_PARTIES;
      if (mapping_->kind() == "rules") kind_ = v1::LIST_KIND_RULES;
      if (kind_ == v1::LIST_KIND_UNSPECIFIED) {
        return absl::InvalidArgumentError("the mapping's kind must be items, parties or rules");
      }
    } else if (kinds.size() == 1) {
      kind_ = *kinds.begin();
    }
    if (kind_ == v1::LIST_KIND_UNSPECIFIED || kinds.size() > 1 ||
        (kinds.size() == 1 && *kinds.begin() != kind_)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line,
                       ": the columns do not tell one kind of entry: items have `code`, parties "
                       "`name`, rules `article`"));
    }
    return absl::OkStatus();
  }

  std::string DefaultKey(const v1::Entry& entry) const {
    if (kind_ == v1::LIST_KIND_ITEMS) {
      const v1::ControlledItem& item = entry.item();
      if (item.code().empty()) return "";
      return item.supplement().empty() ? item.code()
                                       : absl::StrCat(item.supplement(), ":", item.code());
    }
    if (kind_ == v1::LIST_KIND_PARTIES) {
      const v1::ListedParty& party = entry.party();
      if (party.has_source_id()) return party.source_id();
      if (party.names().empty()) return "";
      return PartyKey("", party.names(0).text(),
                      party.addresses().empty() ? "" : party.addresses(0).raw(),
                      party.citations().empty() ? "" : party.citations(0));
    }
    // "Article 5" -> "Article-5": keys have no space.
    return absl::StrReplaceAll(entry.rule().article(), {{" ", "-"}});
  }

  std::string MissingKey() const {
    if (kind_ == v1::LIST_KIND_ITEMS) return "it has no code";
    if (kind_ == v1::LIST_KIND_PARTIES) return "it has no name";
    return "it has no article";
  }

  const v1::CsvMapping* const mapping_;
  std::string separator_ = ";";
  v1::ListKind kind_ = v1::LIST_KIND_UNSPECIFIED;
  // By column; null where it is left out.
  std::vector<const Field*> columns_;
  std::unique_ptr<EditionBuilder> builder_;
};

}  // namespace

std::vector<std::string> CsvFieldNames() {
  std::vector<std::string> names;
  for (const auto& [name, field] : Fields()) names.push_back(name);
  return names;
}

absl::StatusOr<Edition> ImportCsv(const SourceFile& source, const v1::CsvMapping* mapping) {
  char delimiter = ',';
  std::string_view bytes = source.bytes;
  if (mapping != nullptr) {
    if (mapping->delimiter() == "tab") {
      delimiter = '\t';
    } else if (mapping->delimiter().size() == 1) {
      delimiter = mapping->delimiter()[0];
    } else if (!mapping->delimiter().empty()) {
      return absl::InvalidArgumentError("the mapping's delimiter must be one character or \"tab\"");
    }
    for (uint32_t i = 0; i < mapping->skip_lines(); ++i) {
      bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
      if (bytes.empty()) return absl::InvalidArgumentError("skip_lines leaves nothing of the file");
    }
  }
  Reader reader(mapping);
  Rows rows(delimiter, [&](uint32_t line, const Row& row) {
    return reader.TakeRow(line + (mapping == nullptr ? 0 : mapping->skip_lines()), row);
  });
  COMITY_RETURN_IF_ERROR(rows.Feed(bytes));
  return reader.Finish(source);
}

}  // namespace comity
