// A checkpoint note that carries the cosignatures of all who state HELD at its size.
#ifndef COMITY_STORAGE_LOG_COSIGNED_H_
#define COMITY_STORAGE_LOG_COSIGNED_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/log/held.h"
#include "storage/log/roster.h"
#include "storage/signing/note.h"

namespace comity {

// As many as one note takes beside the authority's own signature.
inline constexpr size_t kMaxCosignatures = 63;

// `checkpoint` (verified before) with the cosignatures of those of `held` that are of
// exactly what it says; others, and those past
// kMaxCosignatures, are left out. INVALID_ARGUMENT if it is no note.
absl::StatusOr<std::string> WithCosignatures(std::string_view checkpoint, const HeldBy& held);

// What a note says, once every line of it was verified.
struct CosignedCheckpoint {
  Origin origin;
  Checkpoint checkpoint;
  // By participant.
  std::vector<HeldStatement> held;
};

// Verifies the authority's signature first and then every cosignature, by the roster. No
// line is passed over: one of an unknown name, one that stands twice, and any byte that is
// not as WithCosignatures writes it, are refused. INVALID_ARGUMENT or PERMISSION_DENIED.
absl::StatusOr<CosignedCheckpoint> VerifyCosigned(std::string_view note, const Roster& roster);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_COSIGNED_H_
