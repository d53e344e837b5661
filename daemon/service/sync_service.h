// SyncService: what peers pull from this daemon. Nothing is kept about a caller but
// its open watches.
#ifndef COMITY_DAEMON_SERVICE_SYNC_SERVICE_H_
#define COMITY_DAEMON_SERVICE_SYNC_SERVICE_H_

#include <functional>
#include <string>

#include "comity/v1/sync_service.grpc.pb.h"
#include "daemon/service/bulk_slots.h"
#include "daemon/service/reactors.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"
#include "storage/lists/state_cache.h"

namespace comity {

// An answer to FetchRevisions ends after the leaf that passes this.
inline constexpr uint32_t kMaxFetchBytes = 8 << 20;

// Thread-safe. Borrows all.
class SyncServiceImpl final : public v1::SyncService::CallbackService {
 public:
  // `on_hello` is told who greeted this daemon; it must not wait.
  SyncServiceImpl(std::string participant, const Replica* replica, WatchHub* hub,
                  StateIndexCache* states, std::function<void(const std::string&)> on_hello,
                  WorkerPool* pool);

  grpc::ServerUnaryReactor* Hello(grpc::CallbackServerContext* context,
                                  const v1::HelloRequest* request,
                                  v1::HelloResponse* response) override;
  grpc::ServerUnaryReactor* Heads(grpc::CallbackServerContext* context,
                                  const v1::HeadsRequest* request,
                                  v1::HeadsResponse* response) override;
  grpc::ServerUnaryReactor* FetchRosters(grpc::CallbackServerContext* context,
                                         const v1::FetchRostersRequest* request,
                                         v1::FetchRostersResponse* response) override;
  grpc::ServerUnaryReactor* ExchangeHeld(grpc::CallbackServerContext* context,
                                         const v1::ExchangeHeldRequest* request,
                                         v1::ExchangeHeldResponse* response) override;
  grpc::ServerUnaryReactor* Evidence(grpc::CallbackServerContext* context,
                                     const v1::EvidenceRequest* request,
                                     v1::EvidenceResponse* response) override;
  grpc::ServerUnaryReactor* Consistency(grpc::CallbackServerContext* context,
                                        const v1::ConsistencyRequest* request,
                                        v1::ConsistencyResponse* response) override;
  grpc::ServerUnaryReactor* ExchangeStatuses(grpc::CallbackServerContext* context,
                                             const v1::ExchangeStatusesRequest* request,
                                             v1::ExchangeStatusesResponse* response) override;
  grpc::ServerUnaryReactor* StateNodes(grpc::CallbackServerContext* context,
                                       const v1::StateNodesRequest* request,
                                       v1::StateNodesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest* request) override;
  grpc::ServerWriteReactor<v1::FetchRevisionsResponse>* FetchRevisions(
      grpc::CallbackServerContext* context, const v1::FetchRevisionsRequest* request) override;
  grpc::ServerWriteReactor<v1::FetchSnapshotResponse>* FetchSnapshot(
      grpc::CallbackServerContext* context, const v1::FetchSnapshotRequest* request) override;

 private:
  absl::StatusOr<v1::HelloResponse> MakeHello(const v1::HelloRequest& request,
                                              const std::string& caller) const;
  absl::StatusOr<v1::HeadsResponse> MakeHeads(const v1::HeadsRequest& request,
                                              const std::string& caller) const;
  absl::StatusOr<v1::StateNodesResponse> MakeStateNodes(const v1::StateNodesRequest& request,
                                                        const std::string& caller) const;
  absl::StatusOr<v1::EvidenceResponse> MakeEvidence(const v1::EvidenceRequest& request,
                                                    const std::string& caller) const;
  absl::StatusOr<v1::ConsistencyResponse> MakeConsistency(const v1::ConsistencyRequest& request,
                                                          const std::string& caller) const;
  absl::StatusOr<v1::ExchangeStatusesResponse> MakeStatuses(
      const v1::ExchangeStatusesRequest& request, const std::string& caller) const;
  absl::StatusOr<v1::ExchangeHeldResponse> MakeHeld(const v1::ExchangeHeldRequest& request,
                                                    const std::string& caller) const;
  using RangeMessages = PullWriter<v1::FetchRevisionsResponse>::Next;
  using SnapshotMessages = PullWriter<v1::FetchSnapshotResponse>::Next;
  absl::StatusOr<RangeMessages> OpenRange(const v1::FetchRevisionsRequest& request,
                                          const std::string& caller);
  absl::StatusOr<SnapshotMessages> OpenSnapshot(const v1::FetchSnapshotRequest& request,
                                                const std::string& caller);

  const std::string participant_;
  const Replica* const replica_;
  WatchHub* const hub_;
  StateIndexCache* const states_;
  const std::function<void(const std::string&)> on_hello_;
  WorkerPool* const pool_;
  BulkSlots bulk_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_SYNC_SERVICE_H_
