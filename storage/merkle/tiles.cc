#include "storage/merkle/tiles.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr size_t kHashBytes = 32;
// A tile of 256 hashes is a subtree of this height.
constexpr int kTileHeight = 8;

}  // namespace

Digest RootOfHashes(const Digest* hashes, size_t count) {
  if (count == 1) return hashes[0];
  // RFC 6962: the left part is the largest power of two below the count.
  const size_t left = std::bit_floor(count - 1);
  return NodeHash(RootOfHashes(hashes, left), RootOfHashes(hashes + left, count - left));
}

absl::StatusOr<TreeAppender> TreeAppender::Open(const TileReader& tiles, uint64_t size) {
  TreeAppender appender;
  appender.size_ = size;
  uint64_t nodes = size;
  for (uint8_t level = 0; nodes > 0; ++level, nodes /= kTileWidth) {
    Edge& edge = appender.edge_.emplace_back();
    const size_t width = nodes % kTileWidth;
    if (width == 0) continue;
    absl::StatusOr<std::string> tile = tiles.ReadTile({level, nodes / kTileWidth});
    if (!tile.ok()) return tile.status();
    if (tile->size() < width * kHashBytes) {
      return absl::DataLossError(absl::StrCat("tile ", level, "/", nodes / kTileWidth, " holds ",
                                              tile->size() / kHashBytes, " hashes of ", width));
    }
    edge.hashes = *std::move(tile);
    edge.hashes.resize(width * kHashBytes);
  }
  // What stands on a higher level stands further left; within one, the larger is on the left.
  for (size_t level = appender.edge_.size(); level-- > 0;) {
    const std::string& bytes = appender.edge_[level].hashes;
    std::vector<Digest> hashes(bytes.size() / kHashBytes);
    for (size_t i = 0; i < hashes.size(); ++i) {
      std::memcpy(hashes[i].data(), bytes.data() + i * kHashBytes, kHashBytes);
    }
    for (size_t begin = 0; begin < hashes.size();) {
      const size_t width = std::bit_floor(hashes.size() - begin);
      appender.peaks_.push_back(RootOfHashes(hashes.data() + begin, width));
      begin += width;
    }
  }
  return appender;
}

void TreeAppender::Append(const Digest& leaf_hash) {
  uint64_t before = size_++;
  AppendAt(0, leaf_hash);
  Digest node = leaf_hash;
  // As a binary counter carries: two subtrees of one height make one of the next.
  for (int height = 1; before % 2 == 1; ++height, before /= 2) {
    node = NodeHash(peaks_.back(), node);
    peaks_.pop_back();
    if (height % kTileHeight == 0) AppendAt(static_cast<uint8_t>(height / kTileHeight), node);
  }
  peaks_.push_back(node);
}

void TreeAppender::AppendAt(uint8_t level, const Digest& hash) {
  if (edge_.size() <= level) edge_.resize(level + 1);
  Edge& edge = edge_[level];
  edge.hashes.append(hash.begin(), hash.end());
  edge.grew = true;
  if (edge.hashes.size() < kTileWidth * kHashBytes) return;
  const uint64_t nodes = size_ >> (kTileHeight * level);
  full_.push_back({{level, (nodes - 1) / kTileWidth}, std::exchange(edge.hashes, {})});
  edge.grew = false;
}

Digest TreeAppender::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Digest root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) root = NodeHash(peaks_[i], root);
  return root;
}

std::vector<Tile> TreeAppender::TakeDirtyTiles() {
  std::vector<Tile> tiles = std::exchange(full_, {});
  for (size_t level = 0; level < edge_.size(); ++level) {
    Edge& edge = edge_[level];
    if (!std::exchange(edge.grew, false)) continue;
    const uint64_t nodes = size_ >> (kTileHeight * level);
    tiles.push_back({{static_cast<uint8_t>(level), nodes / kTileWidth}, edge.hashes});
  }
  std::ranges::sort(tiles, {}, &Tile::id);
  return tiles;
}

}  // namespace comity
