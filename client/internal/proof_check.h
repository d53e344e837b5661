// A daemon's proofs, verified on this side: nothing of an answer is believed but what the
// roster's keys signed.
#ifndef COMITY_CLIENT_INTERNAL_PROOF_CHECK_H_
#define COMITY_CLIENT_INTERNAL_PROOF_CHECK_H_

#include "absl/status/statusor.h"
#include "comity/v1/proof_service.pb.h"
#include "storage/log/cosigned.h"
#include "storage/log/roster.h"

namespace comity {

// Each verifies one answer to `request` and gives the checkpoint that it rests on.
// DATA_LOSS, naming the list, if the answer is of something else than was asked for, or
// does not verify.
absl::StatusOr<CosignedCheckpoint> CheckCheckpoint(const v1::GetCheckpointRequest& request,
                                                   const v1::GetCheckpointResponse& response,
                                                   const Roster& roster);
absl::StatusOr<CosignedCheckpoint> CheckInclusion(const v1::GetInclusionProofRequest& request,
                                                  const v1::GetInclusionProofResponse& response,
                                                  const Roster& roster);
absl::StatusOr<CosignedCheckpoint> CheckConsistency(const v1::GetConsistencyProofRequest& request,
                                                    const v1::GetConsistencyProofResponse& response,
                                                    const Roster& roster);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_PROOF_CHECK_H_
