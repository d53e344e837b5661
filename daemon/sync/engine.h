// The sync engine: which peer to ask for what, and when.
//
// A pure state machine. Events go in with the time at which they happened, effects
// come out, and the same events always give the same effects: no clock, socket,
// thread, disk or chance is inside (jitter comes from the seed it is given). The
// embedder's duties, in this order:
//
//  1. Start with LocalCommitted for every origin that is held.
//  2. Carry out each effect, and answer each call with exactly one event, in any order
//     and at any later time; a call that never ends must be made to end.
//  3. Verify checkpoints before heads go in. What fails goes in as CallFailed.
//  4. Persist verifies the batch against its target and stores it in one synced write.
//     LocalCommitted goes in only after the write is durable.
//  5. Send TimePassed at NextDeadline() or later.
//
// How it works: a peer is greeted with Hello. If its roster is newer, its rosters are asked for
// first, of one peer at a time, and the embedder starts a new engine under them; one with an
// older roster asks for ours and is left alone until then; another roster of the same version
// is refused. Under equal rosters equal digests of the heads and of the HELD
// statements end the exchange. Otherwise its heads, or statements, are asked for. Hints
// from a Watch keep them current, and a jittered Hello now and then finds what hints lost.
//
// Evidence that an authority contradicts itself goes before all else: it is asked for first
// when a Hello or a hint shows a difference, and a list that it is against is fetched no
// further. A range that does not continue what is held, under a note that is signed, is a lie
// of the peer or a second history: the peer is asked to prove what its log was at the size that
// is held here, and its answer tells the two apart.
//
// What a peer has and this daemon lacks is fetched in aligned ranges, several of one origin
// at once from several peers that showed it, at most one from each; they are stored in
// order, as they come, so that a fetch that breaks off is resumed from any peer. A range that does
// not come within a second (ten if it is long) is asked of another peer too, whichever comes first
// is taken, and the late one is asked last for a while: one that drips bytes, or is far away, holds
// nobody up. A peer whose answer fails verification is not asked for that origin again for a while,
// and others are: relays are trusted for nothing. A long list of which nothing is held is begun
// from a snapshot (storage/lists/bootstrap.h), part by part from whoever can serve it; its
// newest leaves then go on as always, and its history comes when nothing newer is wanted. What
// fails for want of space here is nobody's fault, and fetched again later. A peer that does not
// answer is tried again with growing, jittered pauses, which shrink only with each success, and
// costs nobody else anything; one that greets this daemon meanwhile is tried at once, but no more
// than once in the longest pause, so that two that refuse each other do not chase. A peer that an
// operator paused is not asked anything; what it asks is answered elsewhere. One whose heads or
// statements fail verification, and that is under no newer roster when it is greeted again, is
// left alone altogether, twice as long each time, for a lie costs it nothing and everybody here
// the work of finding out.
#ifndef COMITY_DAEMON_SYNC_ENGINE_H_
#define COMITY_DAEMON_SYNC_ENGINE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sync/events.h"
#include "daemon/sync/peer_view.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"
#include "storage/log/origin.h"

namespace comity::sync {

struct EngineOptions {
  std::vector<PeerName> peers;
  // Whose lists are never begun from a snapshot: all of what it signs must be known.
  std::string participant;
  // From how many leaves on a list of which nothing is held is begun from a snapshot.
  uint64_t snapshot_from = 1'024;
  uint64_t roster_version = 0;
  Digest roster_digest{};
  // All in microseconds.
  int64_t anti_entropy = 30'000'000;
  int64_t backoff_min = 200'000;
  // Short: an attempt costs one packet, and a link that heals is to be in use within 5 s.
  int64_t backoff_max = 2'000'000;
  // How long a peer is not asked for an origin whose leaves it gave wrongly; also the longest
  // pause of one whose heads or statements were refused, which begins at `backoff_max`.
  int64_t quarantine = 60'000'000;
  // How long a few leaves, such as a publication, may take before another peer is asked for
  // them too; four times as long for each further one. Ten times as long for many leaves and
  // for snapshots: on a thin line those take their time, and twice would take twice.
  int64_t hedge = 1'000'000;
  // How long nothing is fetched after a range could not be stored for want of space.
  int64_t storage_retry = 10'000'000;
  // How long a peer may lack what a quorum holds before it is flagged.
  int64_t lag_after = 300'000'000;
  uint64_t jitter_seed = 0;
};

// As many lists of one peer are followed.
inline constexpr size_t kMaxHeadsOfPeer = 100'000;

// Not thread-safe: one owner steps it.
class Engine {
 public:
  explicit Engine(EngineOptions options);

