// From the files that governments publish to entries. FORMATS.md says what each
// format looks like and what is done with its dirt.
#ifndef COMITY_CLIENT_IMPORT_IMPORTER_H_
#define COMITY_CLIENT_IMPORT_IMPORTER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/config.pb.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"

namespace comity {

// A record that could not be taken, and why. Never dropped in silence: an edition
// with refusals is not drafted unless its reader accepts them by name.
struct Refusal {
  // "line 12", "record 3 (jp-eul-3)", "paragraph 118".
  std::string where;
  // The key that the record would have had; empty if it could not be read.
  std::string key;
  std::string why;
};

// One edition, read. Value type.
struct Edition {
  std::string format;
  v1::ListKind kind = v1::LIST_KIND_UNSPECIFIED;
  // Ascending by key, unique.
  std::vector<v1::Entry> entries;
  std::vector<Refusal> refused;
  // Records (lines, paragraphs, rows) that the file holds.
  uint32_t read = 0;
  // What was mended, for the reader to see.
  std::vector<std::string> notes;
  // SHA-256 of the file's bytes.
  Digest source_sha256{};
  // The date that the file gives itself; unset if it gives none.
  std::optional<CivilDay> dated;
};

// Names of the formats, for help and errors.
std::vector<std::string> FormatNames();

// The fields that columns of a CSV file may be named as, of any kind of list.
std::vector<std::string> CsvFieldNames();

// Reads `path` as `format`. INVALID_ARGUMENT for an unknown format, a file that is
// not of it, is cut short, holds no record or exceeds a bound; NOT_FOUND if it is not
// there. `mapping` is for csv alone, null where columns are named as fields.
absl::StatusOr<Edition> ImportFile(const std::string& format, const std::string& path,
                                   const v1::CsvMapping* mapping);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_IMPORTER_H_
