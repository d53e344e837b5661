// Carries out what the sync engine decides: its threads, clock and connections.
#ifndef COMITY_DAEMON_PEER_DRIVER_H_
#define COMITY_DAEMON_PEER_DRIVER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "daemon/peer/peer_link.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/peer_view.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/mutex.h"
#include "storage/lists/state_cache.h"

namespace comity {

// Thread-safe. Borrows the replica.
class SyncDriver : public PeerDirectory {
 public:
  struct Options {
    std::vector<std::string> peers;
    std::string certificate_pem;
    std::string key_pem;
    RevokedCertificates revoked;
    int64_t anti_entropy_micros = 30'000'000;
    int64_t backoff_max_micros = 2'000'000;
    int64_t quarantine_micros = 60'000'000;
    uint64_t jitter_seed = 0;
    // Whom this daemon serves, and from how many leaves on others' lists are begun from a
    // snapshot.
    std::string participant;
    uint64_t snapshot_from = sync::EngineOptions().snapshot_from;
    // Where pauses outlive a restart. Borrowed.
    Store* store = nullptr;
    // Told, on a thread of the driver, of what a peer sent and was not taken. May be unset.
    std::function<void(v1::AuditRecord)> refused;
    // For comparisons. Borrowed.
    StateIndexCache* states = nullptr;
    // Verifies newer rosters, keeps them and has the server open anew; unset: none are taken.
    PeerLink::AdoptRosters adopt_rosters;
  };

  SyncDriver(Options options, Replica* replica);
  ~SyncDriver() override { Stop(); }

  void Start();
  // Cancels what is under way and joins. May be called twice.
  void Stop();

  // Shows peers another certificate from now on, and believes none of `revoked`; any thread.
  void SetIdentity(const std::string& certificate_pem, const std::string& key_pem,
                   const RevokedCertificates& revoked);

  // A commit became durable; any thread.
  void OnCommit(const News& news);
  // A participant's daemon greeted this one; any thread. Cheap however often it comes.
  void OnKnock(const std::string& participant);

  std::vector<PeerView> Peers() const override;
  std::vector<std::string> ExplainList(const std::string& list) const override;
  std::vector<std::string> ExplainPeer(const std::string& peer) const override;
  absl::Status Compare(const std::string& peer, const std::string& list,
                       const CompareStep& step) override;
  absl::Status SetPaused(const std::string& peer, bool paused, const std::string& reason,
                         std::span<const v1::AuditRecord> audit) override;

 private:
  using Lines = std::vector<std::string>;
  // Asks the engine on its own thread.
  Lines Ask(std::function<Lines(const sync::Engine&)> question) const;
  // By which our own daemon and `peer`'s know each other.
  ChannelIdentity IdentityFor(const std::string& peer, const std::string& certificate_pem,
                              const std::string& key_pem, const RevokedCertificates& revoked) const;
  void Deliver(sync::Event event);
  void Loop();
  // Publishes the engine's views and logs what changed in them.
  void TakeViews();
  void Carry(sync::Effect effect);
  void PersistBatch(const sync::Persist& persist);
  // Has this participant's statuses signed about once a second, and says once what turned old.
  void TickStatuses(Instant now);
  void SayWhatTurned();
  // Never set back, whatever the wall clock does.
  static Instant SteadyNow();

  Replica* const replica_;
  Store* const store_;
  StateIndexCache* const states_;
  const std::function<void(v1::AuditRecord)> refused_;
  absl::StatusOr<PeerLink*> FindLink(const std::string& peer) const;
  sync::Engine engine_;  // used by the loop's thread alone
  std::map<std::string, std::unique_ptr<PeerLink>> links_;
  // Several, so that what comes at once of several lists shares one sync.
  std::unique_ptr<WorkerPool> storage_;

  mutable Mutex mutex_;
  mutable ConditionVariable wake_;
  std::deque<sync::Event> events_ ABSL_GUARDED_BY(mutex_);
  // Whose knock is among the events: one of each at a time.
  std::set<std::string> knocking_ ABSL_GUARDED_BY(mutex_);
  // Whose hint is: the next one of the same peer waits, and its watch with it.
  std::set<std::string> hinting_ ABSL_GUARDED_BY(mutex_);
  ConditionVariable taken_;
  mutable std::deque<std::packaged_task<Lines(const sync::Engine&)>> questions_
      ABSL_GUARDED_BY(mutex_);
  std::vector<PeerView> views_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Used by the loop's thread alone: when statuses are due; and by the one tick under way:
  // what was said last of each list's freshness.
  Instant next_tick_;
  std::atomic<bool> ticking_{false};
  std::map<std::string, std::string> said_;
  std::thread loop_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_PEER_DRIVER_H_
