// What a revocation does to leaves that were taken in before it was known.
//
// The view must be a function of frontier and roster: whoever learns the roster first refuses
// to show a leaf that needs a revoked key (ListBatch::AppendProven), so whoever showed it
// already takes it out of its view, and everything after it, for later leaves build on it. The
// leaves stay in the log and are relayed. The authority goes on with a new epoch.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/replica.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

// The roster version up to which the leaves of `origin` were looked through.
std::string CheckedKey(const Origin& origin) {
  return absl::StrCat("revoked/", ToHex(Sha256(origin.ToString())).substr(0, 32));
}

// Whether the leaf, which was verified when it came, needs a key that is revoked now.
absl::StatusOr<bool> IsVoid(const Roster& roster, const Origin& origin, LeafIndex index,
                            const StoredLeaf& leaf) {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(leaf.envelope));
  v1::Revision revision;
  if (envelope.payload_type() != kRevisionType || !revision.ParseFromString(envelope.payload())) {
    return false;
  }
  const Roster* named = roster.FindVersion(revision.roster_version());
  if (named == nullptr) return false;
  const absl::Status status = CheckNotRevoked(roster, *named, origin, index.value,
                                              revision.guard() == v1::GUARD_BULK_REMOVAL, envelope);
  return ReasonOf(status) == v1::REASON_KEY_REVOKED;
}

}  // namespace

absl::Status Replica::VoidRevoked(const StoredHead& head) {
  const Origin& origin = head.origin;
  const std::optional<uint64_t> from = roster_->RevokedFrom(origin.ToString());
  // What lies beneath a snapshot is judged once it is here: JudgeHistory.
  if (!from.has_value() || begun_.contains(origin) || Planted(Bug::kRevocationIgnored)) {
    return absl::OkStatus();
  }
  const std::string version = absl::StrCat(roster_->version());
  COMITY_ASSIGN_OR_RETURN(const auto checked, store_->GetMeta(CheckedKey(origin)));
  if (checked == version) return absl::OkStatus();
  COMITY_ASSIGN_OR_RETURN(const TreeSize shown, ShownSize(*store_, head));
  std::optional<uint64_t> stop;
  for (uint64_t index = *from; index < shown.value && !stop.has_value(); ++index) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf, store_->ReadLeaf(origin, LeafIndex{index}));
    COMITY_ASSIGN_OR_RETURN(const bool is_void, IsVoid(*roster_, origin, LeafIndex{index}, leaf));
    if (is_void) stop = index;
  }
  if (stop.has_value()) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf last, store_->ReadLeaf(origin, LeafIndex{*stop - 1}));
    COMITY_ASSIGN_OR_RETURN(
        ListState before, LoadList({origin, TreeSize{*stop}, last.root_after, last.state_root_after,
                                    last.published_at, "", TreeSize{}},
                                   nullptr));
    ListBatch batch(roster_, store_, origin, std::move(before), options_.schema_level);
    for (uint64_t index = *stop; index < head.size.value; ++index) {
      COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf, store_->ReadLeaf(origin, LeafIndex{index}));
      COMITY_RETURN_IF_ERROR(batch.AppendProven(leaf.envelope));
    }
    ListCommit commit = batch.TakeCommit();
    commit.kind = ListCommit::Kind::kAgain;
    COMITY_RETURN_IF_ERROR(store_->Commit(commit));
  }
  // On a full disk it is looked through again at the next start.
  store_->PutMeta(CheckedKey(origin), version).IgnoreError();
  return absl::OkStatus();
}

absl::Status Replica::JudgeHistory(const Origin& origin) {
  if (!roster_->RevokedFrom(origin.ToString()).has_value()) return absl::OkStatus();
  for (const bool again : {false, true}) {
    COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store_->Heads());
    for (const StoredHead& head : heads) {
      if (head.origin != origin) continue;
      if (!again) {
        COMITY_RETURN_IF_ERROR(VoidRevoked(head));
        continue;
      }
      COMITY_ASSIGN_OR_RETURN(ListState state, LoadList(head, nullptr));
      if (state.stop.has_value()) COMITY_RETURN_IF_ERROR(TakeUp(state));
      lists_[origin] = std::move(state);
    }
  }
  return absl::OkStatus();
}

}  // namespace comity
