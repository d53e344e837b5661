// What the state tree is made of, for the files that walk it.
#ifndef COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_
#define COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_

#include <cstdint>
#include <memory>

#include "storage/lists/state_tree.h"

namespace comity {

// There is a leaf and about an inner node for every entry of every list in memory: neither
// carries what the other needs. A leaf's hash is worked out when it is wanted.
struct StateTree::Node {
  // The bit that divides what is below; kStatePathBits for a leaf.
  uint16_t bit = kStatePathBits;
  // Of an inner node: `hash` is what its children make it.
  bool hashed = false;
  bool is_leaf() const { return bit == kStatePathBits; }
};

struct StateTree::Leaf : StateTree::Node {
  Digest path{};
  Digest timeline_hash{};
};

struct StateTree::Inner : StateTree::Node {
  Digest hash{};
  NodePtr child[2];
};

inline StateTree::Leaf& StateTree::LeafOf(Node& node) { return static_cast<Leaf&>(node); }
inline StateTree::Inner& StateTree::InnerOf(Node& node) { return static_cast<Inner&>(node); }

inline const Digest& StateTree::PathOf(Node& node) {
  Node* below = &node;
  while (!below->is_leaf()) below = InnerOf(*below).child[0].get();
  return LeafOf(*below).path;
}

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_
