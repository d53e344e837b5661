#include "storage/merkle/proof.h"

#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

absl::Status BadProof(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF, what);
}

// The hash of the perfect subtree of `height` that starts at leaf index << height.
absl::StatusOr<Digest> PerfectSubtree(const TileReader& tiles, int height, uint64_t index) {
  const uint8_t level = height / 8;
  const uint64_t width = uint64_t{1} << (height % 8);
  const uint64_t first = index * width;
  COMITY_ASSIGN_OR_RETURN(const std::string tile, tiles.ReadTile({level, first / kTileWidth}));
  const uint64_t offset = first % kTileWidth;
  if (tile.size() < (offset + width) * 32) {
    return absl::DataLossError(
        absl::StrCat("tile ", level, "/", first / kTileWidth, " is shorter than the tree needs"));
  }
  std::vector<Digest> hashes;
  for (uint64_t i = 0; i < width; ++i) {
    hashes.push_back(*DigestFromBytes(std::string_view(tile).substr((offset + i) * 32, 32)));
  }
  return RootOfHashes(hashes.data(), hashes.size());
}

// MTH(D[begin:end]); `begin` is a multiple of the power of two that covers the range.
absl::StatusOr<Digest> RangeRoot(const TileReader& tiles, uint64_t begin, uint64_t end) {
  const uint64_t count = end - begin;
  if (count == 0) return EmptyRoot();
  if (std::has_single_bit(count)) {
    const int height = std::countr_zero(count);
    return PerfectSubtree(tiles, height, begin >> height);
  }
  const uint64_t split = begin + std::bit_floor(count - 1);
  COMITY_ASSIGN_OR_RETURN(const Digest left, RangeRoot(tiles, begin, split));
  COMITY_ASSIGN_OR_RETURN(const Digest right, RangeRoot(tiles, split, end));
  return NodeHash(left, right);
}

}  // namespace

absl::StatusOr<Digest> RootAt(const TileReader& tiles, uint64_t size) {
  return RangeRoot(tiles, 0, size);
}

absl::StatusOr<std::vector<Digest>> InclusionProof(const TileReader& tiles, uint64_t index,
                                                   uint64_t size) {
  if (index >= size) {
    return absl::OutOfRangeError(absl::StrCat("leaf ", index, " of a tree of ", size));
  }
  // PATH(m, D[n]) of RFC 6962, walked from the root down; the proof is leaf first.
  std::vector<Digest> path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t split = begin + std::bit_floor(end - begin - 1);
    const bool go_left = index < split;
    COMITY_ASSIGN_OR_RETURN(const Digest sibling, go_left ? RangeRoot(tiles, split, end)
                                                          : RangeRoot(tiles, begin, split));
    path.push_back(sibling);
    (go_left ? end : begin) = split;
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

absl::StatusOr<std::vector<Digest>> ConsistencyProof(const TileReader& tiles, uint64_t old_size,
                                                     uint64_t new_size) {
  if (old_size > new_size) {
    return absl::OutOfRangeError(absl::StrCat("from size ", old_size, " to size ", new_size));
  }
  std::vector<Digest> path;
  if (old_size == 0 || old_size == new_size) return path;
  // SUBPROOF(m, D[n], b) of RFC 6962, walked from the root down.
  uint64_t begin = 0;
  uint64_t end = new_size;
  bool whole = true;
  while (end != old_size) {
    const uint64_t split = begin + std::bit_floor(end - begin - 1);
    if (old_size <= split) {
      COMITY_ASSIGN_OR_RETURN(path.emplace_back(), RangeRoot(tiles, split, end));
      end = split;
    } else {
      COMITY_ASSIGN_OR_RETURN(path.emplace_back(), RangeRoot(tiles, begin, split));
      begin = split;
      whole = false;
    }
  }
  if (!whole) {
    COMITY_ASSIGN_OR_RETURN(path.emplace_back(), RangeRoot(tiles, begin, end));
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

// RFC 9162 section 2.1.3.2.
absl::Status VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                             const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return BadProof(absl::StrCat("leaf ", index, " of a tree of ", size));
  if (proof.size() > kMaxProofHashes) return BadProof("an inclusion proof of over 63 hashes");
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (sn == 0) return BadProof("the inclusion proof has too many hashes");
    if ((fn & 1) == 1 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return BadProof("the inclusion proof has too few hashes");
  if (hash != root) return BadProof("the inclusion proof does not make the root");
  return absl::OkStatus();
}

// RFC 9162 section 2.1.4.2.
absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, const std::vector<Digest>& proof) {
  if (old_size > new_size) return BadProof("a tree does not shrink");
  if (proof.size() > kMaxProofHashes) return BadProof("a consistency proof of over 63 hashes");
  if (old_size == 0 || old_size == new_size) {
    if (!proof.empty()) return BadProof("the consistency proof should be empty");
    const Digest& expected = old_size == 0 ? EmptyRoot() : new_root;
    if (old_root != expected) return BadProof("the two roots of one size differ");
    return absl::OkStatus();
  }
  if (proof.empty()) return BadProof("the consistency proof is empty");
  std::vector<Digest> path;
  if (std::has_single_bit(old_size)) path.push_back(old_root);
  path.insert(path.end(), proof.begin(), proof.end());
  uint64_t fn = old_size - 1;
  uint64_t sn = new_size - 1;
  while ((fn & 1) == 1) {
    fn >>= 1;
    sn >>= 1;
  }
  Digest from = path[0];
  Digest to = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return BadProof("the consistency proof has too many hashes");
    if ((fn & 1) == 1 || fn == sn) {
      from = NodeHash(path[i], from);
      to = NodeHash(path[i], to);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      to = NodeHash(to, path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return BadProof("the consistency proof has too few hashes");
  if (from != old_root) return BadProof("the consistency proof does not make the old root");
  if (to != new_root) return BadProof("the consistency proof does not make the new root");
  return absl::OkStatus();
}

}  // namespace comity
