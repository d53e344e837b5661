#include "client/internal/proof_check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

using Hashes = google::protobuf::RepeatedPtrField<std::string>;

absl::Status OtherThanAsked() {
  return absl::InvalidArgumentError("the answer is of something else than was asked for");
}

absl::StatusOr<std::vector<Digest>> DigestsOf(const Hashes& hashes) {
  std::vector<Digest> digests;
  for (const std::string& bytes : hashes) {
    COMITY_ASSIGN_OR_RETURN(digests.emplace_back(), DigestFromBytes(bytes));
  }
  return digests;
}

// Whatever is wrong, it is the daemon's answer that is.
absl::StatusOr<CosignedCheckpoint> Blame(absl::StatusOr<CosignedCheckpoint> checked,
                                         const std::string& list) {
  if (checked.ok()) return checked;
  return absl::DataLossError(
      absl::StrCat(list, ": the daemon's answer does not verify: ", checked.status().message(),
                   "; do not use it, ask another daemon"));
}

// The note, which must be of the list and origin that the answer names.
template <typename Response>
absl::StatusOr<CosignedCheckpoint> NoteOf(const std::string& list, const Response& response,
                                          const Roster& roster) {
  COMITY_ASSIGN_OR_RETURN(CosignedCheckpoint cosigned,
                          VerifyCosigned(response.checkpoint(), roster));
  if (cosigned.origin.name.ToString() != list || response.list() != list ||
      response.origin() != cosigned.checkpoint.origin) {
    return OtherThanAsked();
  }
  return cosigned;
}

// That the tree of `size` and `root` is the beginning of the one that was signed.
absl::Status LeadsTo(uint64_t size, const std::string& root_bytes, const Hashes& hashes,
                     const Checkpoint& checkpoint) {
  COMITY_ASSIGN_OR_RETURN(const Digest root, DigestFromBytes(root_bytes));
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> proof, DigestsOf(hashes));
  return VerifyConsistency(size, root, checkpoint.size, checkpoint.root, proof);
}

absl::StatusOr<CosignedCheckpoint> Verify(const v1::GetCheckpointRequest& request,
                                          const v1::GetCheckpointResponse& response,
                                          const Roster& roster) {
  COMITY_ASSIGN_OR_RETURN(CosignedCheckpoint cosigned, NoteOf(request.list(), response, roster));
  if (response.size() != cosigned.checkpoint.size ||
      response.root() != ToBytes(cosigned.checkpoint.root)) {
    return OtherThanAsked();
  }
  return cosigned;
}

absl::StatusOr<CosignedCheckpoint> Verify(const v1::GetInclusionProofRequest& request,
                                          const v1::GetInclusionProofResponse& response,
                                          const Roster& roster) {
  COMITY_ASSIGN_OR_RETURN(CosignedCheckpoint cosigned, NoteOf(request.list(), response, roster));
  const uint64_t size = request.size() == 0 ? cosigned.checkpoint.size : request.size();
  if (response.index() != request.index() || response.size() != size) return OtherThanAsked();
  COMITY_ASSIGN_OR_RETURN(const Digest leaf, DigestFromBytes(response.leaf_hash()));
  COMITY_ASSIGN_OR_RETURN(const Digest root, DigestFromBytes(response.root()));
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> proof, DigestsOf(response.hashes()));
  COMITY_RETURN_IF_ERROR(VerifyInclusion(leaf, response.index(), size, proof, root));
  COMITY_RETURN_IF_ERROR(
      LeadsTo(size, response.root(), response.checkpoint_hashes(), cosigned.checkpoint));
  return cosigned;
}

absl::StatusOr<CosignedCheckpoint> Verify(const v1::GetConsistencyProofRequest& request,
                                          const v1::GetConsistencyProofResponse& response,
                                          const Roster& roster) {
  COMITY_ASSIGN_OR_RETURN(CosignedCheckpoint cosigned, NoteOf(request.list(), response, roster));
  const uint64_t new_size = request.new_size() == 0 ? cosigned.checkpoint.size : request.new_size();
  if (response.old_size() != request.old_size() || response.new_size() != new_size) {
    return OtherThanAsked();
  }
  COMITY_ASSIGN_OR_RETURN(const Digest old_root, DigestFromBytes(response.old_root()));
  COMITY_ASSIGN_OR_RETURN(const Digest new_root, DigestFromBytes(response.new_root()));
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> proof, DigestsOf(response.hashes()));
  COMITY_RETURN_IF_ERROR(
      VerifyConsistency(response.old_size(), old_root, new_size, new_root, proof));
  COMITY_RETURN_IF_ERROR(
      LeadsTo(new_size, response.new_root(), response.checkpoint_hashes(), cosigned.checkpoint));
  return cosigned;
}

}  // namespace

absl::StatusOr<CosignedCheckpoint> CheckCheckpoint(const v1::GetCheckpointRequest& request,
                                                   const v1::GetCheckpointResponse& response,
                                                   const Roster& roster) {
  return Blame(Verify(request, response, roster), request.list());
}

absl::StatusOr<CosignedCheckpoint> CheckInclusion(const v1::GetInclusionProofRequest& request,
                                                  const v1::GetInclusionProofResponse& response,
                                                  const Roster& roster) {
  return Blame(Verify(request, response, roster), request.list());
}

absl::StatusOr<CosignedCheckpoint> CheckConsistency(const v1::GetConsistencyProofRequest& request,
                                                    const v1::GetConsistencyProofResponse& response,
                                                    const Roster& roster) {
  return Blame(Verify(request, response, roster), request.list());
}

}  // namespace comity
