// RocksStore: what is signed about lists (checkpoints, HELD, statuses, evidence), how far a
// snapshot has come, and the rosters.
#include <rocksdb/write_batch.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"
#include "storage/rocks/slices.h"

namespace comity {

using rocks::FromRocks;
using rocks::FromSlice;
using rocks::NoLeaf;
using rocks::OriginId;
using rocks::ToSlice;

absl::Status RocksStore::PutCheckpoint(const Origin& origin, TreeSize size,
                                       std::string_view checkpoint) {
  MutexLock lock(write_);
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value()) return NoLeaf(origin, size.value);
  COMITY_ASSIGN_OR_RETURN(const auto head, ReadHead(*id));
  if (!head.has_value() || size.value == 0 || size > head->size) return NoLeaf(origin, size.value);
  if (size < head->checkpoint_size) return absl::OkStatus();
  rocksdb::WriteBatch batch;
  Put(batch, rocks::kNote, rocks::CheckpointKey(*id), rocks::EncodeCheckpoint(size, checkpoint));
  return Write(batch, false);
}

absl::StatusOr<std::map<Origin, std::string>> RocksStore::Bootstraps() const {
  std::map<Origin, OriginId> ids;
  {
    MutexLock lock(ids_mutex_);
    ids = ids_;
  }
  std::map<Origin, std::string> all;
  for (const auto& [origin, id] : ids) {
    COMITY_ASSIGN_OR_RETURN(auto record, Read(rocks::kNote, rocks::BootstrapKey(id)));
    if (record.has_value()) all[origin] = *std::move(record);
  }
  return all;
}

absl::Status RocksStore::PutHeld(const Origin& origin, std::string_view participant,
                                 std::string_view note) {
  MutexLock lock(write_);
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value()) return NoLeaf(origin, 0);
  rocksdb::WriteBatch batch;
  Put(batch, rocks::kNote, rocks::HeldKey(*id, participant), std::string(note));
  return Write(batch, false);
}

absl::StatusOr<std::map<std::string, std::string>> RocksStore::ReadHeld(
    const Origin& origin) const {
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value()) return std::map<std::string, std::string>();
  return ReadNotes(rocks::HeldKey(*id, ""));
}

absl::StatusOr<std::map<std::string, std::string>> RocksStore::ReadNotes(
    const std::string& prefix) const {
  std::map<std::string, std::string> notes;
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kNote]));
  for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix));
       it->Next()) {
    COMITY_ASSIGN_OR_RETURN(const std::string_view note,
                            rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
    notes.emplace(FromSlice(it->key()).substr(prefix.size()), note);
  }
  COMITY_RETURN_IF_ERROR(FromRocks(it->status(), "reading signed statements"));
  return notes;
}

absl::Status RocksStore::PutStatement(StatementKind kind, std::string_view name,
                                      std::string_view bytes) {
  MutexLock lock(write_);
  rocksdb::WriteBatch batch;
  Put(batch, rocks::kNote, rocks::StatementKey(kind, name), std::string(bytes));
  return Write(batch, kind == StatementKind::kEvidence);
}

absl::Status RocksStore::DropStatement(StatementKind kind, std::string_view name) {
  MutexLock lock(write_);
  rocksdb::WriteBatch batch;
  COMITY_RETURN_IF_ERROR(
      FromRocks(batch.Delete(families_[rocks::kNote], ToSlice(rocks::StatementKey(kind, name))),
                "dropping a statement"));
  return Write(batch, false);
}

absl::StatusOr<std::map<std::string, std::string>> RocksStore::ReadStatements(
    StatementKind kind) const {
  return ReadNotes(rocks::StatementKey(kind, ""));
}

absl::Status RocksStore::PutRoster(uint64_t version, std::string_view envelope) {
  const std::string key = rocks::RosterKey(version);
  MutexLock lock(write_);
  COMITY_ASSIGN_OR_RETURN(const auto known, Read(rocks::kRoster, key));
  if (known.has_value()) {
    if (*known == envelope) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("roster version ", version, " is held with other bytes"));
  }
  rocksdb::WriteBatch batch;
  Put(batch, rocks::kRoster, key, std::string(envelope));
  return Write(batch, true);
}

absl::StatusOr<std::map<uint64_t, std::string>> RocksStore::Rosters() const {
  std::map<uint64_t, std::string> rosters;
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kRoster]));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    COMITY_ASSIGN_OR_RETURN(const uint64_t version, rocks::ParseRosterKey(FromSlice(it->key())));
    COMITY_ASSIGN_OR_RETURN(const std::string_view value,
                            rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
    rosters[version] = std::string(value);
  }
  COMITY_RETURN_IF_ERROR(FromRocks(it->status(), "reading the rosters"));
  return rosters;
}

}  // namespace comity
