// Entries back into files: the other direction of the importers.
#ifndef COMITY_CLIENT_IMPORT_EXPORTS_H_
#define COMITY_CLIENT_IMPORT_EXPORTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity {

// The dated edition as us-ccl-history reads it: a line for each (heading, text) of an entry,
// by code, supplement and the entry's own order. Context that is no part of an entry
// (category, ancestors, breadcrumbs) is not there. `version` is the edition's date.
// INVALID_ARGUMENT if an entry is no item with a supplement, or holds what the format has no
// place for (paragraphs, controls, ...): nothing is left out in silence.
absl::StatusOr<std::string> WriteUsCclHistory(const std::vector<v1::Entry>& entries,
                                              std::string_view version);

struct CsvExport {
  // RFC 4180, columns named as the fields of the csv format.
  std::string text;
  // What parts several values in one cell; other than ";" it must be named in a mapping.
  std::string separator;
  // Entries that hold more than these columns can say; json and entries hold all.
  uint32_t incomplete = 0;
};

// INVALID_ARGUMENT for a kind of list that has no CSV form.
absl::StatusOr<CsvExport> WriteCsv(v1::ListKind kind, const std::vector<v1::Entry>& entries);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_EXPORTS_H_
