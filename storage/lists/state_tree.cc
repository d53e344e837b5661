#include "storage/lists/state_tree.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/state_tree_node.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr std::string_view kLeafTag("\x00", 1);
constexpr std::string_view kInnerTag("\x01", 1);
constexpr std::string_view kEmpty = "comity state empty v1\n";
constexpr int kPathBits = kStatePathBits;

bool BitAt(const Digest& path, int bit) { return StatePathBit(path, bit); }

int FirstDifference(const Digest& a, const Digest& b) { return FirstStateDifference(a, b); }

Digest HashLeaf(const Digest& path, const Digest& timeline_hash) {
  return Sha256({kLeafTag, ToBytes(path), ToBytes(timeline_hash)});
}

Digest HashInner(int bit, const Digest& left, const Digest& right) {
  const std::string bit_bytes = {static_cast<char>(bit >> 8), static_cast<char>(bit & 0xff)};
  return Sha256({kInnerTag, bit_bytes, ToBytes(left), ToBytes(right)});
}

Digest RootOfRange(const std::vector<std::pair<Digest, Digest>>& leaves, size_t begin, size_t end) {
  if (end - begin == 1) return HashLeaf(leaves[begin].first, leaves[begin].second);
  // Sorted paths share all bits that the first and the last share.
  const int bit = FirstDifference(leaves[begin].first, leaves[end - 1].first);
  size_t split = begin;
  while (!BitAt(leaves[split].first, bit)) ++split;
  return HashInner(bit, RootOfRange(leaves, begin, split), RootOfRange(leaves, split, end));
}

}  // namespace

bool StatePathBit(const Digest& path, int bit) { return (path[bit / 8] >> (7 - bit % 8)) & 1; }

int FirstStateDifference(const Digest& a, const Digest& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    const uint8_t difference = a[i] ^ b[i];
    if (difference != 0) return static_cast<int>(i) * 8 + std::countl_zero(difference);
  }
  return kPathBits;
}

StateTree::NodePtr StateTree::Insert(const NodePtr& node, const std::shared_ptr<Leaf>& leaf,
                                     int difference) {
  if (difference < node->bit) {
    // The new path leaves the trie above this node.
    auto inner = std::make_shared<Inner>();
    inner->bit = static_cast<uint16_t>(difference);
    inner->child[BitAt(leaf->path, difference)] = leaf;
    inner->child[!BitAt(leaf->path, difference)] = node;
    return inner;
  }
  if (node->is_leaf()) return leaf;
  auto copy = std::make_shared<Inner>(InnerOf(*node));
  copy->hashed = false;
  NodePtr& child = copy->child[BitAt(leaf->path, node->bit)];
  child = Insert(child, leaf, difference);
  return copy;
}

Digest StateTree::HashOf(Node& node) {
  if (node.is_leaf()) return HashLeaf(LeafOf(node).path, LeafOf(node).timeline_hash);
  Inner& inner = InnerOf(node);
  if (!inner.hashed) {
    inner.hash = HashInner(inner.bit, HashOf(*inner.child[0]), HashOf(*inner.child[1]));
    inner.hashed = true;
  }
  return inner.hash;
}

void StateTree::Set(std::string_view key, const Digest& timeline_hash) {
  auto leaf = std::make_shared<Leaf>();
  leaf->path = Sha256(key);
  leaf->timeline_hash = timeline_hash;
  if (root_ == nullptr) {
    root_ = std::move(leaf);
    return;
  }
  // The leaf that its own bits lead to shares the most of them.
  Node* nearest = root_.get();
  while (!nearest->is_leaf()) {
    nearest = InnerOf(*nearest).child[BitAt(leaf->path, nearest->bit)].get();
  }
  root_ = Insert(root_, leaf, FirstDifference(LeafOf(*nearest).path, leaf->path));
}

Digest StateTree::Root() const { return root_ == nullptr ? Sha256(kEmpty) : HashOf(*root_); }

