#include "client/import/csv_infer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv_fields.h"
#include "client/import/csv_guess.h"
#include "client/import/csv_rows.h"
#include "client/import/edition_builder.h"
#include "client/import/text_encoding.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

// Enough rows to see what a column holds.
constexpr size_t kRows = 500;
// A line of names stands below at most so many others.
constexpr uint32_t kMaxSkipped = 50;

using NumberedRows = std::vector<std::pair<uint32_t, CsvRow>>;

NumberedRows RowsWith(std::string_view text, char delimiter) {
  NumberedRows rows;
  CsvRowsOptions options;
  options.delimiter = delimiter;
  // Free text above the names need not be CSV.
  options.refuse = [](uint32_t, const std::string&) {};
  const absl::Status enough = absl::CancelledError();
  ForEachCsvRow(text, options, [&](uint32_t line, const CsvRow& row) {
    rows.emplace_back(line, row);
    return rows.size() < kRows ? absl::OkStatus() : enough;
  }).IgnoreError();
  return rows;
}

// The number of cells that most rows have, and how many have it.
std::pair<size_t, size_t> UsualWidth(const NumberedRows& rows) {
  std::map<size_t, size_t> widths;
  for (const auto& [line, row] : rows) ++widths[row.size()];
  std::pair<size_t, size_t> best = {0, 0};
  for (const auto& [width, count] : widths) {
    if (width > 1 && count >= best.second) best = {width, count};
  }
  return best;
}

char GuessDelimiter(std::string_view text) {
  char best = ',';
  std::pair<size_t, size_t> most = {0, 0};
  for (char candidate : {',', ';', '\t', '|'}) {
    const auto [width, count] = UsualWidth(RowsWith(text, candidate));
    if (std::pair(count, width) > most) {
      most = {count, width};
      best = candidate;
    }
  }
  return best;
}

std::string TrimmedCell(const std::optional<std::string>& cell) {
  return std::string(absl::StripAsciiWhitespace(cell.value_or("")));
}

// The first row of the usual width whose cells are nearly all filled and differ: banners
// leave cells empty.
size_t HeaderRow(const NumberedRows& rows, size_t width) {
  for (size_t i = 0; i < rows.size() && rows[i].first <= kMaxSkipped + 1; ++i) {
    const CsvRow& row = rows[i].second;
    if (row.size() != width) continue;
    std::set<std::string> names;
    for (const auto& cell : row) {
      if (!TrimmedCell(cell).empty()) names.insert(TrimmedCell(cell));
    }
    if (names.size() * 5 >= width * 4) return i;
  }
  return rows.size();
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) >= ' ') {
      out.push_back(c);
    }
  }
  return out + "\"";
}

// One line for a comment.
std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

struct Proposal {
  std::string encoding;
  char delimiter = ',';
  uint32_t skip_lines = 0;
  std::vector<CsvSample> samples;
  std::vector<CsvGuess> guesses;
  std::string kind;
  // A word that stands for nothing; empty: none was seen.
  std::string null_text;
};

