#include "storage/lists/state_cache.h"

#include <algorithm>

namespace comity {

StateIndexCache::Index StateIndexCache::Get(const Origin& origin) {
  return Get(origin, TreeSize{}, [&] { return BuildStateIndex(*store_, origin); });
}

StateIndexCache::Index StateIndexCache::GetAt(const Origin& origin, TreeSize size) {
  return Get(origin, size, [&] { return BuildStateIndexAt(*store_, origin, size); });
}

StateIndexCache::Index StateIndexCache::Get(const Origin& origin, TreeSize size,
                                            const std::function<Index()>& make) {
  const Instant now = clock_->Now();
  {
    MutexLock lock(mutex_);
    std::erase_if(kept_, [now](const auto& one) {
      const int64_t age = now.micros - one.second.made.micros;
      return age < 0 || age > kKeptMicros;
    });
    if (const auto known = kept_.find({origin, size}); known != kept_.end())
      return known->second.index;
    if (making_) {
      return absl::ResourceExhaustedError(
          "another comparison is being prepared here: try again in a moment");
    }
    making_ = true;
  }
  Index index = make();
  MutexLock lock(mutex_);
  making_ = false;
  if (!index.ok()) return index;
  if (kept_.size() >= kMaxKept) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.made < b.second.made;
    }));
  }
  kept_[{origin, size}] = {*index, now};
  return index;
}

}  // namespace comity
