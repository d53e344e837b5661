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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "storage/base/types.h"

namespace comity {

// Names a node: the first that divides keys at `bit` or later, below the keys whose path
// begins with the first `bit` bits of `path`. {0, ...} is the root. Value type.
struct StateRef {
  int bit = 0;
  Digest path{};
  bool operator==(const StateRef&) const = default;
};

// One node as it is shown. Value type.
struct StateNode {
  // The bit that divides what is below; kStatePathBits for a leaf.
  int bit = 0;
  // A leaf's path; for an inner node, that of any leaf below, of which `bit` bits count.
  Digest path{};
  // Of a leaf: SHA-256 of its timeline. Of an inner node that is not expanded: its hash.
  Digest hash{};
  // Its two children follow it, each with what is below.
  bool expanded = false;
};
inline constexpr int kStatePathBits = 256;

// One node on the way from a leaf to the root: the bit that it divides by, and the hash
// of its other side. Value type.
struct StateStep {
  int bit = 0;
  Digest sibling{};
  bool operator==(const StateStep&) const = default;
};

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

  // The hash of the key's timeline; unset if the key was never set.
  std::optional<Digest> Find(std::string_view key) const;

  // The node that `ref` names and what is below it, in preorder, expanded down to nodes
  // that divide at `ref.bit` + `levels` or later. Empty if there are no such keys. Hashes
  // like Root().
  std::vector<StateNode> Expand(const StateRef& ref, int levels) const;

  // The way from the key's leaf to the root, from the leaf upwards; unset if the key was
  // never set.
  std::optional<std::vector<StateStep>> Prove(std::string_view key) const;

 private:
  friend class StateDescent;
  struct Node;
  struct Leaf;
  struct Inner;
  using NodePtr = std::shared_ptr<Node>;
  // What `node` is.
  static Leaf& LeafOf(Node& node);
  static Inner& InnerOf(Node& node);
  // A leaf's path; for an inner node, that of a leaf below.
  static const Digest& PathOf(Node& node);

  // `leaf`, whose path differs from all that are there first in bit `difference`, or stands
  // there already (kStatePathBits), in its place.
  static NodePtr Insert(const NodePtr& node, const std::shared_ptr<Leaf>& leaf, int difference);
  static Digest HashOf(Node& node);
  static void ExpandNode(Node& node, int until, std::vector<StateNode>* nodes);

  NodePtr root_;
};

// The hash of what `nodes` (as Expand gives them) shows, by the definition above, and how
// many nodes it took; 0 if they are malformed.
struct ShownHash {
  Digest hash{};
  size_t nodes = 0;
};
ShownHash HashShown(const std::vector<StateNode>& nodes, size_t at);

// Bit `bit` of a path, from the most significant.
bool StatePathBit(const Digest& path, int bit);
// The first bit in which two paths differ, or kStatePathBits.
int FirstStateDifference(const Digest& a, const Digest& b);

// Whether the timeline of this hash stands under `key` in the tree of that root.
// INVALID_ARGUMENT with REASON_BAD_PROOF if it does not.
absl::Status VerifyStateProof(std::string_view key, const Digest& timeline_hash,
                              const std::vector<StateStep>& proof, const Digest& root);

// The slow twin, straight from the definition above: SHA-256(key) -> SHA-256 of the
// timeline.
Digest ComputeStateRoot(const std::map<Digest, Digest>& timelines);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_TREE_H_
