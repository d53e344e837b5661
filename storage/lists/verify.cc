#include "storage/lists/verify.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/memory_store.h"

namespace comity {
namespace {

// Each leaf is made anew in a store of its own and compared with what is kept.
class ListVerifier {
 public:
  ListVerifier(const Store& store, const Roster& roster, const StoredHead& head)
      : store_(store), roster_(roster), head_(head) {}

  absl::Status TakeLeaf(LeafIndex index) {
    absl::StatusOr<StoredLeaf> stored = store_.ReadLeaf(head_.origin, index);
    if (!stored.ok()) return Wrong(index, Std(stored.status().message()));
    ListBatch batch(&roster_, &made_, head_.origin, std::move(state_));
    if (absl::Status status = batch.Append(stored->envelope); !status.ok()) {
      return Wrong(index, Std(status.message()));
    }
    const ListCommit commit = batch.TakeCommit();
    if (commit.leaves[0] != *stored)
      return Wrong(index, "its hash or roots are not what its bytes make");
    for (const Body& body : commit.bodies) {
      const absl::StatusOr<std::string> read = store_.ReadBody(body.hash);
      if (!read.ok() || *read != body.bytes)
        return Wrong(index, "an entry's body is missing or damaged");
    }
    for (const StoredTimeline& timeline : commit.timelines) {
      const auto read = store_.ReadTimeline(head_.origin, timeline.key, TreeSize{index.value + 1});
      if (!read.ok() || !read->has_value() || **read != timeline) {
        return Wrong(index, absl::StrCat("the timeline of \"", timeline.key,
                                         "\" is not what the revisions make"));
      }
    }
    COMITY_RETURN_IF_ERROR(made_.Commit(commit));
    state_ = batch.state();
    return absl::OkStatus();
  }

  absl::Status Finish() const {
    if (state_->log.Root() != head_.root || state_->tree.Root() != head_.state_root) {
      return Wrong(LeafIndex{head_.size.value - 1}, "the head is not what the leaves make");
    }
    const auto tiles = TreeAppender::Open(StoreTileReader(&store_, head_.origin), head_.size.value);
    if (!tiles.ok() || tiles->Root() != head_.root) {
      return Wrong(LeafIndex{head_.size.value - 1}, "the tiles are not what the leaves make");
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Wrong(LeafIndex index, std::string_view what) const {
    return absl::DataLossError(
        absl::StrCat(head_.origin.name.ToString(), ", leaf ", index.value, ": ", Absl(what)));
  }

  const Store& store_;
  const Roster& roster_;
  const StoredHead& head_;
  MemoryStore made_;
  std::optional<ListState> state_;
};

}  // namespace

absl::Status VerifyList(const Store& store, const Roster& roster, const StoredHead& head,
                        const std::function<bool(LeafIndex)>& leaf_done) {
  ListVerifier verifier(store, roster, head);
  for (uint64_t index = 0; index < head.size.value; ++index) {
    COMITY_RETURN_IF_ERROR(verifier.TakeLeaf(LeafIndex{index}));
    if (!leaf_done(LeafIndex{index})) return absl::CancelledError("verification was stopped");
  }
  return verifier.Finish();
}

}  // namespace comity
