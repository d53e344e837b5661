// RocksStore: the audit log.
#include <rocksdb/write_batch.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"
#include "storage/rocks/slices.h"

namespace comity {

using rocks::FromRocks;
using rocks::FromSlice;
using rocks::ToSlice;

absl::Status RocksStore::LoadAuditHead() {
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kAudit]));
  MutexLock lock(write_);
  it->SeekToLast();
  if (!it->Valid()) return FromRocks(it->status(), "reading the end of the audit log");
  COMITY_ASSIGN_OR_RETURN(const uint64_t index, rocks::ParseAuditKey(FromSlice(it->key())));
  COMITY_ASSIGN_OR_RETURN(const std::string_view record,
                          rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
  audit_ = {index + 1, AuditHash(record)};
  return absl::OkStatus();
}

AuditHead RocksStore::PutAudit(std::span<const v1::AuditRecord> records, AuditHead head,
                               rocksdb::WriteBatch& batch) const {
  for (const v1::AuditRecord& record : records) {
    const std::string key = rocks::AuditKey(head.size);
    Put(batch, rocks::kAudit, key, Chain(record, &head));
  }
  return head;
}

absl::Status RocksStore::AppendAudit(std::span<const v1::AuditRecord> records) {
  if (records.empty()) return absl::OkStatus();
  MutexLock lock(write_);
  rocksdb::WriteBatch batch;
  const AuditHead head = PutAudit(records, audit_, batch);
  COMITY_RETURN_IF_ERROR(Write(batch, true));
  audit_ = head;
  return WriteAnchor({});
}

absl::StatusOr<AuditHead> RocksStore::ReadAuditHead() const {
  MutexLock lock(write_);
  return audit_;
}

absl::StatusOr<AuditHead> RocksStore::AnchoredAudit() const {
  MutexLock lock(write_);
  if (!anchor_.has_value()) return audit_;
  if (!anchor_->written()) {
    return absl::NotFoundError(
        absl::StrCat("the head anchor, which says how far the audit log had come, is gone from ",
                     options_.anchor_directory));
  }
  return anchor_->audit();
}

absl::Status RocksStore::ScanAudit(
    uint64_t from, const std::function<bool(uint64_t, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kAudit]));
  for (it->Seek(ToSlice(rocks::AuditKey(from))); it->Valid(); it->Next()) {
    COMITY_ASSIGN_OR_RETURN(const uint64_t index, rocks::ParseAuditKey(FromSlice(it->key())));
    COMITY_ASSIGN_OR_RETURN(const std::string_view record,
                            rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
    if (!visit(index, record)) return absl::OkStatus();
  }
  return FromRocks(it->status(), "reading the audit log");
}

}  // namespace comity
