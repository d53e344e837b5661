// Delimited text as rows of cells (RFC 4180, with any delimiter).
#ifndef COMITY_CLIENT_IMPORT_CSV_ROWS_H_
#define COMITY_CLIENT_IMPORT_CSV_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace comity {

// A cell is unset where the file has nothing between the delimiters; "" is empty.
using CsvRow = std::vector<std::optional<std::string>>;

struct CsvRowsOptions {
  char delimiter = ',';
  // If set, a row that is not CSV is told here with its line, and the reading goes on with
  // the line behind the one that the row began on (salvage).
  std::function<void(uint32_t line, const std::string& why)> refuse;
};

// Calls `row` with each row and the line that it began on, from 1. Strict: a quote within
// an unquoted cell, text behind a closing quote and a quote that is never closed are
// errors: INVALID_ARGUMENT with the line; so is a line above kMaxLineBytes. A byte order
// mark is passed over.
absl::Status ForEachCsvRow(
    std::string_view bytes, const CsvRowsOptions& options,
    const std::function<absl::Status(uint32_t line, const CsvRow& row)>& row);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_ROWS_H_
