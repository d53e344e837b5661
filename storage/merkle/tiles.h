// The tree as it is stored: 256-wide tiles, as in C2SP tlog-tiles.
//
// The tile (level L, index I) holds the hashes of the perfect subtrees of height
// 8*L that start at leaf (I * 256 + i) * 256^L. A tile is immutable once it is full;
// until then it grows.
#ifndef COMITY_STORAGE_MERKLE_TILES_H_
#define COMITY_STORAGE_MERKLE_TILES_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

inline constexpr uint64_t kTileWidth = 256;

struct TileId {
  uint8_t level = 0;
  uint64_t index = 0;
  auto operator<=>(const TileId&) const = default;
};

// 1 to 256 hashes of 32 bytes, one after the other.
struct Tile {
  TileId id;
  std::string hashes;
  bool operator==(const Tile&) const = default;
};

// Where tiles come from. Implementations say whether they are thread-safe.
class TileReader {
 public:
  virtual ~TileReader() = default;
  // The current tile, which may hold more hashes than an earlier size had.
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<std::string> ReadTile(TileId id) const = 0;
};

// The right edge of a tree, to which leaves are appended. A value; copies are
// independent. Not thread-safe for writing.
class TreeAppender {
 public:
  // The empty tree.
  TreeAppender() = default;

  // Reads the tiles of the right edge of the tree of `size` leaves. DATA_LOSS if
  // they hold fewer hashes than that size has.
  static absl::StatusOr<TreeAppender> Open(const TileReader& tiles, uint64_t size);

  void Append(const Digest& leaf_hash);
  uint64_t size() const { return size_; }
  // The RFC 6962 root.
  Digest Root() const;

  // The tiles that changed since they were taken last, ascending by id, in full.
  std::vector<Tile> TakeDirtyTiles();

 private:
  void AppendAt(uint8_t level, const Digest& hash);

  uint64_t size_ = 0;
  // The roots of the perfect subtrees that the tree is made of, from the left: the root costs
  // their number, and an append one hash on average.
  std::vector<Digest> peaks_;
  // The last, not full, tile of each level, from level 0 up, and whether it grew.
  struct Edge {
    std::string hashes;
    bool grew = false;
  };
  std::vector<Edge> edge_;
  // Tiles that became full.
  std::vector<Tile> full_;
};

// The root of `count` adjacent subtree hashes, 1 to 256, as RFC 6962 combines them.
Digest RootOfHashes(const Digest* hashes, size_t count);

}  // namespace comity

#endif  // COMITY_STORAGE_MERKLE_TILES_H_
