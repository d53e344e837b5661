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
// How it works: a peer is greeted with Hello; equal digests of the heads and of the HELD
// statements end the exchange. Otherwise its heads, or statements, are asked for. Hints from a
// Watch keep them current, and a jittered Hello now and then finds what hints lost. For each origin
// at most one fetch is under way, from one of the peers that showed the largest head; a peer has at
// most one fetch to serve. A range is stored as it comes, so that a fetch that breaks off is
// resumed from any peer. A peer whose answer fails verification is not asked for that origin again
// for a while, and others are: relays are trusted for nothing. What fails for want of space here is
// nobody's fault, and fetched again later. An unreachable peer is tried again with growing,
// jittered pauses, and costs nobody else anything.
#ifndef COMITY_DAEMON_SYNC_ENGINE_H_
#define COMITY_DAEMON_SYNC_ENGINE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sync/events.h"
#include "daemon/sync/peer_view.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"

namespace comity::sync {

struct EngineOptions {
  std::vector<PeerName> peers;
  uint64_t roster_version = 0;
  Digest roster_digest{};
  // All in microseconds.
  int64_t anti_entropy = 30'000'000;
  int64_t backoff_min = 200'000;
  int64_t backoff_max = 60'000'000;
  // How long a peer is not asked for an origin whose leaves it gave wrongly.
  int64_t quarantine = 60'000'000;
  // How long nothing is fetched after a range could not be stored for want of space.
  int64_t storage_retry = 10'000'000;
  uint64_t jitter_seed = 0;
};

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

  // The digest of the heads held here, as Hello compares it.
  Digest HeadsDigest() const;

 private:
  friend class EngineInvariants;

  struct Peer {
    // Hello is in flight, or nothing but the pause.
    bool hello_in_flight = false;
    bool heads_in_flight = false;
    bool held_in_flight = false;
    bool watch_open = false;
    // Greeted, and not failed since.
    bool connected = false;
    // A Hello or Heads after which its heads are known.
    bool heads_known = false;
    bool refused_by_policy = false;
    uint32_t failures = 0;
    Instant next_hello;
    std::optional<Origin> fetching;
    std::map<Origin, LogHead> heads;
    // Origins that it is not asked for, until when, and whether because it gave them
    // wrongly (else it only did not answer).
    struct Avoided {
      Instant until;
      bool refused = false;
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
  };
  struct Fetch {
    PeerName peer;
    LogHead target;
    bool persisting = false;
  };

  void On(const LocalCommitted& event);
  void On(const HelloAnswered& event);
  void On(const HeadsAnswered& event);
  void On(const HeldAnswered& event);
  void On(const WatchOpened& event);
  void On(const Hinted& event);
  void On(const WatchEnded& event);
  void On(const RevisionsReceived& event);
  void On(const CallFailed& event);
  void On(const WriteCompleted& event);
  void On(const TimePassed&) {}

  // Starts whatever is due: greetings, watches, fetches.
  void Schedule();
  void ScheduleFetches();
  void LearnHeads(Peer& peer, const std::vector<LogHead>& heads, bool complete);
  void Disconnect(Peer& peer, const absl::Status& why);
  void EndFetch(const Origin& origin);
  // Something refused is said and not tried again for a while; a missing answer soon.
  void Avoid(const PeerName& name, const Origin& origin, const absl::Status& why);
  // A wrong answer, not a missing one.
  static bool IsRefusal(const absl::Status& status);
  uint64_t HeldOf(const Origin& origin) const;
  bool CanServe(const Peer& peer, const Origin& origin) const;
  int64_t Jitter(int64_t mean);
  Peer* Find(const PeerName& name);

  const EngineOptions options_;
  std::map<PeerName, Peer> peers_;
  std::map<Origin, Local> local_;
  std::map<Origin, Fetch> fetches_;
  Frontier frontier_;
  // Nothing is fetched before: this daemon could not store what came.
  Instant storage_retry_;
  Instant now_;
  uint64_t jitter_state_;
  std::vector<Effect> effects_;
};

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_ENGINE_H_
