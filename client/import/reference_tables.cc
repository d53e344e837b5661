// hs and iso3166: tables that lists refer to, as items of lists of their own.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/csv_rows.h"
#include "client/import/edition_builder.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// A CSV file with a line of names, row by row, each cell asked for by its column's name.
class NamedRows {
 public:
  NamedRows(EditionBuilder* builder, std::vector<std::string> needed)
      : builder_(builder), needed_(std::move(needed)) {}

  // `take` is called for each row; Cell gives its cells meanwhile.
  absl::Status Read(const SourceFile& source, const ImportOptions& options,
                    const std::function<void(const std::string& where)>& take) {
    CsvRowsOptions rows;
    if (options.salvage) {
      rows.refuse = [&](uint32_t line, const std::string& why) {
        builder_->CountRead();
        builder_->Refuse(absl::StrCat("line ", line), "", why);
      };
    }
    return ForEachCsvRow(source.bytes, rows, [&](uint32_t line, const CsvRow& row) {
      if (columns_.empty()) return TakeHeader(row);
      if (row.size() == 1 && !row[0].has_value()) return absl::OkStatus();
      builder_->CountRead();
      const std::string where = absl::StrCat("line ", line);
      if (row.size() != names_.size()) {
        builder_->Refuse(where, "",
                         absl::StrCat("it has ", row.size(), " cells, the header ", names_.size()));
        return absl::OkStatus();
      }
      row_ = &row;
      asked_.clear();
      take(where);
      return absl::OkStatus();
    });
  }

  // White space at its ends taken off; empty if there is no such column.
  std::string Cell(const std::string& name) {
    asked_.insert(name);
    const auto it = columns_.find(name);
    if (it == columns_.end()) return "";
    return std::string(absl::StripAsciiWhitespace((*row_)[it->second].value_or("")));
  }

  // Counts what nobody asked for in this row.
  void CountUnmapped() {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!asked_.contains(names_[i]) && !Cell(names_[i]).empty())
        builder_->CountUnmapped(names_[i]);
    }
  }

 private:
  absl::Status TakeHeader(const CsvRow& row) {
    for (const auto& cell : row) {
      names_.emplace_back(absl::StripAsciiWhitespace(cell.value_or("")));
      columns_[names_.back()] = names_.size() - 1;
    }
    for (const std::string& name : needed_) {
      if (!columns_.contains(name)) {
        return absl::InvalidArgumentError(
            absl::StrCat("line 1: the column \"", name, "\" is missing"));
      }
    }
    return absl::OkStatus();
  }

  EditionBuilder* const builder_;
  const std::vector<std::string> needed_;
  std::vector<std::string> names_;
  std::map<std::string, size_t> columns_;
  const CsvRow* row_ = nullptr;
  std::set<std::string> asked_;
};

bool AllDigits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

void AddLabelled(const char* label, const std::string& text, v1::ControlledItem* item) {
  if (text.empty()) return;
  v1::Paragraph& paragraph = *item->add_paragraphs();
  paragraph.set_kind(v1::PARAGRAPH_KIND_DEFINITION);
  paragraph.set_label(label);
  paragraph.set_text(text);
  paragraph.set_depth(1);
}

}  // namespace

absl::StatusOr<Edition> ImportHs(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("hs", v1::LIST_KIND_ITEMS);
  NamedRows rows(&builder, {"hscode", "description"});
  uint32_t totals = 0;
  COMITY_RETURN_IF_ERROR(rows.Read(source, options, [&](const std::string& where) {
    const std::string code = rows.Cell("hscode");
    const std::string description = rows.Cell("description");
    const std::string section = rows.Cell("section");
    const std::string parent = rows.Cell("parent");
    const std::string level = rows.Cell("level");
    if (code == "TOTAL") {
      // The sum of all codes, which trade statistics have and the system has not.
      ++totals;
      return;
    }
    if (!AllDigits(code) || code.size() > 6 || code.size() % 2 != 0) {
      return builder.Refuse(
          where, "",
          absl::StrCat("\"", code.substr(0, 64), "\" is not an HS code of 2, 4 or 6 digits"));
    }
    // What the code says already must be so.
    const std::string above = code.size() == 2 ? "TOTAL" : code.substr(0, code.size() - 2);
    if ((!parent.empty() && parent != above) ||
        (!level.empty() && level != absl::StrCat(code.size()))) {
      return builder.Refuse(where, code,
                            absl::StrCat(code, " stands below \"", parent.substr(0, 64),
                                         "\" at level ", level.substr(0, 64)));
    }
    v1::Entry entry;
    entry.set_key(code);
    entry.set_lang("en");
    entry.mutable_item()->set_code(code);
    entry.mutable_item()->set_supplement(section);
    entry.mutable_item()->set_heading(description);
    rows.CountUnmapped();
    builder.Add(where, entry);
  }));
  if (totals > 0) {
    builder.Note(absl::StrCat(totals, " row is a total of all codes and no code: left out"));
  }
  return builder.Build(source);
}

absl::StatusOr<Edition> ImportIso3166(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("iso3166", v1::LIST_KIND_ITEMS);
  NamedRows rows(&builder, {"ISO3166-1-Alpha-2", "ISO3166-1-Alpha-3", "official_name_en"});
  COMITY_RETURN_IF_ERROR(rows.Read(source, options, [&](const std::string& where) {
    const std::string code = rows.Cell("ISO3166-1-Alpha-2");
    const std::string alpha3 = rows.Cell("ISO3166-1-Alpha-3");
    const std::string name = rows.Cell("official_name_en");
    const bool letters = code.size() == 2 &&
                         absl::ascii_isupper(static_cast<unsigned char>(code[0])) &&
                         absl::ascii_isupper(static_cast<unsigned char>(code[1]));
    if (!letters) {
      return builder.Refuse(where, "",
                            absl::StrCat("\"", code.substr(0, 64), "\" is not an alpha-2 code"));
    }
    if (name.empty()) return builder.Refuse(where, code, "it has no name in English");
    v1::Entry entry;
    entry.set_key(code);
    entry.set_lang("en");
    v1::ControlledItem& item = *entry.mutable_item();
    item.set_code(code);
    item.set_heading(name);
    AddLabelled("alpha-3", alpha3, &item);
    AddLabelled("numeric", rows.Cell("ISO3166-1-numeric"), &item);
    AddLabelled("M49", rows.Cell("M49"), &item);
    AddLabelled("short name", rows.Cell("CLDR display name"), &item);
    AddLabelled("formal name", rows.Cell("UNTERM English Formal"), &item);
    AddLabelled("independent", rows.Cell("is_independent"), &item);
    // By language, as entries have them.
    for (const auto& [lang, column] :
         std::map<std::string, const char*>{{"ar", "official_name_ar"},
                                            {"es", "official_name_es"},
                                            {"fr", "official_name_fr"},
                                            {"ru", "official_name_ru"},
                                            {"zh", "official_name_cn"}}) {
      const std::string translated = rows.Cell(column);
      if (translated.empty()) continue;
      v1::Translation& translation = *entry.add_translations();
      translation.set_lang(lang);
      translation.set_heading(translated);
    }
    rows.CountUnmapped();
    builder.Add(where, entry);
  }));
  return builder.Build(source);
}

}  // namespace comity
