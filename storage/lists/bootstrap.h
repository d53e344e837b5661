// A list that begins from a snapshot: the entries as known at one size, proven by the state
// root that the officers signed, before the leaves that made them are here.
//
// The top of the state tree divides the entries into at most 256 parts. Each part is checked
// by itself against the top, so that it may come from any peer, at any time, and what was
// checked is kept. Leaves from the snapshot on are taken as always; those before it come
// later, in order, and are verified like any (Replica::Ingest).
#ifndef COMITY_STORAGE_LISTS_BOOTSTRAP_H_
#define COMITY_STORAGE_LISTS_BOOTSTRAP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/bootstrap.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/lists/state_index.h"
#include "storage/lists/state_tree.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// Bytes of entries in one page; a part alone may be more.
inline constexpr uint64_t kSnapshotPageBytes = 8 << 20;
inline constexpr uint64_t kMaxSnapshotPageBytes = 64 << 20;

struct SnapshotEntry {
  uint32_t part = 0;
  std::string key;
  std::string timeline;
};

// Some parts of a snapshot as they came, with the header if it was asked for.
struct SnapshotPage {
  // The envelopes of leaf 0 and leaf size - 1.
  std::string genesis;
  std::string last;
  std::optional<v1::SnapshotHeader> header;
  // Parts [first_part, next_part), in order, the entries of each by the hash of their key.
  uint32_t first_part = 0;
  uint32_t next_part = 0;
  std::vector<SnapshotEntry> entries;
  std::vector<Body> bodies;
};

// What a header was proven to say. Value type.
struct SnapshotProof {
  StoredLeaf genesis;
  StoredLeaf last;
  v1::Genesis genesis_message;
  std::vector<Tile> edge;
  // The parts' nodes in the state tree.
  std::vector<StateNode> parts;
};

// Verifies the header, and the leaves in `page`, against the tree of `size` leaves and `root`:
// both leaves stand in it and are signed by the authority's officers, the edge makes the root,
// and the nodes make the last leaf's state root. The error says what is wrong.
absl::StatusOr<SnapshotProof> VerifySnapshotHeader(const SnapshotPage& page, const Origin& origin,
                                                   TreeSize size, const Digest& root,
                                                   const Roster& roster, uint32_t schema_level);

// The parts that a header proven before names.
absl::StatusOr<std::vector<StateNode>> SnapshotParts(const v1::SnapshotHeader& header);

// Verifies the page's parts against their nodes, and every body that they need; gives them as
// they are stored. DATA_LOSS or INVALID_ARGUMENT says what is wrong.
absl::Status VerifySnapshotParts(const SnapshotPage& page, const std::vector<StateNode>& parts,
                                 TreeSize size, ListCommit* commit);

// Reads a page of the snapshot that `index` describes, from `first_part` on until
// `max_bytes` (at least one part).
absl::StatusOr<SnapshotPage> ReadSnapshotPage(const Store& store, const StateIndex& index,
                                              uint32_t first_part, bool header, uint64_t max_bytes);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_BOOTSTRAP_H_
