// Every list that one daemon holds, verified: the one door through which leaves
// come in, from the authority's officers or from peers, and through which reads
// go out. What passes here was checked against the roster, the log and the state
// root; nothing else reaches the store.
#ifndef COMITY_STORAGE_LISTS_REPLICA_H_
#define COMITY_STORAGE_LISTS_REPLICA_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/publish_service.pb.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/lists/bootstrap.h"
#include "storage/lists/code_index.h"
#include "storage/lists/commit_queue.h"
#include "storage/lists/draft.h"
#include "storage/lists/evidence_board.h"
#include "storage/lists/frontier.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/list_state.h"
#include "storage/lists/signer_memory.h"
#include "storage/lists/snapshot.h"
#include "storage/lists/status_board.h"
#include "storage/lists/store.h"
#include "storage/log/evidence.h"
#include "storage/log/held.h"
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

// A HELD statement as it came.
struct HeldNote {
  std::string participant;
  std::string note;
};

// How far a list has come that begins from a snapshot.
struct BootstrapProgress {
  // What it is a snapshot of.
  LogHead head;
  uint32_t parts_held = 0;
  uint32_t parts = 0;
  // All parts are held: the list is served, and its history comes.
  bool open = false;
  TreeSize backfilled;
};

// What a commit brought.
struct News {
  std::vector<LogHead> heads;
  std::vector<HeldStatement> held;
  // Logs against which there is new evidence, and statuses that are new.
  std::vector<Origin> contested;
  std::vector<ParticipantStatus> statuses;
  bool empty() const {
    return heads.empty() && held.empty() && contested.empty() && statuses.empty();
  }
};

// A log's root at a size, and that a larger size begins with it (RFC 6962).
struct LogConsistency {
  Digest old_root{};
  std::vector<Digest> hashes;
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

// Whether this daemon signs, and for whom it waits if not.
struct SigningView {
  // Whether any log is signed here at all.
  bool signs = false;
  bool settled = true;
  bool released = false;
  // How many more must say what they hold, and who has not.
  size_t needed = 0;
  std::vector<std::string> awaited;
};

// Thread-safe. Writers that come together share one sync; reads never wait for them.
class Replica {
 public:
  struct Options {
    // The participant whose authorities may publish here.
    std::string participant;
    // Checkpoint signers by authority. Moved in.
    std::map<std::string, PrivateKey> log_keys;
    // Signs this participant's HELD statements; without it none are made. Moved in.
    std::optional<PrivateKey> held_key;
    // The participants that this daemon exchanges with: whom it asks what it signed.
    std::vector<std::string> peers;
    // The newest level of the signed messages that is understood.
    uint32_t schema_level = kSchemaLevel;
    // Signs this participant's statuses; without it none are made. Moved in.
    std::optional<PrivateKey> statement_key;
    // How often a status is signed though nothing changed, and how soon after a change.
    int64_t status_tick = 60'000'000;
    int64_t status_gap = 2'000'000;
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
  // `by` is whom the audit log names; so in what follows.
  absl::StatusOr<Submitted> Submit(const std::vector<std::string>& envelopes, const Actor& by = {});

  // --- Peers ---

  // Whether `origin` is held and its audience includes `participant`.
  bool MayHold(std::string_view participant, const Origin& origin) const;
  // Heads with a checkpoint that `participant` may hold, ascending by origin.
  std::vector<LogHead> HeadsFor(std::string_view participant) const;
  // How many leaves of `origin` are held, signed for or not; NOT_FOUND if none.
  absl::StatusOr<TreeSize> SizeOf(const Origin& origin) const;
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
  // The same piece by piece. OUT_OF_RANGE unless begin < end <= tree_size <= what is held.
  absl::Status CheckServable(const Origin& origin, uint64_t begin, uint64_t end,
                             uint64_t tree_size) const;
  // UNAVAILABLE if the leaf is of a history that has not come yet.
  absl::StatusOr<std::string> ReadEnvelope(const Origin& origin, LeafIndex index) const;
  absl::StatusOr<std::vector<Digest>> ReadConsistency(const Origin& origin, uint64_t end,
                                                      uint64_t tree_size) const;

