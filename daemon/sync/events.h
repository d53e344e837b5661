// What goes into the sync engine and what comes out of it.
#ifndef COMITY_DAEMON_SYNC_EVENTS_H_
#define COMITY_DAEMON_SYNC_EVENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "storage/base/types.h"
#include "storage/lists/replica.h"
#include "storage/log/origin.h"

namespace comity::sync {

// The participant that a peer's daemon serves: "us", "no".
using PeerName = std::string;

// What is fetched of an origin: its newest leaves; the parts of a snapshot of it, where
// nothing is held and there is much; and then the leaves from before that snapshot.
enum class Lane { kHead, kSnapshot, kHistory };
struct Work {
  Origin origin;
  Lane lane = Lane::kHead;
  auto operator<=>(const Work&) const = default;
};

// Leaves of one origin as they came, with their proof, or parts of a snapshot; the engine
// only passes them on.
struct Batch {
  Origin origin;
  uint64_t begin = 0;
  std::vector<std::string> envelopes;
  std::vector<Digest> consistency;
  // For Lane::kSnapshot: `begin` is the first part.
  Lane lane = Lane::kHead;
  SnapshotPage page;
  uint64_t end() const {
    return lane == Lane::kSnapshot ? page.next_part : begin + envelopes.size();
  }
};

// --- Events: what happened. Heads in them had their checkpoints verified. ---

// A commit of ours became durable: by an authority of ours or by WriteCompleted's batch.
struct LocalCommitted {
  Origin origin;
  // Leaves held, and the newest head whose checkpoint is held; unset (size 0) if none is.
  TreeSize held;
  LogHead head;
  // Participants that may hold the list; empty: all.
  std::vector<std::string> audience;
  // Set while the list begins from a snapshot.
  std::optional<BootstrapProgress> bootstrap;
  // There is evidence of two histories: nothing more of it is fetched.
  bool contested = false;
  // As far as a quorum states HELD.
  TreeSize common;
  // It is what the merged view shows of the list, not an epoch that another one follows.
  bool current = true;
};
// An operator's word: the peer is not asked anything while it is paused.
struct PeerPaused {
  PeerName peer;
  bool paused = false;
  std::string reason;
};
struct HelloAnswered {
  PeerName peer;
  // The peer's digest of its heads, and its roster.
  Digest heads_digest{};
  uint64_t roster_version = 0;
  Digest roster_digest{};
  // Whether both have the same HELD statements.
  bool held_equal = true;
  // What both speak.
  uint32_t wire_version = 1;
  // Whether both have the same evidence, and the same statuses of participants.
  bool evidence_equal = true;
  bool statuses_equal = true;
  // Whether its heads are those it was greeted with. Then it was heard (signer_memory.h);
  // what this daemon holds may have moved on since.
  bool heads_equal = true;
};
struct HeadsAnswered {
  PeerName peer;
  std::vector<LogHead> heads;
};
// The peer's HELD statements were verified and taken in.
struct HeldAnswered {
  PeerName peer;
};
// The peer's evidence, or statuses, were verified and taken in.
struct StatementsAnswered {
  PeerName peer;
  StatementKind kind = StatementKind::kEvidence;
};
// What the peer proved of its log was held against what is held here.
struct ConsistencyAnswered {
  PeerName peer;
};
struct WatchOpened {
  PeerName peer;
};
// Heads that changed at the peer; none: it is alive.
struct Hinted {
  PeerName peer;
  std::vector<LogHead> heads;
  // It has other evidence than this daemon.
  bool evidence_differs = false;
};
struct WatchEnded {
  PeerName peer;
  absl::Status status;
};
struct RevisionsReceived {
  PeerName peer;
  std::shared_ptr<const Batch> batch;
};
// The peer's newer rosters were verified and kept: the embedder starts anew under them.
struct RostersTaken {
  PeerName peer;
};
// A call that got no answer, or a wrong one.
struct CallFailed {
  enum class Call { kHello, kHeads, kHeld, kFetch, kStatements, kConsistency, kRosters };
  PeerName peer;
  Call call = Call::kHello;
  // For kFetch.
  Origin origin;
  absl::Status status;
  // For kStatements.
  StatementKind kind = StatementKind::kEvidence;
};
// The batch was verified and stored, or refused, in whole.
struct WriteCompleted {
  PeerName peer;
  Origin origin;
  absl::Status status;
  Lane lane = Lane::kHead;
};
// Nothing but time went by.
struct TimePassed {};
// The peer greeted this daemon: there is a way between the two again.
struct Knocked {
  PeerName peer;
};

using Event =
    std::variant<LocalCommitted, PeerPaused, HelloAnswered, HeadsAnswered, HeldAnswered,
                 WatchOpened, Hinted, WatchEnded, RevisionsReceived, CallFailed, WriteCompleted,
                 TimePassed, Knocked, StatementsAnswered, ConsistencyAnswered, RostersTaken>;

// --- Effects: what to do. Each call is answered by exactly one event. ---

struct CallHello {
  PeerName peer;
};
struct CallHeads {
  PeerName peer;
};
// Ask for the peer's HELD statements, verify them and take them in.
struct CallHeld {
  PeerName peer;
};
// The same with its evidence, or with the statuses of participants that it has.
struct CallStatements {
  PeerName peer;
  StatementKind kind = StatementKind::kEvidence;
};
// What came of it does not continue what is held here, and its note is signed: ask the peer to
// prove what its log of `target` was at `size`, what is signed for here, and take that in.
struct CallConsistency {
  PeerName peer;
  LogHead target;
  TreeSize size;
};
// A head that the peer showed is within what is held now: hold it against that. No answer.
struct MeetHead {
  PeerName peer;
  LogHead head;
};
// Ask for the rosters after this daemon's, verify and keep them; then RostersTaken.
struct CallRosters {
  PeerName peer;
};
// Answered by WatchOpened and any number of Hinted, then WatchEnded; or WatchEnded alone.
struct OpenWatch {
  PeerName peer;
};
// The peer is paused: end its watch. WatchEnded answers.
struct CloseWatch {
  PeerName peer;
};
struct FetchRevisions {
  PeerName peer;
  // Proven against this head.
  LogHead target;
  uint64_t begin = 0;
  uint64_t end = 0;
  // For Lane::kSnapshot: parts from `begin` on, with the header if that is 0.
  Lane lane = Lane::kHead;
};
// Verify against `target` and store, all or none; then WriteCompleted (and
// LocalCommitted before it, if anything was stored).
struct Persist {
  PeerName peer;
  LogHead target;
  std::shared_ptr<const Batch> batch;
};
// For the operator: something a peer did was refused.
struct Report {
  PeerName peer;
  Origin origin;
  absl::Status status;
};

using Effect =
    std::variant<CallHello, CallHeads, CallHeld, OpenWatch, CloseWatch, FetchRevisions, Persist,
                 Report, CallStatements, CallConsistency, MeetHead, CallRosters>;

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_EVENTS_H_
