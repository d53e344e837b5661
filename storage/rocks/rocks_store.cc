#include "storage/rocks/rocks_store.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/lists/memory_store.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/options.h"
#include "storage/rocks/slices.h"
#include "storage/rocks/wal_check.h"

namespace comity {
namespace {

using rocks::FromRocks;
using rocks::FromSlice;
using rocks::NoLeaf;
using rocks::OriginId;
using rocks::ToSlice;

// RocksDB has no code for it: what its file systems say when the LOCK file is taken, by
// another process and by this one. A path that holds "lock" is none of it.
bool IsLockHeld(const rocksdb::Status& status) {
  const std::string_view text = status.getState() == nullptr ? "" : status.getState();
  return status.IsIOError() &&
         (text.rfind("While lock file", 0) == 0 || text.rfind("lock h", 0) == 0);
}

absl::Status OpenError(const rocksdb::Status& status, const std::string& directory) {
  if (!IsLockHeld(status)) {
    return FromRocks(status, absl::StrCat("data directory ", directory, " cannot be opened"));
  }
  return MakeError(absl::StatusCode::kUnavailable, v1::REASON_IN_USE,
                   absl::StrCat("data directory ", directory,
                                " is in use by another comityd: stop it, or give this one a "
                                "data_dir of its own"),
                   directory);
}

// Before the database is opened, which uses the logs up; under its lock, so that nobody
// writes them.
absl::Status CheckWals(rocksdb::Env* env, const std::string& directory) {
  if (!env->FileExists(directory + "/CURRENT").ok()) return absl::OkStatus();
  rocksdb::FileLock* lock = nullptr;
  if (const rocksdb::Status status = env->LockFile(directory + "/LOCK", &lock); !status.ok()) {
    return OpenError(status, directory);
  }
  absl::Status checked = rocks::CheckWals(env, directory);
  checked.Update(FromRocks(env->UnlockFile(lock), "unlocking the data directory"));
  return checked;
}

}  // namespace

// Keeps the first error, of a write or of the background, and says it once.
class RocksStore::ErrorListener : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::function<void(const absl::Status&)> on_failure)
      : on_failure_(std::move(on_failure)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    Fail(FromRocks(*status, "background work of the database failed"));
  }
  void Fail(const absl::Status& error) {
    {
      MutexLock lock(mutex_);
      if (!error_.ok()) return;
      error_ = error;
    }
    if (on_failure_) on_failure_(error);
  }
  absl::Status error() const {
    MutexLock lock(mutex_);
    return error_;
  }

 private:
  const std::function<void(const absl::Status&)> on_failure_;
  mutable Mutex mutex_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
};

RocksStore::RocksStore(RocksOptions options)
    : options_(std::move(options)),
      listener_(std::make_shared<ErrorListener>(options_.on_failure)) {}

RocksStore::~RocksStore() {
  if (!listener_->error().ok()) {
    // Given up on purpose: closing after an error can hang for ever.
    (void)db_.release();
    return;
  }
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  if (db_ != nullptr) db_->Close();
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& directory) {
  RocksOptions options;
  options.directory = directory;
  return Open(std::move(options));
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(RocksOptions options) {
  const std::string directory = options.directory;
  if (options.env == nullptr && !options.read_only) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("data directory ", directory, " cannot be made: ", error.message()));
    }
  }
  auto store = std::unique_ptr<RocksStore>(new RocksStore(std::move(options)));
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const char* name : rocks::kFamilies) {
    descriptors.emplace_back(name, rocks::FamilyOptions());
    descriptors.back().options.write_buffer_size = store->options_.write_buffer_bytes;
  }
  rocksdb::DBOptions database = rocks::DatabaseOptions(store->listener_);
  database.max_file_opening_threads = store->options_.file_opening_threads;
  if (store->options_.env != nullptr) database.env = store->options_.env;
  if (store->options_.keep_daemons_out) {
    COMITY_ASSIGN_OR_RETURN(store->lock_, rocks::ReadLock::Take(directory));
    COMITY_RETURN_IF_ERROR(rocks::CheckWals(database.env, directory));
  } else {
    COMITY_RETURN_IF_ERROR(CheckWals(database.env, directory));
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      store->options_.read_only
          ? rocksdb::DB::OpenForReadOnly(database, directory, descriptors, &store->families_, &db)
          : rocksdb::DB::Open(database, directory, descriptors, &store->families_, &db);
  if (!status.ok()) {
    return OpenError(status, directory);
  }
  store->db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* family : store->families_) {
    COMITY_RETURN_IF_ERROR(rocks::CheckSettings(db->GetOptions(family)));
  }
  COMITY_RETURN_IF_ERROR(store->CheckFormat());
  COMITY_RETURN_IF_ERROR(store->LoadOrigins());
  COMITY_RETURN_IF_ERROR(store->LoadAuditHead());
  COMITY_RETURN_IF_ERROR(store->OpenAnchor());
  return store;
}

