// One contract, two stores: storage/lists/store.h, shown on both.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "storage/base/errors.h"
#include "storage/lists/memory_store.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/keys.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

const Origin kUs = *Origin::Parse("f.example/us-bis/ccl/1");
const Origin kNo = *Origin::Parse("f.example/no-mfa/list2/1");

StoredLeaf Leaf(const std::string& name, int64_t published = 1) {
  return {"envelope " + name, Sha256("leaf" + name), Sha256("root" + name), Sha256("state" + name),
          Instant{published}};
}

ListCommit Commit(const Origin& origin, uint64_t first, int leaves) {
  ListCommit commit;
  commit.origin = origin;
  commit.first = LeafIndex{first};
  for (int i = 0; i < leaves; ++i) commit.leaves.push_back(Leaf(std::to_string(first + i)));
  return commit;
}

class StoreTest : public ::testing::TestWithParam<bool> {
 protected:
  StoreTest() : directory_(::testing::TempDir() + "/store_test_db") {
    std::filesystem::remove_all(directory_);
    Reopen();
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  // RocksDB is closed and opened again; the memory store has nothing to reopen.
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
  std::vector<std::string> Keys(const Origin& origin, uint64_t size,
                                const std::string& after = "") {
    std::vector<std::string> keys;
    EXPECT_TRUE(store_
                    ->ScanTimelines(origin, TreeSize{size}, after,
                                    [&](const StoredTimeline& t) {
                                      keys.push_back(t.key + "@" + t.timeline);
                                      return true;
                                    })
                    .ok());
    return keys;
  }

  const std::string directory_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreTest, KeepsRostersByVersionAndNeverReplacesOne) {
  EXPECT_TRUE(store_->Rosters()->empty());
  ASSERT_TRUE(store_->PutRoster(256, "later").ok());
  ASSERT_TRUE(store_->PutRoster(2, std::string("two\0x", 5)).ok());
  EXPECT_TRUE(store_->PutRoster(256, "later").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutRoster(256, "another")));
  Reopen();
  EXPECT_EQ(*store_->Rosters(),
            (std::map<uint64_t, std::string>{{2, std::string("two\0x", 5)}, {256, "later"}}));
}

// Leaves that a roster voided are stored again as such; held ones never come back otherwise.
TEST_P(StoreTest, LeavesMayBecomeOpaqueButNotOther) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 3)).ok());
  ListCommit again = Commit(kUs, 1, 2);
  again.kind = ListCommit::Kind::kAgain;
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Commit(again)));
  for (StoredLeaf& leaf : again.leaves) leaf.opaque = true;
  ListCommit other = again;
  other.leaves[0].envelope = "another";
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Commit(other)));
  ASSERT_TRUE(store_->Commit(again).ok());
  Reopen();
  EXPECT_EQ(store_->Heads()->at(0).size.value, 3u);
  EXPECT_EQ(ShownSize(*store_, store_->Heads()->at(0))->value, 1u);
}

TEST_P(StoreTest, HandsBackWhatItWasGiven) {
  ListCommit commit = Commit(kUs, 0, 2);
  commit.tiles.push_back({{0, 0}, std::string(64, 't')});
  commit.bodies.push_back({Sha256("body"), "body"});
  commit.checkpoint = "note";
  ASSERT_TRUE(store_->Commit(commit).ok());
  Reopen();
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{1}), commit.leaves[1]);
  EXPECT_EQ(*store_->ReadTile(kUs, {0, 0}), std::string(64, 't'));
  EXPECT_EQ(*store_->ReadBody(Sha256("body")), "body");
  const auto heads = *store_->Heads();
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0].origin, kUs);
  EXPECT_EQ(heads[0].size.value, 2u);
  EXPECT_EQ(heads[0].root, commit.leaves[1].root_after);
  EXPECT_EQ(heads[0].checkpoint, "note");
  EXPECT_EQ(heads[0].checkpoint_size.value, 2u);
}