  // Takes one event in. `now` never decreases. Events of peers that are not in the
  // options are ignored.
  std::vector<Effect> Step(const Event& event, Instant now);

  // When TimePassed is due.
  Instant NextDeadline() const;

  // For the operator, by name.
  std::vector<PeerView> Peers() const;
  // Sentences that say why a list (any epoch), or a peer, is as it is.
  std::vector<std::string> ExplainList(const ListName& list) const;
  std::vector<std::string> ExplainPeer(const PeerName& name) const;

  // The digest of the heads held here that `peer` may hold too, as Hello compares it.
  Digest HeadsDigest(const PeerName& peer) const;

 private:
  friend class EngineInvariants;

  struct Peer {
    // Hello is in flight, or nothing but the pause.
    bool hello_in_flight = false;
    bool heads_in_flight = false;
    bool held_in_flight = false;
    std::set<StatementKind> statements_in_flight;
    bool consistency_in_flight = false;
    bool watch_open = false;
    // Greeted, and not failed since.
    bool connected = false;
    // A Hello or Heads after which its heads are known.
    bool heads_known = false;
    bool refused_by_policy = false;
    // It answered, under an older roster (-1) or a newer one (1).
    int roster_order = 0;
    bool paused = false;
    std::string paused_because;
    uint32_t failures = 0;
    Instant next_hello;
    // Before then a knock is not answered by a greeting.
    Instant knock_after;
    // Heads and statements of it that were refused, and when the last one was: forgotten after
    // kLiesForgotten quarantines without another.
    uint32_t lies = 0;
    Instant lied_at;
    // Until then it is not greeted.
    Instant distrusted_until;
    // What of it was refused, until a Hello that was sent since tells whether it lied.
    std::optional<absl::Status> doubt;
    bool greeted_in_doubt = false;
    uint32_t wire_version = 1;
    // The range that it serves, and its first leaf or part.
    std::optional<std::pair<Work, uint64_t>> fetching;
    // Set while that range is asked of another peer too: the head that it is proven against.
    // The range is the other's then; what comes from this one first is taken all the same.
    std::optional<LogHead> stalled;
    // It is so because the answer of one that had been asked before came first.
    bool overtaken = false;
    // A range of it was late: until then others are asked first, and for what it is asked for
    // as soon as they can serve it.
    Instant slow_until;
    // Of which it could give no snapshot.
    std::set<Origin> no_snapshot;
    std::map<Origin, LogHead> heads;
    // Since when it lacks what is held here.
    std::map<Origin, Instant> lacks_since;
    // Origins that it is not asked for, until when, and whether because it gave them
    // wrongly (else it only did not answer).
    struct Avoided {
      Instant until;
      bool refused = false;
      std::string why;
    };
    std::map<Origin, Avoided> avoided;
    Instant last_exchange;
    Instant last_attempt;
    uint32_t refused = 0;
    std::string detail;
  };
  struct Local {
    TreeSize held;
    LogHead head;
    std::vector<std::string> audience;
    std::optional<BootstrapProgress> bootstrap;
    bool contested = false;
    TreeSize common;
    bool current = true;
  };
  // Leaves, or parts, [begin, end) of an origin that a peer was asked for.
  struct Range {
    PeerName peer;
    LogHead target;
    uint64_t end = 0;
    // Set once it came.
    std::shared_ptr<const Batch> batch;
    bool persisting = false;
    Instant asked;
    // How many peers were asked for it before.
    uint32_t attempts = 0;
  };

  void On(const LocalCommitted& event);
  void On(const PeerPaused& event);
  void On(const HelloAnswered& event);
  void On(const HeadsAnswered& event);
  void On(const HeldAnswered& event);
  void On(const StatementsAnswered& event);
  void On(const ConsistencyAnswered& event);
  void On(const WatchOpened& event);
  void On(const Hinted& event);
  void On(const WatchEnded& event);
  void On(const RevisionsReceived& event);
  void On(const RostersTaken& event);
  void On(const CallFailed& event);
  void On(const WriteCompleted& event);
  void On(const TimePassed&) {}
  void On(const Knocked& event);

