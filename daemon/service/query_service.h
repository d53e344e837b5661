// QueryService: each handler is one call on the snapshot.
#ifndef COMITY_DAEMON_SERVICE_QUERY_SERVICE_H_
#define COMITY_DAEMON_SERVICE_QUERY_SERVICE_H_

#include "comity/v1/query_service.grpc.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows both.
class QueryServiceImpl final : public v1::QueryService::CallbackService {
 public:
  QueryServiceImpl(const Replica* replica, WorkerPool* pool) : replica_(replica), pool_(pool) {}

  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context,
                                    const v1::GetItemRequest* request,
                                    v1::GetItemResponse* response) override;
  grpc::ServerUnaryReactor* SearchItems(grpc::CallbackServerContext* context,
                                        const v1::SearchItemsRequest* request,
                                        v1::SearchItemsResponse* response) override;
  grpc::ServerUnaryReactor* GetDivergenceSummary(
      grpc::CallbackServerContext* context, const v1::GetDivergenceSummaryRequest* request,
      v1::GetDivergenceSummaryResponse* response) override;
  grpc::ServerUnaryReactor* ListDivergences(grpc::CallbackServerContext* context,
                                            const v1::ListDivergencesRequest* request,
                                            v1::ListDivergencesResponse* response) override;
  grpc::ServerUnaryReactor* GetDivergence(grpc::CallbackServerContext* context,
                                          const v1::GetDivergenceRequest* request,
                                          v1::GetDivergenceResponse* response) override;
  grpc::ServerUnaryReactor* GetEntry(grpc::CallbackServerContext* context,
                                     const v1::GetEntryRequest* request,
                                     v1::GetEntryResponse* response) override;
  grpc::ServerUnaryReactor* ListLists(grpc::CallbackServerContext* context,
                                      const v1::ListListsRequest* request,
                                      v1::ListListsResponse* response) override;
  grpc::ServerUnaryReactor* GetList(grpc::CallbackServerContext* context,
                                    const v1::GetListRequest* request,
                                    v1::GetListResponse* response) override;
  grpc::ServerUnaryReactor* GetListLog(grpc::CallbackServerContext* context,
                                       const v1::GetListLogRequest* request,
                                       v1::GetListLogResponse* response) override;
  grpc::ServerUnaryReactor* DiffList(grpc::CallbackServerContext* context,
                                     const v1::DiffListRequest* request,
                                     v1::DiffListResponse* response) override;
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* request,
                                        v1::ListEntriesResponse* response) override;
  grpc::ServerWriteReactor<v1::GetLeafResponse>* GetLeaf(
      grpc::CallbackServerContext* context, const v1::GetLeafRequest* request) override;
  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context,
                                 const v1::PingRequest* request,
                                 v1::PingResponse* response) override;

 private:
  const Replica* const replica_;
  WorkerPool* const pool_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_QUERY_SERVICE_H_