std::optional<Digest> StateTree::Find(std::string_view key) const {
  const Digest path = Sha256(key);
  Node* node = root_.get();
  while (node != nullptr && !node->is_leaf()) {
    node = InnerOf(*node).child[BitAt(path, node->bit)].get();
  }
  if (node == nullptr || LeafOf(*node).path != path) return std::nullopt;
  return LeafOf(*node).timeline_hash;
}

std::vector<StateNode> StateTree::Expand(const StateRef& ref, int levels) const {
  std::vector<StateNode> nodes;
  NodePtr node = root_;
  while (node != nullptr && node->bit < ref.bit) {
    node = InnerOf(*node).child[BitAt(ref.path, node->bit)];
  }
  if (node == nullptr || FirstDifference(PathOf(*node), ref.path) < ref.bit) return nodes;
  ExpandNode(*node, ref.bit + levels, &nodes);
  return nodes;
}

void StateTree::ExpandNode(Node& node, int until, std::vector<StateNode>* nodes) {
  StateNode shown{node.bit, PathOf(node), {}, false};
  if (node.is_leaf()) {
    shown.hash = LeafOf(node).timeline_hash;
  } else if (node.bit < until) {
    shown.expanded = true;
  } else {
    shown.hash = HashOf(node);
  }
  nodes->push_back(shown);
  if (!shown.expanded) return;
  ExpandNode(*InnerOf(node).child[0], until, nodes);
  ExpandNode(*InnerOf(node).child[1], until, nodes);
}

ShownHash HashShown(const std::vector<StateNode>& nodes, size_t at) {
  if (at >= nodes.size()) return {};
  const StateNode& node = nodes[at];
  if (node.bit == kPathBits) return {HashLeaf(node.path, node.hash), 1};
  if (!node.expanded) return {node.hash, 1};
  const ShownHash left = HashShown(nodes, at + 1);
  if (left.nodes == 0) return {};
  const ShownHash right = HashShown(nodes, at + 1 + left.nodes);
  if (right.nodes == 0) return {};
  return {HashInner(node.bit, left.hash, right.hash), 1 + left.nodes + right.nodes};
}

std::optional<std::vector<StateStep>> StateTree::Prove(std::string_view key) const {
  const Digest path = Sha256(key);
  std::vector<StateStep> steps;
  NodePtr node = root_;
  while (node != nullptr && !node->is_leaf()) {
    const Inner& inner = InnerOf(*node);
    const bool side = BitAt(path, inner.bit);
    steps.push_back({inner.bit, HashOf(*inner.child[!side])});
    node = inner.child[side];
  }
  if (node == nullptr || LeafOf(*node).path != path) return std::nullopt;
  std::ranges::reverse(steps);
  return steps;
}

absl::Status VerifyStateProof(std::string_view key, const Digest& timeline_hash,
                              const std::vector<StateStep>& proof, const Digest& root) {
  const auto bad = [&](std::string_view what) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                     absl::StrCat("state proof of \"", Absl(key), "\": ", Absl(what)));
  };
  const Digest path = Sha256(key);
  Digest hash = HashLeaf(path, timeline_hash);
  int below = kPathBits;
  for (const StateStep& step : proof) {
    if (step.bit < 0 || step.bit >= below) return bad("its bits do not descend from 255");
    below = step.bit;
    hash = BitAt(path, step.bit) ? HashInner(step.bit, step.sibling, hash)
                                 : HashInner(step.bit, hash, step.sibling);
  }
  if (hash != root) return bad("it does not lead to the state root");
  return absl::OkStatus();
}

Digest ComputeStateRoot(const std::map<Digest, Digest>& timelines) {
  if (timelines.empty()) return Sha256(kEmpty);
  const std::vector<std::pair<Digest, Digest>> leaves(timelines.begin(), timelines.end());
  return RootOfRange(leaves, 0, leaves.size());
}

}  // namespace comity
