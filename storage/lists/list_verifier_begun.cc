// ListVerifier's lists that began from a snapshot and of whose history not all leaves are held.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_verifier.h"
#include "storage/lists/state_index.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"

namespace comity {

absl::StatusOr<bool> ListVerifier::WalkBegun(const std::string& bytes,
                                             const std::function<bool()>& step) {
  v1::Bootstrap record;
  if (!record.ParseFromString(bytes) || !CheckBeginning(record)) {
    if (at_->faults.empty()) {
      Wrong(std::nullopt, "", "what is remembered of its snapshot cannot be read");
    }
    return false;
  }
  // The genesis is always here.
  const uint64_t backfilled = std::max<uint64_t>(1, record.backfilled());
  past_ = true;
  COMITY_ASSIGN_OR_RETURN(const bool past, Walk(0, backfilled, step));
  past_ = false;
  if (!past) return false;
  open_tiles_.clear();
  at_->not_held_from = TreeSize{backfilled};
  at_->not_held_to = TreeSize{record.size() - 1};
  if (at_->not_held_from >= at_->not_held_to) at_->not_held_from = at_->not_held_to = TreeSize{};
  const bool before_known = made_.has_value() && made_->size.value == backfilled;
  COMITY_ASSIGN_OR_RETURN(const bool open, OpenAt(record));
  if (!open) return false;
  if (known_.Covers(head_.origin, TreeSize{record.size()}, state_->published_at)) {
    made_ = {TreeSize{record.size()}, state_->log.Root(), state_->tree.Root()};
  } else if (!known_.everything() && before_known) {
    const auto token = known_.token.has_value() ? known_.token->heads.find(head_.origin)
                                                : std::map<Origin, FrontierHead>::const_iterator();
    cannot_say_ = !known_.token.has_value() || token->second.size.value != backfilled;
  }
  ++at_->verified.value;
  if (record.size() < head_.size.value && !step()) {
    return absl::CancelledError("verification was stopped");
  }
  return Walk(record.size(), head_.size.value, step);
}

bool ListVerifier::CheckBeginning(const v1::Bootstrap& record) {
  const absl::StatusOr<Checkpoint> checkpoint =
      VerifyLogNote(record.checkpoint(), head_.origin, roster_);
  if (!checkpoint.ok()) {
    Wrong(std::nullopt, "",
          absl::StrCat("the checkpoint of its snapshot: ", checkpoint.status().message()));
    return false;
  }
  if (checkpoint->size == record.size() && ToBytes(checkpoint->root) == record.root() &&
      record.size() > 1 && record.size() <= head_.size.value &&
      record.backfilled() < record.size()) {
    return true;
  }
  Wrong(std::nullopt, "", "what is remembered of its snapshot is not what its checkpoint says");
  return false;
}

absl::StatusOr<bool> ListVerifier::OpenAt(const v1::Bootstrap& record) {
  const LeafIndex index{record.size() - 1};
  const auto wrong = [&](std::string_view what) {
    Wrong(index, "", what);
    return false;
  };
  const absl::StatusOr<StoredLeaf> leaf = store_.ReadLeaf(head_.origin, index);
  if (!leaf.ok()) {
    return wrong(absl::IsNotFound(leaf.status()) ? "it is missing" : Std(leaf.status().message()));
  }
  const v1::Revision revision = RevisionOf(leaf->envelope);
  const absl::StatusOr<v1::Envelope> envelope = ParseEnvelope(leaf->envelope);
  if (!envelope.ok() || revision.origin() != head_.origin.ToString() ||
      revision.index() != index.value) {
    return wrong("it is no revision of this place");
  }
  const auto named =
      NamedRoster(roster_, revision.roster_version(), revision.roster_digest(), head_.origin);
  const absl::Status signed_by_officers =
      named.ok() ? VerifyOfficers(**named, **named, head_.origin, index.value,
                                  revision.guard() == v1::GUARD_BULK_REMOVAL, *envelope)
                 : named.status();
  if (!signed_by_officers.ok()) return wrong(Std(signed_by_officers.message()));

  ListState state;
  state.origin = head_.origin;
  state.genesis = state_->genesis;
  state.citation = revision.instrument().citation();
  state.roster_version = revision.roster_version();
  state.published_at = Instant{revision.published_at()};
  uint64_t bad = 0;
  COMITY_RETURN_IF_ERROR(store_.ScanTimelines(
      head_.origin, TreeSize{record.size()}, "", [&](const StoredTimeline& stored) {
        const absl::StatusOr<Timeline> timeline = Timeline::Decode(stored.timeline);
        if (!timeline.ok() || timeline->versions().empty() ||
            timeline->versions().back().index != stored.index) {
          Wrong(stored.index, stored.key, "the entry's timeline is damaged");
          ++bad;
          return true;
        }
        rows_.AddTimeline(stored.key, stored.index);
        state.tree.Set(stored.key, Sha256(stored.timeline));
        const Version* const newest = timeline->Newest();
        if (newest != nullptr && newest->entry_hash.has_value()) ++state.live_entries;
        for (const Version& version : timeline->versions()) {
          if (version.entry_hash.has_value()) bodies_->AddBody(*version.entry_hash);
        }
        if (const absl::Status bodies = CheckBodies(store_, stored); !bodies.ok()) {
          Wrong(stored.index, stored.key, Std(bodies.message()));
        }
        return true;
      }));
  if (ToBytes(state.tree.Root()) != revision.state_root_after()) {
    return wrong(bad > 0 ? "without these timelines the state root that it signs cannot be made"
                         : "the timelines do not make the state root that it signs: one of them "
                           "was altered, is missing, or is too many");
  }
  if (EnvelopeLeafHash(envelope->payload_type(), envelope->payload()) != leaf->leaf_hash ||
      ToBytes(leaf->root_after) != record.root() ||
      ToBytes(leaf->state_root_after) != revision.state_root_after() ||
      leaf->published_at.micros != revision.published_at() ||
      record.state_root() != revision.state_root_after()) {
    Wrong(index, "", "what is kept with it is not what it makes");
  }
  auto log = TreeAppender::Open(StoreTileReader(&store_, head_.origin), record.size());
  if (!log.ok() || ToBytes(log->Root()) != record.root()) {
    return wrong("the tiles do not make the root of its snapshot");
  }
  state.log = *std::move(log);
  last_ = *leaf;
  last_.root_after = state.log.Root();
  last_.state_root_after = state.tree.Root();
  last_.published_at = state.published_at;
  state_ = std::move(state);
  if (const auto it = roots_.find(record.size()); it != roots_.end()) {
    it->second = last_.root_after;
  }
  return true;
}

}  // namespace comity
