// Records of a form that has no columns of its own, mapped as rows of a CSV file are.
#ifndef COMITY_CLIENT_IMPORT_MAPPED_RECORDS_H_
#define COMITY_CLIENT_IMPORT_MAPPED_RECORDS_H_

#include <functional>
#include <string>

#include "client/import/csv_rows.h"
#include "client/import/edition_builder.h"

namespace comity {

// Where a feed puts what it reads.
struct RecordSink {
  // First the names of the columns, then a row of as many cells for each record with its
  // number, from 1.
  std::function<absl::Status(uint32_t number, const CsvRow& row)> row;
  // A record that cannot be taken, in the place of its row.
  std::function<void(uint32_t number, const std::string& why)> refuse;
  // A field that is no column; once for each record that has it.
  std::function<void(const std::string& name)> unmapped;
};
using RecordFeed = std::function<absl::Status(const RecordSink& sink)>;

// The entries that the mapping makes of the records (null: columns are named as fields).
// INVALID_ARGUMENT as for csv.
absl::StatusOr<Edition> MapRecords(const std::string& format, const SourceFile& source,
                                   const v1::CsvMapping* mapping, const RecordFeed& feed);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_MAPPED_RECORDS_H_