absl::Status RocksStore::OpenAnchor() {
  if (options_.anchor_directory.empty()) return absl::OkStatus();
  MutexLock lock(write_);
  COMITY_ASSIGN_OR_RETURN(anchor_, HeadAnchor::Open(options_.anchor_directory));
  // So that an anchor that is not there tells that somebody took it away.
  const bool is_new = !anchor_->written() && audit_.size == 0;
  if (!is_new || options_.read_only) return absl::OkStatus();
  return anchor_->Write(anchor_->heads(), audit_);
}

absl::Status RocksStore::CheckFormat() {
  COMITY_ASSIGN_OR_RETURN(const auto format, Read(rocks::kMeta, std::string(rocks::kFormatKey)));
  if (!format.has_value()) {
    if (options_.read_only) return NoSpace();
    MutexLock lock(write_);
    rocksdb::WriteBatch batch;
    Put(batch, rocks::kMeta, std::string(rocks::kFormatKey), std::string(rocks::kFormat));
    return Write(batch, true);
  }
  if (*format == rocks::kFormat) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the data directory is of format ", *format,
                                                    ", this comityd reads ", Absl(rocks::kFormat)));
}

absl::Status RocksStore::LoadOrigins() {
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kMeta]));
  MutexLock lock(ids_mutex_);
  for (it->Seek("o"); it->Valid() && it->key().starts_with("o"); it->Next()) {
    COMITY_ASSIGN_OR_RETURN(const std::string_view value,
                            rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
    COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(FromSlice(it->key()).substr(1)));
    Decoder decoder(value);
    COMITY_ASSIGN_OR_RETURN(ids_[origin].value, decoder.U32());
  }
  return FromRocks(it->status(), "reading the origins");
}

std::optional<OriginId> RocksStore::FindId(const Origin& origin) const {
  MutexLock lock(ids_mutex_);
  const auto it = ids_.find(origin);
  if (it == ids_.end()) return std::nullopt;
  return it->second;
}

absl::StatusOr<std::optional<std::string>> RocksStore::Read(rocks::Family family,
                                                            const std::string& key) const {
  rocksdb::PinnableSlice sealed;
  const rocksdb::Status status =
      db_->Get(rocks::CheckedRead(), families_[family], ToSlice(key), &sealed);
  if (status.IsNotFound()) return std::nullopt;
  COMITY_RETURN_IF_ERROR(
      FromRocks(status, absl::StrCat("reading from ", rocks::kFamilies[family])));
  COMITY_ASSIGN_OR_RETURN(const std::string_view value, rocks::Unseal(key, FromSlice(sealed)));
  return std::string(value);
}

void RocksStore::Put(rocksdb::WriteBatch& batch, rocks::Family family, const std::string& key,
                     std::string value) const {
  batch.Put(families_[family], ToSlice(key), ToSlice(rocks::Seal(key, std::move(value))));
}

absl::Status RocksStore::Write(rocksdb::WriteBatch& batch, bool sync) {
  if (!failure_.ok()) return failure_;
  if (failure_ = listener_->error(); !failure_.ok()) return failure_;
  COMITY_RETURN_IF_ERROR(CheckSpace(batch.GetDataSize()));
  rocksdb::WriteOptions options = rocks::SyncedWrite();
  options.sync = sync;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) {
    // After a failed write or sync it is not known what is on disk.
    failure_ =
        FromRocks(status, "the database refused a write; restart comityd once the disk is well");
    listener_->Fail(failure_);
  }
  return failure_;
}

absl::Status RocksStore::CheckSpace(uint64_t bytes) const {
  if (options_.read_only) return NoSpace();
  if (!options_.free_bytes) return absl::OkStatus();
  // A batch is written to the log, then to a table, then compacted.
  constexpr uint64_t kCopies = 3;
  if (options_.free_bytes() >= options_.reserve_bytes + kCopies * bytes) return absl::OkStatus();
  return NoSpace();
}

