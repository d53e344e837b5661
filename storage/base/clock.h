// Time as a dependency: pure code is handed the time, it never asks for it.
#ifndef COMITY_STORAGE_BASE_CLOCK_H_
#define COMITY_STORAGE_BASE_CLOCK_H_

#include <atomic>

#include "storage/base/types.h"

namespace comity {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

// A clock that stands still until it is moved. Thread-safe.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start.micros) {}
  Instant Now() const override { return Instant{now_.load()}; }
  void Set(Instant now) { now_.store(now.micros); }
  void Advance(int64_t micros) { now_.fetch_add(micros); }

 private:
  std::atomic<int64_t> now_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_BASE_CLOCK_H_
