#include "daemon/service/query_service.h"

#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/lists/arrangement.h"
#include "storage/lists/divergence_answer.h"

namespace comity {
namespace {

// Long reads end with the call that wanted them.
KeepGoing WhileWanted(const grpc::CallbackServerContext* context) {
  return [context] {
    return context->IsCancelled()
               ? absl::CancelledError("the caller went away, or its deadline passed")
               : absl::OkStatus();
  };
}

}  // namespace

grpc::ServerUnaryReactor* QueryServiceImpl::GetItem(grpc::CallbackServerContext* context,
                                                    const v1::GetItemRequest* request,
                                                    v1::GetItemResponse* response) {
  return Unary(context, *pool_, response, [this, context, request] {
    return GetItemWithin(*replica_->snapshot(), replica_->roster().message(), *request,
                         WhileWanted(context));
  });
}

grpc::ServerUnaryReactor* QueryServiceImpl::SearchItems(grpc::CallbackServerContext* context,
                                                        const v1::SearchItemsRequest* request,
                                                        v1::SearchItemsResponse* response) {
  return Unary(context, *pool_, response, [this, context, request] {
    return SearchItemsWithin(*replica_->snapshot(), replica_->roster().message(), *request,
                             WhileWanted(context));
  });
}

grpc::ServerUnaryReactor* QueryServiceImpl::GetDivergenceSummary(
    grpc::CallbackServerContext* context, const v1::GetDivergenceSummaryRequest* request,
    v1::GetDivergenceSummaryResponse* response) {
  return Unary(context, *pool_, response, [this, context, request] {
    return SummariseDivergences(*replica_->snapshot(), replica_->roster().message(), *request,
                                WhileWanted(context));
  });
}

grpc::ServerUnaryReactor* QueryServiceImpl::ListDivergences(
    grpc::CallbackServerContext* context, const v1::ListDivergencesRequest* request,
    v1::ListDivergencesResponse* response) {
  return Unary(context, *pool_, response, [this, context, request] {
    return comity::ListDivergences(*replica_->snapshot(), replica_->roster().message(), *request,
                                   WhileWanted(context));
  });
}

grpc::ServerUnaryReactor* QueryServiceImpl::GetDivergence(grpc::CallbackServerContext* context,
                                                          const v1::GetDivergenceRequest* request,
                                                          v1::GetDivergenceResponse* response) {
  return Unary(context, *pool_, response, [this, context, request] {
    return comity::GetDivergence(*replica_->snapshot(), replica_->roster().message(), *request,
                                 WhileWanted(context));
  });
}

grpc::ServerUnaryReactor* QueryServiceImpl::GetEntry(grpc::CallbackServerContext* context,
                                                     const v1::GetEntryRequest* request,
                                                     v1::GetEntryResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetEntry(*request); });
}

grpc::ServerUnaryReactor* QueryServiceImpl::ListLists(grpc::CallbackServerContext* context,
                                                      const v1::ListListsRequest* request,
                                                      v1::ListListsResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->ListLists(*request); });
}

grpc::ServerUnaryReactor* QueryServiceImpl::GetList(grpc::CallbackServerContext* context,
                                                    const v1::GetListRequest* request,
                                                    v1::GetListResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetList(*request); });
}

grpc::ServerUnaryReactor* QueryServiceImpl::GetListLog(grpc::CallbackServerContext* context,
                                                       const v1::GetListLogRequest* request,
                                                       v1::GetListLogResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->GetListLog(*request); });
}

grpc::ServerUnaryReactor* QueryServiceImpl::DiffList(grpc::CallbackServerContext* context,
                                                     const v1::DiffListRequest* request,
                                                     v1::DiffListResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->DiffList(*request); });
}

grpc::ServerUnaryReactor* QueryServiceImpl::ListEntries(grpc::CallbackServerContext* context,
                                                        const v1::ListEntriesRequest* request,
                                                        v1::ListEntriesResponse* response) {
  return Unary(context, *pool_, response,
               [this, request] { return replica_->snapshot()->ListEntries(*request); });
}

grpc::ServerWriteReactor<v1::GetLeafResponse>* QueryServiceImpl::GetLeaf(
    grpc::CallbackServerContext* context, const v1::GetLeafRequest* request) {
  using Chunks = absl::StatusOr<std::vector<v1::GetLeafResponse>>;
  return StreamWriter<v1::GetLeafResponse>::Start(context, *pool_, [this, request]() -> Chunks {
    COMITY_ASSIGN_OR_RETURN(const std::string envelope, replica_->snapshot()->GetLeaf(*request));
    return ToChunks<v1::GetLeafResponse>(envelope);
  });
}

// Through the pool like every other read, so that what it measures is their floor.
grpc::ServerUnaryReactor* QueryServiceImpl::Ping(grpc::CallbackServerContext* context,
                                                 const v1::PingRequest*,
                                                 v1::PingResponse* response) {
  return Unary(context, *pool_, response,
               []() -> absl::StatusOr<v1::PingResponse> { return v1::PingResponse(); });
}

}  // namespace comity
