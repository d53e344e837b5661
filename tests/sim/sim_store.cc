#include "tests/sim/sim_store.h"

#include <algorithm>
#include <cstdlib>

namespace comity::sim {
namespace {

// What was taken once is taken again; else the simulator itself is broken.
void Must(const absl::Status& status) {
  if (!status.ok()) std::abort();
}

}  // namespace

void SimStore::Count(const ListCommit& commit) {
  const uint64_t size = EndOf(commit);
  if (size == 0) return;
  durable_[commit.origin] = size;
  FrontierHead& anchor = anchor_.heads[commit.origin];
  if (anchor.size.value < size) anchor = {TreeSize{size}, commit.leaves.back().root_after};
}

void SimStore::Take(std::vector<ListCommit> group) {
  std::vector<const ListCommit*> commits;
  for (const ListCommit& commit : group) commits.push_back(&commit);
  Must(live_->CommitGroup(commits));
  for (const ListCommit& commit : group) Count(commit);
  ++operations_;
  if (keeps_history_) history_.push_back(std::make_shared<const Op>(std::move(group)));
}

void SimStore::Sync(const Note& note) {
  Must(note.participant.empty() ? live_->PutCheckpoint(note.origin, note.size, note.text)
                                : live_->PutHeld(note.origin, note.participant, note.text));
  ++operations_;
  if (keeps_history_) history_.push_back(std::make_shared<const Op>(note));
}

absl::Status SimStore::CommitGroup(std::span<const ListCommit* const> group) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (full_) return absl::ResourceExhaustedError("the disk is full");
  std::vector<ListCommit> copies;
  if (fail_next_.has_value() || keeps_history_) {
    for (const ListCommit* commit : group) copies.push_back(*commit);
  }
  // A sync takes with it what was written before.
  for (const Note& note : std::exchange(notes_, {})) Sync(note);
  if (fail_next_.has_value()) {
    broken_ = true;
    // Whether it is there is seen after the next start.
    if (*fail_next_) late_ = std::move(copies);
    return absl::UnavailableError("the disk failed");
  }
  if (absl::Status status = live_->CommitGroup(group); !status.ok()) return status;
  for (const ListCommit* commit : group) Count(*commit);
  ++operations_;
  if (keeps_history_) history_.push_back(std::make_shared<const Op>(std::move(copies)));
  const ListCommit& last = *group.back();
  if (misread_armed_ && EndOf(last) > 0) {
    misread_ = {last.origin, EndOf(last) - 1};
    misread_armed_ = false;
  }
  return absl::OkStatus();
}

absl::Status SimStore::PutCheckpoint(const Origin& origin, TreeSize size,
                                     std::string_view checkpoint) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (size.value == 0 || DurableSize(origin) < size.value) {
    return absl::NotFoundError(origin.ToString() + ": a note of leaves that are not held");
  }
  if (unread_ == std::pair(origin, size.value - 1)) signed_unread_ = true;
  notes_.push_back({origin, size, "", std::string(checkpoint)});
  if (on_signed) on_signed(origin, size);
  return absl::OkStatus();
}

absl::Status SimStore::PutRoster(uint64_t version, std::string_view envelope) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (full_) return absl::ResourceExhaustedError("the disk is full");
  if (fail_roster_.has_value() && fail_roster_->first-- == 0) {
    broken_ = true;
    if (!fail_roster_->second) return absl::UnavailableError("the disk failed");
  }
  // Synced, and all that was written before with it.
  for (const Note& note : std::exchange(notes_, {})) Sync(note);
  if (absl::Status status = live_->PutRoster(version, envelope); !status.ok()) return status;
  if (keeps_history_) {
    history_.push_back(std::make_shared<const Op>(KeptRoster{version, std::string(envelope)}));
  }
  ++operations_;
  return broken_ ? absl::UnavailableError("the disk failed") : absl::OkStatus();
}

