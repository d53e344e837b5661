// Threads that do what gRPC's own threads must not wait for.
#ifndef COMITY_DAEMON_THREADS_WORKER_POOL_H_
#define COMITY_DAEMON_THREADS_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"

namespace comity {

// Thread-safe. Tasks start in order.
class WorkerPool {
 public:
  WorkerPool(int threads, size_t max_queued);
  // Runs what is queued, then joins.
  ~WorkerPool();

  // False, and the task is dropped, if `max_queued` tasks wait already.
  bool Run(std::function<void()> task);

 private:
  void Loop();

  const size_t max_queued_;
  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_THREADS_WORKER_POOL_H_
