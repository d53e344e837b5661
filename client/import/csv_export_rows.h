// Entries as cells under the names that the csv format reads.
#ifndef COMITY_CLIENT_IMPORT_CSV_EXPORT_ROWS_H_
#define COMITY_CLIENT_IMPORT_CSV_EXPORT_ROWS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comity/v1/entry.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity {

// One row's cells by column, without key and language. Value type.
struct CsvExportRow {
  // An unset cell is nothing, which is not an empty text.
  std::vector<std::pair<const char*, std::optional<std::string>>> cells;
  // Several values in one cell.
  std::vector<std::pair<const char*, std::vector<std::string>>> lists;
  // What reading the row back gives, without key and language.
  v1::Entry back;
};

// The entry of a list of this kind. The columns are the same for all entries of a kind.
CsvExportRow ExportRowOf(v1::ListKind kind, const v1::Entry& entry);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_EXPORT_ROWS_H_
