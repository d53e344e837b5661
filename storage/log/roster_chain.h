// The roster's versions, each verified against the one before it.
#ifndef COMITY_STORAGE_LOG_ROSTER_CHAIN_H_
#define COMITY_STORAGE_LOG_ROSTER_CHAIN_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/roster.pb.h"
#include "storage/base/types.h"
#include "storage/log/roster.h"

namespace comity {

// A file with as many versions as there may be is still read; those of real federations are
// far smaller.
inline constexpr size_t kMaxRosterChainBytes = size_t{256} << 20;

// Reads one roster or a RosterChain of which one version has the pinned digest: every step is
// verified, and the versions before the pinned one are those that it names by digest. Gives the
// newest. FAILED_PRECONDITION with REASON_WRONG_ROSTER if none has the digest; else as
// Roster::Load and LoadNext.
absl::StatusOr<std::shared_ptr<const Roster>> LoadRosterChain(std::string_view file,
                                                              const Digest& pinned_digest);
// The same of a chain that was read already; INVALID_ARGUMENT if it is empty.
absl::StatusOr<std::shared_ptr<const Roster>> LoadRosterChain(const v1::RosterChain& chain,
                                                              const Digest& pinned_digest);

// `newest` and the versions after it, in order. Versions that are known already must be the
// same (FAILED_PRECONDITION with REASON_ROSTER_CHAIN: the chain forked), and are skipped.
absl::StatusOr<std::shared_ptr<const Roster>> ExtendRosterChain(
    std::shared_ptr<const Roster> newest, const std::vector<std::string>& envelopes);

// All versions that are known, and the same as a file.
v1::RosterChain RosterChainOf(const Roster& newest);
std::string RosterChainFile(const Roster& newest);

// The envelopes after `after_version`, from the oldest on, until they would pass `max_bytes`
// (at least one); `more` says whether others follow.
std::vector<std::string> RostersAfter(const Roster& newest, uint64_t after_version,
                                      size_t max_bytes, bool* more);

// What is wrong with the newest roster at `now`, or will be within 30 days; empty if nothing
// is. An expired roster stays in force: lists that empty themselves would be worse.
std::string ValidityAlarm(const Roster& newest, Instant now);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_ROSTER_CHAIN_H_