// A word that stands for nothing in several cells.
std::string NullWord(const std::vector<CsvSample>& samples) {
  std::map<std::string, size_t> words;
  for (const CsvSample& sample : samples) {
    for (const std::string& cell : sample.cells) {
      for (const char* word : {"-0-", "N/A", "n/a", "NULL", "-", "--"}) {
        if (cell == word) ++words[cell];
      }
    }
  }
  const auto most = std::max_element(
      words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == words.end() || most->second < 3 ? "" : most->first;
}

// Settles what several columns claim, and leaves out what is of another kind of list.
absl::Status Settle(Proposal* proposal) {
  std::set<std::string> fields;
  for (const CsvGuess& guess : proposal->guesses) fields.insert(guess.field);
  v1::ListKind kind = v1::LIST_KIND_UNSPECIFIED;
  // A party's column of codes (of a country, a post) is no list of items.
  const auto coded = [&] {
    for (size_t i = 0; i < proposal->guesses.size(); ++i) {
      if (proposal->guesses[i].field == "code" && MostlyCodes(proposal->samples[i].cells)) {
        return true;
      }
    }
    return false;
  };
  if (fields.contains("code") && (!fields.contains("name") || coded())) {
    proposal->kind = "items";
    kind = v1::LIST_KIND_ITEMS;
  } else if (fields.contains("name")) {
    proposal->kind = "parties";
    kind = v1::LIST_KIND_PARTIES;
  } else if (fields.contains("article")) {
    proposal->kind = "rules";
    kind = v1::LIST_KIND_RULES;
  } else {
    return absl::InvalidArgumentError(
        "no column looks like a control code, a party's name or an article: name it in a mapping "
        "of your own (FORMATS.md)");
  }
  std::set<std::string> taken, names;
  for (size_t i = 0; i < proposal->guesses.size(); ++i) {
    CsvGuess& guess = proposal->guesses[i];
    const auto field = CsvFields().find(guess.field);
    if (!names.insert(proposal->samples[i].name).second && guess.field != "-") {
      guess = {"-", "", "", "left out: a column before it has the same name"};
    } else if (field == CsvFields().end()) {
      guess.field = "-";
    } else if (field->second.kind != v1::LIST_KIND_UNSPECIFIED && field->second.kind != kind) {
      guess = {"-", "", "",
               absl::StrCat("left out: ", guess.field, " is no field of ", proposal->kind)};
    } else if (!field->second.many && !taken.insert(guess.field).second) {
      guess = {"-", "", "",
               absl::StrCat("left out: ", guess.field, " is taken by a column before")};
    }
  }
  return absl::OkStatus();
}

std::string Render(const Proposal& proposal) {
  std::string yaml = absl::StrCat("kind: ", proposal.kind, "\n");
  if (proposal.encoding != "utf-8") {
    absl::StrAppend(&yaml, "encoding: ", proposal.encoding,
                    proposal.encoding == "windows-1252"
                        ? "  # guessed: it is not UTF-8; CHECK letters beyond ASCII\n"
                        : "\n");
  }
  if (proposal.delimiter == '\t') {
    absl::StrAppend(&yaml, "delimiter: tab\n");
  } else if (proposal.delimiter != ',') {
    absl::StrAppend(&yaml, "delimiter: \"", std::string(1, proposal.delimiter), "\"\n");
  }
  if (proposal.skip_lines > 0) {
    absl::StrAppend(&yaml, "skip_lines: ", proposal.skip_lines, "  # above the line of names\n");
  }
  if (!proposal.null_text.empty()) {
    absl::StrAppend(&yaml, "null_text: ", Quoted(proposal.null_text), "  # stands for nothing\n");
  }
  absl::StrAppend(&yaml, "columns:\n");
  for (size_t i = 0; i < proposal.guesses.size(); ++i) {
    const CsvGuess& guess = proposal.guesses[i];
    absl::StrAppend(&yaml, "  - {column: ", Quoted(proposal.samples[i].name),
                    ", field: ", guess.field == "-" ? "\"-\"" : guess.field);
    if (!guess.date_format.empty()) {
      absl::StrAppend(&yaml, ", date_format: ", Quoted(guess.date_format));
    }
    if (!guess.separator.empty()) {
      absl::StrAppend(&yaml, ", separator: ", Quoted(guess.separator));
    }
    absl::StrAppend(&yaml, "}", guess.why.empty() ? "" : absl::StrCat("  # ", OneLine(guess.why)),
                    "\n");
  }
  return yaml;
}

}  // namespace

absl::StatusOr<std::string> InferCsvMapping(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(path));
  Proposal proposal;
  proposal.encoding = GuessEncoding(source.bytes);
  const absl::StatusOr<std::string> text = ToUtf8(source.bytes, proposal.encoding);
  if (!text.ok()) return Annotate(text.status(), path);
  proposal.delimiter = GuessDelimiter(*text);
  const NumberedRows rows = RowsWith(*text, proposal.delimiter);
  const size_t width = UsualWidth(rows).first;
  const size_t header = HeaderRow(rows, width);
  if (width < 2 || header == rows.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": no line of column names was found in the first ", kMaxSkipped, " lines"));
  }
  proposal.skip_lines = rows[header].first - 1;
  for (const auto& cell : rows[header].second) proposal.samples.push_back({TrimmedCell(cell), {}});
  for (size_t i = header + 1; i < rows.size(); ++i) {
    if (rows[i].second.size() != width) continue;
    for (size_t column = 0; column < width; ++column) {
      std::string cell = TrimmedCell(rows[i].second[column]);
      if (!cell.empty()) proposal.samples[column].cells.push_back(std::move(cell));
    }
  }
  proposal.null_text = NullWord(proposal.samples);
  for (CsvSample& sample : proposal.samples) {
    if (!proposal.null_text.empty()) std::erase(sample.cells, proposal.null_text);
    proposal.guesses.push_back(GuessColumn(sample));
  }
  if (const absl::Status settled = Settle(&proposal); !settled.ok()) {
    return Annotate(settled, path);
  }
  const std::string yaml = Render(proposal);
  // What it does as it stands, so that its reader knows where to look.
  v1::CsvMapping mapping;
  COMITY_RETURN_IF_ERROR(ParseYaml(yaml, "the proposed mapping", &mapping));
  ImportOptions options;
  options.mapping = &mapping;
  const absl::StatusOr<Edition> edition = ImportCsv(source, options);
  std::string head =
      "# Proposed by `comity import csv --infer`: read it, mend it, give it as --mapping.\n";
  if (edition.ok()) {
    absl::StrAppend(&head, "# As it stands: ", edition->read, " rows, ", edition->entries.size(),
                    " entries, ", edition->refused.size(), " refused.\n");
    if (!edition->refused.empty()) {
      absl::StrAppend(&head, "# The first refused: ", edition->refused[0].where, ": ",
                      OneLine(edition->refused[0].why), "\n");
    }
  } else {
    absl::StrAppend(&head, "# As it stands it reads nothing: ",
                    OneLine(std::string(edition.status().message())), "\n");
  }
  return head + yaml;
}

}  // namespace comity
