// What uploads may keep in memory on their way: each, and all together.
#ifndef COMITY_DAEMON_SERVICE_UPLOAD_BUDGET_H_
#define COMITY_DAEMON_SERVICE_UPLOAD_BUDGET_H_

#include <atomic>
#include <cstddef>

#include "absl/status/status.h"

namespace comity {

// What a draft or a submission may hold on its way, in all.
inline constexpr size_t kMaxUploadBytes = 64 << 20;

// What all uploads together may keep in memory before they are worked on. Thread-safe.
class UploadBudget {
 public:
  static constexpr size_t kBytes = size_t{512} << 20;
  // False, and nothing is taken, if that much is not left.
  bool Take(size_t bytes) {
    size_t used = used_.load();
    do {
      if (bytes > kBytes - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }
  void Give(size_t bytes) { used_ -= bytes; }

 private:
  std::atomic<size_t> used_ = 0;
};

// One call's part of the budget, given back with it.
class UploadShare {
 public:
  explicit UploadShare(UploadBudget* budget) : budget_(budget) {}
  UploadShare(const UploadShare&) = delete;
  UploadShare& operator=(const UploadShare&) = delete;
  ~UploadShare() { budget_->Give(bytes_); }
  // RESOURCE_EXHAUSTED if the call is over its own limit, or UNAVAILABLE if all together are.
  absl::Status Add(size_t bytes);

 private:
  UploadBudget* const budget_;
  size_t bytes_ = 0;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_UPLOAD_BUDGET_H_
