// Writes a bundle of what this daemon holds.
#ifndef COMITY_DAEMON_SERVICE_BUNDLE_EXPORT_H_
#define COMITY_DAEMON_SERVICE_BUNDLE_EXPORT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "storage/lists/replica.h"

namespace comity {

// What `made_for` may hold and, by the frontier token `since` (empty: nothing), does not yet.
// `write` gets the file's bytes in order, at most a record each; false stops it (CANCELLED).
// INVALID_ARGUMENT (no such participant, no token), FAILED_PRECONDITION (the token is of
// another history).
absl::Status ExportBundle(const Replica& replica, const std::string& made_by,
                          const std::string& made_for, const std::string& since,
                          const std::function<bool(std::string)>& write);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_BUNDLE_EXPORT_H_
