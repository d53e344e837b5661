// Participants' statuses: signed word that a participant is there and how far its lists are
// (participant_status.proto).
#ifndef COMITY_STORAGE_LOG_PARTICIPANT_STATUS_H_
#define COMITY_STORAGE_LOG_PARTICIPANT_STATUS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/signing/ed25519.h"

namespace comity {

inline constexpr size_t kMaxStatusBytes = 1 << 20;
inline constexpr int kMaxStatusHeads = 10'000;
// A status is not taken if it is further ahead of the receiver's clock: five minutes.
inline constexpr int64_t kMaxStatusAheadMicros = int64_t{5} * 60 * 1'000'000;

// Size and root of one list as its participant states them. Value type.
struct StatedHead {
  TreeSize size;
  Digest root{};
  bool operator==(const StatedHead&) const = default;
};

// A status. Value type.
struct ParticipantStatus {
  std::string participant;
  // Sorted; empty: the federation.
  std::vector<std::string> audience;
  Instant stated_at;
  std::map<Origin, StatedHead> heads;
  // The serialised Envelope as it came.
  std::string envelope;
  bool operator==(const ParticipantStatus&) const = default;
};

// The audience as one word: its participants joined by commas.
std::string AudienceName(const std::vector<std::string>& audience);

// Signs what `status` says (its envelope is made anew).
absl::StatusOr<ParticipantStatus> SignStatus(ParticipantStatus status, const PrivateKey& key,
                                             const Roster& roster);

// Reads one strictly and holds it against the roster, all but the signature: whether it is
// news can be told before the dearest part. INVALID_ARGUMENT.
absl::StatusOr<ParticipantStatus> ReadStatus(std::string_view envelope, const Roster& roster);
// That the participant's statement key signed it. PERMISSION_DENIED, INVALID_ARGUMENT.
absl::Status VerifyStatus(const ParticipantStatus& status, const Roster& roster);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_PARTICIPANT_STATUS_H_
