// HELD: a participant's signed word that it verified and durably holds a log to a size.
#ifndef COMITY_STORAGE_LOG_HELD_H_
#define COMITY_STORAGE_LOG_HELD_H_

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

// A statement whose signatures were verified. Value type.
struct HeldStatement {
  Origin origin;
  std::string participant;
  TreeSize size;
  Digest root{};
  // When the participant said so, by its clock; for display only.
  Instant at;
  // The authority's checkpoint note, cosigned by the participant's HELD key: stands alone.
  std::string note;
  bool operator==(const HeldStatement&) const = default;
};

// The statements of one log, the newest of each participant.
using HeldBy = std::map<std::string, HeldStatement>;

// States that `participant` holds what `checkpoint` (the authority's note, verified before)
// says.
absl::StatusOr<HeldStatement> SignHeld(std::string_view checkpoint, const std::string& participant,
                                       const PrivateKey& key, const Roster& roster, Instant now);

// Verifies both signatures by the roster. INVALID_ARGUMENT or PERMISSION_DENIED.
absl::StatusOr<HeldStatement> VerifyHeld(std::string_view note, const std::string& participant,
                                         const Roster& roster);

// Whether a list of this audience (empty: all) may be held by `participant`.
bool InAudience(const std::vector<std::string>& audience, std::string_view participant);
// The participants that make COMMON for a list of this audience (empty: all).
std::vector<std::string> AudienceOf(const Roster& roster, const std::vector<std::string>& audience);
// How many of `members` participants must hold a leaf for it to be COMMON.
size_t QuorumOf(const Roster& roster, size_t members);

// The size that a quorum of the audience states HELD; 0 if none.
TreeSize CommonSize(const Roster& roster, const std::vector<std::string>& audience,
                    const HeldBy& held);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_HELD_H_
