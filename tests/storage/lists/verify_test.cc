#include "storage/lists/verify.h"

#include <gtest/gtest.h>

#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

// A store that answers some reads wrongly.
class LyingStore : public MemoryStore {
 public:
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override {
    auto leaf = MemoryStore::ReadLeaf(origin, index);
    if (lie_ == "leaf" && leaf.ok() && index.value == 1) leaf->envelope.back() ^= 1;
    if (lie_ == "root" && leaf.ok() && index.value == 1) leaf->root_after[0] ^= 1;
    return leaf;
  }
  absl::StatusOr<std::string> ReadBody(const Digest& hash) const override {
    if (lie_ == "body") return absl::DataLossError("rot");
    return MemoryStore::ReadBody(hash);
  }
  absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                             std::string_view key,
                                                             TreeSize size) const override {
    auto timeline = MemoryStore::ReadTimeline(origin, key, size);
    if (lie_ == "timeline" && timeline.ok() && timeline->has_value()) {
      (*timeline)->timeline.back() ^= 1;
    }
    return timeline;
  }
  absl::StatusOr<std::string> ReadTile(const Origin& origin, TileId id) const override {
    auto tile = MemoryStore::ReadTile(origin, id);
    if (lie_ == "tile" && tile.ok()) tile->back() ^= 1;
    return tile;
  }
  std::string lie_;
};

TEST(VerifyListTest, FindsEveryKindOfRot) {
  testing::TestFederation federation;
  ManualClock clock(testing::kNow);
  LyingStore store;
  const auto replica = federation.MakeReplica("us", &store, &clock);
  std::vector<v1::Entry> items = {Item("5A001", "a"), Item("5A002", "b")};
  ASSERT_TRUE(federation.Publish(*replica, Edition("us-bis/ccl", "2020-01-01", items)).ok());
  items[0] = Item("5A001", "changed");
  ASSERT_TRUE(federation.Publish(*replica, Edition("us-bis/ccl", "2020-02-01", items)).ok());
  const StoredHead head = store.Heads()->at(0);
  const auto verify = [&] {
    return VerifyList(store, federation.roster(), head, [](LeafIndex) { return true; });
  };
  EXPECT_TRUE(verify().ok()) << verify();
  for (const char* lie : {"leaf", "root", "body", "timeline", "tile"}) {
    store.lie_ = lie;
    EXPECT_EQ(verify().code(), absl::StatusCode::kDataLoss) << lie;
  }
  store.lie_.clear();
  int leaves = 0;
  EXPECT_EQ(
      VerifyList(store, federation.roster(), head, [&](LeafIndex) { return ++leaves < 2; }).code(),
      absl::StatusCode::kCancelled);
}

TEST(VerifyStoreTest, WalksEveryListAndFileAndNamesWhatIsWrong) {
  testing::TestFederation federation;
  ManualClock clock(testing::kNow);
  // One list of two is damaged, or the files are, or nothing.
  class Damaged : public LyingStore {
   public:
    absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override {
      auto leaf = MemoryStore::ReadLeaf(origin, index);
      if (lie_ == origin.name.ToString() && leaf.ok()) leaf->root_after[0] ^= 1;
      return leaf;
    }
    absl::Status VerifyFiles(const FileStep& step) const override {
      if (lie_ == "file") return absl::DataLossError("a file is wrong");
      return step(1, 1) ? absl::OkStatus() : absl::CancelledError("stopped");
    }
    absl::StatusOr<Frontier> Missing() const override {
      Frontier missing;
      if (lie_ == "short") missing.heads[Heads()->at(0).origin] = {TreeSize{9}, {}};
      return missing;
    }
  } store;
  const auto replica = federation.MakeReplica("us", &store, &clock);
  for (const char* list : {"us-bis/a", "us-bis/b"}) {
    ASSERT_TRUE(
        federation.Publish(*replica, Edition(list, "2020-01-01", {Item("5A001", list)})).ok());
  }
  std::vector<std::string> walked;
  size_t files = 0;
  const auto verify = [&](const std::string& list) {
    walked.clear();
    return VerifyStore(
        store, federation.roster(), list,
        [&](const ListVerification& at) {
          // Told once when a list is done, after its head was compared.
          if (at.verified == at.size || !at.problem.ok()) {
            walked.push_back(at.origin.name.ToString() + (at.problem.ok() ? "" : " wrong"));
          }
          return true;
        },
        [&](size_t done, size_t) {
          files = done;
          return true;
        });
  };
  using Walked = std::vector<std::string>;
  EXPECT_TRUE(verify("").ok());
  EXPECT_EQ(walked, (Walked{"us-bis/a", "us-bis/b"}));
  EXPECT_EQ(files, 1u);
  EXPECT_TRUE(verify("us-bis/b").ok());
  EXPECT_EQ(walked, Walked{"us-bis/b"});
  EXPECT_EQ(verify("us-bis/c").code(), absl::StatusCode::kNotFound);

  store.lie_ = "us-bis/a";
  const absl::Status wrong = verify("");
  EXPECT_EQ(wrong.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(wrong.message().find("us-bis/a, leaf 0"), absl::string_view::npos) << wrong;
  EXPECT_EQ(walked, (Walked{"us-bis/a wrong", "us-bis/b"})) << "the others are walked all the same";
  EXPECT_TRUE(verify("us-bis/b").ok());
  store.lie_ = "file";
  EXPECT_EQ(verify("").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(walked, (Walked{"us-bis/a", "us-bis/b"}));

  EXPECT_TRUE(CheckNothingMissing(store, "").ok());
  store.lie_ = "short";
  EXPECT_EQ(CheckNothingMissing(store, "").code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(CheckNothingMissing(store, "us-bis/b").ok()) << "that one is whole";

  store.lie_.clear();
  const auto go = [](const ListVerification&) { return true; };
  const auto stop = [](const ListVerification&) { return false; };
  const auto go_file = [](size_t, size_t) { return true; };
  const auto stop_file = [](size_t, size_t) { return false; };
  const Roster& roster = federation.roster();
  EXPECT_TRUE(absl::IsCancelled(VerifyStore(store, roster, "", stop, go_file)));
  EXPECT_TRUE(absl::IsCancelled(VerifyStore(store, roster, "", go, stop_file)));
}

}  // namespace
}  // namespace comity
