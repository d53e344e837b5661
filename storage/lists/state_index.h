// A list's state tree as what is stored now makes it, with the keys behind its paths.
#ifndef COMITY_STORAGE_LISTS_STATE_INDEX_H_
#define COMITY_STORAGE_LISTS_STATE_INDEX_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/lists/state_tree.h"
#include "storage/lists/store.h"

namespace comity {

// Immutable; safe to share between threads.
struct StateIndex {
  Origin origin;
  TreeSize size;
  // Of the log's last leaf, and the state root that it commits to.
  Digest root{};
  Digest signed_state_root{};
  StateTree tree;
  // What the stored timelines make; other than signed_state_root if they are damaged.
  Digest state_root{};
  // By SHA-256(key).
  std::map<Digest, std::string> keys;
};

// DATA_LOSS unless every entry body that the timeline names is there.
absl::Status CheckBodies(const Store& store, const StoredTimeline& stored);

// Checks the store's files, reads every timeline of the list as known at its head, and
// every entry body that they name. DATA_LOSS if any of it is damaged; NOT_FOUND if nothing of
// the list is held. Takes as long as reading the list does.
absl::StatusOr<std::shared_ptr<const StateIndex>> BuildStateIndex(const Store& store,
                                                                  const Origin& origin);
// The same as known at `size`, without checking files and bodies. NOT_FOUND if that much is
// not held, or not its history; FAILED_PRECONDITION if the list's view stopped before it.
absl::StatusOr<std::shared_ptr<const StateIndex>> BuildStateIndexAt(const Store& store,
                                                                    const Origin& origin,
                                                                    TreeSize size);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_INDEX_H_
