#include "daemon/service/proof_service.h"

#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/log/roster_chain.h"

namespace comity {

grpc::ServerUnaryReactor* ProofServiceImpl::GetCheckpoint(grpc::CallbackServerContext* context,
                                                          const v1::GetCheckpointRequest* request,
                                                          v1::GetCheckpointResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetCheckpoint(*request); });
}

grpc::ServerUnaryReactor* ProofServiceImpl::GetInclusionProof(
    grpc::CallbackServerContext* context, const v1::GetInclusionProofRequest* request,
    v1::GetInclusionProofResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetInclusionProof(*request); });
}

grpc::ServerUnaryReactor* ProofServiceImpl::GetConsistencyProof(
    grpc::CallbackServerContext* context, const v1::GetConsistencyProofRequest* request,
    v1::GetConsistencyProofResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetConsistencyProof(*request); });
}

grpc::ServerWriteReactor<v1::GetEntryProofResponse>* ProofServiceImpl::GetEntryProof(
    grpc::CallbackServerContext* context, const v1::GetEntryProofRequest* request) {
  using Chunks = absl::StatusOr<std::vector<v1::GetEntryProofResponse>>;
  return StreamWriter<v1::GetEntryProofResponse>::Start(
      context, *pool_, [this, request]() -> Chunks {
        bool more = false;
        const std::vector<std::string> rosters =
            RostersAfter(replica_->roster(), 0, kMaxRosterChainBytes, &more);
        COMITY_ASSIGN_OR_RETURN(const std::string proof,
                                replica_->snapshot()->GetEntryProof(*request, rosters));
        return ToChunks<v1::GetEntryProofResponse>(proof);
      });
}

}  // namespace comity
