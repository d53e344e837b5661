// The tree against the recursive definition of RFC 6962 section 2.1, read directly,
// and against the published vectors of the Certificate Transparency project.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/merkle/tiles.h"

namespace comity {
namespace {

// The slow twin: the definition, word for word.
Digest SlowRoot(const std::vector<Digest>& leaves, size_t from, size_t to) {
  if (from == to) return EmptyRoot();
  if (to - from == 1) return leaves[from];
  size_t k = 1;
  while (2 * k < to - from) k *= 2;
  return NodeHash(SlowRoot(leaves, from, from + k), SlowRoot(leaves, from + k, to));
}

class MapTiles : public TileReader {
 public:
  absl::StatusOr<std::string> ReadTile(TileId id) const override {
    const auto it = tiles.find(id);
    if (it == tiles.end()) return absl::NotFoundError("no tile");
    return it->second;
  }
  void Take(TreeAppender& tree) {
    for (Tile& tile : tree.TakeDirtyTiles()) tiles[tile.id] = tile.hashes;
  }
  std::map<TileId, std::string> tiles;
};

std::vector<Digest> MakeLeaves(size_t count) {
  std::vector<Digest> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

TEST(TreeAppenderTest, GivesThePublishedRoots) {
  const std::vector<std::string> inputs = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  TreeAppender tree;
  EXPECT_EQ(ToHex(tree.Root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < inputs.size(); ++i) {
    tree.Append(LeafHash(*FromHex(inputs[i])));
    EXPECT_EQ(ToHex(tree.Root()), roots[i]) << i;
  }
}

TEST(TreeAppenderTest, EqualsItsSlowTwinAcrossTileBorders) {
  const std::vector<Digest> leaves = MakeLeaves(70'000);
  TreeAppender tree;
  for (size_t i = 0; i < leaves.size(); ++i) {
    tree.Append(leaves[i]);
    const size_t size = i + 1;
    const bool near_border = size < 300 || size % 256 < 2 || size % 65'536 < 3 || size == 70'000;
    if (near_border && (size < 1'030 || size > 65'000)) {
      ASSERT_EQ(tree.Root(), SlowRoot(leaves, 0, size)) << size;
    }
  }
}

TEST(TreeAppenderTest, OpensWhereItWasLeft) {
  const std::vector<Digest> leaves = MakeLeaves(600);
  MapTiles tiles;
  TreeAppender tree;
  for (size_t size = 0; size < leaves.size(); ++size) {
    const auto reopened = TreeAppender::Open(tiles, size);
    ASSERT_TRUE(reopened.ok()) << size << reopened.status();
    ASSERT_EQ(reopened->Root(), tree.Root()) << size;
    tree.Append(leaves[size]);
    tiles.Take(tree);
  }
  tiles.tiles[{0, 2}].resize(32);
  EXPECT_EQ(TreeAppender::Open(tiles, 600).status().code(), absl::StatusCode::kDataLoss);
}

TEST(ProofTest, HoldsForEveryPairAndNothingElse) {
  constexpr size_t kLeaves = 40;
  const std::vector<Digest> leaves = MakeLeaves(kLeaves);
  MapTiles tiles;
  TreeAppender tree;
  for (const Digest& leaf : leaves) tree.Append(leaf);
  tiles.Take(tree);
  for (size_t size = 1; size <= kLeaves; ++size) {
    const Digest root = SlowRoot(leaves, 0, size);
    ASSERT_EQ(*RootAt(tiles, size), root);
    for (size_t index = 0; index < size; ++index) {
      auto proof = *InclusionProof(tiles, index, size);
      ASSERT_TRUE(VerifyInclusion(leaves[index], index, size, proof, root).ok());
      ASSERT_FALSE(VerifyInclusion(leaves[(index + 1) % kLeaves], index, size, proof, root).ok());
      if (!proof.empty()) {
        proof.back()[0] ^= 1;
        ASSERT_FALSE(VerifyInclusion(leaves[index], index, size, proof, root).ok());
        proof.pop_back();
        ASSERT_FALSE(VerifyInclusion(leaves[index], index, size, proof, root).ok());
      }
    }
    for (size_t old = 1; old <= size; ++old) {
      const Digest old_root = SlowRoot(leaves, 0, old);
      auto proof = *ConsistencyProof(tiles, old, size);
      ASSERT_TRUE(VerifyConsistency(old, old_root, size, root, proof).ok()) << old << " " << size;
      Digest other = old_root;
      other[5] ^= 0x80;
      ASSERT_FALSE(VerifyConsistency(old, other, size, root, proof).ok());
      proof.push_back(root);
      ASSERT_FALSE(VerifyConsistency(old, old_root, size, root, proof).ok());
    }
  }
}

TEST(ProofTest, RefusesAShrunkenTree) {
  const std::vector<Digest> leaves = MakeLeaves(8);
  EXPECT_FALSE(VerifyConsistency(8, SlowRoot(leaves, 0, 8), 7, SlowRoot(leaves, 0, 7), {}).ok());
  EXPECT_FALSE(VerifyConsistency(8, SlowRoot(leaves, 0, 8), 8, SlowRoot(leaves, 0, 7), {}).ok());
}

}  // namespace
}  // namespace comity
