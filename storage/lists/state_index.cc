#include "storage/lists/state_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/timeline.h"
#include "storage/merkle/hash.h"

namespace comity {

absl::Status CheckBodies(const Store& store, const StoredTimeline& stored) {
  COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
  for (const Version& version : timeline.versions()) {
    if (!BringsEntry(version)) continue;
    const absl::Status read = store.ReadBody(*version.entry_hash).status();
    if (!read.ok()) {
      return absl::DataLossError(absl::StrCat("entry \"", stored.key, "\" of leaf ",
                                              version.index.value, ": ", read.message()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const StateIndex>> BuildStateIndex(const Store& store,
                                                                  const Origin& origin) {
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store.Heads());
  auto index = std::make_shared<StateIndex>();
  for (const StoredHead& head : heads) {
    if (head.origin != origin) continue;
    index->origin = origin;
    COMITY_ASSIGN_OR_RETURN(index->size, ShownSize(store, head));
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                            store.ReadLeaf(origin, LeafIndex{index->size.value - 1}));
    index->root = last.root_after;
    index->signed_state_root = head.state_root;
  }
  if (index->size.value == 0) {
    return absl::NotFoundError(absl::StrCat(origin.ToString(), ": nothing of it is held"));
  }
  // What was read before is served from memory long after it rotted on disk.
  COMITY_RETURN_IF_ERROR(store.VerifyFiles([](size_t, size_t) { return true; }));
  absl::Status status;
  COMITY_RETURN_IF_ERROR(
      store.ScanTimelines(origin, index->size, "", [&](const StoredTimeline& stored) {
        status = CheckBodies(store, stored);
        if (!status.ok()) return false;
        index->tree.Set(stored.key, Sha256(stored.timeline));
        index->keys[Sha256(stored.key)] = stored.key;
        return true;
      }));
  COMITY_RETURN_IF_ERROR(status);
  index->state_root = index->tree.Root();
  return index;
}

absl::StatusOr<std::shared_ptr<const StateIndex>> BuildStateIndexAt(const Store& store,
                                                                    const Origin& origin,
                                                                    TreeSize size) {
  if (size.value == 0) return absl::NotFoundError("there is nothing at size 0");
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf last, store.ReadLeaf(origin, LeafIndex{size.value - 1}));
  if (last.opaque) {
    return absl::FailedPreconditionError(
        absl::StrCat(origin.ToString(), ": the view stopped here before size ", size.value));
  }
  auto index = std::make_shared<StateIndex>();
  index->origin = origin;
  index->size = size;
  index->root = last.root_after;
  index->signed_state_root = last.state_root_after;
  COMITY_RETURN_IF_ERROR(
      store.ScanTimelines(origin, size, "", [&index](const StoredTimeline& stored) {
        index->tree.Set(stored.key, Sha256(stored.timeline));
        index->keys[Sha256(stored.key)] = stored.key;
        return true;
      }));
  index->state_root = index->tree.Root();
  if (index->state_root == index->signed_state_root) return index;
  return absl::DataLossError(absl::StrCat(
      origin.ToString(), ": the timelines do not make the state root of size ", size.value));
}

}  // namespace comity
