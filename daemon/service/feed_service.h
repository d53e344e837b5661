// FeedService: what changed, as it changes.
#ifndef COMITY_DAEMON_SERVICE_FEED_SERVICE_H_
#define COMITY_DAEMON_SERVICE_FEED_SERVICE_H_

#include <chrono>

#include "comity/v1/feed_service.grpc.pb.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all. A feed holds one page in memory and no more, however slowly it
// is read; one that takes longer than `slow_after` for a page is cut with the token to go on
// from.
class FeedServiceImpl final : public v1::FeedService::CallbackService {
 public:
  FeedServiceImpl(const Replica* replica, WatchHub* hub, WorkerPool* pool,
                  std::chrono::milliseconds slow_after = std::chrono::seconds(60))
      : replica_(replica), hub_(hub), pool_(pool), slow_after_(slow_after) {}

  grpc::ServerWriteReactor<v1::WatchChangesResponse>* WatchChanges(
      grpc::CallbackServerContext* context, const v1::WatchChangesRequest* request) override;

 private:
  const Replica* const replica_;
  WatchHub* const hub_;
  WorkerPool* const pool_;
  const std::chrono::milliseconds slow_after_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_FEED_SERVICE_H_
