#include "storage/lists/bootstrap.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/memory_store.h"
#include "storage/lists/state_descent.h"
#include "storage/lists/state_wire.h"
#include "storage/lists/timeline.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

constexpr int kMaxEdgeTiles = 8;

absl::Status BadPart(std::string_view what, std::string_view origin = "") {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                   absl::StrCat("snapshot: ", Absl(what)), origin);
}

absl::StatusOr<std::vector<Digest>> ToDigests(
    const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  if (static_cast<size_t>(hashes.size()) > kMaxProofHashes) {
    return BadPart("a proof of too many hashes");
  }
  std::vector<Digest> digests;
  for (const std::string& hash : hashes) {
    COMITY_ASSIGN_OR_RETURN(digests.emplace_back(), DigestFromBytes(hash));
  }
  return digests;
}

class EdgeReader : public TileReader {
 public:
  explicit EdgeReader(const std::vector<Tile>& tiles) {
    for (const Tile& tile : tiles) tiles_[tile.id] = tile.hashes;
  }
  absl::StatusOr<std::string> ReadTile(TileId id) const override {
    const auto it = tiles_.find(id);
    if (it == tiles_.end()) return BadPart("a tile of the right edge is missing");
    return it->second;
  }

 private:
  std::map<TileId, std::string> tiles_;
};

absl::StatusOr<std::vector<Tile>> ReadEdge(const v1::SnapshotHeader& header, TreeSize size,
                                           const Digest& root) {
  if (header.edge_size() > kMaxEdgeTiles) return BadPart("too many tiles");
  std::vector<Tile> edge;
  for (const v1::SnapshotTile& tile : header.edge()) {
    const TileId id{static_cast<uint8_t>(tile.level()), tile.index()};
    // Only what the root is made of is kept.
    if (tile.level() >= kMaxEdgeTiles || id.index != (size.value >> (8 * id.level)) / kTileWidth) {
      return BadPart("a tile that is not of the right edge");
    }
    const size_t width = (size.value >> (8 * id.level)) % kTileWidth;
    if (width == 0 || tile.hashes().size() != width * 32) return BadPart("a tile of another size");
    edge.push_back({id, tile.hashes()});
  }
  COMITY_ASSIGN_OR_RETURN(const TreeAppender log, TreeAppender::Open(EdgeReader(edge), size.value));
  if (log.Root() != root) return BadPart("the right edge does not make the checkpoint's root");
  return edge;
}

// The last leaf, signed by enough officers for what it declares.
absl::StatusOr<v1::Revision> VerifyLast(const v1::Envelope& envelope, const Origin& origin,
                                        TreeSize size, const Roster& roster,
                                        uint32_t schema_level) {
  const std::string name = origin.name.ToString();
  v1::Revision revision;
  if (envelope.payload_type() != kRevisionType) {
    return BadPart("its last leaf is no revision", name);
  }
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrictLevel(envelope.payload(), schema_level, &revision), name));
  if (revision.origin() != origin.ToString() || revision.index() != size.value - 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat(name, ": the last leaf of the snapshot belongs elsewhere"), name);
  }
  COMITY_ASSIGN_OR_RETURN(const Roster* named, NamedRoster(roster, revision.roster_version(),
                                                           revision.roster_digest(), origin));
  COMITY_RETURN_IF_ERROR(VerifyOfficers(roster, *named, origin, revision.index(),
                                        revision.guard() == v1::GUARD_BULK_REMOVAL, envelope));
  return revision;
}

}  // namespace

absl::StatusOr<std::vector<StateNode>> SnapshotParts(const v1::SnapshotHeader& header) {
  COMITY_ASSIGN_OR_RETURN(const std::vector<StateNode> nodes, DecodeStateNodes(header.nodes()));
  std::vector<StateNode> parts;
  for (const StateNode& node : nodes) {
    if (!node.expanded) parts.push_back(node);
  }
  return parts;
}

