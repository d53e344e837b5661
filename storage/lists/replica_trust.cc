// Where a replica finds that an authority contradicts itself, and what it keeps of what
// participants say about their own lists.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/lists/replica.h"
#include "storage/lists/replica_group.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"

namespace comity {

using absl::StatusCode;

std::optional<VerifiedEvidence> Replica::MakeVerified(const std::string& note,
                                                      const std::string& other,
                                                      const LogConsistency& proof,
                                                      const std::string& held_by) const {
  const absl::StatusOr<std::string> bytes =
      MakeEvidence(note, other, proof.old_root, proof.hashes, *roster_, held_by);
  if (!bytes.ok()) return std::nullopt;
  // Nothing is said of anyone that others could not verify.
  absl::StatusOr<VerifiedEvidence> evidence = VerifyEvidence(*bytes, *roster_);
  if (!evidence.ok()) return std::nullopt;
  return *std::move(evidence);
}

std::optional<VerifiedEvidence> Replica::FindFork(const LogHead& head, const ListView& view) const {
  if (head.size.value == 0 || view.checkpoint.empty()) return std::nullopt;
  // A larger one may continue what is held: fetching it will show (MeetConsistency).
  if (head.size > view.checkpoint_size || Planted(Bug::kIgnoreFork)) return std::nullopt;
  const bool same_size = head.size == view.checkpoint_size;
  if (!same_size && Planted(Bug::kIgnoreForkOfOtherSize)) return std::nullopt;
  LogConsistency ours;
  if (head.size == view.size && view.stopped.empty()) {
    ours.old_root = view.root;
  } else {
    const absl::StatusOr<StoredLeaf> leaf =
        store_->ReadLeaf(head.origin, LeafIndex{head.size.value - 1});
    // From before a snapshot, or not readable: nothing can be said.
    if (!leaf.ok()) return std::nullopt;
    ours.old_root = leaf->root_after;
  }
  if (ours.old_root == head.root && !Planted(Bug::kAccuseWithoutCause)) return std::nullopt;
  if (!same_size) {
    absl::StatusOr<std::vector<Digest>> hashes = ConsistencyProof(
        StoreTileReader(store_, head.origin), head.size.value, view.checkpoint_size.value);
    if (!hashes.ok()) return std::nullopt;
    ours.hashes = *std::move(hashes);
  }
  return MakeVerified(head.checkpoint, view.checkpoint, ours, "");
}

absl::Status Replica::MeetHead(const LogHead& head) {
  COMITY_RETURN_IF_ERROR(CheckHead(head));
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto view = held->lists().find(head.origin);
  if (view == held->lists().end()) return absl::OkStatus();
  const std::optional<VerifiedEvidence> fork = FindFork(head, *view->second);
  if (!fork.has_value()) return absl::OkStatus();
  size_t taken = 0;
  // The head itself is as it should be: what could not be stored is not its bearer's fault.
  AccuseAll({*fork}, &taken).IgnoreError();
  return absl::OkStatus();
}

absl::Status Replica::MeetConsistency(const LogHead& target, TreeSize size,
                                      const LogConsistency& proof) {
  COMITY_RETURN_IF_ERROR(CheckHead(target));
  if (size.value == 0 || size >= target.size) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                     absl::StrCat(target.origin.ToString(), ": a proof from size ", size.value,
                                  " to ", target.size.value),
                     target.origin.ToString());
  }
  COMITY_RETURN_IF_ERROR(Annotate(
      VerifyConsistency(size.value, proof.old_root, target.size.value, target.root, proof.hashes),
      target.origin.ToString()));
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto it = held->lists().find(target.origin);
  if (it == held->lists().end()) return absl::OkStatus();
  const ListView& view = *it->second;
  // What is signed for here grew meanwhile, and may reach as far as the target now.
  if (view.checkpoint_size != size) return MeetHead(target);
  COMITY_ASSIGN_OR_RETURN(const Digest ours,
                          RootAt(StoreTileReader(store_, target.origin), size.value));
  if (ours == proof.old_root) return absl::OkStatus();
  const std::optional<VerifiedEvidence> fork =
      MakeVerified(view.checkpoint, target.checkpoint, proof, "");
  if (!fork.has_value()) return absl::OkStatus();
  size_t taken = 0;
  AccuseAll({*fork}, &taken).IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<LogConsistency> Replica::ReadConsistency(const Origin& origin, TreeSize old_size,
                                                        TreeSize new_size) const {
  COMITY_ASSIGN_OR_RETURN(const TreeSize held, SizeOf(origin));
  if (old_size.value == 0 || old_size >= new_size || new_size > held) {
    return absl::OutOfRangeError(absl::StrCat(origin.ToString(), ": from size ", old_size.value,
                                              " to ", new_size.value, " was asked for, ",
                                              held.value, " are held"));
  }
  LogConsistency consistency;
  const StoreTileReader tiles(store_, origin);
  COMITY_ASSIGN_OR_RETURN(consistency.old_root, RootAt(tiles, old_size.value));
  COMITY_ASSIGN_OR_RETURN(consistency.hashes,
                          ConsistencyProof(tiles, old_size.value, new_size.value));
  return consistency;
}