absl::Status RocksStore::NoSpace() const {
  const uint64_t free = options_.free_bytes ? options_.free_bytes() : 0;
  return absl::ResourceExhaustedError(
      absl::StrCat("the disk of ", options_.directory, " has ", free >> 20, " MiB left and ",
                   options_.reserve_bytes >> 20,
                   " MiB are kept in reserve: nothing is stored until space is "
                   "made; reads go on",
                   options_.read_only ? " (the database is open for reading only)" : ""));
}

absl::StatusOr<std::optional<StoredHead>> RocksStore::ReadHead(OriginId id) const {
  COMITY_ASSIGN_OR_RETURN(const auto value, Read(rocks::kNote, rocks::HeadKey(id)));
  if (!value.has_value()) return std::nullopt;
  COMITY_ASSIGN_OR_RETURN(StoredHead head, rocks::DecodeHead(*value));
  COMITY_ASSIGN_OR_RETURN(const auto note, Read(rocks::kNote, rocks::CheckpointKey(id)));
  if (note.has_value()) COMITY_RETURN_IF_ERROR(rocks::DecodeCheckpoint(*note, &head));
  return head;
}

absl::Status RocksStore::CommitGroup(std::span<const ListCommit* const> group) {
  MutexLock lock(write_);
  if (!failure_.ok()) return failure_;
  HeldLeaves held;
  held.size_of = [this](const Origin& origin) -> absl::StatusOr<TreeSize> {
    const std::optional<OriginId> id = FindId(origin);
    if (!id.has_value()) return TreeSize{};
    COMITY_ASSIGN_OR_RETURN(const auto head, ReadHead(*id));
    return head.has_value() ? head->size : TreeSize{};
  };
  held.leaf_at = [this](const Origin& origin, LeafIndex index) { return ReadLeaf(origin, index); };
  COMITY_RETURN_IF_ERROR(CheckGroup(group, held));

  constexpr size_t kProtectionBytes = 8;
  rocksdb::WriteBatch batch(0, 0, kProtectionBytes, 0);
  AuditHead audit = audit_;
  std::map<Origin, OriginId> new_ids;
  std::vector<StoredHead> heads;
  for (const ListCommit* commit : group) {
    std::optional<OriginId> id = FindId(commit->origin);
    if (!id.has_value()) {
      MutexLock ids_lock(ids_mutex_);
      id = OriginId{static_cast<uint32_t>(ids_.size() + new_ids.size() + 1)};
      new_ids[commit->origin] = *id;
      Encoder encoder;
      encoder.U32(id->value);
      Put(batch, rocks::kMeta, rocks::OriginKey(commit->origin.ToString()), encoder.Take());
    }
    PutCommit(*commit, *id, batch);
    audit = PutAudit(commit->audit, audit, batch);
    if (EndOf(*commit) > 0) heads.push_back(PutHead(*commit, *id, batch));
  }
  COMITY_RETURN_IF_ERROR(Write(batch, true));
  audit_ = audit;
  {
    MutexLock ids_lock(ids_mutex_);
    ids_.merge(new_ids);
  }
  return WriteAnchor(heads);
}

void RocksStore::PutCommit(const ListCommit& commit, OriginId id,
                           rocksdb::WriteBatch& batch) const {
  for (size_t i = 0; i < commit.leaves.size(); ++i) {
    Put(batch, rocks::kLog, rocks::LogKey(id, LeafPlace(commit, i)),
        rocks::EncodeLeaf(commit.leaves[i]));
  }
  for (const Tile& tile : commit.tiles) {
    Put(batch, rocks::kTree, rocks::TileKey(id, tile.id), tile.hashes);
  }
  for (const StoredTimeline& timeline : commit.timelines) {
    Put(batch, rocks::kEntry, rocks::EntryKey(id, timeline.key, timeline.index), timeline.timeline);
  }
  for (const Body& body : commit.bodies) {
    Put(batch, rocks::kBody, rocks::BodyKey(body.hash), body.bytes);
  }
  if (!commit.bootstrap.has_value()) return;
  if (commit.bootstrap->empty()) {
    batch.Delete(families_[rocks::kNote], ToSlice(rocks::BootstrapKey(id)));
  } else {
    Put(batch, rocks::kNote, rocks::BootstrapKey(id), *commit.bootstrap);
  }
}

StoredHead RocksStore::PutHead(const ListCommit& commit, OriginId id,
                               rocksdb::WriteBatch& batch) const {
  const StoredLeaf& last = commit.leaves.back();
  StoredHead head{commit.origin,     TreeSize{EndOf(commit)},
                  last.root_after,   last.state_root_after,
                  last.published_at, "",
                  TreeSize{}};
  Put(batch, rocks::kNote, rocks::HeadKey(id), rocks::EncodeHead(head));
  if (!commit.checkpoint.empty()) {
    Put(batch, rocks::kNote, rocks::CheckpointKey(id),
        rocks::EncodeCheckpoint(head.size, commit.checkpoint));
  }
  return head;
}

