// What must hold, each rule under its name; this file and its .cc hold all of them.
#ifndef COMITY_TESTS_SIM_INVARIANTS_H_
#define COMITY_TESTS_SIM_INVARIANTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/sync/engine.h"
#include "storage/lists/replica.h"
#include "tests/sim/sim_store.h"

namespace comity::sim {

// Thrown: the run ends here.
struct Broken {
  std::string invariant;
  std::string detail;
};

// A wrong answer, not a missing one, and not a full disk here.
bool IsRefusal(const absl::Status& status);

// What one daemon asked of one peer and has no answer to yet, and how it went before.
struct PeerBooks {
  int hellos = 0;
  int heads = 0;
  int held = 0;
  int rosters = 0;
  int watches = 0;
  int fetches = 0;
  // The range it was asked for last.
  std::pair<sync::Work, uint64_t> serving;
  // Failures since the last good Hello; when the last was, if a Hello was not on its way.
  int failures = 0;
  int64_t failed_at = -1;
  // When its heads or statements were refused last, if it was not greeted since.
  int64_t lied_at = -1;
  // Something of it was refused; whether it was greeted since.
  bool doubted = false;
  bool greeted_in_doubt = false;
  bool wrong_roster = false;
  // Until when it may not be asked for an origin, and the last trouble with it.
  std::map<Origin, int64_t> refused_until;
  std::map<Origin, int64_t> trouble_at;
  // The largest head that it showed.
  std::map<Origin, uint64_t> shown;
};

// What one daemon fetches: the ranges under way, by work and first leaf, with those whom it
// asked and that have not answered: more than one where the first did not answer in time.
struct Fetching {
  std::map<std::pair<sync::Work, uint64_t>, std::set<int>> under_way;
  void Answered(const std::pair<sync::Work, uint64_t>& range, int peer) {
    const auto asked = under_way.find(range);
    if (asked == under_way.end()) return;
    asked->second.erase(peer);
    if (asked->second.empty()) under_way.erase(asked);
  }
};

// What the rules need to know of a daemon. Borrowed for one call.
struct DaemonFacts {
  int number;
  const std::string& name;
  const Replica& replica;
  const SimStore& store;
};

// What a daemon showed when it was last seen.
struct BeforeRestart {
  std::map<Origin, uint64_t> sizes;
  Digest view{};
  uint64_t roster_version = 0;
  // How far lists that begin from a snapshot had come: parts, then leaves before it.
  std::map<Origin, std::pair<uint64_t, uint64_t>> bootstraps;
  static BeforeRestart Of(const Replica& replica);
};

// The pauses that the engine was given.
struct EnginePauses {
  int64_t backoff_min;
  int64_t backoff_max;
  int64_t quarantine;
  int64_t storage_retry;
};

// Sees everything that all daemons do and knows the whole truth.
class Invariants {
 public:
  explicit Invariants(EnginePauses pauses) : pauses_(pauses) {}

  // A log that its own authority may have made wrongly: what of it may be held.
  void ExpectRogue(const Origin& origin, uint64_t good, std::vector<std::vector<Digest>> histories);

  // --- Storage ---

  // no-acknowledged-loss: what is acknowledged is on the disk, and stays with its owner.
  void Acknowledged(const DaemonFacts& owner, const LogHead& head);
  // signs-never-below: no head below one that was signed, none that does not continue it.
  // signed-is-stored: nothing is signed that was read back otherwise.
  void Signed(const DaemonFacts& owner, const Origin& origin, TreeSize size);
  // no-acknowledged-loss, prefix, only-verified, heads-never-move-back,
  // view-is-a-function-of-the-frontier.
  void Committed(const DaemonFacts& daemon, const Origin& origin);
  // common-is-held: what is shown as COMMON is held by a quorum.
  void CommonShown(const DaemonFacts& daemon);
  // only-verified: what is refused leaves nothing behind.
  void Refused(const DaemonFacts& daemon, const Origin& origin, uint64_t size_before);
  // idempotent-redelivery.
  void Redelivered(const DaemonFacts& daemon, const Origin& origin, uint64_t size_before,
                   const absl::Status& status);
  // restart-equivalence: a start shows what was shown before, if nothing was lost.
  void Restarted(const DaemonFacts& daemon, const BeforeRestart& before);
  // held-is-whole: nobody states HELD of what it never had in whole.
  void Stated(const DaemonFacts& daemon, const HeldStatement& statement) const;
  // says-what-it-cannot-say: what was known at `size` is answered if, and only if, the leaves
  // before it are held; gives whether.
  bool Answered(const DaemonFacts& daemon, const Origin& origin, TreeSize size) const;
  // audience: nobody is shown or holds what is not for him.
  void Shown(const DaemonFacts& from, const std::string& to, const std::vector<LogHead>& heads);

