// What an operator does to a data directory while its daemon stands still.
#ifndef COMITY_DAEMON_SERVER_MAINTENANCE_H_
#define COMITY_DAEMON_SERVER_MAINTENANCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "daemon/config/config.h"

namespace comity {

// Checks the whole database against the signed bytes, list by list, with progress on
// standard error. DATA_LOSS names the first thing that is wrong.
absl::Status VerifyDataDirectory(const Config& config);

// Puts the database aside under a name with the time in it, and gives that name. The head
// anchor stays, so that the daemon, started again, fetches everything from its peers and
// signs nothing until it holds what it had acknowledged.
absl::StatusOr<std::string> QuarantineDataDirectory(const Config& config);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_MAINTENANCE_H_
