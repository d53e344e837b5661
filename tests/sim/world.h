// A federation in one thread and virtual time: real engines and real replicas over disks,
// links and clocks that hang from one seed.
#ifndef COMITY_TESTS_SIM_WORLD_H_
#define COMITY_TESTS_SIM_WORLD_H_

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/roster_desk.h"
#include "daemon/sync/engine.h"
#include "storage/lists/state_index.h"
#include "tests/sim/cases.h"
#include "tests/sim/faults.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rogue_log.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/swarm.h"
#include "tests/sim/trust_watch.h"
#include "tests/support/federation.h"

namespace comity::sim {

// One line of what happened.
struct TraceLine {
  int64_t at = 0;
  const char* what = "";
  int node = -1;
  int peer = -1;
  uint64_t number = 0;
  std::string ToString() const;
};

// Not thread-safe; not movable. Throws Broken.
class World {
 public:
  // `only`: the decisions that may happen, of a run that was shrunk.
  World(Swarm swarm, uint64_t seed, std::optional<std::set<Fault::Id>> only = std::nullopt);

  // --- A run of one seed ---

  // Faults and workload as the swarm drew them, for `steps` events.
  void RunFaulty(uint64_t steps);
  // Ends all faults and demands that everyone holds everything within bounded time.
  void Converge();

  // --- Single acts, for scenarios ---

  void RunUntil(int64_t until);
  void StartAll();
  // An edition of the daemon's own list; the answer of its daemon.
  absl::Status Publish(int node, const std::string& list = "list");
  void Crash(int node, bool keep_unsynced = false);
  void Start(int node);
  void Cut(int from, int to, bool cut);
  void SetFull(int node, bool full) { nodes_[node]->store.SetFull(full); }
  // The daemon comes back with its disk as it was after `operations`.
  void LoseMemory(int node, size_t operations, bool keep_anchor);
  size_t OperationsOf(int node) const { return nodes_[node]->store.operations(); }
  void SetLiar(int node, bool liar) { nodes_[node]->liar = liar; }
  void SetClockOffset(int node, int64_t offset) { nodes_[node]->clock_offset = offset; }
  uint64_t HeldBy(int node, const std::string& list) const;
  uint64_t RefusedOf(int node, int peer) const;
  // Whether a list of its began from a snapshot and its history is not complete.
  bool Backfills(int node) const {
    return nodes_[node]->up && !nodes_[node]->replica->Bootstrapping().empty();
  }
  int NodeNamed(const std::string& name) const;

  // Empty once all is as it should be; else who lacks what.
  std::string Stuck();

  int64_t now() const { return now_; }
  uint64_t events() const { return events_; }
  uint64_t trace_hash() const { return hash_; }
  uint64_t published() const { return published_; }
  const Faults& faults() const { return faults_; }
  const Swarm& swarm() const { return swarm_; }
  const Cases& cases() const { return cases_; }
  const TrustCases& trust_cases() const { return trust_.cases(); }
  // The last lines, oldest first.
  std::vector<TraceLine> LastLines() const;
  // Called with each line as it happens.
  std::function<void(const TraceLine&)> on_line;

 private:
  struct Watcher {
    int node = 0;
    int life = 0;
    uint64_t watch = 0;
    auto operator<=>(const Watcher&) const = default;
  };
  struct Node {
    int number = 0;
    std::string name;
    std::string authority;
    std::vector<int> peers;
    // What its configuration pins, and what it runs under.
    std::shared_ptr<const Roster> pinned;
    std::shared_ptr<const Roster> roster;
    // Where newer ones come in; none where rosters do not change.
    std::unique_ptr<RosterDesk> desk;
    // No version of the roster after this instant names it.
    int64_t left_at = -1;
    bool up = false;
    bool joined = true;
    bool liar = false;
    // Speaks a wire version without snapshots.
    bool old_wire = false;
    // Lost its disk's memory at some time, so that others may have cause to doubt it.
    bool forgot = false;
    bool recovering = false;
    bool in_submit = false;
    int life = 0;
    int64_t born = 0;
    int64_t wake_at = -1;
    int64_t clock_offset = 0;
    int64_t slow_until = 0;
    int64_t full_at = -1;
    ManualClock clock{testing::kNow};
    SimStore store;
    std::unique_ptr<Replica> replica;
    std::unique_ptr<sync::Engine> engine;
    std::vector<Watcher> watchers;
    std::map<int, PeerBooks> books;
    // Watches that are open at each peer, by number.
    std::map<int, uint64_t> watching;
    Fetching fetching;
    int persisting = 0;
    // By origin: who served it last, and the last batch that was stored.
    std::map<Origin, int> served_by;
    // What was shown when the process ended; unset if more or less may be on the disk.
    bool comparable = false;
    BeforeRestart before;
    // Lists whose history before a snapshot is coming.
    std::set<Origin> backfilling;
    // Texts of the items of each list.
    std::map<std::string, std::map<std::string, std::string>> editions;
  };
  // A leaf that officers signed and that never came into the log.
  struct Orphan {
    uint64_t index = 0;
    std::string envelope;
  };
  struct Item {
    int64_t at;
    uint64_t tie;
    uint64_t sequence;
    std::function<void()> action;
  };