absl::StatusOr<SnapshotProof> VerifySnapshotHeader(const SnapshotPage& page, const Origin& origin,
                                                   TreeSize size, const Digest& root,
                                                   const Roster& roster, uint32_t schema_level) {
  if (!page.header.has_value() || size.value < 2) {
    return BadPart("it has no header", origin.ToString());
  }
  const v1::SnapshotHeader& header = *page.header;
  SnapshotProof proof;
  COMITY_ASSIGN_OR_RETURN(proof.edge, ReadEdge(header, size, root));

  COMITY_ASSIGN_OR_RETURN(const v1::Envelope last, ParseEnvelope(page.last));
  proof.last.envelope = page.last;
  proof.last.leaf_hash = EnvelopeLeafHash(last.payload_type(), last.payload());
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> last_proof, ToDigests(header.last_proof()));
  COMITY_RETURN_IF_ERROR(
      VerifyInclusion(proof.last.leaf_hash, size.value - 1, size.value, last_proof, root));
  COMITY_ASSIGN_OR_RETURN(const v1::Revision revision,
                          VerifyLast(last, origin, size, roster, schema_level));
  proof.last.root_after = root;
  COMITY_ASSIGN_OR_RETURN(proof.last.state_root_after,
                          DigestFromBytes(revision.state_root_after()));
  proof.last.published_at = Instant{revision.published_at()};

  // A genesis is verified as it would be as the first leaf of the log.
  const MemoryStore nothing;
  ListBatch first(&roster, &nothing, origin, std::nullopt, schema_level);
  COMITY_RETURN_IF_ERROR(first.Append(page.genesis));
  proof.genesis_message = first.state()->genesis;
  const ListCommit commit = first.TakeCommit();
  proof.genesis = commit.leaves[0];
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> genesis_proof,
                          ToDigests(header.genesis_proof()));
  COMITY_RETURN_IF_ERROR(
      VerifyInclusion(proof.genesis.leaf_hash, 0, size.value, genesis_proof, root));

  COMITY_ASSIGN_OR_RETURN(const std::vector<StateNode> nodes, DecodeStateNodes(header.nodes()));
  const ShownHash shown = HashShown(nodes, 0);
  if (nodes.empty() || shown.nodes != nodes.size() ||
      (shown.hash != proof.last.state_root_after && !Planted(Bug::kSkipSnapshotRoot))) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_WRONG_STATE_ROOT,
                     absl::StrCat(origin.name.ToString(),
                                  ": the snapshot is not of the state root that was signed"),
                     origin.ToString());
  }
  COMITY_ASSIGN_OR_RETURN(proof.parts, SnapshotParts(header));
  return proof;
}

absl::Status VerifySnapshotParts(const SnapshotPage& page, const std::vector<StateNode>& parts,
                                 TreeSize size, ListCommit* commit) {
  if (page.next_part > parts.size() || page.next_part <= page.first_part) {
    return BadPart("parts that were not asked for");
  }
  std::map<Digest, const std::string*> bodies;
  for (const Body& body : page.bodies) bodies[Sha256(body.bytes)] = &body.bytes;
  std::map<Digest, bool> taken;
  size_t at = 0;
  for (uint32_t part = page.first_part; part < page.next_part; ++part) {
    StateTree tree;
    for (; at < page.entries.size() && page.entries[at].part == part; ++at) {
      const SnapshotEntry& entry = page.entries[at];
      COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(entry.timeline));
      if (timeline.versions().empty()) return BadPart("a timeline without versions");
      const LeafIndex newest = timeline.versions().back().index;
      if (newest.value >= size.value) return BadPart("a timeline from after its size");
      tree.Set(entry.key, Sha256(entry.timeline));
      commit->timelines.push_back({entry.key, newest, entry.timeline});
      for (const Version& version : timeline.versions()) {
        if (!BringsEntry(version) || !taken.emplace(*version.entry_hash, true).second) continue;
        const auto body = bodies.find(*version.entry_hash);
        if (body == bodies.end()) {
          return BadPart(absl::StrCat("the entry \"", entry.key, "\" comes without a body"));
        }
        commit->bodies.push_back({*version.entry_hash, *body->second});
      }
    }
    if (tree.Root() != HashShown(parts, part).hash) {
      return BadPart(absl::StrCat("part ", part, " is not what the state root commits to"));
    }
  }
  if (at != page.entries.size()) return BadPart("entries of other parts");
  return absl::OkStatus();
}

