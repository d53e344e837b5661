// The daemons of a lab as processes.
#ifndef COMITY_CLIENT_LAB_PROCESS_H_
#define COMITY_CLIENT_LAB_PROCESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "comity/v1/lab.pb.h"

namespace comity {

// The comityd beside this program. NOT_FOUND if it is not there.
absl::StatusOr<std::string> FindComityd();

// Whether `pid` is a comityd that runs on this configuration: a number may have been
// given to another program since.
bool IsRunning(uint32_t pid, const std::string& config_path);

// Starts it in a session of its own, its output appended to `log_path`; gives its pid.
absl::StatusOr<uint32_t> StartDaemon(const std::string& comityd, const std::string& config_path,
                                     const std::string& log_path);

// SIGTERM, then SIGKILL after ten seconds; returns once it is gone.
absl::Status StopDaemon(uint32_t pid, const std::string& config_path);

// The last lines of a log, for an error's text.
std::string TailOf(const std::string& log_path);

}  // namespace comity

#endif  // COMITY_CLIENT_LAB_PROCESS_H_
