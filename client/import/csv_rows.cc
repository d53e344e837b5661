#include "client/import/csv_rows.h"

#include <csv.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/import/input.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// Each may cost a reading of kMaxLineBytes.
constexpr size_t kMaxRefusedRows = 1000;

using Visit = std::function<absl::Status(uint32_t line, const CsvRow& row)>;

// libcsv from one line on, until the end or a row that is not CSV.
class Rows {
 public:
  Rows(char delimiter, uint32_t lines_before, const Visit& visit)
      : visit_(visit), line_(lines_before), row_line_(lines_before + 1) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_EMPTY_IS_NULL);
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  ~Rows() { csv_free(&parser_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  absl::Status Feed(std::string_view bytes) {
    const size_t whole = bytes.size();
    while (!bytes.empty()) {
      ++line_;
      const size_t end = bytes.find('\n');
      const size_t size = end == std::string_view::npos ? bytes.size() : end + 1;
      if (size > kMaxLineBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", line_, " has ", size, " bytes; the limit is 4 MiB"));
      }
      row_bytes_ += size;
      if (row_bytes_ > kMaxLineBytes) {
        return Broken(absl::StrCat("the row has more than ", kMaxLineBytes, " bytes"));
      }
      if (csv_parse(&parser_, bytes.data(), size, OnCell, OnRow, this) != size) {
        return Broken(csv_strerror(csv_error(&parser_)));
      }
      COMITY_RETURN_IF_ERROR(status_);
      // A blank line between rows begins none.
      if (row_bytes_ == size && bytes.find_first_not_of("\r\n") >= size) row_line_ = line_ + 1;
      bytes.remove_prefix(size);
      if (row_line_ == line_ + 1) {
        row_offset_ = whole - bytes.size();
        row_bytes_ = 0;
      }
    }
    if (csv_fini(&parser_, OnCell, OnRow, this) != 0) {
      return Broken(csv_strerror(csv_error(&parser_)));
    }
    return status_;
  }

  // A row is at fault, not its taker.
  bool broken() const { return broken_; }
  const std::string& problem() const { return problem_; }
  // Where that row began, from the first byte fed.
  size_t row_offset() const { return row_offset_; }
  uint32_t row_line() const { return row_line_; }

 private:
  absl::Status Broken(const std::string& why) {
    broken_ = true;
    problem_ = absl::StrCat("not CSV: ", why);
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_, ": ", problem_, " (the row began on line ", row_line_, ")"));
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

  const Visit& visit_;
  csv_parser parser_{};
  uint32_t line_;
  uint32_t row_line_;
  size_t row_offset_ = 0;
  size_t row_bytes_ = 0;
  bool broken_ = false;
  std::string problem_;
  CsvRow row_;
  absl::Status status_;
};

}  // namespace

absl::Status ForEachCsvRow(std::string_view bytes, const CsvRowsOptions& options,
                           const Visit& row) {
  if (bytes.substr(0, 3) == "\xef\xbb\xbf") bytes.remove_prefix(3);
  uint32_t lines = 0;
  for (size_t refused = 1;; ++refused) {
    Rows rows(options.delimiter, lines, row);
    const absl::Status status = rows.Feed(bytes);
    if (status.ok() || !rows.broken() || options.refuse == nullptr) return status;
    options.refuse(rows.row_line(), rows.problem());
    bytes.remove_prefix(rows.row_offset());
    bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    if (bytes.empty()) return absl::OkStatus();
    lines = rows.row_line();
    if (refused == kMaxRefusedRows) {
      options.refuse(lines + 1, "what follows is not read: too many rows are not CSV");
      return absl::OkStatus();
    }
  }
}

}  // namespace comity
