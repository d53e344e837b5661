// The store in memory: the twin that the simulator and unit tests run on.
#ifndef COMITY_STORAGE_LISTS_MEMORY_STORE_H_
#define COMITY_STORAGE_LISTS_MEMORY_STORE_H_

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "storage/lists/store.h"

namespace comity {

// Plain maps, so that what it does can be read off. Thread-safe.
class MemoryStore : public Store {
 public:
  absl::Status CommitGroup(std::span<const ListCommit* const> group) override;
  absl::Status PutCheckpoint(const Origin& origin, TreeSize size,
                             std::string_view checkpoint) override;
  absl::Status PutHeld(const Origin& origin, std::string_view participant,
                       std::string_view note) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadHeld(const Origin& origin) const override;
  absl::Status PutStatement(StatementKind kind, std::string_view name,
                            std::string_view bytes) override;
  absl::Status DropStatement(StatementKind kind, std::string_view name) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadStatements(
      StatementKind kind) const override;
  absl::StatusOr<std::map<Origin, std::string>> Bootstraps() const override;
  absl::StatusOr<std::vector<StoredHead>> Heads() const override;
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override;
  absl::StatusOr<std::string> ReadTile(const Origin& origin, TileId id) const override;
  absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                             std::string_view key,
                                                             TreeSize size) const override;
  absl::Status ScanTimelines(
      const Origin& origin, TreeSize size, std::string_view after_key,
      const std::function<bool(const StoredTimeline&)>& visit) const override;
  absl::StatusOr<std::string> ReadBody(const Digest& hash) const override;
  absl::Status ScanRows(const Origin& origin, const RowVisit& visit) const override;
  absl::Status ScanLooseRows(const RowVisit& visit) const override;
  absl::Status PutRoster(uint64_t version, std::string_view envelope) override;
  absl::StatusOr<std::map<uint64_t, std::string>> Rosters() const override;
  using Store::PutMeta;
  absl::Status PutMeta(std::string_view name, std::string_view value,
                       std::span<const v1::AuditRecord> audit) override;
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) const override;

  absl::Status AppendAudit(std::span<const v1::AuditRecord> records) override;
  absl::StatusOr<AuditHead> ReadAuditHead() const override;
  absl::Status ScanAudit(
      uint64_t from, const std::function<bool(uint64_t, std::string_view)>& visit) const override;

  // Makes this and every later commit fail, as a broken disk would.
  void FailCommits(absl::Status error);

 private:
  struct Log {
    // The head's size; 0 while a snapshot is coming.
    uint64_t size = 0;
    // By index; dense but before a snapshot.
    std::map<uint64_t, StoredLeaf> leaves;
    std::string bootstrap;
    std::map<TileId, std::string> tiles;
    // By key, then index.
    std::map<std::string, std::map<uint64_t, std::string>, std::less<>> timelines;
    std::string checkpoint;
    TreeSize checkpoint_size;
    std::map<std::string, std::string> held;
  };

  // Takes in a commit that was checked. Call with the mutex held.
  void Take(const ListCommit& commit);
  void TakeAudit(std::span<const v1::AuditRecord> records);
  static std::optional<StoredTimeline> AtSize(const std::string& key,
                                              const std::map<uint64_t, std::string>& versions,
                                              TreeSize size);

  mutable std::shared_mutex mutex_;
  std::map<Origin, Log> logs_;
  std::map<Digest, std::string> bodies_;
  std::map<uint64_t, std::string> rosters_;
  std::map<std::string, std::string, std::less<>> meta_;
  std::vector<std::string> audit_;
  AuditHead audit_head_;
  std::map<StatementKind, std::map<std::string, std::string>> statements_;
  absl::Status failure_;
};

// What CheckGroup asks about what is held.
struct HeldLeaves {
  std::function<absl::StatusOr<TreeSize>(const Origin&)> size_of;
  std::function<absl::StatusOr<StoredLeaf>(const Origin&, LeafIndex)> leaf_at;
};

// Where leaves[i] belongs, and the log's size that the commit makes; 0 if it moves no head.
LeafIndex LeafPlace(const ListCommit& commit, size_t i);
uint64_t EndOf(const ListCommit& commit);

// What every store checks before it writes: not empty, dense or again, bodies by their hash,
// no origin twice.
absl::Status CheckGroup(std::span<const ListCommit* const> group, const HeldLeaves& held);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_MEMORY_STORE_H_
