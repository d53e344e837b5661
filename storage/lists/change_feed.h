// What changed between two frontiers, revision by revision.
#ifndef COMITY_STORAGE_LISTS_CHANGE_FEED_H_
#define COMITY_STORAGE_LISTS_CHANGE_FEED_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/feed_service.pb.h"
#include "storage/lists/snapshot.h"
#include "storage/lists/store.h"

namespace comity {

// Which changes are wanted; empty or unset: any. Value type.
struct ChangeFilter {
  std::string list;
  std::string authority;
  // In any spelling: "5a001.F" takes 5A001.f.1.
  std::string code_prefix;
  // The participants whose authorities are wanted.
  std::optional<std::set<std::string>> participants;
  bool with_entries = false;

  bool Wants(const ListName& name) const;
};

// Where a feed stands: after some leaves of each list and, in the list `within`, after
// `changes_told` changes of its next revision. Value type.
struct FeedPosition {
  Frontier after;
  std::optional<Origin> within;
  size_t changes_told = 0;
};

struct ChangePage {
  v1::WatchChangesResponse message;
  FeedPosition next;
  // `to` is reached.
  bool complete = false;
};

inline constexpr size_t kMaxChangePageBytes = 1 << 20;
inline constexpr size_t kMaxChangePageLeaves = 256;

// The next changes from `position` towards `to`, which `snapshot` holds. Of a position that
// another history than the one held here gave, or whose next leaves are not here (a list
// that began from a snapshot), a reset is told. Errors are those of reading.
absl::StatusOr<ChangePage> ReadChanges(const Snapshot& snapshot, const Store& store,
                                       const FeedPosition& position, const Frontier& to,
                                       const ChangeFilter& filter,
                                       size_t max_bytes = kMaxChangePageBytes,
                                       size_t max_leaves = kMaxChangePageLeaves);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CHANGE_FEED_H_
