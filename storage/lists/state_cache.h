// State trees made anew from the store, kept for as long as a comparison takes.
#ifndef COMITY_STORAGE_LISTS_STATE_CACHE_H_
#define COMITY_STORAGE_LISTS_STATE_CACHE_H_

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/lists/state_index.h"
#include "storage/lists/store.h"

namespace comity {

// Thread-safe. Makes one at a time and keeps a few for a minute. Borrows both.
class StateIndexCache {
 public:
  StateIndexCache(const Store* store, const Clock* clock) : store_(store), clock_(clock) {}

  // As BuildStateIndex; RESOURCE_EXHAUSTED while another one is being made.
  absl::StatusOr<std::shared_ptr<const StateIndex>> Get(const Origin& origin);
  // As BuildStateIndexAt.
  absl::StatusOr<std::shared_ptr<const StateIndex>> GetAt(const Origin& origin, TreeSize size);

 private:
  static constexpr int64_t kKeptMicros = 60'000'000;
  static constexpr size_t kMaxKept = 4;

  using Index = absl::StatusOr<std::shared_ptr<const StateIndex>>;
  Index Get(const Origin& origin, TreeSize size, const std::function<Index()>& make);

  struct Kept {
    std::shared_ptr<const StateIndex> index;
    Instant made;
  };
  const Store* const store_;
  const Clock* const clock_;
  Mutex mutex_;
  bool making_ ABSL_GUARDED_BY(mutex_) = false;
  // By origin and size; 0 for the head's, checked.
  std::map<std::pair<Origin, TreeSize>, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_CACHE_H_