absl::Status SimStore::PutHeld(const Origin& origin, std::string_view participant,
                               std::string_view note) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (DurableSize(origin) == 0) {
    return absl::NotFoundError(origin.ToString() + ": a statement of a log that is not held");
  }
  notes_.push_back({origin, TreeSize{}, std::string(participant), std::string(note)});
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> SimStore::ReadHeld(const Origin& origin) const {
  auto held = live_->ReadHeld(origin);
  for (const Note& note : notes_) {
    if (held.ok() && note.origin == origin && !note.participant.empty()) {
      (*held)[note.participant] = note.text;
    }
  }
  return held;
}

absl::StatusOr<std::vector<StoredHead>> SimStore::Heads() const {
  auto heads = live_->Heads();
  for (const Note& note : notes_) {
    if (!heads.ok() || !note.participant.empty()) continue;
    const auto head = std::ranges::find(*heads, note.origin, &StoredHead::origin);
    if (head == heads->end() || note.size < head->checkpoint_size) continue;
    head->checkpoint = note.text;
    head->checkpoint_size = note.size;
  }
  return heads;
}

absl::StatusOr<StoredLeaf> SimStore::ReadLeaf(const Origin& origin, LeafIndex index) const {
  absl::StatusOr<StoredLeaf> leaf = live_->ReadLeaf(origin, index);
  if (!leaf.ok()) return leaf;
  if (misread_ == std::pair(origin, index.value)) {
    unread_ = std::exchange(misread_, std::nullopt);
    differed_ = true;
    // Within the payload, which the leaf hash covers.
    leaf->envelope[70] ^= 1;
  } else if (unread_ == std::pair(origin, index.value)) {
    unread_.reset();
  }
  return leaf;
}

absl::StatusOr<Frontier> SimStore::Missing() const {
  Frontier missing;
  for (const auto& [origin, head] : anchor_.heads) {
    if (DurableSize(origin) < head.size.value) missing.heads[origin] = head;
  }
  return missing;
}

uint64_t SimStore::DurableSize(const Origin& origin) const {
  const auto it = durable_.find(origin);
  return it == durable_.end() ? 0 : it->second;
}

void SimStore::Mend() {
  broken_ = false;
  fail_next_.reset();
  fail_roster_.reset();
  misread_.reset();
  unread_.reset();
  misread_armed_ = false;
}

size_t SimStore::Crash(size_t kept) {
  const size_t lost = notes_.size() - std::min(kept, notes_.size());
  notes_.resize(notes_.size() - lost);
  for (const Note& note : std::exchange(notes_, {})) Sync(note);
  if (late_.has_value()) Take(*std::exchange(late_, std::nullopt));
  Mend();
  return lost;
}

void SimStore::RestoreCopy(size_t count, bool keep_anchor) {
  const Frontier anchor = std::exchange(anchor_, {});
  std::vector<std::shared_ptr<const Op>> history = std::exchange(history_, {});
  history.resize(std::min(count, history.size()));
  live_ = std::make_unique<MemoryStore>();
  durable_.clear();
  notes_.clear();
  evidence_.clear();
  operations_ = 0;
  for (const auto& op : history) {
    if (const auto* group = std::get_if<std::vector<ListCommit>>(op.get())) {
      std::vector<const ListCommit*> commits;
      for (const ListCommit& commit : *group) {
        commits.push_back(&commit);
        Count(commit);
      }
      Must(live_->CommitGroup(commits));
      ++operations_;
    } else if (const auto* roster = std::get_if<KeptRoster>(op.get())) {
      Must(live_->PutRoster(roster->version, roster->envelope));
      ++operations_;
    } else {
      const bool kept = std::exchange(keeps_history_, false);
      Sync(std::get<Note>(*op));
      keeps_history_ = kept;
    }
  }
  history_ = std::move(history);
  if (keep_anchor) anchor_ = anchor;
  Mend();
}

}  // namespace comity::sim