  // --- world.cc: time, daemons, delivery ---
  void At(int64_t when, std::function<void()> action);
  bool RunOne();
  void Trace(const char* what, int node = -1, int peer = -1, uint64_t number = 0);
  void Deliver(Node& node, int life, const sync::Event& event);
  void CheckHintActedOn(Node& node, const sync::Hinted& hint,
                        const std::vector<sync::Effect>& effects);
  void NoteEvent(Node& node, const sync::Event& event);
  void OnCommit(Node& node, const News& news);
  void OnSigned(Node& node, const Origin& origin, TreeSize size);
  DaemonFacts Facts(const Node& node) const;
  int64_t Steady(const Node& node) const { return now_ - node.born; }
  bool BrokeDown(Node& node);
  // The process ends; of what was not synced, the oldest `kept` are there afterwards.
  size_t Stop(Node& node, size_t kept);

  // --- world_calls.cc: effects carried out ---
  using Serve = std::function<sync::Event(Node& server)>;
  void Carry(Node& node, const sync::Effect& effect);
  void Call(Node& node, int peer, int64_t deadline, sync::CallFailed failed, Serve serve);
  void CarryPersist(Node& node, const sync::Persist& persist);
  void OpenWatch(Node& node, int peer);
  void EndWatch(Node& node, int peer, uint64_t watch, int64_t after, const char* why);
  void SendHint(Node& from, const Watcher& to, const std::vector<LogHead>& heads,
                const std::vector<HeldStatement>& held);
  bool Reaches(int from, int to);
  int64_t Delay();
  // Heads as this daemon shows them, rogue ones among them.
  std::vector<LogHead> HeadsShown(Node& server, int caller);
  sync::Event ServeHello(Node& server, Node& caller, const Digest& asked);
  sync::Event ServeHeads(Node& server, Node& caller);
  sync::Event ServeFetch(Node& server, Node& caller, const sync::FetchRevisions& wanted);
  sync::Event ServeSnapshot(Node& server, Node& caller, const sync::FetchRevisions& wanted);
  // Verifies and stores a batch; some come with more than was asked for.
  absl::Status Store(Node& node, const sync::Persist& persist);
  // only-verified: what was taken is there, in whole.
  void CheckStored(Node& node, const sync::Batch& batch);
  void NoteSnapshotWork(Node& node, const sync::FetchRevisions& fetch, int peer);
  void NoteBootstrap(Node& node, const Origin& origin);

  // --- world_trust.cc: evidence and statuses ---
  void StartTrust(Node& node);
  void TickTrust(Node& node, int life);
  void HelloTrust(Node& server, Node& caller, sync::HelloAnswered& answer);
  std::vector<std::string> MakeUpEvidence(Node& server, Node& caller);
  sync::Event ServeStatements(Node& server, Node& caller, StatementKind kind);
  sync::Event ServeConsistency(Node& server, Node& caller, const sync::CallConsistency& asked);
  absl::Status TakeStatuses(Node& from, Node& to, std::vector<std::string> statuses);
  bool CarryTrust(Node& node, const sync::Effect& effect);
  void OnTrustNews(Node& node, const News& news);
  void HintTrust(Node& from, const Watcher& to, const News& news);
  void ExpectEvidence(int first, const Origin& origin);
  std::vector<int> HonestPeersOf(int first) const;
  std::string LacksEvidence();

