// Roots and proofs of RFC 6962 section 2.1, made from tiles and verified.
#ifndef COMITY_STORAGE_MERKLE_PROOF_H_
#define COMITY_STORAGE_MERKLE_PROOF_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/merkle/tiles.h"

namespace comity {

// A tree of 2^63 leaves has proofs of 63 hashes; more is never right.
inline constexpr size_t kMaxProofHashes = 63;

// The root at an earlier or the current size. DATA_LOSS if a tile is short.
absl::StatusOr<Digest> RootAt(const TileReader& tiles, uint64_t size);

// OUT_OF_RANGE unless index < size, or old_size <= new_size. The proof from size 0
// or between equal sizes is empty.
absl::StatusOr<std::vector<Digest>> InclusionProof(const TileReader& tiles, uint64_t index,
                                                   uint64_t size);
absl::StatusOr<std::vector<Digest>> ConsistencyProof(const TileReader& tiles, uint64_t old_size,
                                                     uint64_t new_size);

// OK if the proof holds; else INVALID_ARGUMENT with REASON_BAD_PROOF.
absl::Status VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                             const std::vector<Digest>& proof, const Digest& root);
// From size 0 everything is consistent if the proof is empty.
absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, const std::vector<Digest>& proof);

}  // namespace comity

#endif  // COMITY_STORAGE_MERKLE_PROOF_H_
