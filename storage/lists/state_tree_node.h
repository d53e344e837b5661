// What the state tree is made of, for the files that walk it.
#ifndef COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_
#define COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_

#include "storage/lists/state_tree.h"

namespace comity {

struct StateTree::Node {
  // The bit that divides what is below; kStatePathBits for a leaf.
  int bit = kStatePathBits;
  // A leaf's path; for an inner node, that of any leaf below.
  Digest path{};
  Digest timeline_hash{};
  NodePtr child[2];
  Digest hash{};
  bool hashed = false;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_TREE_NODE_H_
