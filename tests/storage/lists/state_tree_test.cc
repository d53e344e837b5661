#include "storage/lists/state_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "storage/merkle/hash.h"

namespace comity {
namespace {

TEST(StateTreeTest, EqualsItsSlowTwinAfterEveryChange) {
  std::mt19937_64 random(7);
  StateTree tree;
  std::map<Digest, Digest> timelines;
  EXPECT_EQ(tree.Root(), ComputeStateRoot(timelines));
  for (int step = 0; step < 600; ++step) {
    const std::string key = "key-" + std::to_string(random() % 250);
    const Digest value = Sha256(std::to_string(random() % 1000));
    tree.Set(key, value);
    timelines[Sha256(key)] = value;
    ASSERT_EQ(tree.Root(), ComputeStateRoot(timelines)) << "step " << step;
  }
}

TEST(StateTreeTest, DoesNotDependOnTheOrderOfChanges) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("k" + std::to_string(i));
  Digest first{};
  for (int round = 0; round < 5; ++round) {
    StateTree tree;
    for (const std::string& key : keys) tree.Set(key, Sha256(key));
    if (round == 0) first = tree.Root();
    EXPECT_EQ(tree.Root(), first);
    std::shuffle(keys.begin(), keys.end(), std::mt19937(round));
  }
}

TEST(StateTreeTest, CopiesAreIndependent) {
  StateTree tree;
  tree.Set("a", Sha256("1"));
  const Digest before = tree.Root();
  StateTree copy = tree;
  copy.Set("b", Sha256("2"));
  copy.Set("a", Sha256("3"));
  EXPECT_EQ(tree.Root(), before);
  EXPECT_NE(copy.Root(), before);
}

TEST(StateTreeTest, ProvesEveryKeyAndNothingElse) {
  StateTree tree;
  EXPECT_FALSE(tree.Prove("k0").has_value());
  for (int size = 1; size <= 60; ++size) {
    tree.Set("k" + std::to_string(size), Sha256(std::to_string(size)));
    const Digest root = tree.Root();
    for (int i = 1; i <= size; ++i) {
      const std::string key = "k" + std::to_string(i);
      auto proof = tree.Prove(key);
      ASSERT_TRUE(proof.has_value());
      EXPECT_TRUE(VerifyStateProof(key, Sha256(std::to_string(i)), *proof, root).ok());
      EXPECT_FALSE(VerifyStateProof(key, Sha256("other"), *proof, root).ok());
      EXPECT_FALSE(VerifyStateProof("k0", Sha256(std::to_string(i)), *proof, root).ok());
      if (proof->empty()) continue;
      (*proof)[0].sibling[3] ^= 1;
      EXPECT_FALSE(VerifyStateProof(key, Sha256(std::to_string(i)), *proof, root).ok());
      (*proof)[0].sibling[3] ^= 1;
      (*proof)[0].bit = 256;
      EXPECT_FALSE(VerifyStateProof(key, Sha256(std::to_string(i)), *proof, root).ok());
    }
    EXPECT_FALSE(tree.Prove("k0").has_value());
  }
}

// The definition in the header, worked by hand for one and for two keys.
TEST(StateTreeTest, GivesTheGoldenRoots) {
  EXPECT_EQ(StateTree().Root(), Sha256("comity state empty v1\n"));
  StateTree tree;
  tree.Set("a", Sha256("1"));
  const auto leaf = [](const char* key, const char* value) {
    return Sha256({std::string(1, '\0'), ToBytes(Sha256(key)), ToBytes(Sha256(value))});
  };
  EXPECT_EQ(tree.Root(), leaf("a", "1"));
  // SHA-256("a") begins with ca (11001010), SHA-256("b") with 3e (00111110): bit 0.
  tree.Set("b", Sha256("2"));
  EXPECT_EQ(tree.Root(), Sha256({std::string(1, '\1'), std::string(2, '\0'),
                                 ToBytes(leaf("b", "2")), ToBytes(leaf("a", "1"))}));
}

}  // namespace
}  // namespace comity
