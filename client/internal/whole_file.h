// Files that are there whole or not at all.
#ifndef COMITY_CLIENT_INTERNAL_WHOLE_FILE_H_
#define COMITY_CLIENT_INTERNAL_WHOLE_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace comity {

// Writes beside `path` and renames, so that a full disk never leaves half a file; replaces
// what was there. UNAVAILABLE if it cannot be written.
absl::Status WriteWholeFile(const std::string& path, std::string_view bytes);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_WHOLE_FILE_H_
