// A copy of a store is verified offline: it passes as it is and gives the daemon's digest, and
// each thing in it that is altered, taken away or put there is found and named.
//
// Method: one store is made, and for each case copied and changed through RocksDB itself, every
// changed row sealed anew, as somebody would who knows the format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/replica.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/keys.h"
#include "storage/rocks/maintenance.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

namespace fs = std::filesystem;
using rocks::Family;
using rocks::OriginId;
using testing::Edition;
using ::testing::HasSubstr;
using testing::Item;

// More than a tile is wide, so that one is full.
constexpr int kRevisions = 259;
constexpr OriginId kList{1};
constexpr OriginId kOther{2};

// A database that is changed behind the daemon's back.
class RawStore {
 public:
  explicit RawStore(const std::string& directory) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : rocks::kFamilies) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened =
        rocksdb::DB::Open(rocksdb::DBOptions(), directory, families, &handles_, &db);
    EXPECT_TRUE(opened.ok()) << opened.ToString();
    db_.reset(db);
  }
  ~RawStore() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    EXPECT_TRUE(db_->Close().ok());
  }
  std::string Get(Family family, const std::string& key) {
    std::string sealed;
    EXPECT_TRUE(db_->Get({}, handles_[family], key, &sealed).ok()) << ToHex(key);
    return std::string(*rocks::Unseal(key, sealed));
  }
  void Put(Family family, const std::string& key, const std::string& value) {
    PutRaw(family, key, rocks::Seal(key, value));
  }
  void PutRaw(Family family, const std::string& key, const std::string& bytes) {
    EXPECT_TRUE(db_->Put({}, handles_[family], key, bytes).ok());
  }
  void Delete(Family family, const std::string& key) {
    EXPECT_TRUE(db_->Delete({}, handles_[family], key).ok());
  }
  // One bit of a value, `from_end` bytes before its end, sealed anew.
  void Flip(Family family, const std::string& key, size_t from_end = 1) {
    std::string value = Get(family, key);
    value[value.size() - from_end] ^= 1;
    Put(family, key, value);
  }
  void ChangeLeaf(uint64_t index, const std::function<void(StoredLeaf&)>& change) {
    const std::string key = rocks::LogKey(kList, LeafIndex{index});
    StoredLeaf leaf = *rocks::DecodeLeaf(Get(rocks::kLog, key));
    change(leaf);
    Put(rocks::kLog, key, rocks::EncodeLeaf(leaf));
  }
  void ChangeHead(const std::function<void(StoredHead&)>& change) {
    StoredHead head = *rocks::DecodeHead(Get(rocks::kNote, rocks::HeadKey(kList)));
    change(head);
    Put(rocks::kNote, rocks::HeadKey(kList), rocks::EncodeHead(head));
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

class VerifyDirectoryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = new std::string(::testing::TempDir() + "/verify_directory_made");
    fs::remove_all(*made_);
    fs::create_directories(*made_);
    federation_ = new testing::TestFederation();
    RocksOptions options;
    options.directory = *made_ + "/db";
    options.anchor_directory = *made_;
    const auto store = RocksStore::Open(std::move(options));
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->PutRoster(1, federation_->roster_envelope()).ok());
    ManualClock clock(testing::kNow);
    const auto replica = federation_->MakeReplica("us", store->get(), &clock);
    std::vector<v1::Entry> items = {Item("5A001", "one"), Item("5A002", "two"),
                                    Item("5A003", "three")};
    for (int i = 0; i < kRevisions; ++i) {
      if (i > 0) items[i % 2] = Item(i % 2 == 0 ? "5A001" : "5A002", absl::StrCat("text ", i));
      const auto published =
          federation_->Publish(*replica, Edition("us-bis/ccl", "2020-01-01", items));
      ASSERT_TRUE(published.ok()) << published.status();
      // So that a token of then is known.
      if (i == 99) then_ = new Frontier(replica->snapshot()->frontier());
      if (i == 99) digest_then_ = new Digest(replica->snapshot()->view_digest());
    }
    ASSERT_TRUE(
        federation_
            ->Publish(*replica, Edition("us-bis/other", "2020-01-01", {Item("1A001", "other")}))
            .ok());
    digest_ = new Digest(replica->snapshot()->view_digest());
    frontier_ = new Frontier(replica->snapshot()->frontier());
  }
  static void TearDownTestSuite() { fs::remove_all(*made_); }

  void SetUp() override {
    copy_ = ::testing::TempDir() + "/verify_directory_copy";
    fs::remove_all(copy_);
    fs::copy(*made_, copy_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(copy_); }

  absl::StatusOr<DataDirectoryCheck> Verify(const VerifyOptions& options = {}) {
    RosterTrust trust;
    trust.digest = federation_->roster().digest();
    return VerifyDataDirectory(
        copy_, trust, options,
        [this](const ListVerification& list) {
          steps_.push_back(list);
          return true;
        },
        [](size_t, size_t) { return true; });
  }
  std::string Database() const { return copy_ + "/db"; }

  static std::string* made_;
  static testing::TestFederation* federation_;
  static Digest *digest_, *digest_then_;
  static Frontier *frontier_, *then_;
  std::string copy_;
  std::vector<ListVerification> steps_;
};

