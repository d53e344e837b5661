// SyncService: the roster's versions, for peers that are behind.
#include "daemon/service/reactors.h"
#include "daemon/service/sync_service.h"
#include "storage/log/roster_chain.h"

namespace comity {

grpc::ServerUnaryReactor* SyncServiceImpl::FetchRosters(grpc::CallbackServerContext* context,
                                                        const v1::FetchRostersRequest* request,
                                                        v1::FetchRostersResponse* response) {
  return Unary(
      context, *pool_, response, [this, request]() -> absl::StatusOr<v1::FetchRostersResponse> {
        v1::FetchRostersResponse rosters;
        bool more = false;
        for (std::string& one :
             RostersAfter(replica_->roster(), request->after_version(), kMaxRosterBytes, &more)) {
          rosters.add_rosters(std::move(one));
        }
        rosters.set_more(more);
        return rosters;
      });
}

}  // namespace comity
