// The fields that a column of a CSV file may fill, and how.
#ifndef COMITY_CLIENT_IMPORT_CSV_FIELDS_H_
#define COMITY_CLIENT_IMPORT_CSV_FIELDS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "comity/v1/entry.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity {

// One cell on its way into an entry. Borrows all.
struct CsvCell {
  v1::Entry* entry;
  const std::string& value;
  // Parts the values of a field that holds several.
  const std::string& separator;

  // The values, white space around them taken off, empty ones left out.
  std::vector<std::string> Values() const;
};

struct CsvField {
  // The kind of list that has such a field; unspecified: any.
  v1::ListKind kind;
  // Several columns may fill it.
  bool many;
  // Empty if it is fine, else what is wrong with the value.
  std::function<std::string(const CsvCell&)> set;
};

// By name. Thread-safe.
const std::map<std::string, CsvField>& CsvFields();

// Makes the entry one of that kind, so that its cells know where they go.
void SetCsvKind(v1::ListKind kind, v1::Entry* entry);

// The fields of denials and correlations, each in a file of its own name.
void AddDenialFields(std::map<std::string, CsvField>& fields);
void AddCorrelationFields(std::map<std::string, CsvField>& fields);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_FIELDS_H_
