// One thread that does tasks one after the other.
#ifndef COMITY_DAEMON_THREADS_SERIAL_WORKER_H_
#define COMITY_DAEMON_THREADS_SERIAL_WORKER_H_

#include <deque>
#include <functional>
#include <thread>

#include "storage/base/mutex.h"

namespace comity {

// Thread-safe. Its owner bounds what it posts: the sync engine has at most one call
// of each kind under way for a peer.
class SerialWorker {
 public:
  SerialWorker() : thread_([this] { Loop(); }) {}
  ~SerialWorker() { Stop(); }

  // Does nothing once Stop was called.
  void Post(std::function<void()> task);
  // Drops what waits, lets the current task end, joins. May be called twice.
  void Stop();

 private:
  void Loop();

  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_THREADS_SERIAL_WORKER_H_