absl::StatusOr<SnapshotPage> ReadSnapshotPage(const Store& store, const StateIndex& index,
                                              uint32_t first_part, bool header,
                                              uint64_t max_bytes) {
  const std::vector<StateNode> nodes = index.tree.Expand({}, kDescentLevels);
  std::vector<StateNode> parts;
  for (const StateNode& node : nodes) {
    if (!node.expanded) parts.push_back(node);
  }
  if (first_part >= parts.size()) {
    return absl::OutOfRangeError(absl::StrCat("the snapshot has ", parts.size(), " parts"));
  }
  SnapshotPage page;
  const uint64_t size = index.size.value;
  if (header) {
    const StoreTileReader tiles(&store, index.origin);
    v1::SnapshotHeader& message = page.header.emplace();
    COMITY_ASSIGN_OR_RETURN(const auto genesis_proof, InclusionProof(tiles, 0, size));
    COMITY_ASSIGN_OR_RETURN(const auto last_proof, InclusionProof(tiles, size - 1, size));
    for (const Digest& hash : genesis_proof) message.add_genesis_proof(ToBytes(hash));
    for (const Digest& hash : last_proof) message.add_last_proof(ToBytes(hash));
    for (uint8_t level = 0; size >> (8 * level) > 0; ++level) {
      const uint64_t hashes = size >> (8 * level);
      if (hashes % kTileWidth == 0) continue;
      const TileId id{level, hashes / kTileWidth};
      COMITY_ASSIGN_OR_RETURN(const std::string tile, store.ReadTile(index.origin, id));
      v1::SnapshotTile& added = *message.add_edge();
      added.set_level(level);
      added.set_index(id.index);
      added.set_hashes(tile.substr(0, hashes % kTileWidth * 32));
    }
    message.set_nodes(EncodeStateNodes(nodes));
    COMITY_ASSIGN_OR_RETURN(StoredLeaf genesis, store.ReadLeaf(index.origin, LeafIndex{0}));
    COMITY_ASSIGN_OR_RETURN(StoredLeaf last, store.ReadLeaf(index.origin, LeafIndex{size - 1}));
    page.genesis = std::move(genesis.envelope);
    page.last = std::move(last.envelope);
  }
  page.first_part = first_part;
  uint64_t bytes = 0;
  for (page.next_part = first_part; page.next_part < parts.size() && bytes < max_bytes;
       ++page.next_part) {
    const StateNode& node = parts[page.next_part];
    // The keys below a node are a run of the sorted paths.
    const auto below = [&](const Digest& path) {
      return FirstStateDifference(path, node.path) >= node.bit;
    };
    Digest from = node.path;
    for (int bit = node.bit; bit < kStatePathBits; ++bit) {
      from[bit / 8] = static_cast<uint8_t>(from[bit / 8] & ~(0x80 >> (bit % 8)));
    }
    for (auto key = index.keys.lower_bound(from); key != index.keys.end() && below(key->first);
         ++key) {
      COMITY_ASSIGN_OR_RETURN(auto stored,
                              store.ReadTimeline(index.origin, key->second, index.size));
      if (!stored.has_value()) return absl::DataLossError("a timeline is gone");
      COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
      for (const Version& version : timeline.versions()) {
        if (!BringsEntry(version)) continue;
        COMITY_ASSIGN_OR_RETURN(std::string body, store.ReadBody(*version.entry_hash));
        bytes += body.size();
        page.bodies.push_back({*version.entry_hash, std::move(body)});
      }
      bytes += key->second.size() + stored->timeline.size();
      page.entries.push_back({page.next_part, key->second, std::move(stored->timeline)});
    }
  }
  return page;
}

}  // namespace comity
