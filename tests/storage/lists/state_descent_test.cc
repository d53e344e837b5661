// Finding the differing entry of a large list, at a bounded cost, from a side that may lie.
#include "storage/lists/state_descent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "comity/v1/sync_service.pb.h"
#include "storage/lists/state_wire.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

using Kind = StateDifference::Kind;

std::string Key(int i) { return "1:5A" + std::to_string(i); }

StateTree MakeTree(int keys) {
  StateTree tree;
  for (int i = 0; i < keys; ++i) tree.Set(Key(i), Sha256("t" + std::to_string(i)));
  return tree;
}

struct Cost {
  int round_trips = 1;  // the roots
  size_t bytes = 0;
};

// Runs a descent against `there`, over the bytes that the wire carries.
absl::Status Descend(StateDescent& descent, const StateTree& there, Cost* cost = nullptr) {
  for (auto refs = descent.Next(); !refs.empty(); refs = descent.Next()) {
    v1::StateNodesRequest request;
    v1::StateNodesResponse response;
    std::vector<std::vector<StateNode>> answers;
    for (const StateRef& ref : refs) {
      v1::StateNodeRef& message = *request.add_nodes();
      message.set_bit(ref.bit);
      message.set_path(ToBytes(ref.path));
      response.add_subtrees(EncodeStateNodes(there.Expand(ref, kDescentLevels)));
      const auto decoded = DecodeStateNodes(response.subtrees(response.subtrees_size() - 1));
      if (!decoded.ok()) return decoded.status();
      answers.push_back(*decoded);
    }
    if (cost != nullptr) {
      ++cost->round_trips;
      cost->bytes += request.ByteSizeLong() + response.ByteSizeLong();
    }
    if (const absl::Status status = descent.Take(answers); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::map<Digest, Kind> ByPath(const StateDescent& descent) {
  std::map<Digest, Kind> found;
  for (const StateDifference& one : descent.differences()) found[one.path] = one.kind;
  return found;
}

TEST(StateDescentTest, FindsOneOfAMillionInFewRoundTripsAndBytes) {
  constexpr int kKeys = 1'000'000;
  const StateTree here = MakeTree(kKeys);
  for (const int different : {0, 123'456, 999'999}) {
    StateTree there = here;
    there.Set(Key(different), Sha256("flipped"));
    StateDescent descent(here, there.Root());
    Cost cost;
    ASSERT_TRUE(Descend(descent, there, &cost).ok());
    const std::map<Digest, Kind> expected = {{Sha256(Key(different)), Kind::kOther}};
    EXPECT_EQ(ByPath(descent), expected);
    EXPECT_LE(cost.round_trips, 5);
    EXPECT_LE(cost.bytes, 64u << 10);
    std::printf("%d keys: %d round trips, %zu bytes\n", kKeys, cost.round_trips, cost.bytes);
  }
}

TEST(StateDescentTest, EqualTreesAskNothing) {
  const StateTree tree = MakeTree(1000);
  EXPECT_TRUE(StateDescent(tree, tree.Root()).Next().empty());
  EXPECT_TRUE(StateDescent(StateTree(), StateTree().Root()).Next().empty());
}

TEST(StateDescentTest, FindsExactlyWhatDiffersWhateverTheShapes) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    StateTree here, there;
    std::map<std::string, int> mine, theirs;
    const int keys = static_cast<int>(random() % 60);
    for (int i = 0; i < keys; ++i) {
      const std::string key = Key(static_cast<int>(random() % 2000));
      const int value = static_cast<int>(random() % 3);
      if (random() % 8 != 0) mine[key] = value;
      if (random() % 8 != 0) theirs[key] = random() % 8 == 0 ? 9 : value;
    }
    std::map<Digest, Kind> expected;
    for (const auto& [key, value] : mine) {
      here.Set(key, Sha256(std::to_string(value)));
      if (!theirs.contains(key)) {
        expected[Sha256(key)] = Kind::kHereOnly;
      } else if (theirs[key] != value) {
        expected[Sha256(key)] = Kind::kOther;
      }
    }
    for (const auto& [key, value] : theirs) {
      there.Set(key, Sha256(std::to_string(value)));
      if (!mine.contains(key)) expected[Sha256(key)] = Kind::kThereOnly;
    }
    StateDescent descent(here, there.Root());
    ASSERT_TRUE(Descend(descent, there).ok()) << round;
    ASSERT_EQ(ByPath(descent), expected) << round;
  }
}

TEST(StateDescentTest, NamesSoManyAndSaysThatThereAreMore) {
  StateDescent descent(MakeTree(3), MakeTree(5'000).Root());
  ASSERT_TRUE(Descend(descent, MakeTree(5'000)).ok());
  EXPECT_EQ(descent.differences().size(), kMaxStateDifferences);
  EXPECT_TRUE(descent.truncated());
}

// The other side names one root and shows another tree, or none at all.
TEST(StateDescentTest, BelievesOnlyWhatHashesToTheRoot) {
  const StateTree here = MakeTree(5'000);
  StateTree there = here;
  there.Set(Key(7), Sha256("x"));
  StateDescent liar(here, there.Root());
  EXPECT_EQ(Descend(liar, MakeTree(4'999)).code(), absl::StatusCode::kDataLoss);
  StateDescent silent(here, there.Root());
  EXPECT_EQ(silent.Take({{}}).code(), absl::StatusCode::kDataLoss);
  StateDescent short_answer(here, there.Root());
  EXPECT_EQ(short_answer.Take({}).code(), absl::StatusCode::kDataLoss);
  // Every byte of an answer counts.
  const std::string good = EncodeStateNodes(there.Expand({}, kDescentLevels));
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
    const auto nodes = DecodeStateNodes(bad);
    StateDescent descent(here, there.Root());
    if (nodes.ok() && descent.Take({*nodes}).ok()) {
      // Only bits of a path behind those that count may change and mean nothing.
      ASSERT_TRUE(Descend(descent, there).ok());
      EXPECT_EQ(descent.differences().size(), 1u);
    }
  }
}

}  // namespace
}  // namespace comity
