// Evidence that a log has two histories: two signed statements that cannot both be true, and
// nothing else (evidence.proto). It accuses nobody whose keys did not sign both.
#ifndef COMITY_STORAGE_LOG_EVIDENCE_H_
#define COMITY_STORAGE_LOG_EVIDENCE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/evidence.pb.h"
#include "storage/base/types.h"
#include "storage/canonical/envelope.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/log/roster_chain.h"
#include "storage/signing/note.h"

namespace comity {

inline constexpr size_t kMaxEvidenceBytes = 64 * 1024;
// Evidence, verified by a roster. Value type.
struct VerifiedEvidence {
  Origin origin;
  // The smaller and the larger one; of one size, by root.
  Checkpoint first;
  Checkpoint second;
  // Unless the sizes are equal: the root of the second history at the first's size.
  Digest root_before{};
  // The participant that stated HELD for both; empty: none.
  std::string held_by;
  // SHA-256 of `bytes`, which names it.
  Digest digest{};
  std::string bytes;
  bool operator==(const VerifiedEvidence& other) const { return bytes == other.bytes; }
};

// Two notes of one origin that contradict each other. `root_before` and `consistency` belong
// to the larger one, from the smaller one's size; ignored for equal sizes. Signatures of others
// than the log's key are left out, but for those of `held_by`, if that is set. INVALID_ARGUMENT
// if a note is none; whether it proves anything is VerifyEvidence's to say.
absl::StatusOr<std::string> MakeEvidence(std::string_view note, std::string_view other,
                                         const Digest& root_before,
                                         const std::vector<Digest>& consistency,
                                         const Roster& roster, const std::string& held_by = "");

// Verifies all of it by the roster alone. INVALID_ARGUMENT or PERMISSION_DENIED, most with
// REASON_BAD_EVIDENCE: it is malformed, not in its one form, over 64 KiB, of an authority that
// the roster does not have, a signature is missing or of a key revoked below it, or the two do not
// contradict each other.
absl::StatusOr<VerifiedEvidence> VerifyEvidence(std::string_view bytes, const Roster& roster);

// A file that stands alone (EvidenceFile, with all versions of the roster), and what it says to
// whoever trusts the version of this digest. INVALID_ARGUMENT from ParseEvidenceFile if it is no
// such file.
inline constexpr size_t kMaxEvidenceFileBytes = kMaxEvidenceBytes + kMaxRosterChainBytes;
std::string MakeEvidenceFile(std::string_view evidence, const Roster& roster);
absl::StatusOr<v1::EvidenceFile> ParseEvidenceFile(std::string_view bytes);
absl::StatusOr<VerifiedEvidence> VerifyEvidenceFile(const v1::EvidenceFile& file,
                                                    const Digest& roster_digest);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_EVIDENCE_H_
