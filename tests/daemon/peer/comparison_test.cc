// What a comparison says of each way in which two daemons can stand to each other.
#include "daemon/peer/comparison.h"

#include <gtest/gtest.h>

#include "storage/lists/memory_store.h"
#include "storage/lists/state_descent.h"
#include "storage/lists/state_wire.h"
#include "storage/lists/timeline.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

const Origin kOrigin = *Origin::Parse("f.example/us-bis/ccl/1");

// A timeline with one version that removes: it names no body.
std::string TimelineAt(uint64_t index, int day) {
  v1::Change change;
  change.set_operation(v1::OPERATION_ADD);
  change.set_effective_from(day);
  Timeline timeline;
  EXPECT_TRUE(timeline.Apply(change, LeafIndex{index}, Sha256("body")).ok());
  return timeline.Encode();
}

class ComparisonTest : public ::testing::Test {
 protected:
  // A list of one leaf whose entries begin on `day`, with one that does on another.
  void Fill(MemoryStore& store, int keys, int odd = -1, int extra = 0, uint64_t leaves = 1) {
    ListCommit commit;
    commit.origin = kOrigin;
    StateTree signed_tree;
    for (int i = 0; i < keys + extra; ++i) {
      const std::string key = "5A" + std::to_string(i);
      if (i < keys) signed_tree.Set(key, Sha256(TimelineAt(0, 1)));
      commit.timelines.push_back({key, LeafIndex{0}, TimelineAt(0, i == odd ? 2 : 1)});
    }
    for (uint64_t i = 0; i < leaves; ++i) {
      commit.leaves.push_back(
          {"envelope", Sha256("leaf"), Sha256("root"), signed_tree.Root(), Instant{1}});
    }
    commit.bodies.push_back({Sha256("body"), "body"});
    ASSERT_TRUE(store.Commit(commit).ok());
  }
  ListComparison Compare() {
    StateIndexCache here(&here_, &clock_);
    StateIndexCache there(&there_, &clock_);
    return CompareList(kOrigin, here, [&](const v1::StateNodesRequest& request) {
      return Answer(there, request);
    });
  }
  // As SyncServiceImpl does.
  static absl::StatusOr<v1::StateNodesResponse> Answer(StateIndexCache& cache,
                                                       const v1::StateNodesRequest& request) {
    const auto index = cache.Get(kOrigin);
    if (!index.ok()) return index.status();
    v1::StateNodesResponse response;
    response.set_size((*index)->size.value);
    response.set_root(ToBytes((*index)->root));
    response.set_state_root(ToBytes((*index)->state_root));
    for (const v1::StateNodeRef& node : request.nodes()) {
      const auto shown = (*index)->tree.Expand(
          {static_cast<int>(node.bit()), *DigestFromBytes(node.path())}, kDescentLevels);
      for (const StateNode& one : shown) {
        if (one.bit == kStatePathBits) response.add_keys((*index)->keys.at(one.path));
      }
      response.add_subtrees(EncodeStateNodes(shown));
    }
    return response;
  }

  ManualClock clock_{Instant{1}};
  MemoryStore here_, there_;
};

TEST_F(ComparisonTest, EqualCostsOneRoundTrip) {
  Fill(here_, 500);
  Fill(there_, 500);
  const ListComparison result = Compare();
  EXPECT_EQ(result.result, "equal");
  EXPECT_EQ(result.round_trips, 1u);
  EXPECT_LT(result.bytes, 1024u);
}

