// What the daemon keeps: logs, tiles, checkpoints, timelines and entry bodies.
//
// The contract, stated here and proven by one conformance suite on every store:
//  - Commit is all or nothing, and durable when it returns OK.
//  - Reads see every commit that returned OK before them, and nothing of one that
//    did not. A read at size n is not changed by later commits.
//  - Commits of one origin are dense: `first` is the origin's size before. A list that
//    begins from a snapshot (bootstrap.h) is the exception: its leaves before the snapshot
//    come later, densely too; until then NOT_FOUND is said of them.
//  - A group of commits, one for each of several origins, is one commit: all of it or
//    nothing, with one wait for the disk.
//  - After an error from Commit the store refuses everything with the same error
//    until it is opened again: what is on disk is then not known.
//  - Values are handed back byte for byte; a value that fails its own hash is
//    DATA_LOSS, never an answer.
//  - The records of the audit log that a commit brings are in it: both are there, or neither.
//    They make one chain (storage/audit/chain.h) in the order of the commits, within a group
//    in its order; nothing takes a record back.
#ifndef COMITY_STORAGE_LISTS_STORE_H_
#define COMITY_STORAGE_LISTS_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/audit/chain.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"
#include "storage/log/origin.h"
#include "storage/merkle/tiles.h"

namespace comity {

// One leaf as it is kept.
struct StoredLeaf {
  // The serialised Envelope, byte for byte as it came.
  std::string envelope;
  // RFC 6962 hash of the leaf, and the log's root with this leaf as its last.
  Digest leaf_hash;
  Digest root_after;
  // The list's state root after this leaf.
  Digest state_root_after;
  Instant published_at;
  // Kept and relayed, but not understood: this leaf, or one before it, needs a newer program
  // (critical_level). What it brings is not in the timelines; state root and instant are those
  // of the last leaf that is.
  bool opaque = false;
  bool operator==(const StoredLeaf&) const = default;
};

// The timeline of one key as known after the leaf `index`.
struct StoredTimeline {
  std::string key;
  LeafIndex index;
  // Timeline::Encode.
  std::string timeline;
  bool operator==(const StoredTimeline&) const = default;
};

// The bytes of an entry, found by their SHA-256.
struct Body {
  Digest hash;
  std::string bytes;
};

// What a leaf or several leaves of one origin add, committed as one.
struct ListCommit {
  enum class Kind {
    // `first` is the origin's size before.
    kAppend,
    // The leaves are held already, from `first` to the log's end, and were opaque: stored
    // again with what they bring. Or they become opaque: what they brought is seen no more.
    kAgain,
    // Of a list that begins from a snapshot of `first` + 1 leaves and has no head yet:
    // timelines and bodies, and perhaps `leaves`, which are those at index 0 and `first`.
    kPart,
    // As kPart, with both leaves: the list has a head from here on, at `first` + 1.
    kOpen,
    // Leaves from before the snapshot; the head stays.
    kBackfill,
  };
  Origin origin;
  Kind kind = Kind::kAppend;
  // Index of leaves[0], but for kPart and kOpen.
  LeafIndex first;
  std::vector<StoredLeaf> leaves;
  // Tiles whose content changed, in full.
  std::vector<Tile> tiles;
  std::vector<StoredTimeline> timelines;
  std::vector<Body> bodies;
  // The authority's signed note for the size after; empty if it is not known yet:
  // the owner signs only after reading back, a peer may prove against a larger one.
  std::string checkpoint;
  // What is to be remembered of the list's beginning from a snapshot, in place of what was;
  // empty: it is over. At most 1 MiB.
  std::optional<std::string> bootstrap;
  // For the audit log; `index` and `previous` are the store's to set.
  std::vector<v1::AuditRecord> audit;
};

// What is known of one log's end. State root and instant are those of its last leaf that is
// not opaque.
struct StoredHead {
  Origin origin;
  TreeSize size;
  // Root, state root and instant of the last leaf.
  Digest root;
  Digest state_root;
  Instant published_at;
  // The newest checkpoint note that is held, and its size (at most `size`).
  std::string checkpoint;
  TreeSize checkpoint_size;
  bool operator==(const StoredHead&) const = default;
};

// Signed statements that belong to no place in a log.
enum class StatementKind : char { kEvidence = 'e', kStatus = 's' };

// The name of something that is kept. Borrows `key`.
struct StoredRow {
  enum class Kind {
    // Of a log: its place is `index`, or `tile`, or `key` and the leaf `index` that changed it.
    kLeaf,
    kTile,
    kTimeline,
    // Of no log.
    kBody,
    // Nothing that the format has; `key` says where it stands.
    kForeign,
  };
  Kind kind = Kind::kForeign;
  LeafIndex index;
  TileId tile;
  std::string_view key;
  Digest body{};
};
using RowVisit = std::function<bool(const StoredRow&)>;

// Told after each file that was checked: how many are done, of how many. May take its
// time, to spare the disk; false stops the check.
using FileStep = std::function<bool(size_t done, size_t of)>;

// Thread-safe: any number of readers beside one writer; the writer is serialised
// by the caller.
class Store {
 public:
  virtual ~Store() = default;

  // INVALID_ARGUMENT if a commit is empty, not where its kind belongs, of an origin that stands in
  // the group already, or a body does not match its hash; RESOURCE_EXHAUSTED if the disk is too
  // full (nothing is stored then, and the store goes on); UNAVAILABLE or DATA_LOSS on storage
  // errors.
  virtual absl::Status CommitGroup(std::span<const ListCommit* const> group) = 0;
  absl::Status Commit(const ListCommit& commit) {
    const ListCommit* const one = &commit;
    return CommitGroup({&one, 1});
  }

