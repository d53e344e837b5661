// The state tree: a commitment to the timelines of all entries of a list.
//
// A path-compressed binary trie over SHA-256(key). Its shape is a function of the
// set of keys alone, so the root does not depend on the order of changes:
//   leaf  = SHA-256(0x00 || SHA-256(key) || SHA-256(timeline))
//   inner = SHA-256(0x01 || bit || left || right), where `bit` (2 bytes, big-endian,
//           from the most significant) is the first in which the keys below differ
//   empty = SHA-256("comity state empty v1\n")
#ifndef COMITY_STORAGE_LISTS_STATE_TREE_H_
#define COMITY_STORAGE_LISTS_STATE_TREE_H_

#include <map>
#include <memory>
#include <string_view>

#include "storage/base/types.h"

namespace comity {

// A persistent value: a copy is cheap and shares what does not change. Setting a
// key costs the depth of the trie. Copies may be used on different threads once
// Root() was called on the tree they came from.
class StateTree {
 public:
  // Sets the hash of the entry's timeline. Timelines are never taken away: a
  // removed entry keeps its tombstone.
  void Set(std::string_view key, const Digest& timeline_hash);

  // Hashes what changed since the last call.
  Digest Root() const;

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;

  static NodePtr Insert(const NodePtr& node, const Digest& path, const Digest& leaf);
  static const Digest& HashOf(Node& node);

  NodePtr root_;
};

// The slow twin, straight from the definition above: SHA-256(key) -> SHA-256 of the
// timeline.
Digest ComputeStateRoot(const std::map<Digest, Digest>& timelines);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_TREE_H_
