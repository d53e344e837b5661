// How an answer of many bytes is made: piece by piece, one leaf in memory.
#include "daemon/service/range_source.h"

#include <gtest/gtest.h>

#include "client/transport/channel.h"
#include "daemon/service/bulk_slots.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

const Origin kServedOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

// Counts the leaves that are read.
class CountingStore : public MemoryStore {
 public:
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override {
    ++reads;
    return MemoryStore::ReadLeaf(origin, index);
  }
  mutable int reads = 0;
};

class RangeSourceTest : public ::testing::Test {
 protected:
  // Leaf 0 is the genesis, leaves 1 to 3 hold an item of 600,000 bytes each.
  RangeSourceTest() {
    for (int i = 1; i <= 3; ++i) {
      EXPECT_TRUE(federation_
                      .Publish(*us_, Edition("us-bis/ccl", "2020-01-01",
                                             {Item("5A001", std::string(300'000, 'a' + i))},
                                             "FR " + std::to_string(i)))
                      .ok());
    }
    store_.reads = 0;
  }
  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  CountingStore store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(RangeSourceTest, MakesWhatTheWholeRangeIsAndReadsALeafOnlyWhenItIsSent) {
  const auto whole = us_->ReadRange(kServedOrigin, 1, 4, 4, 100 << 20);
  ASSERT_TRUE(whole.ok());
  store_.reads = 0;
  auto source = RangeSource::Open(*us_, kServedOrigin, 1, 4, 4, 100 << 20);
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<std::string> leaves;
  std::vector<Digest> proof;
  bool open = false;
  for (auto message = source->Next(); message->has_value(); message = source->Next()) {
    ASSERT_LE((*message)->ByteSizeLong(), kChunkBytes + 64) << "one chunk is what is in memory";
    ASSERT_LE(store_.reads, static_cast<int>(leaves.size()) + 1) << "no leaf before its turn";
    if ((*message)->has_header()) {
      EXPECT_EQ((*message)->header().begin(), 1u);
    } else if ((*message)->has_chunk()) {
      if (!std::exchange(open, !(*message)->chunk().last())) leaves.emplace_back();
      EXPECT_EQ((*message)->chunk().index(), leaves.size());
      leaves.back() += (*message)->chunk().data();
    } else {
      EXPECT_EQ((*message)->proof().end(), 4u);
      for (const std::string& hash : (*message)->proof().consistency()) {
        proof.push_back(*DigestFromBytes(hash));
      }
    }
  }
  EXPECT_EQ(leaves, whole->envelopes);
  EXPECT_EQ(proof, whole->consistency);
}

TEST_F(RangeSourceTest, EndsAfterTheLeafThatPassesTheLimit) {
  auto source = RangeSource::Open(*us_, kServedOrigin, 0, 4, 4, 700'000);
  ASSERT_TRUE(source.ok());
  uint64_t end = 0;
  for (auto message = source->Next(); message->has_value(); message = source->Next()) {
    if ((*message)->has_proof()) end = (*message)->proof().end();
  }
  EXPECT_EQ(end, 3u);
  EXPECT_EQ(store_.reads, 3);
}

TEST_F(RangeSourceTest, RefusesWhatIsNotHeldBeforeAnythingIsSent) {
  const auto code = [&](const Origin& origin, uint64_t begin, uint64_t end, uint64_t size) {
    return RangeSource::Open(*us_, origin, begin, end, size, 1).status().code();
  };
  EXPECT_EQ(code(kServedOrigin, 1, 5, 5), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(code(kServedOrigin, 2, 2, 4), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(code(kServedOrigin, 0, 4, 3), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(code(*Origin::Parse("test.example/us-bis/other/1"), 0, 1, 1),
            absl::StatusCode::kNotFound);
}

TEST(BulkSlotsTest, BoundsEachParticipantAndTakesBackWhatEnds) {
  std::vector<BulkSlots::Slot> held;
  {
    BulkSlots slots;
    for (int i = 0; i < BulkSlots::kMaxPerParticipant; ++i) held.push_back(*slots.Take("us"));
    EXPECT_EQ(slots.Take("us").status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(slots.Take("no").ok());
    held.pop_back();
    held.push_back(*slots.Take("us"));
    EXPECT_EQ(slots.Take("us").status().code(), absl::StatusCode::kResourceExhausted);
  }
  held.clear();  // after the slots themselves
}

}  // namespace
}  // namespace comity
