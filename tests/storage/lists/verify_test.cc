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

}  // namespace
}  // namespace comity
