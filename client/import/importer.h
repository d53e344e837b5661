// From the files that governments publish to entries. FORMATS.md says what each
// format looks like and what is done with its dirt.
#ifndef COMITY_CLIENT_IMPORT_IMPORTER_H_
#define COMITY_CLIENT_IMPORT_IMPORTER_H_

#include <cstdint>
#include <map>
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
  // Fields of the source that hold values which no field of an entry takes, with the number
  // of records that have them: nothing is dropped without a line here.
  std::map<std::string, uint32_t> unmapped;
  // SHA-256 of the file's bytes.
  Digest source_sha256{};
  // The date that the file gives itself; unset if it gives none.
  std::optional<CivilDay> dated;
};

// Names of the formats, for help and errors.
std::vector<std::string> FormatNames();

// What the format of that name is, for people; empty for an unknown one.
std::string FormatTitle(const std::string& name);

// The fields that columns of a CSV file may be named as, of any kind of list.
std::vector<std::string> CsvFieldNames();

struct ImportOptions {
  // For csv alone; null where columns are named as fields.
  const v1::CsvMapping* mapping = nullptr;
  // Of a malformed file, the sound records are taken and the others refused; else the file
  // is refused at the line. The key of such a record is mostly not known, so that a draft of
  // the edition removes nothing.
  bool salvage = false;
};

// The format that the file looks like by its content. INVALID_ARGUMENT if it looks like
// none, saying what it looks like instead; NOT_FOUND if it is not there.
absl::StatusOr<std::string> DetectFormat(const std::string& path);

// Reads `path` as `format`, one of FormatNames or "auto". INVALID_ARGUMENT for an unknown
// format, a file that is not of it (what it looks like is named), is malformed or cut short,
// holds no record or exceeds a bound; NOT_FOUND if it is not there.
absl::StatusOr<Edition> ImportFile(const std::string& format, const std::string& path,
                                   const ImportOptions& options = {});

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_IMPORTER_H_
