// Proposes how a CSV file that nobody described maps to fields.
#ifndef COMITY_CLIENT_IMPORT_CSV_INFER_H_
#define COMITY_CLIENT_IMPORT_CSV_INFER_H_

#include <string>

#include "absl/status/statusor.h"

namespace comity {

// A mapping as YAML that works as it stands, with comments that say what was guessed and
// what is left out: encoding, delimiter, the line of names, and for each column a field by
// its name and by what its cells look like. INVALID_ARGUMENT if the file is not CSV, or no
// column can be a code, a name or an article.
absl::StatusOr<std::string> InferCsvMapping(const std::string& path);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_INFER_H_