  // --- Rosters: invariants_roster.cc ---

  // From now on it is noted who signed each leaf.
  void ExpectRosters(std::shared_ptr<const Roster> first) { rosters_ = {std::move(first)}; }
  // What the federation signed next.
  void RosterSigned(std::shared_ptr<const Roster> next) { rosters_.push_back(std::move(next)); }
  const std::vector<std::shared_ptr<const Roster>>& rosters() const { return rosters_; }
  // rosters-never-move-back: what was said to be kept is kept.
  void RosterKept(int daemon, uint64_t version);
  // rosters-never-move-back; roster-is-the-federations: a daemon opens under versions that the
  // federation signed, all of them from its first on, and none that it had before is gone.
  void Opened(int daemon, const std::string& name, const Roster& roster);
  // revoked-is-void: nothing that needs a key from where it is revoked on is served, unless the
  // history that shows it is still to come.
  void Served(const DaemonFacts& daemon, const Origin& origin) const;
  // How much of a log is served under `roster`, of what its authority signed.
  uint64_t ServableSize(const Origin& origin, const Roster& roster) const;
  // views-equal: whoever has the same roster and lists has the same view.
  static void SameView(const DaemonFacts& one, const DaemonFacts& other);

  // --- The engine ---

  // bounded-queues: one call of a kind for each peer, one fetch for each range and peer.
  // retry-in-time, liars-left-alone, quarantine-respected, roster-agreed, resumes-where-it-stopped.
  void Asked(const DaemonFacts& daemon, int peer, const sync::Effect& effect, PeerBooks& books,
             Fetching& fetching, int64_t now) const;
  // no-false-refusal: who does as he should is never blamed.
  void Blamed(const DaemonFacts& daemon, const std::string& peer, const absl::Status& why) const;

  [[noreturn]] static void Break(const std::string& invariant, const std::string& detail);

  // --- The truth ---

  // Of each origin, the root after each leaf that was signed for.
  const std::map<Origin, std::vector<Digest>>& truth() const { return truth_; }
  uint64_t SignedSize(const Origin& origin) const;
  // Another owner's memory of its disk is gone: what it held counts no longer.
  void Forget(int daemon);
  bool IsRogue(const Origin& origin) const { return rogues_.contains(origin); }
  // Which histories of an equivocating log are held by anyone.
  size_t HistoriesHeld() const;

 private:
  // Who signed a leaf, under which version, and by how many it had to be.
  struct Signers {
    uint64_t roster_version = 0;
    bool guarded = false;
    std::set<std::string> key_ids;
  };
  static Signers SignersOf(const std::string& envelope);
  struct RogueTruth {
    uint64_t good = 0;
    std::vector<std::vector<Digest>> histories;
  };

  const EnginePauses pauses_;
  std::map<Origin, std::vector<Digest>> truth_;
  std::map<Origin, std::vector<Digest>> state_roots_;
  std::map<Origin, RogueTruth> rogues_;
  // By daemon: the size of each list at its last commit in this life of its disk, and how
  // many leaves from the first on were found to be the authority's.
  std::map<std::pair<int, Origin>, uint64_t> held_;
  std::map<std::pair<int, Origin>, uint64_t> whole_;
  // By participant: the most that it ever held.
  std::map<Origin, std::map<int, uint64_t>> ever_held_;
  std::map<std::pair<int, Origin>, size_t> history_;
  std::map<Digest, Digest> views_;
  // All versions, the oldest first; empty unless there are several.
  std::vector<std::shared_ptr<const Roster>> rosters_;
  // By daemon: the newest version that it kept.
  std::map<int, uint64_t> kept_rosters_;
  std::map<Origin, std::vector<Signers>> signers_;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_INVARIANTS_H_
