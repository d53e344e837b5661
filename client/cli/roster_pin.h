// Which roster the user trusts.
#ifndef COMITY_CLIENT_CLI_ROSTER_PIN_H_
#define COMITY_CLIENT_CLI_ROSTER_PIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/app.h"
#include "storage/base/types.h"

namespace comity::cli {

// The digest of the roster that the user trusts: `given` in hex, or else the context's pin.
// INVALID_ARGUMENT if there is neither.
absl::StatusOr<Digest> RosterPin(const Globals& globals, const std::string& given);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_ROSTER_PIN_H_
