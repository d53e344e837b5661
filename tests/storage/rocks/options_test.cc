// What the database says it runs with is what durability rests on, or it is not opened.
#include "storage/rocks/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace comity::rocks {
namespace {

rocksdb::Options Compiled() { return {DatabaseOptions(nullptr), FamilyOptions()}; }

// Opens a new database with `given` and checks what it reads back.
absl::Status OpenAndCheck(rocksdb::Options given) {
  const std::string directory = ::testing::TempDir() + "/settings_test_db";
  std::filesystem::remove_all(directory);
  given.listeners.clear();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(given, directory, &opened);
  if (!status.ok()) return absl::UnavailableError(status.ToString());
  const std::unique_ptr<rocksdb::DB> db(opened);
  return CheckSettings(db->GetOptions());
}

struct Change {
  const char* setting;
  std::function<void(rocksdb::Options&)> make;
  // RocksDB puts it right itself, next to our recovery mode.
  bool put_right = false;
};

void SetChecksum(rocksdb::Options& options) {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::ChecksumType::kCRC32c;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

const Change kChanges[] = {
    {"wal_recovery_mode",
     [](auto& o) { o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery; }},
    {"track_and_verify_wals_in_manifest",
     [](auto& o) { o.track_and_verify_wals_in_manifest = false; }},
    {"paranoid_checks", [](auto& o) { o.paranoid_checks = false; }},
    {"force_consistency_checks", [](auto& o) { o.force_consistency_checks = false; }},
    {"verify_sst_unique_id_in_manifest",
     [](auto& o) { o.verify_sst_unique_id_in_manifest = false; }},
    {"flush_verify_memtable_count", [](auto& o) { o.flush_verify_memtable_count = false; }},
    {"paranoid_file_checks", [](auto& o) { o.paranoid_file_checks = false; }},
    {"file_checksum_gen_factory", [](auto& o) { o.file_checksum_gen_factory = nullptr; }},
    {"memtable_protection_bytes_per_key", [](auto& o) { o.memtable_protection_bytes_per_key = 0; }},
    {"checksum", SetChecksum},
    {"max_bgerror_resume_count", [](auto& o) { o.max_bgerror_resume_count = 1; }},
    {"allow_mmap_reads", [](auto& o) { o.allow_mmap_reads = true; }},
    {"allow_mmap_writes", [](auto& o) { o.allow_mmap_writes = true; }},
    {"unordered_write", [](auto& o) { o.unordered_write = true; }},
    {"manual_wal_flush", [](auto& o) { o.manual_wal_flush = true; }},
    {"recycle_log_file_num", [](auto& o) { o.recycle_log_file_num = 1; }, true},
    {"best_efforts_recovery", [](auto& o) { o.best_efforts_recovery = true; }},
    {"atomic_flush", [](auto& o) { o.atomic_flush = true; }},
    {"wal_compression", [](auto& o) { o.wal_compression = rocksdb::kZSTD; }},
};

TEST(CheckSettingsTest, TheCompiledSettingsAreWhatTheDatabaseRunsWith) {
  const absl::Status status = OpenAndCheck(Compiled());
  EXPECT_TRUE(status.ok()) << status;
}

std::string Text(const char* setting) { return std::string("run with the ") + setting + " "; }

TEST(CheckSettingsTest, NamesEachSettingThatDiffersInTheOpenDatabase) {
  for (const Change& change : kChanges) {
    rocksdb::Options options = Compiled();
    change.make(options);
    const absl::Status direct = CheckSettings(options);
    EXPECT_EQ(direct.code(), absl::StatusCode::kInternal) << change.setting;
    EXPECT_THAT(std::string(direct.message()), ::testing::HasSubstr(Text(change.setting)));
    const absl::Status open = OpenAndCheck(options);
    EXPECT_EQ(open, change.put_right ? absl::OkStatus() : direct) << change.setting;
  }
}

}  // namespace
}  // namespace comity::rocks
