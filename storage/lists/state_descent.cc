#include "storage/lists/state_descent.h"

#include <algorithm>
#include <utility>

#include "storage/lists/state_tree_node.h"

namespace comity {
namespace {

absl::Status Lies(const char* what) { return absl::DataLossError(what); }

// A node shown below another has to lie below it: else the shape is not that of a trie.
bool IsTrie(const std::vector<StateNode>& nodes, size_t at, int above, const Digest& path) {
  const StateNode& node = nodes[at];
  if (node.bit < above || node.bit > kStatePathBits) return false;
  if (FirstStateDifference(node.path, path) < above) return false;
  if (!node.expanded) return true;
  if (node.bit == kStatePathBits) return false;
  const size_t left = at + 1;
  const size_t right = left + HashShown(nodes, left).nodes;
  return !StatePathBit(nodes[left].path, node.bit) && StatePathBit(nodes[right].path, node.bit) &&
         FirstStateDifference(nodes[left].path, node.path) >= node.bit &&
         FirstStateDifference(nodes[right].path, node.path) >= node.bit &&
         IsTrie(nodes, left, node.bit + 1, nodes[left].path) &&
         IsTrie(nodes, right, node.bit + 1, nodes[right].path);
}

}  // namespace

StateDescent::StateDescent(StateTree here, const Digest& root_there) : here_(std::move(here)) {
  if (here_.Root() == root_there) return;
  pending_.push_back({here_.root_, StateRef{}, root_there});
}

std::vector<StateRef> StateDescent::Next() const {
  std::vector<StateRef> refs;
  if (truncated_) return refs;
  for (size_t i = 0; i < std::min(pending_.size(), kDescentRefs); ++i) {
    refs.push_back(pending_[i].ref);
  }
  return refs;
}

absl::Status StateDescent::Take(const std::vector<std::vector<StateNode>>& answers) {
  if (answers.size() != Next().size()) return Lies("it did not answer what it was asked");
  const std::vector<Pending> asked(pending_.begin(), pending_.begin() + answers.size());
  pending_.erase(pending_.begin(), pending_.begin() + answers.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    const std::vector<StateNode>& there = answers[i];
    if (there.empty()) {
      // Only an empty tree has an empty answer, and only at its root.
      if (asked[i].hash != StateTree().Root()) return Lies("it shows nothing where it had keys");
      HereOnly(asked[i].here);
      continue;
    }
    const ShownHash shown = HashShown(there, 0);
    if (shown.nodes != there.size() || shown.hash != asked[i].hash) {
      return Lies("what it shows does not hash to its own root");
    }
    if (!IsTrie(there, 0, asked[i].ref.bit, asked[i].ref.path)) {
      return Lies("what it shows is not a state tree");
    }
    Compare(asked[i].here, there, 0);
  }
  return absl::OkStatus();
}

void StateDescent::Compare(const StateTree::NodePtr& here, const std::vector<StateNode>& there,
                           size_t at) {
  if (truncated_) return;
  if (here == nullptr) return ThereOnly(there, at);
  const StateNode& node = there[at];
  if (HashShown(there, at).hash == StateTree::HashOf(*here)) return;
  const int apart = FirstStateDifference(StateTree::PathOf(*here), node.path);
  if (apart < std::min<int>(here->bit, node.bit)) {
    HereOnly(here);
    return ThereOnly(there, at);
  }
  if (here->bit < node.bit) {
    // All that is there lies on one side of what is here.
    const bool side = StatePathBit(node.path, here->bit);
    Compare(StateTree::InnerOf(*here).child[side], there, at);
    return HereOnly(StateTree::InnerOf(*here).child[!side]);
  }
  if (node.bit == kStatePathBits) return Differ(StateDifference::Kind::kOther, node.path);
  if (!node.expanded) return Ask(here, node);
  const size_t left = at + 1;
  const size_t right = left + HashShown(there, left).nodes;
  if (here->bit == node.bit) {
    Compare(StateTree::InnerOf(*here).child[0], there, left);
    return Compare(StateTree::InnerOf(*here).child[1], there, right);
  }
  const bool side = StatePathBit(StateTree::PathOf(*here), node.bit);
  Compare(here, there, side ? right : left);
  ThereOnly(there, side ? left : right);
}

void StateDescent::Ask(const StateTree::NodePtr& here, const StateNode& there) {
  pending_.push_back({here, StateRef{there.bit, there.path}, there.hash});
}

void StateDescent::HereOnly(const StateTree::NodePtr& here) {
  if (here == nullptr || truncated_) return;
  if (here->bit == kStatePathBits) return Differ(StateDifference::Kind::kHereOnly, StateTree::PathOf(*here));
  HereOnly(StateTree::InnerOf(*here).child[0]);
  HereOnly(StateTree::InnerOf(*here).child[1]);
}

void StateDescent::ThereOnly(const std::vector<StateNode>& there, size_t at) {
  const StateNode& node = there[at];
  if (truncated_) return;
  if (node.bit == kStatePathBits) return Differ(StateDifference::Kind::kThereOnly, node.path);
  if (!node.expanded) return Ask(nullptr, node);
  const size_t left = at + 1;
  ThereOnly(there, left);
  ThereOnly(there, left + HashShown(there, left).nodes);
}

void StateDescent::Differ(StateDifference::Kind kind, const Digest& path) {
  if (differences_.size() == kMaxStateDifferences) {
    truncated_ = true;
    return;
  }
  differences_.push_back({kind, path});
}

}  // namespace comity
