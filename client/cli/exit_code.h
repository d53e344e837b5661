// What the process ends with.
#ifndef COMITY_CLIENT_CLI_EXIT_CODE_H_
#define COMITY_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

namespace comity::cli {

// A proof that was read does not verify.
inline constexpr int kExitNotVerified = 1;
inline constexpr int kExitCannotSay = 2;
inline constexpr int kExitUsage = 3;
inline constexpr int kExitConnection = 4;
inline constexpr int kExitServer = 5;
inline constexpr int kExitDenied = 6;
inline constexpr int kExitConflict = 7;

// 0 for OK, else one of the above: UNKNOWN is "cannot say", NOT_FOUND and INVALID_ARGUMENT are usage, ABORTED
// and FAILED_PRECONDITION conflicts.
int ExitCodeOf(const absl::Status& status);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_EXIT_CODE_H_
