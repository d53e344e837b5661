#include "storage/merkle/tiles.h"

#include <bit>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace comity {

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
    std::vector<Digest>& edge = appender.edge_.emplace_back();
    const size_t width = nodes % kTileWidth;
    if (width == 0) continue;
    const absl::StatusOr<std::string> tile = tiles.ReadTile({level, nodes / kTileWidth});
    if (!tile.ok()) return tile.status();
    if (tile->size() < width * 32) {
      return absl::DataLossError(absl::StrCat("tile ", level, "/", nodes / kTileWidth, " holds ",
                                              tile->size() / 32, " hashes of ", width));
    }
    for (size_t i = 0; i < width; ++i) edge.push_back(*DigestFromBytes(tile->substr(i * 32, 32)));
  }
  return appender;
}

void TreeAppender::Append(const Digest& leaf_hash) {
  ++size_;
  AppendAt(0, leaf_hash);
}

void TreeAppender::AppendAt(uint8_t level, const Digest& hash) {
  if (edge_.size() <= level) edge_.resize(level + 1);
  edge_[level].push_back(hash);
  const uint64_t nodes = size_ >> (8 * level);
  std::string bytes;
  for (const Digest& digest : edge_[level]) bytes.append(digest.begin(), digest.end());
  dirty_[TileId{level, (nodes - 1) / kTileWidth}] = std::move(bytes);
  if (edge_[level].size() == kTileWidth) {
    const Digest root = RootOfHashes(edge_[level].data(), kTileWidth);
    edge_[level].clear();
    AppendAt(level + 1, root);
  }
}

Digest TreeAppender::Root() const {
  std::optional<Digest> root;
  // What stands on a lower level stands further right.
  for (const std::vector<Digest>& edge : edge_) {
    // From the right: the perfect subtrees of the edge, smallest first.
    size_t end = edge.size();
    while (end > 0) {
      const size_t width = end & ~(end - 1);
      const Digest subtree = RootOfHashes(edge.data() + end - width, width);
      root = root.has_value() ? NodeHash(subtree, *root) : subtree;
      end -= width;
    }
  }
  return root.value_or(EmptyRoot());
}

std::vector<Tile> TreeAppender::TakeDirtyTiles() {
  std::vector<Tile> tiles;
  for (auto& [id, hashes] : dirty_) tiles.push_back({id, std::move(hashes)});
  dirty_.clear();
  return tiles;
}

}  // namespace comity
