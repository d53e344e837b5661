#include "client/cli/output.h"

#include <csv.h>
#include <google/protobuf/util/json_util.h>
#include <libsmartcols/libsmartcols.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace comity::cli {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void PrintCsvRow(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += cells[i];
      continue;
    }
    std::string quoted(2 * cells[i].size() + 2, '\0');
    quoted.resize(csv_write(quoted.data(), quoted.size(), cells[i].data(), cells[i].size()));
    line += quoted;
  }
  std::printf("%s\n", line.c_str());
}

}  // namespace

void Output::Json(const google::protobuf::Message& message) const {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string json;
  google::protobuf::util::MessageToJsonString(message, &json, options);
  std::fputs(json.c_str(), stdout);
}

void Output::Show(const Table& table) const {
  if (csv()) {
    PrintCsvRow(table.columns);
    for (const auto& row : table.rows) PrintCsvRow(row);
    return;
  }
  libscols_table* out = scols_new_table();
  scols_table_set_stream(out, stdout);
  scols_table_enable_noencoding(out, 1);
  scols_table_set_column_separator(out, "  ");
  if (isatty(STDOUT_FILENO) == 0) scols_table_set_termforce(out, SCOLS_TERMFORCE_NEVER);
  for (const std::string& name : table.columns) {
    int flags = 0;
    if (Contains(table.wrapped, name)) flags |= SCOLS_FL_WRAP;
    if (Contains(table.numbers, name)) flags |= SCOLS_FL_RIGHT;
    libscols_column* column = scols_table_new_column(out, name.c_str(), 0, flags);
    if ((flags & SCOLS_FL_WRAP) != 0) {
      scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, nullptr);
    }
  }
  for (const auto& row : table.rows) {
    libscols_line* line = scols_table_new_line(out, nullptr);
    for (size_t i = 0; i < row.size(); ++i) scols_line_set_data(line, i, row[i].c_str());
  }
  scols_print_table(out);
  scols_unref_table(out);
}

void Output::Line(const std::string& text) const {
  if (table()) std::printf("%s\n", text.c_str());
}

void Output::Answer(const google::protobuf::Message& message, const Table& table) const {
  if (json()) {
    Json(message);
  } else {
    Show(table);
  }
}

void Say(const std::string& text) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", text.c_str());
}

bool IsTerminal() { return isatty(STDERR_FILENO) != 0; }

void Progress::Set(const std::string& text) {
  if (!IsTerminal()) return;
  std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::Clear() {
  if (!drawn_) return;
  std::fprintf(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

bool Confirm(const std::string& question) {
  if (!IsTerminal() || isatty(STDIN_FILENO) == 0) return false;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  return static_cast<bool>(std::getline(std::cin, answer)) && (answer == "y" || answer == "yes");
}

std::string Grouped(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return digits;
}

}  // namespace comity::cli
