#include "storage/rocks/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace comity::rocks {
namespace {

constexpr size_t kBlockCacheBytes = 128 << 20;
constexpr double kBloomBitsPerKey = 10;
constexpr uint64_t kMaxWalBytes = 256 << 20;
constexpr int kMaxOpenFiles = 512;
constexpr size_t kKeptInfoLogs = 4;
constexpr size_t kInfoLogBytes = 16 << 20;

}  // namespace

rocksdb::DBOptions DatabaseOptions(std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.flush_verify_memtable_count = true;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.max_bgerror_resume_count = 0;
  options.max_total_wal_size = kMaxWalBytes;
  options.max_open_files = kMaxOpenFiles;
  options.keep_log_file_num = kKeptInfoLogs;
  options.max_log_file_size = kInfoLogBytes;
  options.listeners.push_back(std::move(listener));
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions() {
  // One cache for all families, so that its size is the size of it all.
  static const auto* const kCache =
      new std::shared_ptr<rocksdb::Cache>(rocksdb::NewLRUCache(kBlockCacheBytes));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = *kCache;
  table.checksum = rocksdb::ChecksumType::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // On every level: a screener's read decompresses a block of timelines and one of bodies, and
  // bodies, which stand by their hash, are little smaller under anything slower.
  options.compression = rocksdb::kLZ4Compression;
  options.force_consistency_checks = true;
  options.paranoid_file_checks = true;
  options.memtable_protection_bytes_per_key = 8;
  return options;
}

rocksdb::WriteOptions SyncedWrite() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

rocksdb::ReadOptions CheckedRead() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

absl::Status CheckSettings(const rocksdb::Options& running) {
  const auto* table = running.table_factory == nullptr
                          ? nullptr
                          : running.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  // Said a second time on purpose: a slip above is caught here.
  const std::pair<const char*, bool> settings[] = {
      {"wal_recovery_mode",
       running.wal_recovery_mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords},
      {"track_and_verify_wals_in_manifest", running.track_and_verify_wals_in_manifest},
      {"paranoid_checks", running.paranoid_checks},
      {"force_consistency_checks", running.force_consistency_checks},
      {"verify_sst_unique_id_in_manifest", running.verify_sst_unique_id_in_manifest},
      {"flush_verify_memtable_count", running.flush_verify_memtable_count},
      {"paranoid_file_checks", running.paranoid_file_checks},
      {"file_checksum_gen_factory", running.file_checksum_gen_factory != nullptr},
      {"memtable_protection_bytes_per_key", running.memtable_protection_bytes_per_key == 8},
      {"checksum", table != nullptr && table->checksum == rocksdb::ChecksumType::kXXH3},
      {"max_bgerror_resume_count", running.max_bgerror_resume_count == 0},
      {"allow_mmap_reads", !running.allow_mmap_reads},
      {"allow_mmap_writes", !running.allow_mmap_writes},
      {"unordered_write", !running.unordered_write},
      {"manual_wal_flush", !running.manual_wal_flush},
      {"recycle_log_file_num", running.recycle_log_file_num == 0},
      {"best_efforts_recovery", !running.best_efforts_recovery},
      {"atomic_flush", !running.atomic_flush},
      {"wal_compression", running.wal_compression == rocksdb::kNoCompression},
  };
  for (const auto& [name, right] : settings) {
    if (!right) {
      return absl::InternalError(absl::StrCat(
          "RocksDB does not run with the ", name,
          " that durability rests on: this comityd and its librocksdb do not go together"));
    }
  }
  return absl::OkStatus();
}

}  // namespace comity::rocks
