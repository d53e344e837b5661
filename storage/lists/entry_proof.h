// The file that proves one entry offline (entry_proof.proto), read and verified.
#ifndef COMITY_STORAGE_LISTS_ENTRY_PROOF_H_
#define COMITY_STORAGE_LISTS_ENTRY_PROOF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/entry_proof.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"
#include "storage/canonical/envelope.h"
#include "storage/lists/timeline.h"
#include "storage/log/cosigned.h"

namespace comity {

// Two revisions at their limit and what surrounds them.
inline constexpr size_t kMaxEntryProofBytes = 3 * kMaxEnvelopeBytes;

// The file's bytes around a serialised EntryProof.
std::string EntryProofFile(std::string_view serialised);

// Reads such a file strictly; verifies nothing. INVALID_ARGUMENT if it is another file, or
// damaged so that it cannot be read.
absl::StatusOr<v1::EntryProof> ParseEntryProof(std::string_view file);

// The version whose entry the proof shows: the newest that still stands or, of a removed
// entry, the last that brought one. Null if none ever did.
const Version* VersionToShow(const Timeline& timeline);

// What a proof says, once all of it was verified.
struct ProvenEntry {
  CosignedCheckpoint checkpoint;
  // The revision that last changed the entry, and the officers who signed it.
  v1::Revision revision;
  std::vector<std::string> officers;
  // All versions known at the checkpoint's size.
  Timeline timeline;
  v1::Entry entry;
  uint64_t roster_version = 0;
  Digest roster_digest{};
};

// Verifies, in this order: the roster by its pin and its own signatures; the checkpoint and
// each cosignature; each revision's officers, place and inclusion; the timeline by the state
// root that the officers of the last leaf signed, so that no later change can be left out;
// that the revision's changes of the key are the timeline's last; and the entry by its
// hash. Any error means that it does not verify, and says why.
absl::StatusOr<ProvenEntry> VerifyEntryProof(const v1::EntryProof& proof, const Digest& roster_pin);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_ENTRY_PROOF_H_