absl::Status RocksStore::WriteAnchor(const std::vector<StoredHead>& heads) {
  if (!anchor_.has_value()) return absl::OkStatus();
  Frontier anchored = anchor_->heads();
  for (const StoredHead& head : heads) {
    FrontierHead& known = anchored.heads[head.origin];
    // While lost leaves are fetched again the anchor goes on saying how many there were.
    if (known.size <= head.size) known = {head.size, head.root};
  }
  if (anchored == anchor_->heads() && audit_ == anchor_->audit()) return absl::OkStatus();
  if (absl::Status status = anchor_->Write(anchored, audit_); !status.ok()) {
    failure_ = status;
    listener_->Fail(status);
  }
  return failure_;
}

absl::StatusOr<Frontier> RocksStore::Missing() const {
  Frontier anchored;
  {
    MutexLock lock(write_);
    if (!anchor_.has_value()) return Frontier();
    anchored = anchor_->heads();
  }
  Frontier missing;
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> held, Heads());
  COMITY_ASSIGN_OR_RETURN(const auto bootstraps, Bootstraps());
  std::map<Origin, TreeSize> sizes;
  for (const StoredHead& head : held) sizes[head.origin] = head.size;
  for (const auto& [origin, head] : anchored.heads) {
    if (sizes[origin] < head.size) {
      missing.heads[origin] = head;
      continue;
    }
    const absl::StatusOr<StoredLeaf> leaf = ReadLeaf(origin, LeafIndex{head.size.value - 1});
    // Before a snapshot that the list began from again, and not fetched yet.
    if (absl::IsNotFound(leaf.status()) && bootstraps.contains(origin)) continue;
    COMITY_RETURN_IF_ERROR(leaf.status());
    if (leaf->root_after != head.root) {
      return absl::DataLossError(absl::StrCat(origin.ToString(),
                                              ": the database holds another history than the head "
                                              "anchor: quarantine it and rebuild from peers"));
    }
  }
  return missing;
}

absl::Status RocksStore::VerifyFiles(const FileStep& step) const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  const auto is_live = [this](const std::string& name) {
    std::vector<rocksdb::LiveFileMetaData> now;
    db_->GetLiveFilesMetaData(&now);
    return std::any_of(now.begin(), now.end(), [&](const auto& one) { return one.name == name; });
  };
  rocksdb::Options options;
  options.env = db_->GetEnv();
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string path = absl::StrCat(files[i].db_path, files[i].name);
    rocksdb::SstFileReader reader(options);
    rocksdb::Status status = reader.Open(path);
    if (status.ok()) status = reader.VerifyChecksum(rocks::CheckedRead());
    // A file that went away while it was read was compacted, not lost.
    if (!status.ok() && is_live(files[i].name)) {
      return absl::DataLossError(absl::StrCat("the database's file ", path, " (",
                                              files[i].column_family_name, ", ", files[i].size,
                                              " bytes): ", status.ToString()));
    }
    if (!step(i + 1, files.size())) return absl::CancelledError("verification was stopped");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredHead>> RocksStore::Heads() const {
  std::map<Origin, OriginId> ids;
  {
    MutexLock lock(ids_mutex_);
    ids = ids_;
  }
  std::vector<StoredHead> heads;
  for (const auto& [origin, id] : ids) {
    COMITY_ASSIGN_OR_RETURN(auto head, ReadHead(id));
    if (!head.has_value()) {
      // It begins from a snapshot that is still coming.
      COMITY_ASSIGN_OR_RETURN(const auto coming, Read(rocks::kNote, rocks::BootstrapKey(id)));
      if (coming.has_value()) continue;
      return absl::DataLossError(absl::StrCat(origin.ToString(), ": its head is missing"));
    }
    heads.push_back(*std::move(head));
  }
  return heads;
}

absl::StatusOr<StoredLeaf> RocksStore::ReadLeaf(const Origin& origin, LeafIndex index) const {
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value()) return NoLeaf(origin, index.value);
  COMITY_ASSIGN_OR_RETURN(const auto value, Read(rocks::kLog, rocks::LogKey(*id, index)));
  if (!value.has_value()) return NoLeaf(origin, index.value);
  return rocks::DecodeLeaf(*value);
}

