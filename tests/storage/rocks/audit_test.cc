// The audit log on both stores, and what someone with the disk in hand may try on RocksDB.
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "storage/lists/memory_store.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/keys.h"
#include "storage/rocks/maintenance.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Origin kAmerican = *Origin::Parse("f.example/us-bis/ccl/1");
const Origin kNorwegian = *Origin::Parse("f.example/no-mfa/list2/1");

v1::AuditRecord Record(const std::string& subject) {
  v1::AuditRecord record;
  record.set_at(1);
  record.set_caller("comityd");
  record.set_action("test");
  record.set_subject(subject);
  record.set_decision(v1::AUDIT_DECISION_DONE);
  return record;
}

ListCommit Commit(const Origin& origin, uint64_t first, const std::vector<std::string>& subjects) {
  ListCommit commit;
  commit.origin = origin;
  commit.first = LeafIndex{first};
  const std::string name = std::to_string(first);
  commit.leaves.push_back({"envelope", Sha256(name), Sha256("r" + name), Sha256("s" + name), {}});
  for (const std::string& subject : subjects) commit.audit.push_back(Record(subject));
  return commit;
}

// The subjects of all records, the chain verified on the way.
std::vector<std::string> Subjects(const Store& store) {
  std::vector<std::string> subjects;
  AuditChecker checker;
  const absl::Status status = store.ScanAudit(0, [&](uint64_t index, std::string_view bytes) {
    const auto record = checker.Take(index, bytes);
    EXPECT_TRUE(record.ok()) << record.status();
    if (record.ok()) subjects.push_back(record->subject());
    return record.ok();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(checker.Ends(*store.ReadAuditHead()).ok());
  return subjects;
}

class AuditStoreTest : public ::testing::TestWithParam<bool> {
 protected:
  AuditStoreTest() {
    std::filesystem::remove_all(directory_);
    Reopen();
  }
  ~AuditStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Reopen() {
    if (!GetParam()) {
      if (store_ == nullptr) store_ = std::make_unique<MemoryStore>();
      return;
    }
    store_.reset();
    auto opened = RocksStore::Open(directory_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  const std::string directory_ = ::testing::TempDir() + "/audit_store_test";
  std::unique_ptr<Store> store_;
};

TEST_P(AuditStoreTest, RecordsComeWithTheirCommitsInOrder) {
  EXPECT_EQ(*store_->ReadAuditHead(), AuditHead());
  ASSERT_TRUE(store_->AppendAudit(std::vector{Record("start")}).ok());
  const ListCommit us = Commit(kAmerican, 0, {"us", "us again"});
  const ListCommit no = Commit(kNorwegian, 0, {"no"});
  ASSERT_TRUE(store_->CommitGroup(std::vector{&us, &no}).ok());
  Reopen();
  ASSERT_TRUE(store_->PutMeta("name", "value", std::vector{Record("meta")}).ok());
  ASSERT_TRUE(store_->PutMeta("name", "other").ok());
  Reopen();
  EXPECT_EQ(Subjects(*store_), (std::vector<std::string>{"start", "us", "us again", "no", "meta"}));
  EXPECT_EQ(store_->ReadAuditHead()->size, 5u);
}

TEST_P(AuditStoreTest, ARefusedCommitLeavesNoRecord) {
  EXPECT_FALSE(store_->Commit(Commit(kAmerican, 7, {"a gap"})).ok());
  const ListCommit good = Commit(kAmerican, 0, {"us"});
  const ListCommit bad = Commit(kNorwegian, 3, {"no"});
  EXPECT_FALSE(store_->CommitGroup(std::vector{&good, &bad}).ok());
  EXPECT_THAT(Subjects(*store_), IsEmpty());
}

TEST_P(AuditStoreTest, IsReadFromAnyRecordUntilTheReaderStops) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store_->AppendAudit(std::vector{Record(std::to_string(i))}).ok());
  }
  std::vector<uint64_t> seen;
  ASSERT_TRUE(store_
                  ->ScanAudit(2,
                              [&](uint64_t index, std::string_view) {
                                seen.push_back(index);
                                return seen.size() < 2;
                              })
                  .ok());
  EXPECT_EQ(seen, (std::vector<uint64_t>{2, 3}));
}

INSTANTIATE_TEST_SUITE_P(Stores, AuditStoreTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Rocks" : "Memory"; });

// A daemon's data directory, and a hand in it that knows the format, seals included.
class TamperedDirectoryTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kRecords = 40;

  void SetUp() override {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    auto store = Open();
    for (uint64_t i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(store->Commit(Commit(kAmerican, i, {std::to_string(i)})).ok());
    }
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<RocksStore> Open() const {
    RocksOptions options;
    options.directory = directory_ + "/db";
    options.anchor_directory = directory_;
    auto opened = RocksStore::Open(std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  // With the family "audit" of the database in hand.
  void Plant(const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle*)>& act) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : rocks::kFamilies) families.emplace_back(name, rocks::FamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(
        rocksdb::DB::Open(rocksdb::DBOptions(), directory_ + "/db", families, &handles, &db).ok());
    act(*db, handles[rocks::kAudit]);
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  static std::string Get(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, uint64_t index) {
    std::string sealed;
    EXPECT_TRUE(db.Get({}, family, rocks::AuditKey(index), &sealed).ok());
    return std::string(*rocks::Unseal(rocks::AuditKey(index), sealed));
  }
  static void Put(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, uint64_t index,
                  const std::string& record) {
    const std::string key = rocks::AuditKey(index);
    ASSERT_TRUE(db.Put({}, family, key, rocks::Seal(key, record)).ok());
  }
  std::vector<std::string> Problems() const {
    const auto report = VerifyAuditLog(directory_, 0, std::nullopt, nullptr);
    EXPECT_TRUE(report.ok()) << report.status();
    return {report->problems().begin(), report->problems().end()};
  }

  const std::string directory_ = ::testing::TempDir() + "/audit_tampered";
};

TEST_F(TamperedDirectoryTest, AnUntouchedOneVerifies) {
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_EQ(VerifyAuditLog(directory_, 0, std::nullopt, nullptr)->verified(), kRecords);
}

TEST_F(TamperedDirectoryTest, AnEditedRecordIsFound) {
  Plant([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    v1::AuditRecord record;
    ASSERT_TRUE(record.ParseFromString(Get(db, family, 20)));
    record.set_caller("somebody else");
    Put(db, family, 20, record.SerializeAsString());
  });
  EXPECT_THAT(Problems(), SizeIs(1));
}

TEST_F(TamperedDirectoryTest, TheLastRecordEditedIsFoundByTheAnchor) {
  Plant([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    v1::AuditRecord record;
    ASSERT_TRUE(record.ParseFromString(Get(db, family, kRecords - 1)));
    record.set_caller("somebody else");
    Put(db, family, kRecords - 1, record.SerializeAsString());
  });
  EXPECT_THAT(Problems(), SizeIs(1));
}

TEST_F(TamperedDirectoryTest, ADeletedRecordIsFound) {
  Plant([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.Delete({}, family, rocks::AuditKey(7)).ok());
  });
  EXPECT_THAT(Problems(), SizeIs(1));
}

TEST_F(TamperedDirectoryTest, TwoRecordsExchangedAreFound) {
  Plant([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    const std::string one = Get(db, family, 3), other = Get(db, family, 4);
    Put(db, family, 3, other);
    Put(db, family, 4, one);
  });
  EXPECT_THAT(Problems(), SizeIs(1));
}

TEST_F(TamperedDirectoryTest, ATruncatedLogIsFoundAndTheGapIsKept) {
  Plant([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    for (uint64_t i = kRecords - 5; i < kRecords; ++i) {
      ASSERT_TRUE(db.Delete({}, family, rocks::AuditKey(i)).ok());
    }
  });
  ASSERT_THAT(Problems(), SizeIs(1));
  EXPECT_THAT(Problems()[0], HasSubstr("has 35 records where 40 were written"));
  // The next start writes it down, and so it is found for ever.
  ASSERT_TRUE(NoteAuditGap(*Open(), Instant{5}).ok());
  ASSERT_THAT(Problems(), SizeIs(1));
  EXPECT_THAT(Problems()[0], HasSubstr("record 35"));
  ASSERT_TRUE(NoteAuditGap(*Open(), Instant{6}).ok());
  EXPECT_THAT(Problems(), SizeIs(1)) << "once";
}

TEST_F(TamperedDirectoryTest, AnAnchorTakenAwayIsFound) {
  std::filesystem::remove(directory_ + "/anchor.0");
  std::filesystem::remove(directory_ + "/anchor.1");
  EXPECT_THAT(Problems(), SizeIs(1));
  ASSERT_TRUE(NoteAuditGap(*Open(), Instant{5}).ok());
  EXPECT_THAT(Problems(), SizeIs(1));
}

// The whole log made anew, the anchor with it: only a head that was noted elsewhere tells.
TEST_F(TamperedDirectoryTest, ALogMadeAnewIsFoundByAHeadNotedElsewhere) {
  const AuditHead noted = *Open()->ReadAuditHead();
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  {
    auto store = Open();
    for (uint64_t i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(
          store->Commit(Commit(kAmerican, i, {i == 9 ? "forged" : std::to_string(i)})).ok());
    }
  }
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_THAT(VerifyAuditLog(directory_, 0, noted, nullptr)->problems(), SizeIs(1));
}

}  // namespace
}  // namespace comity