TEST_P(StoreTest, SaysWhatItDoesNotHold) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 1)).ok());
  EXPECT_EQ(store_->ReadLeaf(kUs, LeafIndex{1}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadLeaf(kNo, LeafIndex{0}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadTile(kUs, {3, 7}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadBody(Sha256("x")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(store_->ReadTimeline(kUs, "k", TreeSize{1})->has_value());
  EXPECT_FALSE(store_->GetMeta("x")->has_value());
}

TEST_P(StoreTest, RefusesACommitThatIsNotDense) {
  EXPECT_EQ(store_->Commit(Commit(kUs, 1, 1)).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 2)).ok());
  EXPECT_EQ(store_->Commit(Commit(kUs, 1, 1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->Commit(Commit(kUs, 3, 1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->Commit(Commit(kUs, 2, 0)).code(), absl::StatusCode::kInvalidArgument);
  ListCommit wrong = Commit(kUs, 2, 1);
  wrong.bodies.push_back({Sha256("a"), "b"});
  EXPECT_EQ(store_->Commit(wrong).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ((*store_->Heads())[0].size.value, 2u);
  EXPECT_EQ(store_->ReadBody(Sha256("a")).status().code(), absl::StatusCode::kNotFound)
      << "nothing of a refused commit is kept";
}

TEST_P(StoreTest, AGroupIsOneCommit) {
  const ListCommit us = Commit(kUs, 0, 2);
  const ListCommit no = Commit(kNo, 0, 1);
  const ListCommit gap = Commit(kNo, 1, 1);
  const ListCommit more = Commit(kUs, 2, 1);
  const std::vector<const ListCommit*> with_a_gap = {&us, &gap};
  EXPECT_EQ(store_->CommitGroup(with_a_gap).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(store_->Heads()->empty()) << "all of a group or nothing";
  const std::vector<const ListCommit*> twice = {&us, &more};
  EXPECT_EQ(store_->CommitGroup(twice).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->CommitGroup({}).code(), absl::StatusCode::kInvalidArgument);
  const std::vector<const ListCommit*> both = {&us, &no};
  ASSERT_TRUE(store_->CommitGroup(both).ok());
  Reopen();
  const auto heads = *store_->Heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{1}), us.leaves[1]);
  EXPECT_EQ(*store_->ReadLeaf(kNo, LeafIndex{0}), no.leaves[0]);
  ASSERT_TRUE(store_->Commit(more).ok());
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{2}), more.leaves[0]);
}

TEST_P(StoreTest, KeepsTheNewestHeldStatementOfEachParticipant) {
  EXPECT_EQ(store_->PutHeld(kUs, "no", "note").code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 1)).ok());
  ASSERT_TRUE(store_->Commit(Commit(kNo, 0, 1)).ok());
  ASSERT_TRUE(store_->PutHeld(kUs, "no", "one").ok());
  ASSERT_TRUE(store_->PutHeld(kUs, "no", "two").ok());
  ASSERT_TRUE(store_->PutHeld(kUs, "us", "own").ok());
  ASSERT_TRUE(store_->PutHeld(kNo, "jp", "other").ok());
  Reopen();
  const std::map<std::string, std::string> expected = {{"no", "two"}, {"us", "own"}};
  EXPECT_EQ(*store_->ReadHeld(kUs), expected);
  EXPECT_EQ(store_->ReadHeld(kNo)->size(), 1u);
}

TEST_P(StoreTest, KeepsSignedStatementsByTheirName) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 1)).ok());
  ASSERT_TRUE(store_->PutHeld(kUs, "no", "held").ok());
  EXPECT_TRUE(store_->ReadStatements(StatementKind::kEvidence)->empty());
  ASSERT_TRUE(store_->PutStatement(StatementKind::kEvidence, "aa", "one").ok());
  ASSERT_TRUE(store_->PutStatement(StatementKind::kEvidence, "bb", "two").ok());
  ASSERT_TRUE(store_->PutStatement(StatementKind::kStatus, "us/", "old").ok());
  ASSERT_TRUE(store_->PutStatement(StatementKind::kStatus, "us/", "new").ok());
  ASSERT_TRUE(store_->DropStatement(StatementKind::kEvidence, "aa").ok());
  ASSERT_TRUE(store_->DropStatement(StatementKind::kEvidence, "none").ok());
  Reopen();
  EXPECT_EQ(*store_->ReadStatements(StatementKind::kEvidence),
            (std::map<std::string, std::string>{{"bb", "two"}}));
  EXPECT_EQ(*store_->ReadStatements(StatementKind::kStatus),
            (std::map<std::string, std::string>{{"us/", "new"}}));
  EXPECT_EQ(store_->ReadHeld(kUs)->size(), 1u) << "apart from what belongs to a log";
}