std::string* VerifyDirectoryTest::made_;
testing::TestFederation* VerifyDirectoryTest::federation_;
Digest *VerifyDirectoryTest::digest_, *VerifyDirectoryTest::digest_then_;
Frontier *VerifyDirectoryTest::frontier_, *VerifyDirectoryTest::then_;

// Name, size, time of writing and bytes of every file.
std::map<std::string, std::string> FilesOf(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    std::stringstream bytes;
    if (file.is_regular_file()) bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
    files[file.path().string()] = absl::StrCat(file.last_write_time().time_since_epoch().count(),
                                               " ", ToHex(Sha256(bytes.str())));
  }
  return files;
}

TEST_F(VerifyDirectoryTest, ACopyPassesWithTheDaemonsDigestAndNothingIsWritten) {
  const auto before = FilesOf(copy_);
  const auto check = Verify();
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_TRUE(check->damage.ok()) << check->damage;
  EXPECT_TRUE(check->missing.ok()) << check->missing;
  EXPECT_TRUE(check->anchored);
  ASSERT_EQ(check->lists.size(), 2u);
  EXPECT_EQ(check->lists[0].verified.value, kRevisions + 1u);
  ASSERT_TRUE(check->store.frontier.has_value());
  EXPECT_EQ(*check->store.frontier, *frontier_);
  EXPECT_EQ(ToHex(check->store.view_digests.at({})), ToHex(*digest_));
  EXPECT_EQ(FilesOf(copy_), before);
  // Each leaf is told, and how far all is.
  EXPECT_EQ(steps_.size(), kRevisions + 1u + 2u);
  EXPECT_EQ(steps_[10].number, 1u);
  EXPECT_EQ(steps_.back().number, 2u);
  EXPECT_EQ(steps_.back().of, 2u);

  // The database alone is enough; only its cut ends could not be told then.
  fs::remove(copy_ + "/anchor.0");
  fs::remove(copy_ + "/anchor.1");
  fs::remove(Database() + "/LOCK");
  const auto alone = Verify();
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_TRUE(alone->damage.ok()) << alone->damage;
  EXPECT_FALSE(alone->anchored);
  EXPECT_FALSE(fs::exists(Database() + "/LOCK"));
}

TEST_F(VerifyDirectoryTest, TheViewOfThenIsThatOfThen) {
  const auto then = Verify({"", then_->Token()});
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_TRUE(then->damage.ok()) << then->damage;
  EXPECT_EQ(*then->store.frontier, *then_);
  EXPECT_EQ(ToHex(then->store.view_digests.at({})), ToHex(*digest_then_));
  const auto instant = Verify({"", "2019-12-31T00:00:00Z"});
  ASSERT_TRUE(instant.ok()) << instant.status();
  EXPECT_TRUE(instant->store.frontier->heads.empty()) << "nothing was published by then";
  Frontier other = *then_;
  other.heads.begin()->second.root[0] ^= 1;
  EXPECT_EQ(ReasonOf(Verify({"", other.Token()}).status()), v1::REASON_NOT_HELD);
  EXPECT_TRUE(absl::IsInvalidArgument(Verify({"", "yesterday"}).status()));
}

