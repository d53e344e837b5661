// Rot is found before it is asked for: the whole store twice a day, gently.
#ifndef COMITY_DAEMON_SERVER_SCRUBBER_H_
#define COMITY_DAEMON_SERVER_SCRUBBER_H_

#include <thread>

#include "storage/base/mutex.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// Runs VerifyStore, one leaf at a time with a pause between, begins anew a while after the
// end, and logs what is wrong. Borrows both.
class Scrubber {
 public:
  Scrubber(const Store* store, const Roster* roster);
  ~Scrubber();

 private:
  void Loop();
  // False if the scrubber is to stop.
  bool Wait(int64_t milliseconds);
  void ScrubAll();

  const Store* const store_;
  const Roster* const roster_;
  Mutex mutex_;
  ConditionVariable wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_SCRUBBER_H_