  // --- world_rosters.cc: rosters, and how daemons learn them ---
  void StartRosters();
  // Signs the next version, and hands it to one daemon.
  void NextRoster();
  // An admin gives what the federation signed to a daemon, again until it takes it.
  void HandOver(int node, bool at_once);
  void DrawRosterChange(v1::Roster& roster, std::vector<Case>& cases);
  void RotateOfficer(const Node& owner, bool revoke, v1::Roster& roster,
                     std::vector<Case>& cases);
  void Join(v1::Roster& roster) const;
  // The newest that the daemon knows, and its desk; then the keys that this version names.
  void OpenRoster(Node& node);
  void ChooseKeys(const Node& node, Replica::Options& options) const;
  std::vector<int> OfficersFor(const Node& node, size_t needed) const;
  // Opens anew under the newer roster, as the process does on SIGHUP.
  void TakeUp(Node& node, int life);
  void NoteTakenUp(Node& node, uint64_t before);
  void NotePublished(const Node& node, const std::vector<std::string>& envelopes);
  // Whether the list ends in leaves that are void.
  bool IsVoid(const Node& node, const std::string& list) const;
  sync::Event ServeRosters(Node& server, Node& caller);
  absl::Status Adopt(Node& node, const std::vector<std::string>& envelopes, bool from_peer);
  void LieInRosters(Node& server, int caller, std::vector<std::string>& envelopes);
  bool IsMember(const Node& node) const {
    return node.left_at < 0 && node.pinned->FindParticipant(node.name) != nullptr;
  }
  // What stands in the way of everyone being under the newest.
  std::string LacksRoster() const;
  void CheckRostersAtEnd();

  // --- world_lies.cc: what a lying relay makes of it ---
  bool Lies(const Node& server, int per_mille, const char* what, int caller);
  void LieInHeads(Node& server, int caller, std::vector<LogHead>& heads);
  void LieInRange(Node& server, int caller, const sync::FetchRevisions& wanted, sync::Batch& batch);
  void LieInPage(Node& server, int caller, const sync::FetchRevisions& wanted,
                 const StateIndex& index, SnapshotPage& page);
  // One entry with another past, and the tree that commits to it.
  struct Forged {
    std::string key;
    std::string timeline;
    StateTree tree;
  };
  std::optional<Forged> MakeUp(const Node& server, const StateIndex& index) const;
  std::optional<LogHead> ForgeHead(Node& server, const Origin& origin, const Orphan& orphan);

  // --- world_acts.cc: workload and misfortune ---
  void Work();
  void Misfortune();
  void PartitionHalves(int64_t how_long);
  void Isolate(int node, int64_t how_long);
  void CutFor(int from, int to, int64_t how_long);
  bool MayForget(const Node& node) const;
  DraftInput NextEdition(Node& node, const std::string& list);
  std::vector<std::string> AudienceOfClosed(const Node& node) const;
  absl::Status OpenClosedList(Node& node);
  void ExpectEverywhere(const Node& owner, const LogHead& head);
  bool Partitioned() const { return !cuts_.empty(); }
  std::vector<int> Component(int owner, const std::vector<std::string>& audience) const;

  const Swarm swarm_;
  const uint64_t seed_;
  Faults faults_;
  const testing::TestFederation& federation_;
  EnginePauses pauses_;
  int64_t anti_entropy_;
  Invariants invariants_;
  Cases cases_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<RogueLog>> rogues_;
  int rogue_node_ = -1;
  std::vector<Item> queue_;
  uint64_t sequence_ = 0;
  uint64_t watches_ = 0;
  int64_t now_ = 0;
  uint64_t events_ = 0;
  uint64_t hash_ = 0xcbf29ce484222325;
  std::array<TraceLine, 256> last_;
  uint64_t lines_ = 0;
  // How many reasons there are for each cut.
  std::map<std::pair<int, int>, int> cuts_;
  std::map<Origin, Orphan> orphans_;
  std::map<Origin, std::vector<LogHead>> old_heads_;
  std::set<Origin> hint_lost_;
  // By liar: lists of which it makes snapshots up.
  std::set<std::pair<int, Origin>> made_up_;
  // What each version after the first is about, by the case that it makes.
  std::map<uint64_t, std::vector<Case>> roster_changes_;
  // When the newest version was signed, and who got it.
  int64_t roster_signed_at_ = 0;
  TrustWatch trust_;
  // Whose daemon serves on and signs no status any more; -1: nobody's.
  int frozen_ = -1;
  std::vector<std::string> old_statuses_;
  uint64_t published_ = 0;
  bool workless_ = false;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_WORLD_H_
