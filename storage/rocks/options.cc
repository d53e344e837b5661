#include "storage/rocks/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace comity::rocks {
namespace {

constexpr size_t kBlockCacheBytes = 256 << 20;
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
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
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

}  // namespace comity::rocks