absl::Status Replica::AccuseAll(const std::vector<VerifiedEvidence>& evidence, size_t* taken) {
  if (evidence.empty()) return absl::OkStatus();
  Write write{Origin{}};
  write.evidence = &evidence;
  queue_.Run(write);
  *taken = write.taken;
  return write.status;
}

absl::StatusOr<size_t> Replica::TakeEvidence(const std::vector<std::string>& all) {
  std::vector<VerifiedEvidence> verified;
  absl::Status wrong;
  const std::shared_ptr<const Snapshot> held = snapshot();
  for (const std::string& bytes : all) {
    absl::StatusOr<VerifiedEvidence> evidence = VerifyEvidence(bytes, *roster_);
    if (!evidence.ok()) {
      wrong = evidence.status();
      break;
    }
    if (held->lists().contains(evidence->origin)) verified.push_back(*std::move(evidence));
  }
  size_t taken = 0;
  COMITY_RETURN_IF_ERROR(AccuseAll(verified, &taken));
  COMITY_RETURN_IF_ERROR(wrong);
  return taken;
}

absl::Status Replica::Accuse(const VerifiedEvidence& evidence, ListView& view, Group& group) {
  const absl::StatusOr<bool> added = evidence_->Add(evidence);
  if (added.ok() && !*added) return absl::OkStatus();
  view.contested = true;
  group.news.contested.push_back(evidence.origin);
  return added.status();
}

absl::Status Replica::Accuse(Write& write, Group& group) {
  absl::Status stored;
  for (const VerifiedEvidence& evidence : *write.evidence) {
    const auto it = group.views.find(evidence.origin);
    if (it == group.views.end()) continue;
    const size_t before = group.news.contested.size();
    auto next = std::make_shared<ListView>(*it->second);
    stored.Update(Accuse(evidence, *next, group));
    write.taken += group.news.contested.size() - before;
    if (next->contested == it->second->contested) continue;
    CountCommon(*next);
    it->second = std::move(next);
    group.changed = true;
  }
  return stored;
}

void Replica::JudgeHeld(ListView& view, const ListView* before, Group& group) {
  const TreeSize judged = before == nullptr ? TreeSize{} : before->checkpoint_size;
  for (const auto& [participant, statement] : view.held) {
    if (statement.size <= judged || statement.size > view.checkpoint_size) continue;
    const LogHead stated{statement.origin, statement.size, statement.root, statement.note};
    // What cannot be stored comes again.
    if (const auto fork = FindFork(stated, view)) Accuse(*fork, view, group).IgnoreError();
  }
}

absl::Status Replica::CheckNotContested(const Origin& origin) const {
  if (!evidence_->Contested(origin) || Planted(Bug::kContestedGoesOn)) return absl::OkStatus();
  return MakeError(
      StatusCode::kFailedPrecondition, v1::REASON_CONTESTED,
      absl::StrCat(origin.name.ToString(), ": ", origin.name.authority,
                   " signed two histories of this list: it stays as it is here until a new epoch "
                   "(`comity evidence ls`, `comity succession draft`)"),
      origin.ToString());
}

std::vector<VerifiedEvidence> Replica::EvidenceFor(std::string_view participant) const {
  return evidence_->All(
      [&](const Origin& origin) { return participant.empty() || MayHold(participant, origin); });
}

Digest Replica::EvidenceDigestFor(std::string_view participant) const {
  return evidence_->DigestOf([&](const Origin& origin) { return MayHold(participant, origin); });
}

void Replica::Announce(const News& news) {
  if (news.empty()) return;
  std::function<void(const News&)> notify;
  {
    MutexLock lock(write_mutex_);
    notify = on_commit_;
  }
  if (notify) notify(news);
}

void Replica::TickStatuses() {
  News news;
  news.statuses = statuses_->Tick(snapshot()->lists(), clock_->Now());
  Announce(news);
}

absl::StatusOr<size_t> Replica::TakeStatuses(const std::vector<std::string>& envelopes) {
  News news;
  COMITY_ASSIGN_OR_RETURN(news.statuses, statuses_->Take(envelopes, clock_->Now()));
  Announce(news);
  return news.statuses.size();
}

}  // namespace comity