  // Starts whatever is due: greetings, watches, fetches.
  void Schedule();
  // --- engine_roster.cc ---
  // What to do with a peer whose roster is another one.
  void MeetOtherRoster(const HelloAnswered& event, Peer& peer);
  // --- engine_fetch.cc ---
  void ScheduleFetches();
  // Asks for the next range of `work`, if it lacks one that somebody can serve.
  void ScheduleRange(const Work& work);
  // Asks another peer for ranges that do not come.
  void AskOthers();
  // When that is due for the range that begins there.
  Instant HedgeAt(const Work& work, uint64_t begin, const Range& range) const;
  // Of the peers that can serve leaf or part `begin` of `work`, the one that is not slow and
  // showed the most, and what it is asked for; null if there is none.
  std::pair<const PeerName*, LogHead> BestFor(const Work& work, uint64_t begin) const;
  void Ask(const PeerName& name, const Work& work, const LogHead& target, uint64_t begin,
           uint64_t end, uint32_t attempts);
  // What a peer gave whose range was asked of another too.
  void TakeLate(Peer& peer, const PeerName& name, const std::shared_ptr<const Batch>& batch);
  // What is fetched of an origin of which a peer showed more than is held.
  Lane LaneFor(const Origin& origin) const;
  // What `peer` can be asked of `work`; none if it has nothing that is lacking.
  std::optional<LogHead> TargetAt(const Peer& peer, const Work& work) const;
  // Where the next range would begin: after what is held and what is on its way.
  uint64_t NextBegin(const Work& work) const;
  // Hands over the range that continues what is held, if it has come.
  void PersistNext(const Work& work);
  // The peer's range, if it serves one.
  Range* RangeOf(const Peer& peer);
  void DropRange(const Work& work, uint64_t begin);
  void LearnHeads(const PeerName& name, Peer& peer, const std::vector<LogHead>& heads,
                  bool complete);
  // Whether the peer lacks of the list what is held here, since when if it does.
  void NoteLack(Peer& peer, const PeerName& name, const Origin& origin, const Local& local);
  void AskStatements(const PeerName& name, Peer& peer, StatementKind kind);
  void AskConsistency(const PeerName& name, const LogHead& target);
  bool IsContested(const Origin& origin) const;
  void Disconnect(Peer& peer, const absl::Status& why);
  // Heads or statements of the peer were refused. It may have opened anew under a newer roster
  // since it was greeted, and sign with keys that are not known here yet: it is greeted again.
  void Doubt(const PeerName& name, Peer& peer, const absl::Status& why);
  // It lied: disconnects from it, for longer each time.
  void Distrust(const PeerName& name, Peer& peer, const absl::Status& why);
  // Something refused is said and not tried again for a while; a missing answer soon.
  void Avoid(const PeerName& name, const Origin& origin, const absl::Status& why);
  // A wrong answer, not a missing one.
  static bool IsRefusal(const absl::Status& status);
  uint64_t HeldOf(const Origin& origin) const;
  // Leaves, or parts, held of `work`.
  uint64_t HeldOf(const Work& work) const;
  const BootstrapProgress* BootstrapOf(const Origin& origin) const;
  // Whether `peer` may hold the list.
  static bool IsFor(const Local& local, const PeerName& peer);
  // --- engine_view.cc ---
  PeerView ViewOf(const PeerName& name, const Peer& peer) const;
  // Contested lists, not followed by a new epoch, of which the peer holds anything else.
  std::vector<Origin> ContestedWith(const Peer& peer) const;
  bool IsFollowed(const Origin& origin) const;
  // How the peer stands to one origin, as a sentence.
  std::string Relation(const PeerName& name, const Peer& peer, const Origin& origin) const;
  bool CanServe(const Peer& peer, const Origin& origin) const;
  int64_t Jitter(int64_t mean);
  static Instant After(Instant from, int64_t micros) { return Instant{from.micros + micros}; }
  Peer* Find(const PeerName& name);

  const EngineOptions options_;
  std::map<PeerName, Peer> peers_;
  std::map<Origin, Local> local_;
  // Origins of which some peer showed more than was held: looked through at each step, where
  // all lists of all peers would cost far more. And those whose history is to come.
  std::set<Origin> lacking_;
  std::set<Origin> backfilling_;
  // Lists of which the roster voids leaves: a snapshot does not show where their view stops.
  std::set<Origin> leaf_by_leaf_;
  // By origin and lane, then first leaf or part.
  std::map<Work, std::map<uint64_t, Range>> fetches_;
  // Who was asked for newer rosters.
  std::optional<PeerName> rosters_from_;
  // Nothing is fetched before: this daemon could not store what came.
  Instant storage_retry_;
  std::string storage_failure_;
  Instant now_;
  uint64_t jitter_state_;
  std::vector<Effect> effects_;
};

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_ENGINE_H_
