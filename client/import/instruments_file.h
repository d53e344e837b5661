// Legal instruments that revisions cite, by citation: read from what gazettes publish, kept
// in a neutral file, looked up when a revision is drafted.
#ifndef COMITY_CLIENT_IMPORT_INSTRUMENTS_FILE_H_
#define COMITY_CLIENT_IMPORT_INSTRUMENTS_FILE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/importer.h"
#include "comity/v1/revision.pb.h"

namespace comity {

// One document of a gazette. Value type.
struct GazetteDocument {
  // Citation, url, title, the gazette's day.
  v1::Instrument instrument;
  // The gazette's own number, such as "2020-18334"; names it where a citation is of a page
  // that several documents begin on.
  std::string number;
  // "Final rule; correction."; empty if the gazette gives none.
  std::string action;
  // The day that it states for its effect; may be before its publication.
  std::optional<CivilDay> effective_on;
};

// What was read of one file. Value type.
struct Instruments {
  // Ascending by (citation, number).
  std::vector<GazetteDocument> documents;
  std::vector<Refusal> refused;
  uint32_t read = 0;
  std::vector<std::string> notes;
  std::map<std::string, uint32_t> unmapped;
};

// Reads the Federal Register's documents ({"documents": [{"citation", "title", ...}]}).
// INVALID_ARGUMENT if the file is of another form or holds no document.
absl::StatusOr<Instruments> ImportUsFrRules(const std::string& path);

// JSON lines: a header, then one document a line.
std::string WriteInstruments(const Instruments& instruments);

// Reads what WriteInstruments wrote. INVALID_ARGUMENT with the line.
absl::StatusOr<Instruments> ReadInstruments(const std::string& path);

// The document of that citation or number. NOT_FOUND names near ones; INVALID_ARGUMENT if
// several documents have the citation, naming their numbers.
absl::StatusOr<GazetteDocument> FindInstrument(const Instruments& instruments,
                                               std::string_view citation);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_INSTRUMENTS_FILE_H_
