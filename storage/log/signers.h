// Whose signatures count for a log, by all that the roster ever said.
#ifndef COMITY_STORAGE_LOG_SIGNERS_H_
#define COMITY_STORAGE_LOG_SIGNERS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/signing/note.h"

namespace comity {

// The version that a leaf names, among those that are known. UNAVAILABLE with
// REASON_WRONG_ROSTER if it is newer than all of them: it comes by another way, and then the
// leaf can be judged; FAILED_PRECONDITION if it is another version of that number, or too old.
absl::StatusOr<const Roster*> NamedRoster(const Roster& newest, uint64_t version,
                                          std::string_view digest, const Origin& origin);

// Whether enough officers signed the leaf `index` by the version `named`: as VerifyThreshold,
// and then whether enough of them still count by `newest` (PERMISSION_DENIED with
// REASON_KEY_REVOKED).
absl::Status VerifyOfficers(const Roster& newest, const Roster& named, const Origin& origin,
                            uint64_t index, bool guarded, const v1::Envelope& envelope);

// Whether the leaf, which was verified before, still has enough signatures that count.
absl::Status CheckNotRevoked(const Roster& newest, const Roster& named, const Origin& origin,
                             uint64_t index, bool guarded, const v1::Envelope& envelope);

// Verifies a checkpoint note by the log key that the roster names, or named once: heads that
// were signed before the key changed stand, up to where it was revoked. INVALID_ARGUMENT or
// PERMISSION_DENIED.
absl::StatusOr<Checkpoint> VerifyLogNote(std::string_view note, const Origin& origin,
                                         const Roster& newest);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_SIGNERS_H_
