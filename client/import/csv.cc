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
#include "client/import/csv_fields.h"
#include "client/import/csv_join.h"
#include "client/import/edition_builder.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

// A cell: unset where the file has nothing between the delimiters; "" is empty.
using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;

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
    if (columns_.empty()) {
      if (mapping_ == nullptr || !mapping_->no_header()) return TakeHeader(line, row);
      Row numbers;
      for (size_t i = 1; i <= row.size(); ++i) numbers.emplace_back(std::to_string(i));
      COMITY_RETURN_IF_ERROR(TakeHeader(line, numbers));
    }
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
    SetCsvKind(kind_, &entry);
    entry.set_lang(mapping_ == nullptr ? "" : mapping_->lang());
    std::string problem;
    for (size_t i = 0; i < row.size(); ++i) {
      if (columns_[i] == nullptr || !row[i].has_value() || IsNull(*row[i])) continue;
      const std::string wrong = columns_[i]->set({&entry, *row[i], separator_});
      if (!wrong.empty() && problem.empty()) problem = wrong;
    }
    if (entry.key().empty()) entry.set_key(DefaultKey(entry));
    if (problem.empty() && entry.key().empty()) problem = MissingKey();
    if (!problem.empty()) {
      builder_->Refuse(where, entry.key(), problem);
    } else if (mapping_ != nullptr && mapping_->join_rows()) {
      joined_.Add(where, entry);
    } else {
      builder_->Add(where, entry);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    if (builder_ == nullptr)
      return absl::InvalidArgumentError("the file has no line of column names");
    joined_.MoveInto(*builder_);
    return builder_->Build(source);
  }

 private:
  bool IsNull(const std::string& cell) const {
    return mapping_ != nullptr && !mapping_->null_text().empty() &&
           absl::StripAsciiWhitespace(cell) == absl::StripAsciiWhitespace(mapping_->null_text());
  }

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
      const auto it = CsvFields().find(field);
      if (it == CsvFields().end()) {
        const std::string near = DidYouMean(field, CsvFieldNames());
        return absl::InvalidArgumentError(absl::StrCat(
            "line ", line, ": \"", field.substr(0, 64), "\" is not a field",
            near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?"), " (fields: ",
            absl::StrJoin(CsvFieldNames(), ", "), "; for other names give --mapping)"));
      }
      if (!seen.insert(field).second && !it->second.many) {
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
      kind_ = ListKindOfName(mapping_->kind());
      if (kind_ == v1::LIST_KIND_UNSPECIFIED) {
        return absl::InvalidArgumentError(
            "the mapping's kind must be items, parties, rules, denials or correlations");
      }
    } else if (kinds.size() == 1) {
      kind_ = *kinds.begin();
    }
    if (kind_ == v1::LIST_KIND_UNSPECIFIED || kinds.size() > 1 ||
        (kinds.size() == 1 && *kinds.begin() != kind_)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line,
                       ": the columns do not tell one kind of entry: items have `code`, parties "
                       "`name`, rules `article`, denials `reference`, correlations `left_code` or "
                       "`left_term`"));
    }
    return absl::OkStatus();
  }

  std::string DefaultKey(const v1::Entry& entry) const {
    if (kind_ == v1::LIST_KIND_ITEMS) {
      const v1::ControlledItem& item = entry.item();
      return item.code().empty() ? "" : ItemKey(item.supplement(), item.code());
    }
    if (kind_ == v1::LIST_KIND_PARTIES) {
      const v1::ListedParty& party = entry.party();
      if (party.has_source_id()) return party.source_id();
      if (party.names().empty()) return "";
      return PartyKey("", party.names(0).text(),
                      party.addresses().empty() ? "" : party.addresses(0).raw(),
                      party.citations().empty() ? "" : party.citations(0));
    }
    if (kind_ == v1::LIST_KIND_CORRELATIONS) return CorrelationKey(entry.correlation());
    // "Article 5" -> "Article-5": keys have no space.
    if (kind_ == v1::LIST_KIND_DENIALS) {
      return absl::StrReplaceAll(entry.denial().reference(), {{" ", "-"}});
    }
    return absl::StrReplaceAll(entry.rule().article(), {{" ", "-"}});
  }

  std::string MissingKey() const {
    if (kind_ == v1::LIST_KIND_ITEMS) return "it has no code";
    if (kind_ == v1::LIST_KIND_PARTIES) return "it has no name";
    if (kind_ == v1::LIST_KIND_DENIALS) return "it has no reference";
    if (kind_ == v1::LIST_KIND_CORRELATIONS) return "it has no left or no right side";
    return "it has no article";
  }

  const v1::CsvMapping* const mapping_;
  std::string separator_ = ";";
  v1::ListKind kind_ = v1::LIST_KIND_UNSPECIFIED;
  // By column; null where it is left out.
  std::vector<const CsvField*> columns_;
  std::unique_ptr<EditionBuilder> builder_;
  RowJoiner joined_;
};

}  // namespace

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
