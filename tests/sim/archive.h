// One copy of all logs for a whole federation of honest daemons, and a store upon it for each.
#ifndef COMITY_TESTS_SIM_ARCHIVE_H_
#define COMITY_TESTS_SIM_ARCHIVE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/lists/store.h"

namespace comity::sim {

// What the owners committed. Of each log only the newest leaves and timelines are kept: who
// lags by more is not served. Used by one thread.
class Archive {
 public:
  static constexpr size_t kLeavesKept = 64;

  struct Log {
    uint64_t size = 0;
    // Leaves [size - leaves.size(), size).
    std::deque<StoredLeaf> leaves;
    std::map<TileId, std::string> tiles;
    // By key: the newest timelines, by index.
    std::map<std::string, std::deque<std::pair<uint64_t, std::string>>, std::less<>> timelines;
    // Of everything that was committed up to each of the newest leaves: what a disk holds of it.
    std::deque<uint64_t> bytes;
  };

  // By number: what stores and their sizes are found by.
  size_t NumberOf(const Origin& origin);
  const Log& log(size_t number) const { return logs_[number]; }
  size_t lists() const { return logs_.size(); }
  // A commit that continues the log, or says again what is there; false if it says otherwise.
  bool Take(size_t number, const ListCommit& commit);
  // What of the log a disk holds at `size`; 0 if that is too long ago.
  uint64_t BytesAt(size_t number, uint64_t size) const;

 private:
  std::map<Origin, size_t> numbers_;
  std::deque<Log> logs_;
};

// A daemon's store: how much of each log it holds. Every commit is compared with the archive.
class ArchiveStore : public Store {
 public:
  explicit ArchiveStore(Archive* archive) : archive_(archive) {}

  uint64_t SizeOf(const Origin& origin) const;
  // What its disk holds: leaves, tiles, the newest timelines, bodies.
  uint64_t BytesHeld() const;

  absl::Status CommitGroup(std::span<const ListCommit* const> group) override;
  absl::Status PutCheckpoint(const Origin&, TreeSize, std::string_view) override {
    return absl::OkStatus();
  }
  absl::Status PutHeld(const Origin&, std::string_view, std::string_view) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadHeld(const Origin&) const override {
    return std::map<std::string, std::string>();
  }
  absl::StatusOr<std::map<Origin, std::string>> Bootstraps() const override {
    return std::map<Origin, std::string>();
  }
  // A daemon is started once, on an empty disk.
  absl::StatusOr<std::vector<StoredHead>> Heads() const override {
    return std::vector<StoredHead>();
  }
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override;
  absl::StatusOr<std::string> ReadTile(const Origin& origin, TileId id) const override;
  absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                             std::string_view key,
                                                             TreeSize size) const override;
  absl::Status ScanTimelines(
      const Origin& origin, TreeSize size, std::string_view after_key,
      const std::function<bool(const StoredTimeline&)>& visit) const override;
  absl::StatusOr<std::string> ReadBody(const Digest& hash) const override {
    return absl::NotFoundError("no entry body " + ToHex(hash));
  }
  // What it keeps is the archive's.
  absl::Status ScanRows(const Origin&, const RowVisit&) const override { return absl::OkStatus(); }
  absl::Status ScanLooseRows(const RowVisit&) const override { return absl::OkStatus(); }
  absl::Status PutStatement(StatementKind, std::string_view, std::string_view) override {
    return absl::OkStatus();
  }
  absl::Status DropStatement(StatementKind, std::string_view) override { return absl::OkStatus(); }
  absl::StatusOr<std::map<std::string, std::string>> ReadStatements(StatementKind) const override {
    return std::map<std::string, std::string>();
  }
  absl::Status PutRoster(uint64_t, std::string_view) override { return absl::OkStatus(); }
  absl::StatusOr<std::map<uint64_t, std::string>> Rosters() const override {
    return std::map<uint64_t, std::string>();
  }
  absl::Status PutMeta(std::string_view, std::string_view,
                       std::span<const v1::AuditRecord>) override {
    return absl::OkStatus();
  }
  absl::Status AppendAudit(std::span<const v1::AuditRecord>) override { return absl::OkStatus(); }
  absl::StatusOr<AuditHead> ReadAuditHead() const override { return AuditHead(); }
  absl::Status ScanAudit(uint64_t,
                         const std::function<bool(uint64_t, std::string_view)>&) const override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view) const override {
    return std::nullopt;
  }

 private:
  Archive* const archive_;
  // By the archive's numbers.
  std::vector<uint64_t> sizes_;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_ARCHIVE_H_
