#include "storage/lists/verify.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/memory_store.h"
#include "storage/lists/state_index.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

// Problems told in one error's text; the others are counted.
constexpr size_t kNamedProblems = 4;

// Each leaf is made anew in a store of its own and compared with what is kept.
class ListVerifier {
 public:
  ListVerifier(const Store& store, const Roster& roster, const StoredHead& head)
      : store_(store), roster_(roster), head_(head) {}

  absl::Status TakeLeaf(LeafIndex index) {
    absl::StatusOr<StoredLeaf> stored = store_.ReadLeaf(head_.origin, index);
    if (!stored.ok()) return Wrong(index, Std(stored.status().message()));
    ListBatch batch(&roster_, &made_, head_.origin, std::move(state_));
    // What was kept without being understood is compared as such; it is taken in when a
    // program that understands it opens the store.
    const absl::Status status = stored->opaque && index.value > 0
                                    ? batch.AppendOpaque(stored->envelope, "")
                                    : batch.Append(stored->envelope);
    if (!status.ok()) {
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

// What can be checked of a list whose history is not complete: the timelines make the state
// root, the tiles the root, and every body is there.
absl::Status VerifyBegun(const Store& store, const StoredHead& head) {
  const auto wrong = [&](std::string_view what) {
    return absl::DataLossError(absl::StrCat(head.origin.name.ToString(), ": ", Absl(what)));
  };
  const auto tiles = TreeAppender::Open(StoreTileReader(&store, head.origin), head.size.value);
  if (!tiles.ok() || tiles->Root() != head.root) return wrong("the tiles do not make its root");
  StateTree tree;
  absl::Status status;
  COMITY_RETURN_IF_ERROR(
      store.ScanTimelines(head.origin, head.size, "", [&](const StoredTimeline& stored) {
        tree.Set(stored.key, Sha256(stored.timeline));
        status = CheckBodies(store, stored);
        return status.ok();
      }));
  if (!status.ok()) return wrong(Std(status.message()));
  if (tree.Root() != head.state_root) return wrong("the timelines do not make its state root");
  return absl::OkStatus();
}

absl::Status VerifyList(const Store& store, const Roster& roster, const StoredHead& head,
                        const std::function<bool(LeafIndex)>& leaf_done) {
  ListVerifier verifier(store, roster, head);
  for (uint64_t index = 0; index < head.size.value; ++index) {
    COMITY_RETURN_IF_ERROR(verifier.TakeLeaf(LeafIndex{index}));
    if (!leaf_done(LeafIndex{index})) return absl::CancelledError("verification was stopped");
  }
  return verifier.Finish();
}

absl::Status VerifyStore(const Store& store, const Roster& roster, std::string_view list,
                         const VerifyStep& step, const FileStep& file_step) {
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store.Heads());
  COMITY_ASSIGN_OR_RETURN(const auto bootstraps, store.Bootstraps());
  std::vector<std::string> problems;
  bool found = false;
  // A wrong file may hold several lists: the walk below says which, where it can.
  if (const absl::Status files = store.VerifyFiles(file_step); !files.ok()) {
    if (absl::IsCancelled(files)) return files;
    problems.emplace_back(files.message());
  }
  for (const StoredHead& head : heads) {
    if (!list.empty() && head.origin.name.ToString() != list) continue;
    found = true;
    ListVerification at{head.origin, TreeSize{0}, head.size, absl::OkStatus()};
    if (bootstraps.contains(head.origin)) {
      at.problem = VerifyBegun(store, head);
      at.verified = at.size;
    } else {
      at.problem = VerifyList(store, roster, head, [&](LeafIndex index) {
        at.verified = TreeSize{index.value + 1};
        // The last one is told below, once the head was compared.
        return at.verified == at.size || step(at);
      });
    }
    if (absl::IsCancelled(at.problem)) return at.problem;
    if (!at.problem.ok()) problems.emplace_back(at.problem.message());
    if (!step(at)) return absl::CancelledError("verification was stopped");
  }
  if (!found && !list.empty()) {
    return MakeError(absl::StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                     absl::StrCat("list ", Absl(list), " is not held here"), list);
  }
  if (problems.empty()) return absl::OkStatus();
  const size_t damaged = problems.size();
  if (damaged > kNamedProblems) problems.resize(kNamedProblems);
  return absl::DataLossError(absl::StrCat(
      absl::StrJoin(problems, "; "),
      damaged > kNamedProblems ? absl::StrCat("; and ", damaged - kNamedProblems, " more") : ""));
}

absl::Status CheckNothingMissing(const Store& store, std::string_view list) {
  COMITY_ASSIGN_OR_RETURN(const Frontier missing, store.Missing());
  for (const auto& [origin, head] : missing.heads) {
    if (!list.empty() && origin.name.ToString() != list) continue;
    return absl::DataLossError(absl::StrCat(
        origin.name.ToString(), ": ", head.size.value,
        " leaves were acknowledged and are not all there: the daemon fetches them from its "
        "peers, see `comity status` for who can be reached"));
  }
  return absl::OkStatus();
}

}  // namespace comity
