// WriteCsv, CsvExporter: entries under the names that the csv format reads.
#include <csv.h>

#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/import/csv_export_rows.h"
#include "client/import/exports.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/lists/entry_check.h"

namespace comity {
namespace {

using Cell = std::optional<std::string>;
using Values = std::vector<std::string>;

// Parts several values in a cell until all of them are known: no text of an entry holds it.
constexpr char kPlaceholder[] = "\x1f";
constexpr const char* kSeparators[] = {";", "|", " ## ", " #### "};

constexpr v1::ListKind kKinds[] = {v1::LIST_KIND_ITEMS, v1::LIST_KIND_PARTIES, v1::LIST_KIND_RULES,
                                   v1::LIST_KIND_DENIALS, v1::LIST_KIND_CORRELATIONS};

// One cell; an empty text is written as "", which is not the same as nothing.
void AddCell(const Cell& cell, std::string* out) {
  if (!cell.has_value()) return;
  std::string quoted(2 * cell->size() + 2, '\0');
  quoted.resize(csv_write(quoted.data(), quoted.size(), cell->data(), cell->size()));
  // A separator may hold what must be quoted.
  const bool plain = !cell->empty() && cell->find_first_of(",\"\r\n\x1f") == std::string::npos;
  absl::StrAppend(out, plain ? *cell : quoted);
}

std::string Line(const std::vector<Cell>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.push_back(',');
    AddCell(cells[i], &line);
  }
  return line + "\r\n";
}

// Whether reading the values back, parted by whatever separator, gives them: it trims, and passes
// over what is empty.
bool ReadBack(const Values& values) {
  for (const std::string& value : values) {
    if (value.empty() || absl::StripAsciiWhitespace(value).size() != value.size()) return false;
  }
  return true;
}

std::vector<std::string> ColumnsOf(v1::ListKind kind) {
  const CsvExportRow row = ExportRowOf(kind, v1::Entry());
  std::vector<std::string> names;
  for (const auto& [name, cell] : row.cells) names.push_back(name);
  for (const auto& [name, values] : row.lists) names.push_back(name);
  return names;
}

// Of the instrument and the place in the list, before what the entry says.
const std::vector<std::string>& RecordColumns() {
  static const std::vector<std::string> columns = {
      "authority",    "list",         "kind",           "index",        "entry_hash",
      "citation",     "citation_url", "effective_from", "effective_to", "compliance_from",
      "published_at", "as_of"};
  return columns;
}

}  // namespace

CsvExporter::CsvExporter(v1::ListKind kind) : kind_(kind) {
  columns_ = {"key", "lang"};
  if (kind != v1::LIST_KIND_UNSPECIFIED) {
    for (std::string& name : ColumnsOf(kind)) columns_.push_back(std::move(name));
    return;
  }
  columns_.insert(columns_.begin(), RecordColumns().begin(), RecordColumns().end());
  std::map<std::string, bool> known;
  for (const v1::ListKind one : kKinds) {
    for (std::string& name : ColumnsOf(one)) {
      if (known.emplace(name, true).second) columns_.push_back(std::move(name));
    }
  }
}

std::string CsvExporter::Header() const { return absl::StrJoin(columns_, ",") + "\r\n"; }

std::string CsvExporter::Row(v1::ListKind kind, const v1::AuthorityItem& record) {
  const v1::Entry& entry = record.entry();
  CsvExportRow row = ExportRowOf(kind, entry);
  row.back.set_key(entry.key());
  row.back.set_lang(entry.lang());
  bool complete = row.back.SerializeAsString() == entry.SerializeAsString();
  std::map<std::string, Cell> cells;
  if (kind_ == v1::LIST_KIND_UNSPECIFIED) {
    const auto text = [](const std::string& value) { return value.empty() ? Cell() : Cell(value); };
    cells["authority"] = record.authority();
    cells["list"] = record.list();
    cells["kind"] = ListKindName(kind);
    cells["index"] = absl::StrCat(record.index());
    cells["entry_hash"] = record.entry_hash();
    cells["citation"] = text(record.citation());
    cells["citation_url"] = text(record.citation_url());
    cells["effective_from"] = text(record.effective_from());
    cells["effective_to"] = text(record.effective_to());
    cells["compliance_from"] = text(record.compliance_from());
    cells["published_at"] = text(record.published_at());
    cells["as_of"] = text(record.as_of());
  }
  cells["key"] = entry.key();
  if (!entry.lang().empty()) cells["lang"] = entry.lang();
  for (auto& [name, cell] : row.cells) cells[name] = std::move(cell);
  for (const auto& [name, values] : row.lists) {
    complete = complete && ReadBack(values);
    for (size_t i = 0; i < std::size(kSeparators); ++i) {
      for (const std::string& value : values) {
        if (absl::StrContains(value, kSeparators[i])) taken_[i] = true;
      }
    }
    cells[name] = values.empty() ? Cell() : Cell(absl::StrJoin(values, kPlaceholder));
  }
  if (!complete) ++incomplete_;
  std::vector<Cell> ordered;
  for (const std::string& name : columns_) {
    const auto it = cells.find(name);
    ordered.push_back(it == cells.end() ? Cell() : std::move(it->second));
  }
  return Line(ordered);
}

absl::StatusOr<std::string> CsvExporter::Separator() const {
  for (size_t i = 0; i < std::size(kSeparators); ++i) {
    if (!taken_[i]) return std::string(kSeparators[i]);
  }
  return absl::InvalidArgumentError("no separator is free of all values: export it as entries");
}

std::string CsvExporter::Finished(std::string_view bytes, const std::string& separator) {
  return absl::StrReplaceAll(Absl(bytes), {{kPlaceholder, separator}});
}

absl::StatusOr<CsvExport> WriteCsv(v1::ListKind kind, const std::vector<v1::Entry>& entries) {
  if (kind == v1::LIST_KIND_UNSPECIFIED) {
    return absl::InvalidArgumentError("CSV is of one kind of list");
  }
  CsvExport out;
  if (entries.empty()) return out;
  CsvExporter exporter(kind);
  std::string rows = exporter.Header();
  for (const v1::Entry& entry : entries) {
    v1::AuthorityItem record;
    *record.mutable_entry() = entry;
    rows += exporter.Row(kind, record);
  }
  COMITY_ASSIGN_OR_RETURN(out.separator, exporter.Separator());
  out.incomplete = exporter.incomplete();
  out.text = CsvExporter::Finished(rows, out.separator);
  return out;
}

}  // namespace comity