  // Takes parts of a list's snapshot at `target` (bootstrap.h): verifies them against it, then
  // commits. The first page has the header. Once all parts are held the list is served, and
  // Ingest takes the leaves before it like any. FAILED_PRECONDITION if the page does not
  // continue what is held, or the list is one of ours.
  absl::Status IngestSnapshot(const LogHead& target, const SnapshotPage& page,
                              const Actor& by = {});
  // Unset if the list does not begin from a snapshot, or its history is complete.
  std::optional<BootstrapProgress> BootstrapOf(const Origin& origin) const;
  std::vector<Origin> Bootstrapping() const;

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
                      const std::vector<Digest>& consistency, const Actor& by = {});

  // What `participant` holds, in a complete answer since this start: heads whose
  // checkpoints were verified. Of ours, what it holds and we do not was lost here, and
  // nothing is signed until it is fetched. Once enough were heard, signing begins.
  void HeardFrom(const std::string& participant, const std::vector<LogHead>& heads);
  // Heads that were seen somewhere, verified: of ours, what is beyond what is held here was
  // lost. Who showed them does not count as heard.
  void Shown(const std::vector<LogHead>& heads);
  // An operator vouches for what is held here: signing begins at once.
  void ReleaseSigning();
  SigningView signing() const;

  // Takes HELD statements of others in: the newest of each participant and list is kept.
  // Gives how many were new. The first with a bad signature ends it with its error; one
  // that contradicts what is held here is left out, and said after the rest was taken
  // (FAILED_PRECONDITION).
  absl::StatusOr<size_t> TakeHeld(const std::vector<HeldNote>& notes);
  // The newest statements that `participant` may see, by origin, then participant.
  std::vector<HeldStatement> HeldFor(std::string_view participant) const;
  // SHA-256 over (origin, participant, size) of those: equal digests, equal statements.
  Digest HeldDigestFor(std::string_view participant) const;

  // --- Trust: replica_trust.cc ---

  // CheckHead for a head that somebody showed. If it and what is held here cannot both be of
  // one log, the two notes are kept as evidence, and the list is CONTESTED from then on.
  absl::Status MeetHead(const LogHead& head);
  // What was answered by whoever showed `target`, larger than what is signed for here: its
  // log's root at `size`, proven. Another root than ours is evidence. REASON_BAD_PROOF if it
  // proves nothing.
  absl::Status MeetConsistency(const LogHead& target, TreeSize size, const LogConsistency& proof);
  // What others are answered. OUT_OF_RANGE unless 0 < old_size < new_size and both are held.
  absl::StatusOr<LogConsistency> ReadConsistency(const Origin& origin, TreeSize old_size,
                                                 TreeSize new_size) const;
  // Takes serialised evidence in; gives how many were new. What is against lists that are not
  // held here is left out. The first that does not verify ends it with its error.
  absl::StatusOr<size_t> TakeEvidence(const std::vector<std::string>& evidence);
  // Evidence against lists that `participant` may hold; empty: all. Ascending by digest.
  std::vector<VerifiedEvidence> EvidenceFor(std::string_view participant) const;
  // Equal digests, equal evidence.
  Digest EvidenceDigestFor(std::string_view participant) const;

  // Signs this participant's statuses that are due, by the clock. To be called about once a
  // second; cheap.
  void TickStatuses();
  // Takes statuses of others in; gives how many were new.
  absl::StatusOr<size_t> TakeStatuses(const std::vector<std::string>& envelopes);
  const StatusBoard& statuses() const { return *statuses_; }

  // Called after each commit with what is new, outside of all locks, in commit order.
  // Set once, before the first write.
  void OnCommit(std::function<void(const News&)> callback);

  // --- Readers ---

  // What is held now: immutable, cheap to take, safe to keep.
  std::shared_ptr<const Snapshot> snapshot() const;

