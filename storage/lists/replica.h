// Every list that one daemon holds, verified: the one door through which leaves
// come in, from the authority's officers or from peers, and through which reads
// go out. What passes here was checked against the roster, the log and the state
// root; nothing else reaches the store.
#ifndef COMITY_STORAGE_LISTS_REPLICA_H_
#define COMITY_STORAGE_LISTS_REPLICA_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/publish_service.pb.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"
#include "storage/lists/list_state.h"
#include "storage/lists/snapshot.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"
#include "storage/signing/ed25519.h"

namespace comity {

// The head of one log as peers trade it.
struct LogHead {
  Origin origin;
  TreeSize size;
  Digest root;
  // The authority's note for exactly this size and root.
  std::string checkpoint;
  bool operator==(const LogHead&) const = default;
};

// What a successful submission says.
struct Submitted {
  Origin origin;
  // The last leaf submitted.
  LeafIndex index;
  Digest leaf_hash;
  LogHead head;
  bool already_present = false;
};

// A full edition or explicit changes, and what to make of them.
struct DraftInput {
  v1::DraftHeader header;
  // Serialised Entry messages (mode FULL).
  std::vector<std::string> entries;
  // Explicit changes (mode CHANGES).
  std::vector<v1::Change> changes;
};

// Thread-safe. Writes are serialised inside; reads never wait for them.
class Replica {
 public:
  struct Options {
    // The participant whose authorities may publish here.
    std::string participant;
    // Checkpoint signers by authority. Moved in.
    std::map<std::string, PrivateKey> log_keys;
  };

  // Loads all heads and indexes from `store`. Borrows everything; all must outlive
  // the replica. DATA_LOSS if the store contradicts itself.
  static absl::StatusOr<std::unique_ptr<Replica>> Open(Options options, const Roster* roster,
                                                       Store* store, const Clock* clock);

  // --- Publishers ---

  // Derives what officers sign; stores nothing. INVALID_ARGUMENT (an entry or a
  // date), PERMISSION_DENIED (another participant's authority),
  // FAILED_PRECONDITION with REASON_UNDECLARED_BULK_REMOVAL.
  absl::StatusOr<v1::DraftFile> Draft(const DraftInput& input) const;

  // Verifies and appends leaves of one list of ours, all or none: compare-and-append
  // on (index, parent root). ABORTED with REASON_STALE_PARENT names the winner.
  absl::StatusOr<Submitted> Submit(const std::vector<std::string>& envelopes);

  // --- Peers ---

  // Heads with a checkpoint, ascending by origin.
  std::vector<LogHead> Heads() const;
  // The newest head of `origin` whose checkpoint is held; NOT_FOUND if unknown.
  absl::StatusOr<LogHead> HeadOf(const Origin& origin) const;

  // Envelopes of [begin, end), cut after `max_bytes` (at least one leaf), and the
  // proof that they belong to `tree_size`.
  struct Range {
    std::vector<std::string> envelopes;
    uint64_t end = 0;
    std::vector<Digest> consistency;
  };
  absl::StatusOr<Range> ReadRange(const Origin& origin, uint64_t begin, uint64_t end,
                                  uint64_t tree_size, uint64_t max_bytes) const;

  // Verifies that `checkpoint` is signed by the log's key in the roster and says
  // what it says; used before anything is fetched. PERMISSION_DENIED or
  // INVALID_ARGUMENT otherwise.
  absl::Status CheckHead(const LogHead& head) const;

  // Takes leaves [begin, begin + envelopes.size()) that a peer sent, proven against
  // `target` by `consistency`: verifies the proof, every signature, every change
  // and every state root, then commits. Leaves that are held already are skipped.
  // The error says what is wrong; nothing of the range is kept then.
  // REASON_BAD_PROOF also stands for a range that does not continue what is held.
  absl::Status Ingest(const LogHead& target, uint64_t begin,
                      const std::vector<std::string>& envelopes,
                      const std::vector<Digest>& consistency);

  // Called after each commit with the new head, outside of all locks, in commit
  // order per origin. Set once, before the first write.
  void OnCommit(std::function<void(const LogHead&)> callback);

  // --- Readers ---

  // What is held now: immutable, cheap to take, safe to keep.
  std::shared_ptr<const Snapshot> snapshot() const;

  const Roster& roster() const { return *roster_; }
  const Store& store() const { return *store_; }
  const Clock& clock() const { return *clock_; }

 private:
  Replica(Options options, const Roster* roster, Store* store, const Clock* clock);

  absl::Status CommitLocked(ListState& state, ListCommit commit, const std::string& checkpoint)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const Options options_;
  const Roster* const roster_;
  Store* const store_;
  const Clock* const clock_;

  // Serialises writers; held across the store's sync.
  mutable Mutex write_mutex_;
  std::map<Origin, std::unique_ptr<ListState>> lists_ ABSL_GUARDED_BY(write_mutex_);
  std::function<void(const LogHead&)> on_commit_;

  // Guards only the pointer.
  mutable Mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(snapshot_mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_REPLICA_H_
