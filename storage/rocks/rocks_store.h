// The store on RocksDB: see storage/lists/store.h for its contract.
#ifndef COMITY_STORAGE_ROCKS_ROCKS_STORE_H_
#define COMITY_STORAGE_ROCKS_ROCKS_STORE_H_

#include <rocksdb/db.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/lists/store.h"
#include "storage/rocks/head_anchor.h"
#include "storage/rocks/keys.h"
#include "storage/rocks/read_lock.h"

namespace comity {

struct RocksOptions {
  std::string directory;
  // Where files are; null: the machine's own disks.
  rocksdb::Env* env = nullptr;
  // Called once, on any thread, when a write or background work failed: what is on
  // disk is then not known, and the process is expected to end.
  std::function<void(const absl::Status&)> on_failure;
  // Free bytes on the disk of `directory`; null: not watched.
  std::function<uint64_t()> free_bytes;
  // Commits are refused, unharmed, while fewer than this would remain.
  uint64_t reserve_bytes = uint64_t{64} << 20;
  // Opens without writing a byte: reads are served, every write is RESOURCE_EXHAUSTED. For
  // a disk that is full.
  bool read_only = false;
  // With read_only, for programs other than the daemon: none may have the database open, or open it
  // for writing meanwhile.
  bool keep_daemons_out = false;
  // Where the head anchor lies, beside the database; empty: there is none.
  std::string anchor_directory;
  // When a memtable is written out; the log is preallocated to about this much.
  size_t write_buffer_bytes = size_t{16} << 20;
  // Threads that open the tables when the database opens, for each column family.
  int file_opening_threads = 16;
};

// Thread-safe; commits are serialised inside. Crash-only: after an error the database
// is neither closed nor resumed, because RocksDB 7.8 was seen to hang in both.
class RocksStore : public Store {
 public:
  // Opens or creates the database. UNAVAILABLE with REASON_IN_USE if another process has
  // it open, FAILED_PRECONDITION if it is of another format, DATA_LOSS if it is damaged,
  // INTERNAL if RocksDB does not run with the settings it was given.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(RocksOptions options);
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const std::string& directory);
  ~RocksStore() override;

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
  absl::StatusOr<Frontier> Missing() const override;
  absl::Status VerifyFiles(const FileStep& step) const override;
  absl::Status PutRoster(uint64_t version, std::string_view envelope) override;
  absl::StatusOr<std::map<uint64_t, std::string>> Rosters() const override;
  using Store::PutMeta;
  absl::Status PutMeta(std::string_view name, std::string_view value,
                       std::span<const v1::AuditRecord> audit) override;
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) const override;
  absl::Status AppendAudit(std::span<const v1::AuditRecord> records) override;
  absl::StatusOr<AuditHead> ReadAuditHead() const override;
  absl::StatusOr<AuditHead> AnchoredAudit() const override;
  absl::Status ScanAudit(
      uint64_t from, const std::function<bool(uint64_t, std::string_view)>& visit) const override;

 private:
  class ErrorListener;

  explicit RocksStore(RocksOptions options);

  absl::Status CheckFormat();
  absl::Status LoadOrigins();
  // Where the audit log ends.
  absl::Status LoadAuditHead();
  absl::Status OpenAnchor();
  // The origin's id; unset if it has none yet.
  std::optional<rocks::OriginId> FindId(const Origin& origin) const;
  absl::StatusOr<std::optional<StoredHead>> ReadHead(rocks::OriginId id) const;
  // The value under `key`, its seal verified; unset if there is none.
  absl::StatusOr<std::optional<std::string>> Read(rocks::Family family,
                                                  const std::string& key) const;
  // Calls `visit` with each key of the family that begins with `prefix`, until it returns false.
  absl::Status ScanKeys(rocks::Family family, std::string_view prefix,
                        const std::function<bool(std::string_view key)>& visit) const;
  // All values of the note family whose keys begin with `prefix`, by the rest of the key.
  absl::StatusOr<std::map<std::string, std::string>> ReadNotes(const std::string& prefix) const;
  absl::Status Write(rocksdb::WriteBatch& batch, bool sync) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
  // Adds a commit's values to the batch.
  void PutCommit(const ListCommit& commit, rocks::OriginId id, rocksdb::WriteBatch& batch) const;
  // Adds the head that they make, and gives it.
  StoredHead PutHead(const ListCommit& commit, rocks::OriginId id,
                     rocksdb::WriteBatch& batch) const;
  absl::Status WriteAnchor(const std::vector<StoredHead>& heads)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
  // Adds the records to the batch; the log's head once it is written.
  AuditHead PutAudit(std::span<const v1::AuditRecord> records, AuditHead head,
                     rocksdb::WriteBatch& batch) const;
  // RESOURCE_EXHAUSTED if `bytes` more would touch the reserve.
  absl::Status CheckSpace(uint64_t bytes) const;
  absl::Status NoSpace() const;
  void Put(rocksdb::WriteBatch& batch, rocks::Family family, const std::string& key,
           std::string value) const;

  const RocksOptions options_;
  // Let go of after the database.
  std::unique_ptr<rocks::ReadLock> lock_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::shared_ptr<ErrorListener> listener_;

  mutable Mutex write_;
  // Set once, if there is an anchor directory.
  std::optional<HeadAnchor> anchor_ ABSL_GUARDED_BY(write_);
  AuditHead audit_ ABSL_GUARDED_BY(write_);
  // The first failed write; all later ones are refused with it.
  absl::Status failure_ ABSL_GUARDED_BY(write_);
  mutable Mutex ids_mutex_;
  std::map<Origin, rocks::OriginId> ids_ ABSL_GUARDED_BY(ids_mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_ROCKS_ROCKS_STORE_H_
