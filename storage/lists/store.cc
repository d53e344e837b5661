#include "storage/lists/store.h"

#include "storage/base/errors.h"

namespace comity {

absl::StatusOr<TreeSize> ShownSize(const Store& store, const StoredHead& head) {
  const auto opaque = [&](uint64_t index) -> absl::StatusOr<bool> {
    const absl::StatusOr<StoredLeaf> leaf = store.ReadLeaf(head.origin, LeafIndex{index});
    // From before the snapshot that the list began from: only what is understood is one.
    if (absl::IsNotFound(leaf.status())) return false;
    COMITY_RETURN_IF_ERROR(leaf.status());
    return leaf->opaque;
  };
  if (head.size.value == 0) return TreeSize{};
  COMITY_ASSIGN_OR_RETURN(const bool stopped, opaque(head.size.value - 1));
  if (!stopped) return head.size;
  // Once a leaf is opaque all after it are.
  uint64_t low = 0;
  for (uint64_t high = head.size.value - 1; low < high;) {
    const uint64_t middle = low + (high - low) / 2;
    COMITY_ASSIGN_OR_RETURN(const bool after, opaque(middle));
    if (after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return TreeSize{low};
}

}  // namespace comity
