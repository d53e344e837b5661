// FeedService: what changed, as it changes.
#ifndef COMITY_DAEMON_SERVICE_FEED_SERVICE_H_
#define COMITY_DAEMON_SERVICE_FEED_SERVICE_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "comity/v1/feed_service.grpc.pb.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all. A feed holds one page in memory and no more, however slowly it
// is read, and no other waits for it. One that takes longer than `slow_after` for a page is cut:
// once it reads on, it gets what was on its way and then the error with the token to go on from.
// One that has not even read that after as long again is dropped with its stream.
class FeedServiceImpl final : public v1::FeedService::CallbackService {
 public:
  FeedServiceImpl(const Replica* replica, WatchHub* hub, WorkerPool* pool,
                  std::chrono::milliseconds slow_after = std::chrono::seconds(60))
      : replica_(replica), hub_(hub), pool_(pool), slow_after_(slow_after) {}

  grpc::ServerWriteReactor<v1::WatchChangesResponse>* WatchChanges(
      grpc::CallbackServerContext* context, const v1::WatchChangesRequest* request) override;

  // Feeds that are open, and how many were cut since the start.
  uint64_t open() const { return open_; }
  uint64_t cut() const { return cut_; }

 private:
  const Replica* const replica_;
  WatchHub* const hub_;
  WorkerPool* const pool_;
  const std::chrono::milliseconds slow_after_;
  std::atomic<uint64_t> open_{0};
  std::atomic<uint64_t> cut_{0};
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_FEED_SERVICE_H_