TEST_P(StoreTest, ReadsTimelinesAtEverySize) {
  ListCommit commit = Commit(kUs, 0, 4);
  // "a" changes at 1 and 3, "ab" at 2: no key hides behind another's prefix.
  commit.timelines = {
      {"a", LeafIndex{1}, "a1"}, {"a", LeafIndex{3}, "a3"}, {"ab", LeafIndex{2}, "ab2"}};
  ASSERT_TRUE(store_->Commit(commit).ok());
  ASSERT_TRUE(store_->Commit(Commit(kNo, 0, 1)).ok());
  Reopen();
  const std::vector<std::vector<std::string>> expected = {
      {}, {}, {"a@a1"}, {"a@a1", "ab@ab2"}, {"a@a3", "ab@ab2"}};
  for (uint64_t size = 0; size < expected.size(); ++size) {
    EXPECT_EQ(Keys(kUs, size), expected[size]) << size;
    const auto a = *store_->ReadTimeline(kUs, "a", TreeSize{size});
    EXPECT_EQ(a.has_value() ? a->timeline : "", size < 2 ? "" : size < 4 ? "a1" : "a3");
  }
  EXPECT_EQ(Keys(kUs, 4, "a"), (std::vector<std::string>{"ab@ab2"}));
  EXPECT_EQ(Keys(kUs, 4, "ab"), (std::vector<std::string>{}));
  EXPECT_EQ(Keys(kNo, 1), (std::vector<std::string>{}));
}

TEST_P(StoreTest, AnEarlierSizeIsNotChangedByLaterCommits) {
  ListCommit first = Commit(kUs, 0, 1);
  first.timelines = {{"k", LeafIndex{0}, "old"}};
  ASSERT_TRUE(store_->Commit(first).ok());
  ListCommit second = Commit(kUs, 1, 1);
  second.timelines = {{"k", LeafIndex{1}, "new"}};
  ASSERT_TRUE(store_->Commit(second).ok());
  EXPECT_EQ((*store_->ReadTimeline(kUs, "k", TreeSize{1}))->timeline, "old");
  EXPECT_EQ((*store_->ReadTimeline(kUs, "k", TreeSize{2}))->timeline, "new");
}

TEST_P(StoreTest, KeepsTheNewestCheckpointOnly) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 3)).ok());
  EXPECT_EQ(store_->PutCheckpoint(kUs, TreeSize{4}, "n").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->PutCheckpoint(kNo, TreeSize{1}, "n").code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store_->PutCheckpoint(kUs, TreeSize{3}, "three").ok());
  ASSERT_TRUE(store_->PutCheckpoint(kUs, TreeSize{2}, "two").ok());
  EXPECT_EQ((*store_->Heads())[0].checkpoint, "three");
  EXPECT_EQ((*store_->Heads())[0].checkpoint_size.value, 3u);
}

TEST_P(StoreTest, HeadsAscendByOriginNotByArrival) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 1)).ok());
  ASSERT_TRUE(store_->Commit(Commit(kNo, 0, 1)).ok());
  Reopen();
  const auto heads = *store_->Heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0].origin, kNo);
  EXPECT_EQ(heads[1].origin, kUs);
}

