// A delimited file whose first row names its columns, read by name, with an account of the
// columns that nothing took.
#ifndef COMITY_CLIENT_IMPORT_CSV_TABLE_H_
#define COMITY_CLIENT_IMPORT_CSV_TABLE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/import/csv_rows.h"
#include "client/import/edition_builder.h"

namespace comity {

// One row. Borrows the table's names.
class CsvRecord {
 public:
  CsvRecord(const std::map<std::string, size_t>& columns, const CsvRow& row)
      : columns_(columns), row_(row) {}

  // The cell, trimmed; empty where the column or the cell is not there. Asking for a column
  // marks it as taken.
  std::string Get(const std::string& column);
  bool Has(const std::string& column) const { return columns_.contains(column); }
  // Counts the columns that hold something and that nobody asked for.
  void CountUnmapped(EditionBuilder& builder) const;

 private:
  const std::map<std::string, size_t>& columns_;
  const CsvRow& row_;
  std::set<std::string> taken_;
};

struct CsvTable {
  // What the file is called in errors: "a Denied Persons List".
  std::string what;
  char delimiter = ',';
  // Columns that must be there.
  std::vector<std::string> needed;
  // Rows above the line of names, such as a banner.
  uint32_t skip_rows = 0;
  // Rows may leave out cells at their end.
  bool short_rows = false;
  bool salvage = false;
};

// Calls `take` with each row ("line 12"), counting it as read. Refused, not fatal: a row with
// another number of cells. Passed over: blank rows and repetitions of the line of names, which
// a note counts. The text is read as TextOf has it. INVALID_ARGUMENT if a needed column is
// missing, and as ForEachCsvRow.
absl::Status ReadCsvTable(
    const CsvTable& table, const SourceFile& source, EditionBuilder& builder,
    const std::function<void(const std::string& where, CsvRecord& row)>& take);

// The file's text as UTF-8: what is not UTF-8 is read as Windows-1252, with a note. A byte
// order mark goes, and the end-of-file byte of old files (0x1A).
std::string TextOf(std::string_view bytes, EditionBuilder& builder);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_TABLE_H_
