// csv: columns named as fields, or a mapping file for everything else (RFC 4180).
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
#include "client/import/csv_rows.h"
#include "client/import/date_format.h"
#include "client/import/edition_builder.h"
#include "client/import/mapped_records.h"
#include "client/import/text_encoding.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"
#include "storage/match/control_code.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

// Fields whose values are dates, in whatever kind of list.
bool IsDateField(const std::string& field) {
  return field == "listed_on" || field == "expires_on" || field == "denied_on";
}

class MappedReader {
 public:
  // `word` names what a record is in the file: "line" or "record".
  MappedReader(std::string format, const char* word, const v1::CsvMapping* mapping)
      : format_(std::move(format)), word_(word), mapping_(mapping) {
    if (mapping != nullptr && !mapping->separator().empty()) separator_ = mapping->separator();
  }

  absl::Status TakeRow(uint32_t line, const CsvRow& row) {
    if (columns_.empty()) {
      if (mapping_ == nullptr || !mapping_->no_header()) return TakeHeader(line, row);
      CsvRow numbers;
      for (size_t i = 1; i <= row.size(); ++i) numbers.emplace_back(std::to_string(i));
      COMITY_RETURN_IF_ERROR(TakeHeader(line, numbers));
    }
    const bool blank = format_ == "csv" && row.size() == 1 && !row[0].has_value();
    if (blank) return absl::OkStatus();
    builder_->CountRead();
    const std::string where = absl::StrCat(word_, " ", line);
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
      if (!row[i].has_value() || IsNull(*row[i])) continue;
      if (columns_[i] == nullptr) {
        if (!row[i]->empty()) builder_->CountUnmapped(names_[i]);
        continue;
      }
      const std::string wrong = Set(i, *row[i], &entry);
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

  // A row that is not CSV; its key is not known.
  void RefuseRow(uint32_t line, const std::string& why) {
    if (builder_ == nullptr) {
      early_.push_back({absl::StrCat(word_, " ", line), "", why});
      return;
    }
    builder_->CountRead();
    builder_->Refuse(absl::StrCat(word_, " ", line), "", why);
  }

  // A field of the source that the mapping does not name.
  void CountUnmapped(const std::string& name) {
    if (builder_ != nullptr) builder_->CountUnmapped(name);
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    if (builder_ == nullptr)
      return absl::InvalidArgumentError("the file has no line of column names");
    for (const Refusal& refusal : early_) {
      builder_->Refuse(refusal.where, refusal.key, refusal.why);
    }
    joined_.MoveInto(*builder_);
    if (respelled_ > 0) {
      builder_->Note(
          absl::StrCat(respelled_, " keys are the code in one spelling, not as published"));
    }
    return builder_->Build(source);
  }

 private:
  bool IsNull(const std::string& cell) const {
    return mapping_ != nullptr && !mapping_->null_text().empty() &&
           absl::StripAsciiWhitespace(cell) == absl::StripAsciiWhitespace(mapping_->null_text());
  }

  // One cell into the entry; empty if it is fine, else what is wrong with it.
  std::string Set(size_t i, const std::string& cell, v1::Entry* entry) {
    const v1::CsvColumn& options = options_[i];
    const std::string& separator = options.separator().empty() ? separator_ : options.separator();
    std::string format = options.date_format();
    if (format.empty() && mapping_ != nullptr && IsDateField(options.field())) {
      format = mapping_->date_format();
    }
    if (format.empty()) return columns_[i]->set({entry, cell, separator});
    if (absl::StripAsciiWhitespace(cell).empty()) return "";
    const std::optional<std::string> date = ReadDate(cell, format);
    if (date.has_value()) return columns_[i]->set({entry, *date, separator});
    return absl::StrCat("\"", cell.substr(0, 64), "\" in \"", names_[i], "\" is not a date as ",
                        format);
  }

  absl::StatusOr<v1::CsvColumn> OptionsOf(const std::string& column) const {
    if (mapping_ == nullptr) {
      v1::CsvColumn named;
      named.set_field(column);
      return named;
    }
    for (const v1::CsvColumn& one : mapping_->columns()) {
      if (one.column() != column) continue;
      if (!one.date_format().empty() && !IsDateFormat(one.date_format())) {
        return BadDateFormat(one.date_format());
      }
      return one;
    }
    return absl::InvalidArgumentError(absl::StrCat("the mapping does not say what the column \"",
                                                   column, "\" is: name its field, or \"-\""));
  }

  static absl::Status BadDateFormat(const std::string& format) {
    return absl::InvalidArgumentError(
        absl::StrCat("the mapping's date_format \"", format,
                     "\" must have a year (yyyy), a month (mm or mmm) and a day (dd), each once"));
  }

  absl::Status CheckMapping() const {
    if (mapping_ == nullptr) return absl::OkStatus();
    if (!mapping_->date_format().empty() && !IsDateFormat(mapping_->date_format())) {
      return BadDateFormat(mapping_->date_format());
    }
    const std::string& scheme = mapping_->code_scheme();
    if (scheme.empty() || scheme == "as-published" || scheme == "dual-use") return absl::OkStatus();
    return absl::InvalidArgumentError("the mapping's code_scheme must be as-published or dual-use");
  }

  absl::Status TakeHeader(uint32_t line, const CsvRow& row) {
    COMITY_RETURN_IF_ERROR(CheckMapping());
    std::set<std::string> seen;
    std::set<v1::ListKind> kinds;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string column = row[i].value_or("");
      // A byte order mark is no part of the first name.
      if (i == 0 && column.compare(0, 3, "\xef\xbb\xbf") == 0) column.erase(0, 3);
      column = std::string(absl::StripAsciiWhitespace(column));
      COMITY_ASSIGN_OR_RETURN(const v1::CsvColumn options, OptionsOf(column));
      const std::string& field = options.field();
      names_.push_back(column);
      options_.push_back(options);
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
    builder_ = std::make_unique<EditionBuilder>(format_, kind_);
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

  // The code as the mapping's scheme has it in keys.
  std::string KeyCode(const std::string& code) {
    if (mapping_ == nullptr || mapping_->code_scheme() != "dual-use") return code;
    const std::optional<ControlCode> parsed = ParseControlCode(code);
    if (!parsed.has_value() || parsed->canonical == code) return code;
    ++respelled_;
    return parsed->canonical;
  }

  std::string DefaultKey(const v1::Entry& entry) {
    if (kind_ == v1::LIST_KIND_ITEMS) {
      const v1::ControlledItem& item = entry.item();
      return item.code().empty() ? "" : ItemKey(item.supplement(), KeyCode(item.code()));
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

  const std::string format_;
  const char* const word_;
  const v1::CsvMapping* const mapping_;
  uint32_t respelled_ = 0;
  std::string separator_ = ";";
  v1::ListKind kind_ = v1::LIST_KIND_UNSPECIFIED;
  // By column; null where it is left out.
  std::vector<const CsvField*> columns_;
  // The columns' names, and what the mapping says of each.
  std::vector<std::string> names_;
  std::vector<v1::CsvColumn> options_;
  std::unique_ptr<EditionBuilder> builder_;
  RowJoiner joined_;
  // Refused above the line of names.
  std::vector<Refusal> early_;
};

}  // namespace

absl::StatusOr<Edition> MapRecords(const std::string& format, const SourceFile& source,
                                   const v1::CsvMapping* mapping, const RecordFeed& feed) {
  MappedReader reader(format, "record", mapping);
  RecordSink sink;
  sink.row = [&](uint32_t number, const CsvRow& row) { return reader.TakeRow(number, row); };
  sink.refuse = [&](uint32_t number, const std::string& why) { reader.RefuseRow(number, why); };
  sink.unmapped = [&](const std::string& name) { reader.CountUnmapped(name); };
  COMITY_RETURN_IF_ERROR(feed(sink));
  return reader.Finish(source);
}

absl::StatusOr<char> CsvDelimiter(const v1::CsvMapping* mapping) {
  if (mapping == nullptr || mapping->delimiter().empty()) return ',';
  if (mapping->delimiter() == "tab") return '\t';
  if (mapping->delimiter().size() == 1) return mapping->delimiter()[0];
  return absl::InvalidArgumentError("the mapping's delimiter must be one character or \"tab\"");
}

absl::StatusOr<Edition> ImportCsv(const SourceFile& source, const ImportOptions& options) {
  const v1::CsvMapping* const mapping = options.mapping;
  COMITY_ASSIGN_OR_RETURN(const std::string text,
                          ToUtf8(source.bytes, mapping == nullptr ? "" : mapping->encoding()));
  COMITY_ASSIGN_OR_RETURN(const char delimiter, CsvDelimiter(mapping));
  std::string_view bytes = text;
  const uint32_t skipped = mapping == nullptr ? 0 : mapping->skip_lines();
  for (uint32_t i = 0; i < skipped; ++i) {
    bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    if (bytes.empty()) return absl::InvalidArgumentError("skip_lines leaves nothing of the file");
  }
  MappedReader reader("csv", "line", mapping);
  CsvRowsOptions rows;
  rows.delimiter = delimiter;
  if (options.salvage) {
    rows.refuse = [&](uint32_t line, const std::string& why) {
      reader.RefuseRow(line + skipped, why);
    };
  }
  COMITY_RETURN_IF_ERROR(ForEachCsvRow(bytes, rows, [&](uint32_t line, const CsvRow& row) {
    return reader.TakeRow(line + skipped, row);
  }));
  return reader.Finish(source);
}

}  // namespace comity
