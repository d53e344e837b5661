// Who is told when a head changes or somebody states HELD.
#ifndef COMITY_DAEMON_SERVICE_WATCH_HUB_H_
#define COMITY_DAEMON_SERVICE_WATCH_HUB_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Watchers are bounded; each keeps at most one head per origin and one
// statement per origin and participant, so that a slow one costs the memory of those and
// no more.
class WatchHub {
 public:
  // Called on the committing thread; must not wait.
  using Listener = std::function<void(const News&)>;

  // A number for Remove. `close` is called, at most once, when the daemon stops, or when the
  // participant opened as many newer ones as it may have: one that lost its connection and
  // comes back must not wait until the old ones are found dead. It must not wait either.
  // RESOURCE_EXHAUSTED beyond the bound for all, UNAVAILABLE after CloseAll.
  absl::StatusOr<uint64_t> Add(const std::string& participant, Listener listener,
                               std::function<void()> close);
  void Remove(uint64_t id);
  void Notify(const News& news);
  // Ends every watch and takes no more.
  void CloseAll();

 private:
  static constexpr size_t kMaxWatchers = 1000;
  static constexpr int kMaxPerParticipant = 4;

  struct Watcher {
    std::string participant;
    Listener listener;
    std::function<void()> close;
    bool closing = false;
  };
  Mutex mutex_;
  std::map<uint64_t, Watcher> watchers_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_WATCH_HUB_H_
