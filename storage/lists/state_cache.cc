#include "storage/lists/state_cache.h"

#include <algorithm>

namespace comity {

absl::StatusOr<std::shared_ptr<const StateIndex>> StateIndexCache::Get(const Origin& origin) {
  const Instant now = clock_->Now();
  {
    MutexLock lock(mutex_);
    std::erase_if(kept_, [now](const auto& one) {
      const int64_t age = now.micros - one.second.made.micros;
      return age < 0 || age > kKeptMicros;
    });
    if (const auto known = kept_.find(origin); known != kept_.end()) return known->second.index;
    if (making_) {
      return absl::ResourceExhaustedError(
          "another comparison is being prepared here: try again in a moment");
    }
    making_ = true;
  }
  absl::StatusOr<std::shared_ptr<const StateIndex>> index = BuildStateIndex(*store_, origin);
  MutexLock lock(mutex_);
  making_ = false;
  if (!index.ok()) return index;
  if (kept_.size() >= kMaxKept) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.made < b.second.made;
    }));
  }
  kept_[origin] = {*index, now};
  return index;
}

}  // namespace comity