TEST_F(ComparisonTest, NamesTheEntryAndWhoseDamageItIs) {
  Fill(here_, 5'000);
  Fill(there_, 5'000, /*odd=*/1234);
  ListComparison result = Compare();
  EXPECT_EQ(result.result, "damaged-there");
  ASSERT_EQ(result.differences.size(), 1u);
  EXPECT_EQ(result.differences[0].key, "5A1234");
  EXPECT_EQ(result.differences[0].kind, "other");
}

TEST_F(ComparisonTest, DamageHereIsSaidWithWhatToDo) {
  Fill(here_, 5'000, /*odd=*/-1, /*extra=*/1);
  Fill(there_, 5'000);
  const ListComparison result = Compare();
  EXPECT_EQ(result.result, "damaged-here");
  EXPECT_NE(result.detail.find("comity store rebuild"), std::string::npos);
  ASSERT_EQ(result.differences.size(), 1u);
  EXPECT_EQ(result.differences[0].key, "5A5000");
  EXPECT_EQ(result.differences[0].kind, "here-only");
}

TEST_F(ComparisonTest, AKeyThatOnlyThePeerHasIsNamedByThePeer) {
  Fill(here_, 2'000);
  Fill(there_, 2'000, -1, /*extra=*/2);
  const ListComparison result = Compare();
  ASSERT_EQ(result.differences.size(), 2u);
  EXPECT_EQ(result.differences[0].kind, "there-only");
  EXPECT_EQ(result.differences[0].key.substr(0, 4), "5A20");
}

TEST_F(ComparisonTest, AheadAndBehindAreNotEqual) {
  Fill(here_, 10, -1, 0, /*leaves=*/3);
  Fill(there_, 10);
  EXPECT_EQ(Compare().result, "ahead");
}

TEST_F(ComparisonTest, WhatOneSideDoesNotHoldIsNotEqual) {
  Fill(there_, 10);
  EXPECT_EQ(Compare().result, "behind");
}

TEST_F(ComparisonTest, AnAnswerThatDoesNotHoldTogetherIsNotCompared) {
  Fill(here_, 3'000);
  Fill(there_, 3'000, /*odd=*/7);
  MemoryStore other;
  Fill(other, 3'000, /*odd=*/8);
  StateIndexCache here(&here_, &clock_), there(&there_, &clock_), shown(&other, &clock_);
  const ListComparison result =
      CompareList(kOrigin, here, [&](const v1::StateNodesRequest& request) {
        return Answer(request.nodes().empty() ? there : shown, request);
      });
  EXPECT_EQ(result.result, "not-compared");
  EXPECT_NE(result.detail.find("does not hash to its own root"), std::string::npos)
      << result.detail;
  const ListComparison silent = CompareList(
      kOrigin, here, [&](const v1::StateNodesRequest&) -> absl::StatusOr<v1::StateNodesResponse> {
        return absl::UnavailableError("gone");
      });
  EXPECT_EQ(silent.result, "not-compared");
}

TEST_F(ComparisonTest, AnAnswerOfMoreKeysThanCanDifferIsNotCompared) {
  Fill(here_, 50);
  Fill(there_, 50, 3);
  StateIndexCache here(&here_, &clock_);
  StateIndexCache there(&there_, &clock_);
  const auto named = [&](int keys) {
    return CompareList(kOrigin, here, [&](const v1::StateNodesRequest& request) {
      auto response = Answer(there, request);
      if (response.ok() && request.nodes_size() > 0) {
        for (int i = 0; i < keys; ++i) response->add_keys("k" + std::to_string(i));
      }
      return response;
    });
  };
  EXPECT_EQ(named(10).result, "damaged-there");
  const ListComparison result = named(100'001);
  EXPECT_EQ(result.result, "not-compared");
  EXPECT_NE(result.detail.find("more keys than can differ"), std::string::npos) << result.detail;
}

TEST_F(ComparisonTest, TwoHistoriesAreContested) {
  Fill(here_, 10);
  StateIndexCache here(&here_, &clock_);
  const ListComparison result =
      CompareList(kOrigin, here, [&](const v1::StateNodesRequest& request) {
        auto answer = Answer(here, request);
        answer->set_root(ToBytes(Sha256("another")));
        return answer;
      });
  EXPECT_EQ(result.result, "contested");
}

}  // namespace
}  // namespace comity
