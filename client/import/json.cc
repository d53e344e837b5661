// json: a list of objects of any shape, its fields named as entries' fields or mapped.
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/import/mapped_records.h"
#include "client/import/text_encoding.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

using nlohmann::json;

// Parts the values of a list within one cell: a control character, which no text may hold.
constexpr char kUnit[] = "\x1f";

// A scalar as its text; unset for null and for what is no scalar.
std::optional<std::string> Scalar(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

// All scalars at the path, through lists.
void Collect(const json& value, std::string_view path, std::vector<std::string>* out) {
  if (value.is_array()) {
    for (const json& one : value) Collect(one, path, out);
    return;
  }
  if (path.empty()) {
    if (std::optional<std::string> text = Scalar(value)) out->push_back(std::move(*text));
    return;
  }
  if (!value.is_object()) return;
  // A name may have dots of its own: the longest that is there.
  for (size_t end = path.size(); end != std::string_view::npos && end > 0;
       end = path.rfind('.', end - 1)) {
    const auto it = value.find(std::string(path.substr(0, end)));
    if (it != value.end()) {
      return Collect(*it, end == path.size() ? "" : path.substr(end + 1), out);
    }
  }
}

// The paths of all scalars below, those of lists without an index.
void Leaves(const json& value, const std::string& path, std::set<std::string>* out) {
  if (value.is_array()) {
    for (const json& one : value) Leaves(one, path, out);
  } else if (value.is_object()) {
    for (const auto& [name, field] : value.items()) {
      Leaves(field, path.empty() ? name : absl::StrCat(path, ".", name), out);
    }
  } else if (!value.is_null() &&
             !(value.is_string() && value.get_ref<const std::string&>().empty())) {
    out->insert(path);
  }
}

absl::StatusOr<const json*> RecordsOf(const json& document, const std::string& path) {
  const json* at = &document;
  if (!path.empty()) {
    for (absl::string_view name : absl::StrSplit(path, '.')) {
      const auto it = at->is_object() ? at->find(std::string(name)) : at->end();
      if (!at->is_object() || it == at->end()) {
        return absl::InvalidArgumentError(absl::StrCat("the mapping's records \"", path,
                                                       "\": the file has no \"", name, "\" there"));
      }
      at = &*it;
    }
  }
  if (at->is_array()) return at;
  return absl::InvalidArgumentError(
      absl::StrCat(path.empty() ? "the file" : absl::StrCat("\"", path, "\""),
                   " must be a list of objects; `records` in the mapping says where it is"));
}

}  // namespace

absl::StatusOr<Edition> ImportJson(const SourceFile& source, const ImportOptions& options) {
  v1::CsvMapping mapping;
  if (options.mapping != nullptr) mapping = *options.mapping;
  COMITY_ASSIGN_OR_RETURN(const std::string text, ToUtf8(source.bytes, mapping.encoding()));
  COMITY_ASSIGN_OR_RETURN(const json document, ParseJson(text));
  COMITY_ASSIGN_OR_RETURN(const json* records, RecordsOf(document, mapping.records()));
  // The columns that have a field: the mapping's, or every name that occurs. And what parts
  // the values of each in its cell: a list's stay apart unless the mapping says how texts are.
  std::vector<std::string> columns, separators;
  if (options.mapping != nullptr) {
    for (const v1::CsvColumn& column : mapping.columns()) {
      if (column.field() != "-") columns.push_back(column.column());
    }
  } else {
    std::set<std::string> names;
    for (const json& record : *records) Leaves(record, "", &names);
    columns.assign(names.begin(), names.end());
    for (const std::string& column : columns) mapping.add_columns()->set_column(column);
    for (v1::CsvColumn& column : *mapping.mutable_columns()) column.set_field(column.column());
  }
  if (columns.empty()) return absl::InvalidArgumentError("no record has a field that is mapped");
  const std::string usual = mapping.separator().empty() ? kUnit : mapping.separator();
  for (v1::CsvColumn& column : *mapping.mutable_columns()) {
    if (column.separator().empty()) column.set_separator(usual);
    if (column.field() != "-") separators.push_back(column.separator());
  }
  return MapRecords("json", source, &mapping, [&](const RecordSink& sink) -> absl::Status {
    COMITY_RETURN_IF_ERROR(sink.row(0, CsvRow(columns.begin(), columns.end())));
    const std::set<std::string> taken(columns.begin(), columns.end());
    uint32_t number = 0;
    for (const json& record : *records) {
      ++number;
      if (!record.is_object()) {
        sink.refuse(number, "not an object");
        continue;
      }
      CsvRow row;
      for (size_t i = 0; i < columns.size(); ++i) {
        std::vector<std::string> values;
        Collect(record, columns[i], &values);
        row.emplace_back();
        if (!values.empty()) row.back() = absl::StrJoin(values, separators[i]);
      }
      std::set<std::string> leaves;
      Leaves(record, "", &leaves);
      for (const std::string& leaf : leaves) {
        if (!taken.contains(leaf)) sink.unmapped(leaf);
      }
      COMITY_RETURN_IF_ERROR(sink.row(number, row));
    }
    return absl::OkStatus();
  });
}

}  // namespace comity
