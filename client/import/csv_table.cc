#include "client/import/csv_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/party_fields.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// Windows-1252 from 0x80 to 0x9f; 0: no character.
constexpr uint16_t kHigh[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void AppendUtf8(uint32_t point, std::string* out) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (point >> 6)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xe0 | (point >> 12)));
    out->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3f)));
  }
}

// The size of the UTF-8 sequence at the front (RFC 3629); 0 if there is none.
size_t Utf8Size(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned lead = byte(0);
  const size_t size = lead < 0x80                    ? 1
                      : lead >= 0xc2 && lead <= 0xdf ? 2
                      : lead >= 0xe0 && lead <= 0xef ? 3
                      : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                     : 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is above U+10FFFF.
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;
  if (lead == 0xed && byte(1) > 0x9f) return 0;
  if (lead == 0xf0 && byte(1) < 0x90) return 0;
  if (lead == 0xf4 && byte(1) > 0x8f) return 0;
  return size;
}

}  // namespace

std::string CsvRecord::Get(const std::string& column) {
  taken_.insert(column);
  const auto it = columns_.find(column);
  if (it == columns_.end() || it->second >= row_.size()) return "";
  return Trimmed(row_[it->second].value_or(""));
}

void CsvRecord::CountUnmapped(EditionBuilder& builder) const {
  for (const auto& [name, at] : columns_) {
    if (taken_.contains(name) || at >= row_.size() || !row_[at].has_value()) continue;
    if (!Trimmed(*row_[at]).empty()) builder.CountUnmapped(name);
  }
}

std::string TextOf(std::string_view bytes, EditionBuilder& builder) {
  while (!bytes.empty() && (bytes.back() == '\x1a' || bytes.back() == '\0')) {
    bytes.remove_suffix(1);
  }
  if (bytes.substr(0, 3) == "\xef\xbb\xbf") bytes.remove_prefix(3);
  std::string out;
  out.reserve(bytes.size());
  uint32_t line = 1;
  uint32_t first_line = 0;
  size_t mended = 0;
  while (!bytes.empty()) {
    const size_t size = Utf8Size(bytes);
    if (size > 0) {
      if (bytes.front() == '\n') ++line;
      out.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      continue;
    }
    const unsigned char c = static_cast<unsigned char>(bytes.front());
    const uint32_t point = c >= 0xa0 ? c : kHigh[c - 0x80];
    AppendUtf8(point == 0 ? 0xfffd : point, &out);
    bytes.remove_prefix(1);
    if (++mended == 1) first_line = line;
  }
  if (mended > 0) {
    builder.Note(absl::StrCat(mended, " bytes that are not UTF-8 were read as Windows-1252, the ",
                              "first on line ", first_line));
  }
  return out;
}

absl::Status ReadCsvTable(
    const CsvTable& table, const SourceFile& source, EditionBuilder& builder,
    const std::function<void(const std::string& where, CsvRecord& row)>& take) {
  const std::string text = TextOf(source.bytes, builder);
  std::map<std::string, size_t> columns;
  CsvRow header;
  // Columns up to the last that has a name.
  size_t named = 0;
  uint32_t rows = 0;
  size_t headers = 0;
  // Where rows may be short, one that the file ends in the middle of shows in this alone.
  const bool ends = text.empty() || text.back() == '\n';
  const auto last_line = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  CsvRowsOptions options;
  options.delimiter = table.delimiter;
  if (table.salvage) {
    options.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  COMITY_RETURN_IF_ERROR(ForEachCsvRow(text, options, [&](uint32_t line, const CsvRow& row) {
    if (rows++ < table.skip_rows) return absl::OkStatus();
    if (columns.empty()) {
      header = row;
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string name = Trimmed(row[i].value_or(""));
        // Spreadsheets leave nameless columns at the end.
        if (!name.empty()) named = i + 1;
        const std::string place = absl::StrCat("column ", i + 1);
        if (name.empty()) {
          columns.emplace(place, i);
        } else if (!columns.emplace(name, i).second) {
          // Nothing asks for it: it is told of as unmapped.
          columns.emplace(absl::StrCat(name, " (", place, ")"), i);
        }
      }
      std::vector<std::string> missing;
      for (const std::string& needed : table.needed) {
        if (!columns.contains(needed)) missing.push_back(needed);
      }
      if (missing.empty()) return absl::OkStatus();
      return absl::InvalidArgumentError(absl::StrCat("line ", line, ": not ", table.what,
                                                     ": it has no column ",
                                                     absl::StrJoin(missing, ", ")));
    }
    if (row == header) {
      ++headers;
      return absl::OkStatus();
    }
    bool blank = true;
    for (const auto& cell : row) blank = blank && Trimmed(cell.value_or("")).empty();
    if (blank) return absl::OkStatus();
    builder.CountRead();
    const std::string where = absl::StrCat("line ", line);
    if (row.size() > header.size() || (row.size() < named && !table.short_rows)) {
      builder.Refuse(where, "", absl::StrCat("it has ", row.size(), " cells, the header ", named));
      return absl::OkStatus();
    }
    if (row.size() < named && !ends && line == last_line) {
      builder.Refuse(where, "", "the file is cut short: its last line does not end");
      return absl::OkStatus();
    }
    CsvRecord record(columns, row);
    take(where, record);
    record.CountUnmapped(builder);
    return absl::OkStatus();
  }));
  if (columns.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not ", table.what, ": it has no line of column names"));
  }
  if (!ends) builder.Note("the last line does not end: the file may be cut short");
  if (headers > 0) {
    builder.Note(absl::StrCat("the line of column names is there ", headers, " more times"));
  }
  return absl::OkStatus();
}

}  // namespace comity