TEST_P(StoreTest, OpaqueLeavesAreStoredAgainOnceTheyAreUnderstood) {
  ASSERT_TRUE(store_->Commit(Commit(kUs, 0, 2)).ok());
  ListCommit opaque = Commit(kUs, 2, 2);
  for (StoredLeaf& leaf : opaque.leaves) leaf.opaque = true;
  opaque.checkpoint = "note";
  ASSERT_TRUE(store_->Commit(opaque).ok());
  Reopen();
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{3}), opaque.leaves[1]);
  EXPECT_EQ(ShownSize(*store_, store_->Heads()->front())->value, 2u);

  ListCommit again = Commit(kUs, 2, 2);
  again.kind = ListCommit::Kind::kAgain;
  again.timelines.push_back({"k", LeafIndex{2}, "t2"});
  for (const auto& [first, leaves] : {std::pair{1, 3}, {2, 1}, {3, 2}}) {
    ListCommit wrong = Commit(kUs, first, leaves);
    wrong.kind = ListCommit::Kind::kAgain;
    EXPECT_EQ(store_->Commit(wrong).code(), absl::StatusCode::kInvalidArgument) << first;
  }
  ListCommit other = again;
  other.leaves[0].envelope = "another";
  EXPECT_EQ(store_->Commit(other).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(store_->Commit(again).ok());
  Reopen();
  const StoredHead head = store_->Heads()->front();
  EXPECT_EQ(head.size.value, 4u);
  EXPECT_EQ(head.state_root, again.leaves[1].state_root_after);
  EXPECT_EQ(head.checkpoint, "note");
  EXPECT_EQ(ShownSize(*store_, head)->value, 4u);
  EXPECT_EQ(Keys(kUs, 4), std::vector<std::string>{"k@t2"});
  EXPECT_EQ(store_->Commit(again).code(), absl::StatusCode::kInvalidArgument) << "only once";
}

// Parts and opening of a list that begins from a snapshot of four leaves.
ListCommit Part(ListCommit::Kind kind, const std::string& record) {
  ListCommit commit;
  commit.origin = kUs;
  commit.kind = kind;
  commit.first = LeafIndex{3};
  commit.bootstrap = record;
  return commit;
}

TEST_P(StoreTest, AListBeginsFromASnapshotAndItsHistoryFollows) {
  ListCommit part = Part(ListCommit::Kind::kPart, "one");
  part.leaves = {Leaf("0"), Leaf("3")};
  part.timelines = {{"a", LeafIndex{1}, "a1"}};
  part.bodies.push_back({Sha256("body"), "body"});
  ASSERT_TRUE(store_->Commit(part).ok());
  Reopen();
  EXPECT_TRUE(store_->Heads()->empty()) << "no head before all parts are there";
  EXPECT_EQ(*store_->Bootstraps(), (std::map<Origin, std::string>{{kUs, "one"}}));
  EXPECT_EQ(*store_->ReadBody(Sha256("body")), "body");

  ListCommit open = Part(ListCommit::Kind::kOpen, "two");
  open.leaves = part.leaves;
  open.timelines = {{"b", LeafIndex{3}, "b3"}};
  open.checkpoint = "note";
  ASSERT_TRUE(store_->Commit(open).ok());
  Reopen();
  const StoredHead head = store_->Heads()->front();
  EXPECT_EQ(head.size.value, 4u);
  EXPECT_EQ(head.root, open.leaves[1].root_after);
  EXPECT_EQ(head.checkpoint, "note");
  EXPECT_EQ(Keys(kUs, 4), (std::vector<std::string>{"a@a1", "b@b3"}));
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{0}), open.leaves[0]);
  EXPECT_EQ(store_->ReadLeaf(kUs, LeafIndex{1}).status().code(), absl::StatusCode::kNotFound);

  // The log goes on while its history comes; the head stays the newest.
  ASSERT_TRUE(store_->Commit(Commit(kUs, 4, 1)).ok());
  ListCommit past = Commit(kUs, 0, 2);
  past.kind = ListCommit::Kind::kBackfill;
  past.bootstrap = "three";
  past.timelines = {{"a", LeafIndex{1}, "a1"}};
  ASSERT_TRUE(store_->Commit(past).ok());
  Reopen();
  EXPECT_EQ(store_->Heads()->front().size.value, 5u);
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{1}), past.leaves[1]);
  EXPECT_EQ(store_->Bootstraps()->at(kUs), "three");

  ListCommit rest = Commit(kUs, 2, 2);
  rest.kind = ListCommit::Kind::kBackfill;
  rest.bootstrap = "";
  ASSERT_TRUE(store_->Commit(rest).ok());
  Reopen();
  EXPECT_TRUE(store_->Bootstraps()->empty()) << "over";
  EXPECT_EQ(store_->Heads()->front().size.value, 5u);
  EXPECT_EQ(*store_->ReadLeaf(kUs, LeafIndex{2}), rest.leaves[0]);
}