  const Roster& roster() const { return *roster_; }
  const Store& store() const { return *store_; }
  const Clock& clock() const { return *clock_; }

 private:
  Replica(Options options, const Roster* roster, Store* store, const Clock* clock);

  // A version whose entry is to be found by its codes. Borrows the origin.
  struct ToIndex {
    Digest entry_hash;
    LeafIndex first;
    const Origin* origin;
  };
  // Reads a list as it is at `head` from the store, and adds to `versions`, unless it is null,
  // those that bring an entry. DATA_LOSS if what is stored does not make the roots.
  absl::StatusOr<ListState> LoadList(const StoredHead& head, std::vector<ToIndex>* versions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Where the view of a stopped list goes on: an older program held leaves that it did not
  // understand. What this one understands of them is taken in.
  absl::Status TakeUp(ListState& state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // --- replica_revoked.cc ---
  // Stops the view of the list before the first leaf that needs the signature of a key that
  // the roster revoked since: at everyone who has this roster, whatever came first.
  absl::Status VoidRevoked(const StoredHead& head) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // The same for a list whose history has just become complete.
  absl::Status JudgeHistory(const Origin& origin) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  // Whether this daemon signs the checkpoints of `origin`.
  bool Signs(const Origin& origin) const;

  // --- replica_write.cc ---
  struct Write;
  // What a group of writes shares while it is carried out.
  struct Group;

  // Verifies, stores and shows what the works bring; none fails for another's fault but
  // the disk's.
  void CarryOut(std::span<CommitWork* const> works);
  // The record of what `by` does with the commit.
  v1::AuditRecord RecordOf(const ListCommit& commit, const Actor& by) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Prepare(Write& write, Group& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Takes the envelopes into a batch on top of what is held; none if all are held.
  absl::StatusOr<std::optional<ListBatch>> PrepareSubmission(Write& write) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<std::optional<ListBatch>> PrepareRange(const Write& write) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether the range, on top of `state`, which has `held` leaves, belongs to its target.
  absl::Status CheckRange(const Write& write, const std::optional<ListState>& state,
                          uint64_t held) const;
  // A restricted list that came all the same.
  absl::Status NotForUs(const std::string& list) const;
  // The statement in `known` that says the very same; NOT_FOUND if there is none.
  static absl::StatusOr<HeldStatement> HeldAlready(const Snapshot& known, const HeldNote& note);
  // Verified statements into the views; gives the first that contradicts what is held.
  absl::Status Take(Write& write, Group& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // One into the view of its list; whether it was news.
  absl::StatusOr<bool> TakeOne(const HeldStatement& statement, ListView& view, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // --- replica_trust.cc ---
  // What proves that the head and the view are not of one log, if that can be proven here.
  std::optional<VerifiedEvidence> FindFork(const LogHead& head, const ListView& view) const;
  std::optional<VerifiedEvidence> MakeVerified(const std::string& note, const std::string& other,
                                               const LogConsistency& proof,
                                               const std::string& held_by) const;
  // As FindFork for every statement of others that `view` has and `before` could not judge.
  void JudgeHeld(ListView& view, const ListView* before, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Keeps it; `view` is contested from then on.
  absl::Status Accuse(const VerifiedEvidence& evidence, ListView& view, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Accuse(Write& write, Group& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status AccuseAll(const std::vector<VerifiedEvidence>& evidence, size_t* taken);
  // FAILED_PRECONDITION with REASON_CONTESTED.
  absl::Status CheckNotContested(const Origin& origin) const;
  void Announce(const News& news);

  void Hear(const Write& write) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  void NoteMissing(const LogHead& head) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Signs the heads that are stored and not signed yet.
  void SignAll(Group& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Puts the view into the next snapshot, and says so; with a HELD statement if one is due.
  void Show(std::shared_ptr<ListView> view, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Signs, indexes and shows what the store took in.
  absl::StatusOr<LogHead> Finish(const ListBatch& batch, const ListCommit& commit, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // --- replica_bootstrap.cc ---
  // A list that began from a snapshot.
  struct Begun {
    v1::Bootstrap record;
    LogHead head;
    std::vector<StateNode> parts;
    bool open = false;
    // The leaves from before the snapshot that came so far; unset for none.
    std::optional<ListState> past;
  };
  absl::Status LoadBegun() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status PreparePage(Write& write, Group& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status FinishPage(Write& write, const ListCommit& commit, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // The list whose history `write` continues; null if it is none.
  Begun* BegunFor(const Write& write) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status PrepareBackfill(Begun& begun, Write& write, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status FinishBackfill(const ListBatch& batch, const ListCommit& commit, Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // What BootstrapOf says from now on.
  void ShowBegun(const Origin& origin) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  // Refuses while leaves of `origin` that were acknowledged are missing here
  // (FAILED_PRECONDITION), or that is not known yet (UNAVAILABLE).
  absl::Status CheckMaySign(const Origin& origin, const std::optional<ListState>& state) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Reads back, hashes again, signs and keeps the note.
  absl::StatusOr<std::string> SignHead(const ListState& state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<std::optional<LeafIndex>> FindLeaf(const ListState& state,
                                                    const std::string& envelope_bytes) const;
  absl::Status CheckOwn(const ListName& name) const;
  // The newest epoch of the list, or its first.
  Origin CurrentOrigin(const ListName& name) const;
  std::optional<ListState> StateOf(const Origin& origin) const;
  // `before` is the list's view until now, or null: its HELD statements are kept.
  std::shared_ptr<ListView> MakeView(const ListState& state, std::string checkpoint,
                                     TreeSize checkpoint_size, const ListView* before) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Adds this participant's statement to a view whose head is signed, if it is due.
  std::optional<HeldStatement> StateHeld(ListView& view) const;
  void CountCommon(ListView& view) const;
  // Adds what the entry of a version can be found by; `body` holds the entry's bytes, `first`
  // is the leaf that brought it.
  absl::Status IndexVersion(const Origin& origin, LeafIndex first, const std::string& body);
  // The same for many, whose entries are read from the store.
  absl::Status IndexVersions(std::vector<ToIndex> versions);
  // Adds what the entries that a commit brings can be found by.
  absl::Status IndexCommit(const ListCommit& commit);
  uint32_t RuleSet() const;
  void Publish(std::map<Origin, std::shared_ptr<const ListView>> views);

  const Options options_;
  const Roster* const roster_;
  Store* const store_;
  const Clock* const clock_;
  const std::shared_ptr<CodeIndex> codes_;
  const std::shared_ptr<ReadCache> read_cache_ = std::make_shared<ReadCache>();

  const std::shared_ptr<std::atomic<int64_t>> last_exchange_ =
      std::make_shared<std::atomic<int64_t>>(0);

  // Set once, by Open.
  std::unique_ptr<EvidenceBoard> evidence_;
  std::shared_ptr<StatusBoard> statuses_;

  CommitQueue queue_{[this](std::span<CommitWork* const> works) { CarryOut(works); }};

  // Held across the store's sync.
  mutable Mutex write_mutex_;
  std::map<Origin, ListState> lists_ ABSL_GUARDED_BY(write_mutex_);
  std::function<void(const News&)> on_commit_ ABSL_GUARDED_BY(write_mutex_);
  // What the store had held before it lost it (Store::Missing), and what peers hold of
  // ours beyond it: nothing is signed or published below that.
  Frontier missing_ ABSL_GUARDED_BY(write_mutex_);
  SignerMemory memory_ ABSL_GUARDED_BY(write_mutex_);
  std::map<Origin, Begun> begun_ ABSL_GUARDED_BY(write_mutex_);
  // Statements that came before the first leaf of their list.
  static constexpr size_t kMaxEarlyLists = 1'000;
  std::map<Origin, HeldBy> early_held_ ABSL_GUARDED_BY(write_mutex_);

  // Guards only what readers take.
  mutable Mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(snapshot_mutex_);
  std::map<Origin, BootstrapProgress> bootstraps_ ABSL_GUARDED_BY(snapshot_mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_REPLICA_H_