  // Keeps the note for exactly `size`, which must be held, beside what Commit
  // stored. Not synced: a note can be signed again from what is durable. NOT_FOUND
  // if the log is not that long.
  virtual absl::Status PutCheckpoint(const Origin& origin, TreeSize size,
                                     std::string_view checkpoint) = 0;

  // Keeps the participant's newest HELD statement of a log that is held. Not synced: it
  // can be asked for again. NOT_FOUND if nothing of the log is held.
  virtual absl::Status PutHeld(const Origin& origin, std::string_view participant,
                               std::string_view note) = 0;
  // The notes by participant.
  virtual absl::StatusOr<std::map<std::string, std::string>> ReadHeld(
      const Origin& origin) const = 0;

  // Signed statements beside the lists, found by their name (at most 256 bytes of ASCII);
  // at most 1 MiB each. Evidence is durable when OK is returned; a status is not synced, it
  // comes again.
  virtual absl::Status PutStatement(StatementKind kind, std::string_view name,
                                    std::string_view bytes) = 0;
  // OK if there is none of that name.
  virtual absl::Status DropStatement(StatementKind kind, std::string_view name) = 0;
  // All of a kind, by name.
  virtual absl::StatusOr<std::map<std::string, std::string>> ReadStatements(
      StatementKind kind) const = 0;

  // What ListCommit::bootstrap said last, of the lists of which it is not over.
  virtual absl::StatusOr<std::map<Origin, std::string>> Bootstraps() const = 0;

  // All heads, ascending by origin.
  virtual absl::StatusOr<std::vector<StoredHead>> Heads() const = 0;

  // NOT_FOUND if the log has no such leaf.
  virtual absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const = 0;

  // The current tile, which may hold more hashes than an earlier size had.
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<std::string> ReadTile(const Origin& origin, TileId id) const = 0;

  // The timeline of `key` as known at `size`: one seek. Unset if the key was not
  // known then.
  virtual absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                                     std::string_view key,
                                                                     TreeSize size) const = 0;

  // Calls `visit` for each key after `after_key` (empty: from the first) that was
  // known at `size`, in ascending order of key bytes, with its timeline as known
  // then, until `visit` returns false.
  virtual absl::Status ScanTimelines(
      const Origin& origin, TreeSize size, std::string_view after_key,
      const std::function<bool(const StoredTimeline&)>& visit) const = 0;

  // NOT_FOUND if no such body is held; DATA_LOSS if it fails its hash.
  virtual absl::StatusOr<std::string> ReadBody(const Digest& hash) const = 0;

  // How far logs had come by a memory outside the data itself, where that is further
  // than what is held: something was lost or put back. Empty if nothing is missing.
  virtual absl::StatusOr<Frontier> Missing() const { return Frontier(); }

  // Checks the files that all is kept in by their checksums, beneath every cache: what is
  // read is served from memory long after it rotted on disk. DATA_LOSS names the first
  // file that is wrong; CANCELLED if `step` stopped it.
  virtual absl::Status VerifyFiles(const FileStep&) const { return absl::OkStatus(); }

  // Calls `visit` with the name of everything that is kept of a log, in no particular order, until
  // it returns false: for those who look for what should not be there.
  virtual absl::Status ScanRows(const Origin& origin, const RowVisit& visit) const = 0;
  // The same for bodies, and for what is no part of the format or of a log that there is not.
  virtual absl::Status ScanLooseRows(const RowVisit& visit) const = 0;

  // Keeps the Envelope of one version of the roster, verified by the caller; durable when OK is
  // returned. ALREADY_EXISTS if that version is held with other bytes.
  virtual absl::Status PutRoster(uint64_t version, std::string_view envelope) = 0;
  // By version.
  virtual absl::StatusOr<std::map<uint64_t, std::string>> Rosters() const = 0;

  // Small values beside the lists (the roster's pin, the daemon's own identity);
  // names are printable ASCII, at most 128 bytes; values at most 1 MiB. Durable
  // when OK is returned.
  absl::Status PutMeta(std::string_view name, std::string_view value) {
    return PutMeta(name, value, {});
  }
  // In one commit with records of the audit log.
  virtual absl::Status PutMeta(std::string_view name, std::string_view value,
                               std::span<const v1::AuditRecord> audit) = 0;
  virtual absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) const = 0;

  // Records of the audit log that belong to no commit. Durable when OK is returned; errors as
  // CommitGroup's.
  virtual absl::Status AppendAudit(std::span<const v1::AuditRecord> records) = 0;
  virtual absl::StatusOr<AuditHead> ReadAuditHead() const = 0;
  // What a memory outside the log says of its end, which may be a little behind. NOT_FOUND
  // if that memory was taken away.
  virtual absl::StatusOr<AuditHead> AnchoredAudit() const { return ReadAuditHead(); }
  // Calls `visit` with each record from `from` on as it is stored, in the order of their
  // indexes as stored, until it returns false. Nothing of the chain is verified.
  virtual absl::Status ScanAudit(
      uint64_t from,
      const std::function<bool(uint64_t index, std::string_view record)>& visit) const = 0;
};

// How many leaves of the log make its view: all before the first opaque one.
absl::StatusOr<TreeSize> ShownSize(const Store& store, const StoredHead& head);

// The tiles of one origin as the Merkle code reads them. Borrows `store`.
class StoreTileReader : public TileReader {
 public:
  StoreTileReader(const Store* store, Origin origin) : store_(store), origin_(std::move(origin)) {}
  absl::StatusOr<std::string> ReadTile(TileId id) const override {
    return store_->ReadTile(origin_, id);
  }

 private:
  const Store* store_;
  Origin origin_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STORE_H_
