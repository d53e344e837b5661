// Where two state trees differ, asked of the other side a few levels at a time.
#ifndef COMITY_STORAGE_LISTS_STATE_DESCENT_H_
#define COMITY_STORAGE_LISTS_STATE_DESCENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "storage/lists/state_tree.h"

namespace comity {

// How many levels one answer shows: 256 nodes of about 40 bytes at most.
inline constexpr int kDescentLevels = 8;
// Nodes asked for at once, and differences named before it is left at "and more".
inline constexpr size_t kDescentRefs = 64;
inline constexpr size_t kMaxStateDifferences = 1'000;

// One key of which the two sides hold other timelines. Value type.
struct StateDifference {
  enum class Kind { kHereOnly, kThereOnly, kOther };
  Kind kind;
  // SHA-256 of the key.
  Digest path{};
};

// Ask Next() of the other side and hand the answers to Take() until Next() is empty. What
// it shows is believed only where it hashes to the root that it named. Not thread-safe;
// keeps the tree alive.
class StateDescent {
 public:
  StateDescent(StateTree here, const Digest& root_there);

  // At most kDescentRefs.
  std::vector<StateRef> Next() const;
  // `answers[i]` is StateTree::Expand(Next()[i], kDescentLevels) of the other side.
  // DATA_LOSS if an answer does not hash to what was shown before.
  absl::Status Take(const std::vector<std::vector<StateNode>>& answers);

  const std::vector<StateDifference>& differences() const { return differences_; }
  // There are more than are named.
  bool truncated() const { return truncated_; }

 private:
  struct Pending {
    StateTree::NodePtr here;
    StateRef ref;
    // What the other side showed for that node.
    Digest hash{};
  };

  void Compare(const StateTree::NodePtr& here, const std::vector<StateNode>& there, size_t at);
  void HereOnly(const StateTree::NodePtr& here);
  void ThereOnly(const std::vector<StateNode>& there, size_t at);
  void Differ(StateDifference::Kind kind, const Digest& path);
  void Ask(const StateTree::NodePtr& here, const StateNode& there);

  const StateTree here_;
  std::vector<Pending> pending_;
  std::vector<StateDifference> differences_;
  bool truncated_ = false;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_DESCENT_H_