TEST_P(StoreTest, RefusesPartsThatDoNotFit) {
  const auto refused = [&](const ListCommit& commit) {
    EXPECT_EQ(store_->Commit(commit).code(), absl::StatusCode::kInvalidArgument);
  };
  ListCommit open = Part(ListCommit::Kind::kOpen, "record");
  refused(open);  // without its leaves
  open.leaves = {Leaf("0"), Leaf("3")};
  ListCommit unsaid = open;
  unsaid.bootstrap.reset();
  refused(unsaid);
  ListCommit later = open;
  later.timelines = {{"a", LeafIndex{4}, "after the snapshot"}};
  refused(later);
  ListCommit past = Commit(kUs, 0, 2);
  past.kind = ListCommit::Kind::kBackfill;
  past.bootstrap = "record";
  refused(past);  // of a list that is not held
  EXPECT_TRUE(store_->Bootstraps()->empty());
  ASSERT_TRUE(store_->Commit(open).ok());
  refused(open);  // once
  past.leaves.resize(5, Leaf("x"));
  refused(past);  // beyond the head
  EXPECT_EQ(store_->Heads()->front().size.value, 4u);
}

TEST_P(StoreTest, KeepsSmallValues) {
  ASSERT_TRUE(store_->PutMeta("name", "value").ok());
  Reopen();
  EXPECT_EQ(**store_->GetMeta("name"), "value");
}

INSTANTIATE_TEST_SUITE_P(Both, StoreTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Rocks" : "Memory"; });

TEST(RocksStoreTest, ADirectoryServesOneAtATime) {
  const std::string directory = ::testing::TempDir() + "/lock_test_db";
  std::filesystem::remove_all(directory);
  const auto first = RocksStore::Open(directory);
  ASSERT_TRUE(first.ok());
  const auto second = RocksStore::Open(directory);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(second.status()), v1::REASON_IN_USE);
  EXPECT_NE(second.status().message().find("in use"), absl::string_view::npos);
}

class HeadAnchorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  static Frontier Heads(uint64_t size) {
    Frontier heads;
    heads.heads[kUs] = {TreeSize{size}, Sha256(std::to_string(size))};
    return heads;
  }
  absl::StatusOr<std::unique_ptr<RocksStore>> OpenStore() {
    RocksOptions options;
    options.directory = directory_ + "/db";
    options.anchor_directory = directory_;
    return RocksStore::Open(std::move(options));
  }
  const std::string directory_ = ::testing::TempDir() + "/anchor_test";
};

