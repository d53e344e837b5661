// A federation in one thread and virtual time: real engines and real replicas over a
// network and clock that hang from one seed.
#ifndef COMITY_TESTS_SIM_WORLD_H_
#define COMITY_TESTS_SIM_WORLD_H_

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sync/engine.h"
#include "tests/support/federation.h"

namespace comity::sim {

struct WorldOptions {
  uint64_t seed = 0;
  // Chances of each message, in thousandths.
  int loss = 50;
  int watch_breaks = 20;
  // Microseconds.
  int64_t delay_max = 200'000;
  // Each daemon reaches only its neighbours.
  bool line = false;
  // This participant's daemon alters what it relays; empty: none does.
  std::string liar;
};

class World {
 public:
  explicit World(WorldOptions options);

  // Runs events until `until` (microseconds from the start).
  void RunUntil(int64_t until);
  // A random act of the workload or of misfortune.
  void RandomAct();
  // All links whole, nothing lost, every daemon up.
  void Heal();

  void Publish(const std::string& participant);
  void Restart(const std::string& participant, int64_t down_for);
  void Cut(const std::string& from, const std::string& to, bool cut);

  // Empty once every daemon's view holds all that was acknowledged; else who lacks what.
  std::string Divergence() const;
  uint32_t RefusedOf(const std::string& participant, const std::string& peer) const;
  int64_t now() const { return now_; }
  // Of everything that happened, in order.
  const Digest& trace() const { return trace_; }
  uint64_t published() const { return published_; }

 private:
  struct Node {
    std::string name;
    bool up = false;
    // Counts starts: what was meant for an earlier life is dropped.
    int life = 0;
    MemoryStore store;
    std::unique_ptr<Replica> replica;
    std::unique_ptr<sync::Engine> engine;
    // Who watches this node, and in which of their lives.
    std::set<std::pair<std::string, int>> watchers;
    int64_t wake_at = 0;
  };

  void At(int64_t when, std::function<void()> action);
  void Start(Node& node);
  void Deliver(Node& node, int life, const sync::Event& event);
  void Carry(Node& node, const sync::Effect& effect);
  // The request reaches the peer, `serve` makes the answer there, the answer comes
  // back; or `failed` is delivered in its place.
  void Call(Node& node, const std::string& peer, sync::Event failed,
            std::function<sync::Event(Node&)> serve);
  void OpenWatch(Node& node, const std::string& peer);
  void OnCommit(Node& node, const LogHead& head);
  std::vector<LogHead> HeadsFor(const Node& node, const std::string& caller) const;
  bool Chance(int thousandths);
  int64_t Delay();
  bool Reaches(const std::string& from, const std::string& to);
  void Trace(const std::string& what);

  WorldOptions options_;
  testing::TestFederation federation_{{"eu-com", "jp-meti", "no-mfa", "uk-ecju", "us-bis"}};
  ManualClock clock_{testing::kNow};
  std::map<std::string, Node> nodes_;
  std::map<std::string, std::string> authorities_;
  std::multimap<std::pair<int64_t, uint64_t>, std::function<void()>> queue_;
  uint64_t sequence_ = 0;
  int64_t now_ = 0;
  std::mt19937_64 net_;
  std::mt19937_64 acts_;
  std::set<std::pair<std::string, std::string>> cut_;
  bool healed_ = false;
  // Acknowledged size of each list.
  std::map<std::string, uint64_t> acknowledged_;
  uint64_t published_ = 0;
  Digest trace_{};
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_WORLD_H_
