// Something that is looked at now and then.
#ifndef COMITY_DAEMON_THREADS_TICKER_H_
#define COMITY_DAEMON_THREADS_TICKER_H_

#include <chrono>
#include <functional>
#include <thread>

#include "storage/base/mutex.h"

namespace comity {

// Calls `tick` on a thread of its own, at once and then after each `period`, until it gives
// false or this ends, which waits for a call that is under way. `tick` must not end this.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds period, std::function<bool()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void Loop();

  const std::chrono::milliseconds period_;
  const std::function<bool()> tick_;
  Mutex mutex_;
  ConditionVariable wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_THREADS_TICKER_H_
