// Writers that come together share one wait for the disk.
#ifndef COMITY_STORAGE_LISTS_COMMIT_QUEUE_H_
#define COMITY_STORAGE_LISTS_COMMIT_QUEUE_H_

#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/log/origin.h"

namespace comity {

// What one writer wants done; a subclass holds the rest. Lives on the writer's stack.
struct CommitWork {
  explicit CommitWork(Origin origin) : origin(std::move(origin)) {}
  const Origin origin;
  bool done = false;  // the queue's
};

// Thread-safe. The writer at the front leads: it takes the oldest work of each origin
// that waits, has it all committed as one, and wakes their writers; whoever came
// meanwhile makes the next group. Work of one origin keeps its order.
class CommitQueue {
 public:
  // Called by one thread at a time.
  using Commit = std::function<void(std::span<CommitWork* const>)>;

  explicit CommitQueue(Commit commit) : commit_(std::move(commit)) {}

  // Returns when `work` has been through a commit.
  void Run(CommitWork& work);

  // How many are under way or wait.
  size_t waiting() const {
    MutexLock lock(mutex_);
    return waiting_.size();
  }

 private:
  // Bounds what one group verifies before anyone hears of it.
  static constexpr size_t kMaxGroup = 64;

  std::vector<CommitWork*> NextGroup() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Commit commit_;
  mutable Mutex mutex_;
  ConditionVariable finished_;
  std::deque<CommitWork*> waiting_ ABSL_GUARDED_BY(mutex_);
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_COMMIT_QUEUE_H_