TEST_F(HeadAnchorTest, RemembersTheLastWriteAndSurvivesTheLossOfOneSlot) {
  for (uint64_t size = 1; size <= 3; ++size) {
    auto anchor = HeadAnchor::Open(directory_);
    ASSERT_TRUE(anchor.ok());
    EXPECT_EQ(anchor->heads(), size == 1 ? Frontier() : Heads(size - 1));
    ASSERT_TRUE(anchor->Write(Heads(size), AuditHead{size, {}}).ok());
  }
  // Writes 1 and 3 went to slot 1; a torn write of slot 1 leaves what slot 0 says.
  std::filesystem::resize_file(directory_ + "/anchor.1", 40);
  EXPECT_EQ(HeadAnchor::Open(directory_)->heads(), Heads(2));
  EXPECT_EQ(HeadAnchor::Open(directory_)->audit().size, 2u);
  std::filesystem::resize_file(directory_ + "/anchor.0", 10);
  EXPECT_EQ(HeadAnchor::Open(directory_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(HeadAnchorTest, NoticesAnOldCopyThatWasPutBack) {
  {
    auto store = *OpenStore();
    ASSERT_TRUE(store->Commit(Commit(kUs, 0, 2)).ok());
    EXPECT_TRUE(store->Missing()->heads.empty());
  }
  std::filesystem::copy(directory_ + "/db", directory_ + "/old",
                        std::filesystem::copy_options::recursive);
  {
    auto store = *OpenStore();
    ASSERT_TRUE(store->Commit(Commit(kUs, 2, 1)).ok());
  }
  std::filesystem::remove_all(directory_ + "/db");
  std::filesystem::rename(directory_ + "/old", directory_ + "/db");
  auto store = *OpenStore();
  const Frontier missing = *store->Missing();
  ASSERT_EQ(missing.heads.size(), 1u);
  EXPECT_EQ(missing.heads.at(kUs).size.value, 3u);
  // Fetched again, nothing is missing.
  ASSERT_TRUE(store->Commit(Commit(kUs, 2, 1)).ok());
  EXPECT_TRUE(store->Missing()->heads.empty());
}

TEST_F(HeadAnchorTest, NoticesAnotherHistory) {
  {
    auto store = *OpenStore();
    ListCommit other = Commit(kUs, 0, 1);
    other.leaves[0].root_after = Sha256("another history");
    ASSERT_TRUE(store->Commit(other).ok());
  }
  auto anchor = *HeadAnchor::Open(directory_);
  ASSERT_TRUE(anchor.Write(Heads(1), {}).ok());
  EXPECT_EQ((*OpenStore())->Missing().status().code(), absl::StatusCode::kDataLoss);
}

// The layout of FORMAT.md, byte by byte.
TEST(KeysTest, AreTheGoldenBytes) {
  const rocks::OriginId origin{2};
  EXPECT_EQ(ToHex(rocks::LogKey(origin, LeafIndex{258})),
            "00000002"
            "0000000000000102");
  EXPECT_EQ(ToHex(rocks::TileKey(origin, {1, 3})),
            "00000002"
            "01"
            "0000000000000003");
  EXPECT_EQ(ToHex(rocks::HeadKey(origin)),
            "00000002"
            "68");
  EXPECT_EQ(ToHex(rocks::CheckpointKey(origin)),
            "00000002"
            "63");
  EXPECT_EQ(ToHex(rocks::EntryKey(origin, "5A1", LeafIndex{1})),
            "00000002"
            "354131"
            "00"
            "fffffffffffffffe");
  EXPECT_EQ(ToHex(rocks::RosterKey(258)), "0000000000000102");
  EXPECT_EQ(*rocks::ParseRosterKey(rocks::RosterKey(258)), 258u);
  EXPECT_FALSE(rocks::ParseRosterKey("1234567").ok());
  EXPECT_EQ(rocks::OriginKey("x"), "ox");
  EXPECT_EQ(rocks::MetaKey("x"), "mx");
}

TEST(KeysTest, ASealBelongsToItsKey) {
  const std::string sealed = rocks::Seal("key", "value");
  EXPECT_EQ(ToHex(sealed).substr(0, 10), ToHex("value"));
  EXPECT_EQ(*rocks::Unseal("key", sealed), "value");
  EXPECT_EQ(rocks::Unseal("kez", sealed).status().code(), absl::StatusCode::kDataLoss);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string rotten = sealed;
    rotten[i] ^= 1;
    EXPECT_EQ(rocks::Unseal("key", rotten).status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

}  // namespace
}  // namespace comity
