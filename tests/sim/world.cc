#include "tests/sim/world.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "daemon/sync/local.h"
#include "storage/canonical/envelope.h"
#include "storage/merkle/hash.h"

namespace comity::sim {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kCallTimeout = 2 * kSecond;
constexpr int64_t kKeepalive = 5 * kSecond;
// Small, so that most fetches come in several ranges.
constexpr uint64_t kFetchBytes = 3'000;
constexpr int kItems = 8;

void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "simulation: %s\n", what.c_str());
  std::abort();
}

}  // namespace

World::World(WorldOptions options)
    : options_(std::move(options)), net_(options_.seed * 2 + 1), acts_(options_.seed * 2 + 2) {
  for (const char* authority : {"eu-com", "jp-meti", "no-mfa", "uk-ecju", "us-bis"}) {
    const std::string participant = ParticipantOf(authority);
    authorities_[participant] = authority;
    nodes_[participant].name = participant;
  }
  for (auto& [name, node] : nodes_) Start(node);
}

bool World::Chance(int thousandths) { return static_cast<int>(net_() % 1000) < thousandths; }

int64_t World::Delay() { return 1'000 + static_cast<int64_t>(net_() % options_.delay_max); }

void World::Trace(const std::string& what) {
  trace_ = Sha256({ToBytes(trace_), absl::StrCat(now_, " ", what)});
}

void World::At(int64_t when, std::function<void()> action) {
  queue_.emplace(std::pair(when, sequence_++), std::move(action));
}

void World::RunUntil(int64_t until) {
  while (!queue_.empty() && queue_.begin()->first.first <= until) {
    const auto it = queue_.begin();
    now_ = it->first.first;
    clock_.Set(Instant{testing::kNow.micros + now_});
    const std::function<void()> action = std::move(it->second);
    queue_.erase(it);
    action();
  }
  now_ = until;
}

void World::Start(Node& node) {
  node.up = true;
  ++node.life;
  node.watchers.clear();
  node.replica = federation_.MakeReplica(node.name, &node.store, &clock_);
  node.replica->OnCommit([this, &node](const News& news) {
    for (const LogHead& head : news.heads) OnCommit(node, head);
  });
  sync::EngineOptions options;
  std::vector<std::string> names;
  for (const auto& [name, other] : nodes_) names.push_back(name);
  for (size_t i = 0; i < names.size(); ++i) {
    const bool neighbour =
        (i > 0 && names[i - 1] == node.name) || (i + 1 < names.size() && names[i + 1] == node.name);
    if (names[i] != node.name && (!options_.line || neighbour)) options.peers.push_back(names[i]);
  }
  options.roster_version = federation_.roster().version();
  options.roster_digest = federation_.roster().digest();
  options.anti_entropy = 10 * kSecond;
  options.backoff_max = 4 * kSecond;
  options.quarantine = 8 * kSecond;
  options.jitter_seed = net_();
  node.engine = std::make_unique<sync::Engine>(options);
  for (const auto& [origin, view] : node.replica->snapshot()->lists()) {
    Deliver(node, node.life, sync::LocalOf(*node.replica, origin));
  }
  Deliver(node, node.life, sync::TimePassed{});
}

void World::Deliver(Node& node, int life, const sync::Event& event) {
  if (!node.up || node.life != life) return;
  Trace(absl::StrCat(node.name, " event ", event.index()));
  for (const sync::Effect& effect : node.engine->Step(event, Instant{now_})) Carry(node, effect);
  const int64_t deadline = node.engine->NextDeadline().micros;
  if (deadline > now_ + 3600 * kSecond || node.wake_at == deadline) return;
  node.wake_at = deadline;
  At(std::max(deadline, now_), [this, &node, life] { Deliver(node, life, sync::TimePassed{}); });
}

bool World::Reaches(const std::string& from, const std::string& to) {
  if (healed_) return nodes_[to].up;
  return nodes_[to].up && !cut_.contains({from, to}) && !Chance(options_.loss);
}

void World::Call(Node& node, const std::string& peer, sync::Event failed,
                 std::function<sync::Event(Node&)> serve) {
  const int life = node.life;
  const auto fail = [this, &node, life, failed = std::move(failed)] {
    At(now_ + kCallTimeout, [this, &node, life, failed] { Deliver(node, life, failed); });
  };
  if (!Reaches(node.name, peer)) return fail();
  At(now_ + Delay(), [this, &node, life, peer, fail, serve = std::move(serve)] {
    Node& server = nodes_[peer];
    if (!server.up) return fail();
    const sync::Event answer = serve(server);
    if (!Reaches(peer, node.name)) return fail();
    At(now_ + Delay(), [this, &node, life, answer] { Deliver(node, life, answer); });
  });
}

std::vector<LogHead> World::HeadsFor(const Node& node, const std::string& caller) const {
  return node.replica->HeadsFor(caller);
}

void World::Carry(Node& node, const sync::Effect& effect) {
  using Kind = sync::CallFailed::Call;
  const absl::Status lost = absl::UnavailableError("no answer");
  if (const auto* hello = std::get_if<sync::CallHello>(&effect)) {
    const std::string peer = hello->peer;
    Call(node, peer, sync::CallFailed{peer, Kind::kHello, {}, lost},
         [this, peer, &node](Node& server) {
           Frontier heads;
           for (const LogHead& head : HeadsFor(server, node.name)) {
             heads.heads[head.origin] = {head.size, head.root};
           }
           return sync::HelloAnswered{peer, heads.FrontierDigest(), federation_.roster().version(),
                                      federation_.roster().digest()};
         });
  } else if (const auto* heads = std::get_if<sync::CallHeads>(&effect)) {
    const std::string peer = heads->peer;
    Call(node, peer, sync::CallFailed{peer, Kind::kHeads, {}, lost},
         [this, peer, &node](Node& server) {
           return sync::HeadsAnswered{peer, HeadsFor(server, node.name)};
         });
  } else if (const auto* watch = std::get_if<sync::OpenWatch>(&effect)) {
    OpenWatch(node, watch->peer);
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    const sync::FetchRevisions wanted = *fetch;
    const Origin origin = wanted.target.origin;
    Call(node, wanted.peer, sync::CallFailed{wanted.peer, Kind::kFetch, origin, lost},
         [this, wanted, origin](Node& server) -> sync::Event {
           const auto range = server.replica->ReadRange(origin, wanted.begin, wanted.end,
                                                        wanted.target.size.value, kFetchBytes);
           if (!range.ok()) {
             return sync::CallFailed{wanted.peer, Kind::kFetch, origin, range.status()};
           }
           auto batch = std::make_shared<sync::Batch>();
           *batch = {origin, wanted.begin, range->envelopes, range->consistency};
           if (server.name == options_.liar) {
             v1::Envelope envelope;
             envelope.ParseFromString(batch->envelopes.back());
             envelope.mutable_payload()->back() ^= 1;
             batch->envelopes.back() = SerializeEnvelope(envelope);
           }
           return sync::RevisionsReceived{wanted.peer, std::move(batch)};
         });
  } else if (const auto* persist = std::get_if<sync::Persist>(&effect)) {
    const sync::Persist work = *persist;
    const int life = node.life;
    At(now_ + Delay() / 10, [this, &node, life, work] {
      if (!node.up || node.life != life) return;
      const absl::Status status = node.replica->Ingest(
          work.target, work.batch->begin, work.batch->envelopes, work.batch->consistency);
      Trace(absl::StrCat(node.name, " stored ", status.ok()));
      Deliver(node, life, sync::WriteCompleted{work.peer, work.batch->origin, status});
    });
  }
}

void World::OpenWatch(Node& node, const std::string& peer) {
  const int life = node.life;
  if (!Reaches(node.name, peer)) {
    At(now_ + kCallTimeout, [this, &node, life, peer] {
      Deliver(node, life, sync::WatchEnded{peer, absl::UnavailableError("no answer")});
    });
    return;
  }
  nodes_[peer].watchers.insert({node.name, life});
  At(now_ + Delay(), [this, &node, life, peer] {
    Deliver(node, life, sync::WatchOpened{peer});
    if (nodes_[peer].up) Deliver(node, life, sync::Hinted{peer, HeadsFor(nodes_[peer], node.name)});
  });
}

void World::OnCommit(Node& node, const LogHead& head) {
  Deliver(node, node.life, sync::LocalOf(*node.replica, head.origin));
  if (head.checkpoint.empty()) return;
  const auto watchers = node.watchers;
  for (const auto& [name, life] : watchers) {
    Node& watcher = nodes_[name];
    if (!Reaches(node.name, name)) {
      // The hint is lost; sometimes the watch with it, as keepalive would find.
      if (!Chance(500)) continue;
      node.watchers.erase({name, life});
      const std::string peer = node.name;
      const int watcher_life = life;
      At(now_ + kKeepalive, [this, &watcher, watcher_life, peer] {
        Deliver(watcher, watcher_life, sync::WatchEnded{peer, absl::UnavailableError("keepalive")});
      });
      continue;
    }
    const sync::Hinted hint{node.name, {head}};
    const int watcher_life = life;
    At(now_ + Delay(),
       [this, &watcher, watcher_life, hint] { Deliver(watcher, watcher_life, hint); });
    // Said twice does no harm.
    if (Chance(100)) {
      At(now_ + Delay(),
         [this, &watcher, watcher_life, hint] { Deliver(watcher, watcher_life, hint); });
    }
  }
}

void World::Publish(const std::string& participant) {
  Node& node = nodes_[participant];
  if (!node.up) return;
  const std::string list = authorities_[participant] + "/list";
  std::vector<v1::Entry> items;
  for (int i = 0; i < kItems; ++i) {
    items.push_back(testing::Item(absl::StrCat("5A00", i), absl::StrCat("text ", acts_() % 50)));
  }
  DraftInput input = testing::Edition(list, "2023-01-01", items, absl::StrCat("Act ", published_));
  input.header.set_published_at(FormatInstant(clock_.Now()));
  const auto submitted = federation_.Publish(*node.replica, input);
  Trace(absl::StrCat(participant, " published ", submitted.ok()));
  if (!submitted.ok()) {
    // Only an edition that equals what is in force gives nothing to submit.
    Require(submitted.status().code() == absl::StatusCode::kInvalidArgument,
            absl::StrCat("publish: ", submitted.status().ToString()));
    return;
  }
  ++published_;
  acknowledged_[list] = submitted->head.size.value;
}

void World::Restart(const std::string& participant, int64_t down_for) {
  Node& node = nodes_[participant];
  if (!node.up) return;
  node.up = false;
  node.wake_at = 0;
  const std::string peer = node.name;
  for (const auto& [name, life] : node.watchers) {
    Node& watcher = nodes_[name];
    const int watcher_life = life;
    At(now_ + Delay(), [this, &watcher, watcher_life, peer] {
      Deliver(watcher, watcher_life, sync::WatchEnded{peer, absl::UnavailableError("it stopped")});
    });
  }
  At(now_ + down_for, [this, &node] {
    if (!node.up) Start(node);
  });
}

void World::Cut(const std::string& from, const std::string& to, bool cut) {
  if (cut) {
    cut_.insert({from, to});
  } else {
    cut_.erase({from, to});
  }
}

void World::RandomAct() {
  std::vector<std::string> names;
  for (const auto& [name, node] : nodes_) names.push_back(name);
  const std::string& one = names[acts_() % names.size()];
  const std::string& other = names[acts_() % names.size()];
  switch (acts_() % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return Publish(one);
    case 5:
      return Restart(one, static_cast<int64_t>(acts_() % (5 * kSecond)));
    case 6:  // one way
      return Cut(one, other, true);
    case 7:  // a participant alone
      for (const std::string& name : names) {
        Cut(one, name, true);
        Cut(name, one, true);
      }
      return;
    default:
      for (const std::string& name : names) {
        Cut(one, name, false);
        Cut(name, one, false);
      }
  }
}

void World::Heal() {
  cut_.clear();
  healed_ = true;
}

std::string World::Divergence() const {
  std::string divergence;
  for (const auto& [name, node] : nodes_) {
    if (!node.up) {
      absl::StrAppend(&divergence, name, " is down; ");
      continue;
    }
    if (name == options_.liar) continue;
    for (const auto& [list, size] : acknowledged_) {
      const auto view = node.replica->snapshot()->FindList(list);
      const uint64_t held = view.ok() ? (*view)->size.value : 0;
      if (held != size)
        absl::StrAppend(&divergence, name, " holds ", held, " of ", list, ", not ", size, "; ");
    }
    const auto& first = *nodes_.begin()->second.replica->snapshot();
    if (node.replica->snapshot()->view_digest() != first.view_digest()) {
      absl::StrAppend(&divergence, name, " has another view; ");
    }
  }
  return divergence;
}

uint32_t World::RefusedOf(const std::string& participant, const std::string& peer) const {
  for (const PeerView& view : nodes_.at(participant).engine->Peers()) {
    if (view.name == peer) return view.refused;
  }
  return 0;
}

}  // namespace comity::sim