TEST_F(VerifyDirectoryTest, ADatabaseThatIsOpenElsewhereIsLeftAlone) {
  // A lock belongs to a process: another one must hold it.
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    rocksdb::FileLock* lock = nullptr;
    const bool locked = rocksdb::Env::Default()->LockFile(Database() + "/LOCK", &lock).ok();
    char byte = locked ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    if (read(done[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  const absl::Status refused = Verify().status();
  EXPECT_TRUE(IsInUse(refused)) << refused;
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Verify().ok());
}

TEST_F(VerifyDirectoryTest, AnotherRosterIsNotTrusted) {
  RosterTrust trust;
  trust.digest = Sha256("another");
  const auto go = [](const ListVerification&) { return true; };
  const auto go_file = [](size_t, size_t) { return true; };
  EXPECT_EQ(ReasonOf(VerifyDataDirectory(copy_, trust, {}, go, go_file).status()),
            v1::REASON_WRONG_ROSTER);
}

struct Alteration {
  const char* name;
  std::function<void(RawStore&)> make;
  // What must be told: the list (empty: none), the leaf, the key, words.
  const char* list;
  std::optional<uint64_t> leaf;
  const char* key;
  const char* words;
};

std::string TimelineKey(const std::string& key, uint64_t index) {
  return rocks::EntryKey(kList, key, LeafIndex{index});
}
std::string LogKey(uint64_t index) { return rocks::LogKey(kList, LeafIndex{index}); }
Digest BodyOf(const std::string& code, const std::string& text) {
  return Sha256(Item(code, text).SerializeAsString());
}

const std::vector<Alteration>& Alterations() {
  static const char* const kCcl = "us-bis/ccl";
  static const std::vector<Alteration> all = {
      // Leaves.
      {"a leaf's signature", [](RawStore& raw) { raw.Flip(rocks::kLog, LogKey(7)); }, kCcl, 7, "",
       "the leaves after it cannot be judged"},
      {"a leaf's payload",
       [](RawStore& raw) {
         raw.ChangeLeaf(7, [](StoredLeaf& leaf) {
           const size_t at = leaf.envelope.find("text 6");
           ASSERT_NE(at, std::string::npos);
           leaf.envelope[at] = 'T';
         });
       },
       kCcl, 7, "", "altered after they were signed"},
      {"a leaf is gone", [](RawStore& raw) { raw.Delete(rocks::kLog, LogKey(9)); }, kCcl, 9, "",
       "it is missing"},
      {"two leaves exchanged",
       [](RawStore& raw) {
         const std::string one = raw.Get(rocks::kLog, LogKey(9));
         raw.Put(rocks::kLog, LogKey(9), raw.Get(rocks::kLog, LogKey(10)));
         raw.Put(rocks::kLog, LogKey(10), one);
       },
       kCcl, 9, "", "does not follow"},
      {"a leaf's root",
       [](RawStore& raw) { raw.ChangeLeaf(3, [](StoredLeaf& l) { l.root_after[0] ^= 1; }); }, kCcl,
       3, "", "the root kept with it"},
      {"a leaf's hash",
       [](RawStore& raw) { raw.ChangeLeaf(3, [](StoredLeaf& l) { l.leaf_hash[0] ^= 1; }); }, kCcl,
       3, "", "the leaf hash kept with it"},
      {"a leaf's state root",
       [](RawStore& raw) { raw.ChangeLeaf(3, [](StoredLeaf& l) { l.state_root_after[9] ^= 1; }); },
       kCcl, 3, "", "the state root kept with it"},
      {"a leaf's instant",
       [](RawStore& raw) { raw.ChangeLeaf(3, [](StoredLeaf& l) { ++l.published_at.micros; }); },
       kCcl, 3, "", "the instant of publication kept with it"},
      {"a leaf is said not to be understood",
       [](RawStore& raw) { raw.ChangeLeaf(kRevisions, [](StoredLeaf& l) { l.opaque = true; }); },
       kCcl, kRevisions, "", "its mark was altered"},
      {"a leaf beyond the end",
       [](RawStore& raw) {
         raw.Put(rocks::kLog, LogKey(kRevisions + 1), raw.Get(rocks::kLog, LogKey(4)));
       },
       kCcl, kRevisions + 1, "", "beyond the list's end"},
      {"a leaf far beyond the end, signed for elsewhere",
       [](RawStore& raw) { raw.Put(rocks::kLog, LogKey(999), raw.Get(rocks::kLog, LogKey(4))); },
       kCcl, 999, "", "beyond the list's end"},
      // Timelines.
      {"a timeline", [](RawStore& raw) { raw.Flip(rocks::kEntry, TimelineKey("5A001", 1)); }, kCcl,
       1, "5A001", "the entry's timeline is not what the revisions make"},
      {"a timeline is gone",
       [](RawStore& raw) { raw.Delete(rocks::kEntry, TimelineKey("5A003", 1)); }, kCcl, 1, "5A003",
       "the entry's timeline after this leaf is missing"},
      {"the newest timeline is gone",
       [](RawStore& raw) { raw.Delete(rocks::kEntry, TimelineKey("5A001", kRevisions)); }, kCcl,
       kRevisions, "5A001", "the entry's timeline after this leaf is missing"},
      {"a timeline too many of an entry",
       [](RawStore& raw) {
         raw.Put(rocks::kEntry, TimelineKey("5A003", 5),
                 raw.Get(rocks::kEntry, TimelineKey("5A001", 3)));
       },
       kCcl, 5, "5A003", "a timeline is kept that no revision makes"},
      {"a timeline of an entry that there is not",
       [](RawStore& raw) {
         raw.Put(rocks::kEntry, TimelineKey("9X999", 5),
                 raw.Get(rocks::kEntry, TimelineKey("5A001", 3)));
       },
       kCcl, 5, "9X999", "a timeline is kept that no revision makes"},
      {"a timeline beyond the end",
       [](RawStore& raw) {
         raw.Put(rocks::kEntry, TimelineKey("5A001", kRevisions + 8),
                 raw.Get(rocks::kEntry, TimelineKey("5A001", 3)));
       },
       kCcl, kRevisions + 8, "5A001", "beyond the list's end"},
      // Bodies.
      {"an entry's body",
       [](RawStore& raw) { raw.Flip(rocks::kBody, rocks::BodyKey(BodyOf("5A003", "three"))); },
       kCcl, 1, "5A003", "the entry's body is not what was signed"},
      {"an entry's body is gone",
       [](RawStore& raw) { raw.Delete(rocks::kBody, rocks::BodyKey(BodyOf("5A003", "three"))); },
       kCcl, 1, "5A003", "the entry's body is missing"},
      {"a body too many",
       [](RawStore& raw) { raw.Put(rocks::kBody, rocks::BodyKey(Sha256("stray")), "stray"); }, "",
       std::nullopt, "", "an entry body that no revision brings"},
      // The tree.
      {"a full tile",
       [](RawStore& raw) {
         raw.Flip(rocks::kTree, rocks::TileKey(kList, {0, 0}), 99);
       },
       kCcl, std::nullopt, "", "tile 0/0 of its tree is not what the leaves make"},
      {"the tile at the edge",
       [](RawStore& raw) {
         raw.Flip(rocks::kTree, rocks::TileKey(kList, {0, 1}));
       },
       kCcl, std::nullopt, "", "tile 0/1 of its tree is not what the leaves make"},
      {"a tile with a hash too many",
       [](RawStore& raw) {
         const std::string key = rocks::TileKey(kList, {0, 1});
         raw.Put(rocks::kTree, key, raw.Get(rocks::kTree, key) + std::string(32, 'x'));
       },
       kCcl, std::nullopt, "", "tile 0/1 of its tree is not what the leaves make"},
      {"a tile is gone",
       [](RawStore& raw) {
         raw.Delete(rocks::kTree, rocks::TileKey(kList, {1, 0}));
       },
       kCcl, std::nullopt, "", "tile 1/0 of its tree is missing"},
      {"a tile too many",
       [](RawStore& raw) {
         raw.Put(rocks::kTree, rocks::TileKey(kList, {0, 2}), std::string(32, 'x'));
       },
       kCcl, std::nullopt, "", "tile 0/2 lies beyond"},
      // Heads, checkpoints, statements.
      {"the head's root",
       [](RawStore& raw) { raw.ChangeHead([](StoredHead& h) { h.root[0] ^= 1; }); }, kCcl,
       kRevisions, "", "the root kept as the list's newest"},
      {"the head's state root",
       [](RawStore& raw) { raw.ChangeHead([](StoredHead& h) { h.state_root[0] ^= 1; }); }, kCcl,
       kRevisions, "", "the state root kept as the list's newest"},
      {"the head's instant",
       [](RawStore& raw) { raw.ChangeHead([](StoredHead& h) { --h.published_at.micros; }); }, kCcl,
       kRevisions, "", "the instant of publication kept as the list's newest"},
      {"the head is set back",
       [](RawStore& raw) {
         const StoredLeaf leaf = *rocks::DecodeLeaf(raw.Get(rocks::kLog, LogKey(kRevisions - 1)));
         raw.ChangeHead([&](StoredHead& head) {
           --head.size.value;
           head.root = leaf.root_after;
           head.state_root = leaf.state_root_after;
           head.published_at = leaf.published_at;
         });
       },
       kCcl, kRevisions, "", "beyond the list's end"},
      {"the checkpoint",
       [](RawStore& raw) { raw.Flip(rocks::kNote, rocks::CheckpointKey(kList), 20); }, kCcl,
       std::nullopt, "", "the checkpoint: "},
      {"the checkpoint's size",
       [](RawStore& raw) {
         std::string note = raw.Get(rocks::kNote, rocks::CheckpointKey(kList));
         note[7] ^= 1;
         raw.Put(rocks::kNote, rocks::CheckpointKey(kList), note);
       },
       kCcl, std::nullopt, "", "the checkpoint kept for"},
      {"another list's checkpoint",
       [](RawStore& raw) {
         raw.Put(rocks::kNote, rocks::CheckpointKey(kList),
                 raw.Get(rocks::kNote, rocks::CheckpointKey(kOther)));
       },
       kCcl, std::nullopt, "", "the checkpoint: "},
      {"a HELD statement",
       [](RawStore& raw) { raw.Put(rocks::kNote, rocks::HeldKey(kList, "no"), "no note"); }, kCcl,
       std::nullopt, "", "the HELD statement of \"no\""},
      {"a row whose seal is broken",
       [](RawStore& raw) { raw.PutRaw(rocks::kEntry, TimelineKey("5A001", 3), "rot"); }, kCcl, 3,
       "5A001", "the entry's timeline is not what the revisions make"},
      // What the format does not have.
      {"a row in a reserved family", [](RawStore& raw) { raw.Put(rocks::kState, "x", "y"); }, "",
       std::nullopt, "", "family state, key 78"},
      {"a note of no kind",
       [](RawStore& raw) { raw.Put(rocks::kNote, rocks::OriginPrefix(kList) + "z", "y"); }, "",
       std::nullopt, "", "family note, key "},
      {"a leaf of a log that there is not",
       [](RawStore& raw) {
         raw.Put(rocks::kLog, rocks::LogKey(OriginId{77}, LeafIndex{0}),
                 raw.Get(rocks::kLog, LogKey(0)));
       },
       "", std::nullopt, "", "family log, key "},
      {"a key that is none",
       [](RawStore& raw) { raw.Put(rocks::kEntry, rocks::OriginPrefix(kList) + "x", "y"); }, "",
       std::nullopt, "", "family entry, key "},
  };
  return all;
}

TEST_F(VerifyDirectoryTest, EveryAlterationIsFoundAndNamed) {
  for (const Alteration& one : Alterations()) {
    SCOPED_TRACE(one.name);
    TearDown();
    SetUp();
    {
      RawStore raw(Database());
      one.make(raw);
    }
    const auto check = Verify();
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->damage.code(), absl::StatusCode::kDataLoss);
    EXPECT_FALSE(check->store.frontier.has_value()) << "no digest of what is not sound";
    bool found = false;
    std::string told;
    const auto look = [&](const std::string& list, const Faults& faults) {
      for (const Fault& fault : faults.named) {
        absl::StrAppend(&told, list, " ",
                        fault.leaf.has_value() ? absl::StrCat(fault.leaf->value) : "-", " ",
                        fault.key, ": ", fault.what, "\n");
        const bool there = fault.leaf.has_value() == one.leaf.has_value() &&
                           (!one.leaf.has_value() || fault.leaf->value == *one.leaf);
        if (list == one.list && there && fault.key == one.key &&
            fault.what.find(one.words) != std::string::npos) {
          found = true;
        }
      }
    };
    for (const ListVerification& list : check->lists) {
      look(list.origin.name.ToString(), list.faults);
      // The one that is whole is walked to its end all the same.
      if (list.origin.name.list == "other") {
        EXPECT_TRUE(list.faults.empty());
      }
    }
    look("", check->store.loose);
    EXPECT_TRUE(found) << told;
    // One thing was altered: it is not told as a flood of others.
    EXPECT_LE(std::count(told.begin(), told.end(), '\n'), 5) << told;
  }
}

TEST_F(VerifyDirectoryTest, LostHeadsOriginsAndRostersAreFoundToo) {
  const auto damaged = [&](const std::function<void(RawStore&)>& make) {
    TearDown();
    SetUp();
    {
      RawStore raw(Database());
      make(raw);
    }
    const auto check = Verify();
    if (!check.ok()) return std::string(check.status().message());
    return absl::StrCat(check->damage.message(), check->missing.message());
  };
  EXPECT_THAT(damaged([](RawStore& raw) { raw.Delete(rocks::kNote, rocks::HeadKey(kList)); }),
              HasSubstr("us-bis/ccl/1: its head is missing"));
  // All of a list: only the head anchor knows of it, and what is left of it belongs to nothing.
  const std::string origin = frontier_->heads.begin()->first.ToString();
  EXPECT_THAT(damaged([&](RawStore& raw) { raw.Delete(rocks::kMeta, rocks::OriginKey(origin)); }),
              ::testing::AllOf(HasSubstr("family log, key 00000001"),
                               HasSubstr("us-bis/ccl: 260 leaves were acknowledged")));
  EXPECT_THAT(damaged([](RawStore& raw) { raw.Flip(rocks::kRoster, rocks::RosterKey(1), 5); }),
              ::testing::Not(::testing::IsEmpty()));
}

}  // namespace
}  // namespace comity
