#include "tests/sim/sim_store.h"

#include <algorithm>
#include <cstdlib>

namespace comity::sim {

void SimStore::Keep(std::vector<ListCommit> group) {
  for (const ListCommit& commit : group) {
    const uint64_t size = EndOf(commit);
    if (size == 0) continue;
    durable_[commit.origin] = size;
    FrontierHead& anchor = anchor_.heads[commit.origin];
    if (anchor.size.value < size) anchor = {TreeSize{size}, commit.leaves.back().root_after};
  }
  ops_.push_back(std::make_shared<const Op>(std::move(group)));
  synced_ = ops_.size();
}

absl::Status SimStore::CommitGroup(std::span<const ListCommit* const> group) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (full_) return absl::ResourceExhaustedError("the disk is full");
  std::vector<ListCommit> copies;
  for (const ListCommit* commit : group) copies.push_back(*commit);
  if (fail_next_.has_value()) {
    broken_ = true;
    if (*fail_next_) Keep(std::move(copies));
    return absl::UnavailableError("the disk failed");
  }
  if (absl::Status status = live_->CommitGroup(group); !status.ok()) return status;
  if (misread_armed_ && EndOf(copies.back()) > 0) {
    misread_ = {copies.back().origin, EndOf(copies.back()) - 1};
    misread_armed_ = false;
  }
  Keep(std::move(copies));
  return absl::OkStatus();
}

absl::Status SimStore::PutCheckpoint(const Origin& origin, TreeSize size,
                                     std::string_view checkpoint) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (absl::Status status = live_->PutCheckpoint(origin, size, checkpoint); !status.ok()) {
    return status;
  }
  if (unread_ == std::pair(origin, size.value - 1)) signed_unread_ = true;
  ops_.push_back(std::make_shared<const Op>(Note{origin, size, "", std::string(checkpoint)}));
  if (on_signed) on_signed(origin, size);
  return absl::OkStatus();
}

absl::Status SimStore::PutHeld(const Origin& origin, std::string_view participant,
                               std::string_view note) {
  if (broken_) return absl::UnavailableError("the disk is broken");
  if (absl::Status status = live_->PutHeld(origin, participant, note); !status.ok()) return status;
  ops_.push_back(std::make_shared<const Op>(
      Note{origin, TreeSize{}, std::string(participant), std::string(note)}));
  return absl::OkStatus();
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

void SimStore::Replay() {
  live_ = std::make_unique<MemoryStore>();
  durable_.clear();
  for (const auto& op : ops_) {
    absl::Status status;
    if (const auto* group = std::get_if<std::vector<ListCommit>>(op.get())) {
      std::vector<const ListCommit*> commits;
      for (const ListCommit& commit : *group) {
        commits.push_back(&commit);
        if (EndOf(commit) > 0) durable_[commit.origin] = EndOf(commit);
      }
      status = live_->CommitGroup(commits);
    } else {
      const Note& note = std::get<Note>(*op);
      status = note.participant.empty() ? live_->PutCheckpoint(note.origin, note.size, note.text)
                                        : live_->PutHeld(note.origin, note.participant, note.text);
    }
    // What was taken once is taken again; else the simulator itself is broken.
    if (!status.ok()) std::abort();
  }
  broken_ = false;
  fail_next_.reset();
  misread_.reset();
  unread_.reset();
  misread_armed_ = false;
}

size_t SimStore::Crash(size_t kept) {
  const size_t lost = unsynced() - std::min(kept, unsynced());
  ops_.resize(ops_.size() - lost);
  synced_ = ops_.size();
  Replay();
  return lost;
}

void SimStore::RestoreCopy(size_t count, bool keep_anchor) {
  ops_.resize(std::min(count, ops_.size()));
  synced_ = ops_.size();
  if (!keep_anchor) anchor_ = Frontier();
  Replay();
  if (!keep_anchor) {
    for (const auto& [origin, size] : durable_) {
      const auto leaf = live_->ReadLeaf(origin, LeafIndex{size - 1});
      anchor_.heads[origin] = {TreeSize{size}, leaf->root_after};
    }
  }
}

}  // namespace comity::sim
