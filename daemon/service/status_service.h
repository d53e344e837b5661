// StatusService: what this daemon holds and knows of its peers.
#ifndef COMITY_DAEMON_SERVICE_STATUS_SERVICE_H_
#define COMITY_DAEMON_SERVICE_STATUS_SERVICE_H_

#include <functional>
#include <string>

#include "comity/v1/status_service.grpc.pb.h"
#include "daemon/service/roster_desk.h"
#include "daemon/service/verification.h"
#include "daemon/sync/peer_view.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all.
class StatusServiceImpl final : public v1::StatusService::CallbackService {
 public:
  StatusServiceImpl(std::string participant, const Replica* replica, PeerDirectory* peers,
                    std::function<v1::StorageStatus()> storage, const RosterDesk* rosters,
                    WorkerPool* pool);

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListRosters(grpc::CallbackServerContext* context,
                                        const v1::ListRostersRequest* request,
                                        v1::ListRostersResponse* response) override;
  grpc::ServerUnaryReactor* ListPeers(grpc::CallbackServerContext* context,
                                      const v1::ListPeersRequest* request,
                                      v1::ListPeersResponse* response) override;
  grpc::ServerUnaryReactor* ListEvidence(grpc::CallbackServerContext* context,
                                         const v1::ListEvidenceRequest* request,
                                         v1::ListEvidenceResponse* response) override;
  grpc::ServerWriteReactor<v1::VerifyStoreResponse>* VerifyStore(
      grpc::CallbackServerContext* context, const v1::VerifyStoreRequest* request) override;

  // Ends a verification that is under way, so that the server need not wait for it.
  void Stop() { verification_.Stop(); }
  grpc::ServerWriteReactor<v1::ComparePeerResponse>* ComparePeer(
      grpc::CallbackServerContext* context, const v1::ComparePeerRequest* request) override;
  grpc::ServerUnaryReactor* ExplainSync(grpc::CallbackServerContext* context,
                                        const v1::ExplainSyncRequest* request,
                                        v1::ExplainSyncResponse* response) override;

 private:
  absl::StatusOr<v1::ExplainSyncResponse> Explain(const std::string& subject) const;
  absl::StatusOr<v1::GetStatusResponse> MakeStatus() const;
  absl::StatusOr<v1::ListEvidenceResponse> MakeEvidence(
      const v1::ListEvidenceRequest& request) const;
  // Who has not stated HELD for all of the list, while that keeps COMMON below it.
  std::vector<std::string> CommonAwaits(const ListView& view) const;
  v1::PeerStatus MakePeer(const PeerView& view) const;

  const std::string participant_;
  const Replica* const replica_;
  PeerDirectory* const peers_;
  const std::function<v1::StorageStatus()> storage_;
  const RosterDesk* const rosters_;
  WorkerPool* const pool_;
  const Instant started_at_;
  Verification verification_;
  // Last, so that its thread ends first.
  WorkerPool comparing_{1, 1};
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_STATUS_SERVICE_H_
