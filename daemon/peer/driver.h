// Carries out what the sync engine decides: its threads, clock and connections.
#ifndef COMITY_DAEMON_PEER_DRIVER_H_
#define COMITY_DAEMON_PEER_DRIVER_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daemon/peer/peer_link.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/peer_view.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/mutex.h"

namespace comity {

// Thread-safe. Borrows the replica.
class SyncDriver : public PeerDirectory {
 public:
  struct Options {
    std::vector<std::string> peers;
    std::string certificate_pem;
    std::string key_pem;
    int64_t anti_entropy_micros = 30'000'000;
    int64_t backoff_max_micros = 60'000'000;
    uint64_t jitter_seed = 0;
  };

  SyncDriver(Options options, Replica* replica);
  ~SyncDriver() override { Stop(); }

  void Start();
  // Cancels what is under way and joins. May be called twice.
  void Stop();

  // A commit became durable; any thread.
  void OnCommit(const News& news);

  std::vector<PeerView> Peers() const override;

 private:
  void Deliver(sync::Event event);
  void Loop();
  // Publishes the engine's views and logs what changed in them.
  void TakeViews();
  void Carry(sync::Effect effect);
  void PersistBatch(const sync::Persist& persist);
  sync::LocalCommitted LocalOf(const Origin& origin) const;
  // Never set back, whatever the wall clock does.
  static Instant SteadyNow();

  Replica* const replica_;
  sync::Engine engine_;  // used by the loop's thread alone
  std::map<std::string, std::unique_ptr<PeerLink>> links_;
  // Several, so that what comes at once of several lists shares one sync.
  std::unique_ptr<WorkerPool> storage_;

  mutable Mutex mutex_;
  ConditionVariable wake_;
  std::deque<sync::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<PeerView> views_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread loop_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_PEER_DRIVER_H_