absl::StatusOr<std::string> RocksStore::ReadTile(const Origin& origin, TileId tile) const {
  const std::optional<OriginId> id = FindId(origin);
  if (id.has_value()) {
    COMITY_ASSIGN_OR_RETURN(auto value, Read(rocks::kTree, rocks::TileKey(*id, tile)));
    if (value.has_value()) return *std::move(value);
  }
  return absl::NotFoundError(
      absl::StrCat(origin.ToString(), ": no tile ", tile.level, "/", tile.index));
}

absl::StatusOr<std::optional<StoredTimeline>> RocksStore::ReadTimeline(const Origin& origin,
                                                                       std::string_view key,
                                                                       TreeSize size) const {
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value() || size.value == 0) return std::nullopt;
  const std::string prefix = rocks::EntryPrefix(*id, key);
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kEntry]));
  it->Seek(ToSlice(rocks::EntryKey(*id, key, LeafIndex{size.value - 1})));
  if (!it->Valid() || !it->key().starts_with(ToSlice(prefix))) {
    COMITY_RETURN_IF_ERROR(FromRocks(it->status(), "reading from entry"));
    return std::nullopt;
  }
  COMITY_ASSIGN_OR_RETURN(const auto parsed, rocks::ParseEntryKey(FromSlice(it->key())));
  COMITY_ASSIGN_OR_RETURN(const std::string_view value,
                          rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
  return StoredTimeline{std::string(parsed.key), parsed.index, std::string(value)};
}

absl::Status RocksStore::ScanTimelines(
    const Origin& origin, TreeSize size, std::string_view after_key,
    const std::function<bool(const StoredTimeline&)>& visit) const {
  const std::optional<OriginId> id = FindId(origin);
  if (!id.has_value() || size.value == 0) return absl::OkStatus();
  const std::string origin_prefix = rocks::OriginPrefix(*id);
  const std::unique_ptr<rocksdb::Iterator> it(
      db_->NewIterator(rocks::CheckedRead(), families_[rocks::kEntry]));
  // Past every version of `after_key`: 0x01 follows its NUL.
  it->Seek(
      ToSlice(after_key.empty() ? origin_prefix : origin_prefix + std::string(after_key) + "\x01"));
  std::string done;
  bool any_done = false;
  for (; it->Valid() && it->key().starts_with(ToSlice(origin_prefix)); it->Next()) {
    COMITY_ASSIGN_OR_RETURN(const auto parsed, rocks::ParseEntryKey(FromSlice(it->key())));
    // Newest first within a key: the first one below `size` is the one.
    if (parsed.index.value >= size.value || (any_done && parsed.key == done)) continue;
    COMITY_ASSIGN_OR_RETURN(const std::string_view value,
                            rocks::Unseal(FromSlice(it->key()), FromSlice(it->value())));
    done = std::string(parsed.key);
    any_done = true;
    if (!visit({done, parsed.index, std::string(value)})) return absl::OkStatus();
  }
  return FromRocks(it->status(), "scanning entry");
}

absl::StatusOr<std::string> RocksStore::ReadBody(const Digest& hash) const {
  COMITY_ASSIGN_OR_RETURN(auto body, Read(rocks::kBody, rocks::BodyKey(hash)));
  if (!body.has_value()) return absl::NotFoundError("no entry body " + ToHex(hash));
  if (Sha256(*body) != hash) {
    return absl::DataLossError(absl::StrCat("the entry body ", ToHex(hash), " fails its hash"));
  }
  return *std::move(body);
}

absl::Status RocksStore::ScanKeys(rocks::Family family, std::string_view prefix,
                                  const std::function<bool(std::string_view)>& visit) const {
  rocksdb::ReadOptions options = rocks::CheckedRead();
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, families_[family]));
  for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix));
       it->Next()) {
    if (!visit(FromSlice(it->key()))) return absl::OkStatus();
  }
  return FromRocks(it->status(), absl::StrCat("scanning ", rocks::kFamilies[family]));
}

absl::Status RocksStore::PutMeta(std::string_view name, std::string_view value,
                                 std::span<const v1::AuditRecord> audit) {
  MutexLock lock(write_);
  rocksdb::WriteBatch batch;
  Put(batch, rocks::kMeta, rocks::MetaKey(name), std::string(value));
  const AuditHead head = PutAudit(audit, audit_, batch);
  COMITY_RETURN_IF_ERROR(Write(batch, true));
  audit_ = head;
  return WriteAnchor({});
}

absl::StatusOr<std::optional<std::string>> RocksStore::GetMeta(std::string_view name) const {
  return Read(rocks::kMeta, rocks::MetaKey(name));
}

}  // namespace comity
