// How a daemon ends when its storage fails: at once, and never by tidying up.
#ifndef COMITY_DAEMON_SERVER_CRASH_ONLY_H_
#define COMITY_DAEMON_SERVER_CRASH_ONLY_H_

#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "storage/base/mutex.h"

namespace comity {

// The exit code that says "storage failed, start me again".
inline constexpr int kStorageFailure = 70;

// Thread-safe. One for a process.
class CrashOnly {
 public:
  // `not_ready` is called first, on a thread of its own, so that balancers turn away.
  explicit CrashOnly(std::function<void()> not_ready);
  ~CrashOnly();

  // Logs the error, lets calls under way hear their refusal for a moment and ends the
  // process with kStorageFailure; within two seconds whatever hangs (alarm(2) sees to
  // it). Returns at once.
  void Fail(const absl::Status& error);

 private:
  void Loop();

  const std::function<void()> not_ready_;
  Mutex mutex_;
  ConditionVariable wake_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_CRASH_ONLY_H_
