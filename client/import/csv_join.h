// Rows that are one entry: parties with a row for each name or address.
#ifndef COMITY_CLIENT_IMPORT_CSV_JOIN_H_
#define COMITY_CLIENT_IMPORT_CSV_JOIN_H_

#include <map>
#include <string>

#include "client/import/edition_builder.h"

namespace comity {

// Used by one importer for one file.
class RowJoiner {
 public:
  // Joins the row to those of its key: names, addresses and other lists are united,
  // each value once; the rest must agree, else the whole entry is refused.
  void Add(const std::string& where, const v1::Entry& row);
  void MoveInto(EditionBuilder& builder);

 private:
  struct Joined {
    std::string where;
    v1::Entry entry;
    std::string problem;
  };
  std::map<std::string, Joined> entries_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_JOIN_H_
