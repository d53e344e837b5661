// A store with a disk beneath it: what is synced outlives a crash, the rest may not.
#ifndef COMITY_TESTS_SIM_SIM_STORE_H_
#define COMITY_TESTS_SIM_SIM_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/lists/memory_store.h"

namespace comity::sim {

// Commits are synced and sync what came before them; notes and statements alone are not.
// Used by one thread.
class SimStore : public Store {
 public:
  // Called when a note is kept that was signed here.
  std::function<void(const Origin&, TreeSize)> on_signed;

  // --- Faults ---

  void SetFull(bool full) { full_ = full; }
  bool full() const { return full_; }
  // The next commit fails as a broken disk does; it may have reached the disk all the same.
  void FailNextCommit(bool reaches_disk) { fail_next_ = reaches_disk; }
  // The same for a roster, after `taken` others.
  void FailRosterAfter(size_t taken, bool reaches_disk) {
    fail_roster_ = {taken, reaches_disk};
  }
  void SpareRosters() { fail_roster_.reset(); }
  // What the next commit stored is read back wrongly, once.
  void MisreadNextCommit(bool armed) { misread_armed_ = armed; }
  // A commit failed: the process must end.
  bool broken() const { return broken_; }
  // Whether anything was read back wrongly since it was asked last.
  bool TakeReadBackDiffered() { return std::exchange(differed_, false); }
  // A note was kept although what it signs for was read back wrongly.
  bool signed_unread() const { return signed_unread_; }

  // The process ended: of what was not synced, the first `kept` operations reached the disk.
  // Returns how many were lost.
  size_t Crash(size_t kept);
  size_t unsynced() const { return notes_.size(); }
  // From the start on, what RestoreCopy needs is kept; else it gives an empty disk.
  void KeepHistory() { keeps_history_ = true; }
  // The disk as it was after its first `count` operations; the head anchor stays or not.
  void RestoreCopy(size_t count, bool keep_anchor);
  size_t operations() const { return operations_; }
  // A leaf as it truly is.
  StoredLeaf Peek(const Origin& origin, uint64_t index) const {
    return *live_->ReadLeaf(origin, LeafIndex{index});
  }
  // Leaves on the disk.
  uint64_t DurableSize(const Origin& origin) const;

  absl::Status CommitGroup(std::span<const ListCommit* const> group) override;
  absl::Status PutCheckpoint(const Origin& origin, TreeSize size,
                             std::string_view checkpoint) override;
  absl::Status PutHeld(const Origin& origin, std::string_view participant,
                       std::string_view note) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadHeld(const Origin& origin) const override;
  // Beside the operations: evidence is synced, and a status that a crash loses comes again.
  absl::Status PutStatement(StatementKind kind, std::string_view name,
                            std::string_view bytes) override {
    if (broken_ || full_) return absl::ResourceExhaustedError("the disk takes nothing");
    if (kind == StatementKind::kEvidence) evidence_[std::string(name)] = std::string(bytes);
    return live_->PutStatement(kind, name, bytes);
  }
  absl::Status DropStatement(StatementKind kind, std::string_view name) override {
    if (kind == StatementKind::kEvidence) evidence_.erase(std::string(name));
    return live_->DropStatement(kind, name);
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadStatements(
      StatementKind kind) const override {
    return kind == StatementKind::kEvidence ? evidence_ : live_->ReadStatements(kind);
  }
  absl::StatusOr<std::map<Origin, std::string>> Bootstraps() const override {
    return live_->Bootstraps();
  }
  absl::StatusOr<std::vector<StoredHead>> Heads() const override;
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override;
  absl::StatusOr<std::string> ReadTile(const Origin& origin, TileId id) const override {
    return live_->ReadTile(origin, id);
  }
  absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                             std::string_view key,
                                                             TreeSize size) const override {
    return live_->ReadTimeline(origin, key, size);
  }
  absl::Status ScanTimelines(
      const Origin& origin, TreeSize size, std::string_view after_key,
      const std::function<bool(const StoredTimeline&)>& visit) const override {
    return live_->ScanTimelines(origin, size, after_key, visit);
  }
  absl::StatusOr<std::string> ReadBody(const Digest& hash) const override {
    return live_->ReadBody(hash);
  }
  absl::Status ScanRows(const Origin& origin, const RowVisit& visit) const override {
    return live_->ScanRows(origin, visit);
  }
  absl::Status ScanLooseRows(const RowVisit& visit) const override {
    return live_->ScanLooseRows(visit);
  }
  absl::StatusOr<Frontier> Missing() const override;
  absl::Status PutRoster(uint64_t version, std::string_view envelope) override;
  absl::StatusOr<std::map<uint64_t, std::string>> Rosters() const override {
    return live_->Rosters();
  }
  absl::Status PutMeta(std::string_view name, std::string_view value,
                       std::span<const v1::AuditRecord> audit) override {
    return live_->PutMeta(name, value, audit);
  }
  absl::Status AppendAudit(std::span<const v1::AuditRecord> records) override {
    return live_->AppendAudit(records);
  }
  absl::StatusOr<AuditHead> ReadAuditHead() const override { return live_->ReadAuditHead(); }
  absl::Status ScanAudit(
      uint64_t from, const std::function<bool(uint64_t, std::string_view)>& visit) const override {
    return live_->ScanAudit(from, visit);
  }
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) const override {
    return live_->GetMeta(name);
  }

 private:
  struct Note {
    Origin origin;
    TreeSize size;
    // Of a HELD statement; empty: the checkpoint.
    std::string participant;
    std::string text;
  };
  struct KeptRoster {
    uint64_t version;
    std::string envelope;
  };
  using Op = std::variant<std::vector<ListCommit>, Note, KeptRoster>;

  // To the disk.
  void Take(std::vector<ListCommit> group);
  void Sync(const Note& note);
  void Count(const ListCommit& commit);
  void Mend();

  // What is on the disk, and what was written and not synced, oldest first.
  std::unique_ptr<MemoryStore> live_ = std::make_unique<MemoryStore>();
  std::vector<Note> notes_;
  // Of a commit that failed, and reached the disk.
  std::optional<std::vector<ListCommit>> late_;
  bool keeps_history_ = false;
  std::vector<std::shared_ptr<const Op>> history_;
  size_t operations_ = 0;
  std::map<std::string, std::string> evidence_;
  std::map<Origin, uint64_t> durable_;
  // How far logs had come, remembered outside of the data.
  Frontier anchor_;
  bool full_ = false;
  bool broken_ = false;
  std::optional<bool> fail_next_;
  std::optional<std::pair<size_t, bool>> fail_roster_;
  bool misread_armed_ = false;
  bool signed_unread_ = false;
  mutable bool differed_ = false;
  mutable std::optional<std::pair<Origin, uint64_t>> misread_;
  mutable std::optional<std::pair<Origin, uint64_t>> unread_;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_SIM_STORE_H_
