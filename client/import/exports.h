// Entries back into files: the other direction of the importers.
#ifndef COMITY_CLIENT_IMPORT_EXPORTS_H_
#define COMITY_CLIENT_IMPORT_EXPORTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity {

// The dated edition as us-ccl-history reads it: a line for each (heading, text) of an entry,
// by code, supplement and the entry's own order. Context that is no part of an entry
// (category, ancestors, breadcrumbs) is not there. `version` is the edition's date.
// INVALID_ARGUMENT if an entry is no item with a supplement, or holds what the format has no
// place for (paragraphs, controls, ...): nothing is left out in silence.
absl::StatusOr<std::string> WriteUsCclHistory(const std::vector<v1::Entry>& entries,
                                              std::string_view version);

// Entries as RFC 4180, row by row: what parts several values in one cell is chosen once all of
// them are known, so the rows are kept somewhere and then finished. Not thread-safe.
class CsvExporter {
 public:
  // A kind: columns named as the fields of the csv format, to be read back. Unspecified: records of
  // any kind, each with its authority, list, place, dates and citation, then the columns of all
  // kinds.
  explicit CsvExporter(v1::ListKind kind);

  std::string Header() const;
  // `kind`: of the list that the record stands in. Texts of entries hold no C0 control but TAB and
  // LF, which is relied upon.
  std::string Row(v1::ListKind kind, const v1::AuthorityItem& record);

  // What parts several values in one cell; other than ";" it must be named in a mapping.
  // INVALID_ARGUMENT if every candidate occurs in some value.
  absl::StatusOr<std::string> Separator() const;
  // Entries that hold more than these columns can say; entries and JSON lines hold all.
  uint32_t incomplete() const { return incomplete_; }
  // The header's or rows' bytes, cut anywhere, as they are to be written.
  static std::string Finished(std::string_view bytes, const std::string& separator);

 private:
  const v1::ListKind kind_;
  std::vector<std::string> columns_;
  // Which candidates occur in a value.
  bool taken_[4] = {};
  uint32_t incomplete_ = 0;
};

struct CsvExport {
  std::string text;
  std::string separator;
  uint32_t incomplete = 0;
};

// All at once, for lists that are at hand. INVALID_ARGUMENT without a kind.
absl::StatusOr<CsvExport> WriteCsv(v1::ListKind kind, const std::vector<v1::Entry>& entries);

// The records of a listed party as FollowTheMoney entities (FORMATS.md), one JSON object a line:
// the party, its addresses and identifications, and a Sanction that says who listed it, when and
// by which act. INVALID_ARGUMENT if the entry is no party.
absl::StatusOr<std::string> FtmLines(const v1::AuthorityItem& record);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_EXPORTS_H_
