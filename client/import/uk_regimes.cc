// uk-regimes: the reference numbers of MTCR, NSG dual-use and NSG trigger list items as UK
// licensing uses them: rows of number, status, depth, jurisdiction and perhaps a category.
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv_rows.h"
#include "client/import/edition_builder.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// The regime and its own spelling of the number: "M11A3b2" is MTCR 11.A.3.b.2, "N1A3a1" NSG
// part 2 1.A.3.a.1, "T5.1.1a" trigger list 5.1.1.a. Empty if it is none of them.
v1::RegimeReference ReferenceOf(const std::string& code) {
  v1::RegimeReference reference;
  if (code[0] == 'M') reference.set_regime("MTCR");
  if (code[0] == 'N') reference.set_regime("NSG");
  if (code[0] == 'T') reference.set_regime("NSG-TRIGGER");
  if (reference.regime().empty()) return reference;
  std::string number;
  // 0: a letter, 1: a digit, 2: nothing or a dot.
  int last = 2;
  for (char c : code.substr(1)) {
    if (c == '.') {
      last = 2;
      number.push_back(c);
      continue;
    }
    const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(c));
    if (!digit && !absl::ascii_isalpha(static_cast<unsigned char>(c))) return {};
    if (last == (digit ? 0 : 1)) number.push_back('.');
    last = digit ? 1 : 0;
    number.push_back(c);
  }
  reference.set_reference(number);
  reference.set_degree("identical");
  return reference;
}

}  // namespace

absl::StatusOr<Edition> ImportUkRegimes(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("uk-regimes", v1::LIST_KIND_ITEMS);
  std::map<std::string, uint32_t> jurisdictions;
  uint32_t headings = 0;
  CsvRowsOptions rows;
  if (options.salvage) {
    rows.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  const auto take = [&](uint32_t line, const CsvRow& row) {
    const std::string where = absl::StrCat("line ", line);
    const auto cell = [&](size_t i) {
      return i < row.size() ? row[i].value_or("") : std::string();
    };
    if (row.size() == 1 && cell(0).empty()) return absl::OkStatus();
    builder.CountRead();
    if (row.size() != 4 && row.size() != 5) {
      builder.Refuse(where, "", absl::StrCat("it has ", row.size(), " cells, not 4 or 5"));
      return absl::OkStatus();
    }
    const std::string code(absl::StripAsciiWhitespace(cell(0)));
    const v1::RegimeReference reference = code.empty() ? v1::RegimeReference() : ReferenceOf(code);
    if (reference.regime().empty()) {
      builder.Refuse(where, "",
                     absl::StrCat("\"", code.substr(0, 64), "\" is no regime reference"));
      return absl::OkStatus();
    }
    v1::Entry entry;
    entry.set_key(code);
    entry.set_lang("en");
    v1::ControlledItem& item = *entry.mutable_item();
    item.set_code(code);
    item.set_supplement(cell(4));
    *item.add_regime_references() = reference;
    if (cell(1) == "PARENT") {
      // A heading of the tree, which controls nothing itself.
      item.set_status(v1::ITEM_STATUS_RESERVED);
      ++headings;
    } else if (cell(1) != "ACTIVE") {
      builder.Refuse(
          where, code,
          absl::StrCat("its status \"", cell(1).substr(0, 64), "\" is neither ACTIVE nor PARENT"));
      return absl::OkStatus();
    }
    // The number itself says how deep it stands; the column is 0 or wrong here and there.
    builder.CountUnmapped("3 (depth)");
    ++jurisdictions[cell(3)];
    builder.Add(where, entry);
    return absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(ForEachCsvRow(source.bytes, rows, take));
  for (const auto& [name, count] : jurisdictions) {
    builder.Note(absl::StrCat(count, " rows are of ", name.empty() ? "no jurisdiction" : name));
  }
  if (headings > 0) {
    builder.Note(absl::StrCat(headings, " rows are headings of the tree: kept as reserved"));
  }
  return builder.Build(source);
}

}  // namespace comity
