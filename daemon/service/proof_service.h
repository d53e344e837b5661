// ProofService: each handler is one call on the snapshot.
#ifndef COMITY_DAEMON_SERVICE_PROOF_SERVICE_H_
#define COMITY_DAEMON_SERVICE_PROOF_SERVICE_H_

#include "comity/v1/proof_service.grpc.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows both.
class ProofServiceImpl final : public v1::ProofService::CallbackService {
 public:
  ProofServiceImpl(const Replica* replica, WorkerPool* pool) : replica_(replica), pool_(pool) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const v1::GetInclusionProofRequest* request,
                                              v1::GetInclusionProofResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const v1::GetConsistencyProofRequest* request,
                                                v1::GetConsistencyProofResponse* response) override;
  grpc::ServerWriteReactor<v1::GetEntryProofResponse>* GetEntryProof(
      grpc::CallbackServerContext* context, const v1::GetEntryProofRequest* request) override;

 private:
  const Replica* const replica_;
  WorkerPool* const pool_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_PROOF_SERVICE_H_
