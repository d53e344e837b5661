// The versions of what daemons say to each other, and which one two of them use.
#ifndef COMITY_DAEMON_SYNC_WIRE_VERSION_H_
#define COMITY_DAEMON_SYNC_WIRE_VERSION_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace comity::sync {

// Versions that a program speaks, from oldest to newest.
struct WireVersions {
  uint32_t oldest = 1;
  uint32_t newest = 1;
};

// Since when FetchSnapshot may be called.
inline constexpr uint32_t kWireSnapshots = 2;

// Since when FetchRosters may be called.
inline constexpr uint32_t kWireRosters = 3;

inline constexpr WireVersions kWireVersions{1, kWireRosters};

// The newest that both speak: both ends of a Hello compute it, and the answer names it.
// INVALID_ARGUMENT if `theirs` is no range; FAILED_PRECONDITION says which of the two to
// upgrade.
absl::StatusOr<uint32_t> NegotiateWireVersion(WireVersions ours, WireVersions theirs);

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_WIRE_VERSION_H_
