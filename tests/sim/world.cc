#include "tests/sim/world.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daemon/sync/local.h"
#include "storage/base/planted.h"
#include "storage/lists/verify.h"
#include "tests/support/rosters.h"

namespace comity::sim {
namespace {

constexpr const char* kCodes[] = {"at", "be", "ca", "de", "ee", "fi", "gb", "hu", "it"};

// Keys and rosters cost more than a whole run: each shape is made once.
const testing::TestFederation& FederationOf(int daemons, uint32_t quorum) {
  using Shape = std::tuple<int, uint32_t, bool>;
  static auto* const made = new std::map<Shape, std::unique_ptr<const testing::TestFederation>>;
  auto& federation = (*made)[{daemons, quorum, FakeSignatures()}];
  if (federation == nullptr) {
    std::vector<std::string> authorities;
    for (int i = 0; i < daemons; ++i) authorities.push_back(absl::StrCat(kCodes[i], "-a"));
    federation = std::make_unique<const testing::TestFederation>(
        authorities, quorum, testing::TestLimits{60, 600, 6'000});
  }
  return *federation;
}

}  // namespace

std::string TraceLine::ToString() const {
  const auto name = [](int i) { return i < 0 ? "" : kCodes[i]; };
  std::string text = absl::StrCat(at / kSecond, ".");
  const std::string micros = std::to_string(at % kSecond + kSecond);
  absl::StrAppend(&text, micros.substr(1), " ", name(node), " ", what);
  if (peer >= 0) absl::StrAppend(&text, " ", name(peer));
  if (number != 0) absl::StrAppend(&text, " ", number);
  return text;
}

World::World(Swarm swarm, uint64_t seed, std::optional<std::set<Fault::Id>> only)
    : swarm_(std::move(swarm)),
      seed_(seed),
      faults_(seed, std::move(only)),
      // Who joins is not in it yet.
      federation_(FederationOf(swarm_.daemons - (swarm_.joins ? 1 : 0), swarm_.quorum)),
      pauses_{200'000, 4 * kSecond * swarm_.scale, 8 * kSecond * swarm_.scale, 10 * kSecond},
      anti_entropy_(10 * kSecond * swarm_.scale),
      invariants_(pauses_) {
  const auto neighbours = swarm_.Neighbours();
  const std::shared_ptr<const Roster> first = testing::FirstRoster(federation_);
  if (swarm_.rosters > 0) invariants_.ExpectRosters(first);
  // Those right after the authorities lie, so that others have a reason to ask them.
  const int first_liar = std::min(swarm_.authorities, swarm_.daemons - swarm_.liars);
  for (int i = 0; i < swarm_.daemons; ++i) {
    auto node = std::make_unique<Node>();
    node->number = i;
    node->name = kCodes[i];
    node->authority = absl::StrCat(kCodes[i], "-a");
    node->peers = neighbours[i];
    node->pinned = node->roster = first;
    node->liar = i >= first_liar && i < first_liar + swarm_.liars;
    node->old_wire = swarm_.old_wire && i % 3 == 1;
    if (swarm_.memory_loss || swarm_.world == "scenario") node->store.KeepHistory();
    Node* const borrowed = node.get();
    node->store.on_signed = [this, borrowed](const Origin& origin, TreeSize size) {
      OnSigned(*borrowed, origin, size);
    };
    nodes_.push_back(std::move(node));
  }
  if (swarm_.rogue != Rogue::kNone) {
    rogue_node_ = swarm_.daemons - 1;
    const bool two = swarm_.rogue == Rogue::kEquivocates;
    std::vector<std::vector<Digest>> histories;
    for (int variant = 0; variant < (two ? 2 : 1); ++variant) {
      rogues_.push_back(std::make_unique<RogueLog>(federation_, nodes_[rogue_node_]->authority,
                                                   swarm_.rogue, variant,
                                                   variant * static_cast<int>(seed % 3)));
      std::vector<Digest>& roots = histories.emplace_back();
      for (uint64_t size = 1; size <= rogues_.back()->good(); ++size) {
        roots.push_back(rogues_.back()->RootAfter(size));
      }
    }
    if (two) trust_.ExpectFork(rogues_[0]->head().origin, 2);
    uint64_t good = 0;
    for (const auto& rogue : rogues_) good = std::max(good, rogue->good());
    invariants_.ExpectRogue(rogues_[0]->head().origin, good, std::move(histories));
  }
}

DaemonFacts World::Facts(const Node& node) const {
  return {node.number, node.name, *node.replica, node.store};
}

void World::At(int64_t when, std::function<void()> action) {
  const uint64_t sequence = sequence_++;
  // Which of two things of the same instant comes first hangs from the seed as well.
  queue_.push_back({when, Prng(sequence ^ seed_, "tie").Next(), sequence, std::move(action)});
  std::push_heap(queue_.begin(), queue_.end(), [](const Item& a, const Item& b) {
    return std::tie(a.at, a.tie, a.sequence) > std::tie(b.at, b.tie, b.sequence);
  });
}

bool World::RunOne() {
  if (queue_.empty()) return false;
  std::pop_heap(queue_.begin(), queue_.end(), [](const Item& a, const Item& b) {
    return std::tie(a.at, a.tie, a.sequence) > std::tie(b.at, b.tie, b.sequence);
  });
  Item item = std::move(queue_.back());
  queue_.pop_back();
  now_ = std::max(now_, item.at);
  ++events_;
  item.action();
  return true;
}

void World::RunUntil(int64_t until) {
  while (!queue_.empty() && queue_.front().at <= until) RunOne();
  now_ = std::max(now_, until);
}

void World::Trace(const char* what, int node, int peer, uint64_t number) {
  TraceLine line{now_, what, node, peer, number};
  const auto mix = [this](uint64_t value) {
    hash_ = (hash_ ^ value) * 0x100000001b3;
    hash_ ^= hash_ >> 29;
  };
  mix(static_cast<uint64_t>(now_));
  for (const char* c = what; *c != 0; ++c) mix(static_cast<uint8_t>(*c));
  mix(static_cast<uint64_t>(node + 1) * 64 + static_cast<uint64_t>(peer + 1));
  mix(number);
  if (on_line) on_line(line);
  last_[lines_++ % last_.size()] = line;
}

std::vector<TraceLine> World::LastLines() const {
  std::vector<TraceLine> lines;
  const uint64_t count = std::min<uint64_t>(lines_, 200);
  for (uint64_t i = lines_ - count; i < lines_; ++i) lines.push_back(last_[i % last_.size()]);
  return lines;
}

int World::NodeNamed(const std::string& name) const {
  for (const auto& node : nodes_) {
    if (node->name == name) return node->number;
  }
  return -1;
}

// --- Daemons ---

void World::StartAll() {
  for (const auto& node : nodes_) {
    if (node->joined && !node->up) Start(node->number);
  }
}

void World::Start(int number) {
  Node& node = *nodes_[number];
  if (node.up) return;
  node.joined = true;
  node.up = true;
  ++node.life;
  node.born = now_;
  node.wake_at = -1;
  node.watchers.clear();
  node.books.clear();
  node.watching.clear();
  node.fetching = {};
  node.persisting = 0;
  node.clock.Set(Instant{testing::kNow.micros + now_ + node.clock_offset});
  const uint64_t roster_before = node.roster->version();
  if (swarm_.rosters > 0) OpenRoster(node);
  Replica::Options options = federation_.OptionsFor(node.name);
  if (swarm_.rosters > 0) ChooseKeys(node, options);
  if (!swarm_.held) options.held_key.reset();
  options.status_tick = 10 * kSecond;
  options.status_gap = kSecond;
  std::vector<std::string> peers;
  for (const int peer : node.peers) {
    const std::string& name = nodes_[peer]->name;
    if (node.roster->FindParticipant(name) != nullptr) peers.push_back(name);
  }
  options.peers = peers;
  auto replica = Replica::Open(std::move(options), node.roster.get(), &node.store, &node.clock);
  if (!replica.ok()) {
    Invariants::Break("restart-equivalence",
                      absl::StrCat(node.name, ": does not start: ", replica.status().ToString()));
  }
  node.replica = *std::move(replica);
  if (node.comparable) invariants_.Restarted(Facts(node), node.before);
  node.comparable = false;
  node.replica->OnCommit([this, &node](const News& news) { OnCommit(node, news); });
  sync::EngineOptions engine;
  engine.peers = peers;
  engine.participant = node.name;
  engine.snapshot_from = swarm_.snapshot_from > 0 ? swarm_.snapshot_from : UINT64_MAX;
  engine.roster_version = node.roster->version();
  engine.roster_digest = node.roster->digest();
  engine.anti_entropy = anti_entropy_;
  engine.backoff_min = pauses_.backoff_min;
  engine.backoff_max = pauses_.backoff_max;
  engine.quarantine = pauses_.quarantine;
  engine.storage_retry = pauses_.storage_retry;
  engine.jitter_seed = faults_.stream(Faults::kNet).Next();
  node.engine = std::make_unique<sync::Engine>(engine);
  Trace("starts", number);
  if (swarm_.rosters > 0) NoteTakenUp(node, roster_before);
  std::set<Origin> origins;
  for (const auto& [origin, view] : node.replica->snapshot()->lists()) origins.insert(origin);
  for (const Origin& origin : node.replica->Bootstrapping()) origins.insert(origin);
  node.backfilling.clear();
  for (const Origin& origin : origins) {
    invariants_.Committed(Facts(node), origin);
    NoteBootstrap(node, origin);
    Deliver(node, node.life, sync::LocalOf(*node.replica, origin));
  }
  Deliver(node, node.life, sync::TimePassed{});
  StartTrust(node);
}

void World::Crash(int number, bool keep_unsynced) {
  Node& node = *nodes_[number];
  if (!node.up) return;
  Trace("crashes", number);
  if (node.persisting > 0) cases_.Reach(Case::kCrashInPersist);
  if (node.desk != nullptr && node.desk->HasNewer()) cases_.Reach(Case::kCrashTakingUp);
  for (const Origin& origin : node.replica->Bootstrapping()) {
    const bool open = node.replica->BootstrapOf(origin)->open;
    cases_.Reach(open ? Case::kCrashInHistory : Case::kCrashInSnapshot);
  }
  // Of what was not synced the oldest may be there, and the rest not.
  const size_t unsynced = node.store.unsynced();
  const size_t kept = keep_unsynced ? faults_.stream(Faults::kDisk).Below(unsynced + 1) : 0;
  if (Stop(node, kept) > 0) cases_.Reach(kept > 0 ? Case::kTornNotes : Case::kNoteLost);
}

size_t World::Stop(Node& node, size_t kept) {
  node.up = false;
  node.comparable = !node.store.broken();
  if (node.comparable) node.before = BeforeRestart::Of(*node.replica);
  node.engine.reset();
  node.replica.reset();
  node.desk.reset();
  const size_t lost = node.store.Crash(kept);
  for (const Watcher& watcher : std::exchange(node.watchers, {})) {
    Node& other = *nodes_[watcher.node];
    if (other.life == watcher.life) {
      EndWatch(other, node.number, watcher.watch, Delay(), "it stopped");
    }
  }
  return lost;
}

bool World::BrokeDown(Node& node) {
  if (!node.store.broken()) return false;
  const int number = node.number;
  Crash(number);
  At(now_ + kSecond * swarm_.scale, [this, number] { Start(number); });
  return true;
}

void World::LoseMemory(int number, size_t operations, bool keep_anchor) {
  Node& node = *nodes_[number];
  Crash(number);
  node.store.RestoreCopy(operations, keep_anchor);
  node.comparable = false;
  node.forgot = true;
  node.recovering = true;
  invariants_.Forget(number);
  trust_.Forget(number);
  Trace("loses its memory", number, -1, operations);
  cases_.Reach(operations == 0 ? Case::kLostEverything : Case::kOldCopy);
}

// --- Events ---

void World::OnSigned(Node& node, const Origin& origin, TreeSize size) {
  Trace("signs", node.number, -1, size.value);
  if (!node.in_submit) cases_.Reach(Case::kSignedAfterStart);
  DaemonFacts facts{node.number, node.name, *node.replica, node.store};
  invariants_.Signed(facts, origin, size);
}

void World::OnCommit(Node& node, const News& news) {
  OnTrustNews(node, news);
  for (const LogHead& head : news.heads) {
    Trace("holds", node.number, -1, head.size.value);
    invariants_.Committed(Facts(node), head.origin);
    NoteBootstrap(node, head.origin);
    if (!head.checkpoint.empty()) {
      std::vector<LogHead>& old = old_heads_[head.origin];
      if (old.size() < 8) old.push_back(head);
    }
    Deliver(node, node.life, sync::LocalOf(*node.replica, head.origin));
  }
  for (const HeldStatement& statement : news.held) invariants_.Stated(Facts(node), statement);
  if (swarm_.held) invariants_.CommonShown(Facts(node));
  std::vector<LogHead> signed_heads;
  for (const LogHead& head : news.heads) {
    if (!head.checkpoint.empty()) signed_heads.push_back(head);
  }
  if (signed_heads.empty() && news.held.empty()) return;
  for (const Watcher& watcher : std::vector<Watcher>(node.watchers)) {
    SendHint(node, watcher, signed_heads, news.held);
  }
}

void World::Deliver(Node& node, int life, const sync::Event& event) {
  if (!node.up || node.life != life) return;
  Trace("event", node.number, -1, event.index() + 1);
  node.clock.Set(Instant{testing::kNow.micros + now_ + node.clock_offset});
  const auto* hint = std::get_if<sync::Hinted>(&event);
  // heads-never-move-back: an old hint takes nothing from what a peer is known to have.
  bool old_news = false;
  uint64_t ahead_before = 0;
  const auto ahead_of = [&](const std::string& peer) {
    for (const PeerView& view : node.engine->Peers()) {
      if (view.name == peer) return view.ahead;
    }
    return uint64_t{0};
  };
  if (hint != nullptr) {
    auto& shown = node.books[NodeNamed(hint->peer)].shown;
    for (const LogHead& head : hint->heads) {
      old_news = old_news || head.size.value < shown[head.origin];
      shown[head.origin] = std::max(shown[head.origin], head.size.value);
    }
    if (old_news) ahead_before = ahead_of(hint->peer);
  }
  NoteEvent(node, event);
  const std::vector<sync::Effect> effects = node.engine->Step(event, Instant{Steady(node)});
  if (old_news && ahead_of(hint->peer) < ahead_before) {
    Invariants::Break("heads-never-move-back", absl::StrCat(node.name, ": an old hint of ",
                                                            hint->peer, " took newer ones away"));
  }
  if (hint != nullptr) CheckHintActedOn(node, *hint, effects);
  const bool after_heads = std::holds_alternative<sync::HeadsAnswered>(event);
  for (const sync::Effect& effect : effects) {
    const std::string& to =
        std::visit([](const auto& one) -> const std::string& { return one.peer; }, effect);
    const int peer = NodeNamed(to);
    if (!std::holds_alternative<sync::Persist>(effect) &&
        !std::holds_alternative<sync::Report>(effect)) {
      invariants_.Asked(Facts(node), peer, effect, node.books[peer], node.fetching, now_);
    }
    if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
      const Origin& origin = fetch->target.origin;
      NoteSnapshotWork(node, *fetch, peer);
      if (after_heads && hint_lost_.contains(origin)) cases_.Reach(Case::kFoundByAntiEntropy);
      const auto before = node.served_by.find(origin);
      if (fetch->begin > 0 && before != node.served_by.end() && before->second != peer) {
        cases_.Reach(Case::kResumedElsewhere);
      }
    }
    Carry(node, effect);
    if (!node.up || node.life != life) return;
  }
  const int64_t deadline = node.engine->NextDeadline().micros;
  if (deadline > Steady(node) + 400 * kDay) return;
  const int64_t wake = std::max(node.born + deadline, now_);
  if (node.wake_at == wake) return;
  node.wake_at = wake;
  At(wake, [this, &node, life] { Deliver(node, life, sync::TimePassed{}); });
}

// --- The end ---

uint64_t World::HeldBy(int node, const std::string& list) const {
  if (!nodes_[node]->up) return 0;
  const auto view = nodes_[node]->replica->snapshot()->FindList(list);
  return view.ok() ? (*view)->size.value : 0;
}

uint64_t World::RefusedOf(int node, int peer) const {
  for (const PeerView& view : nodes_[node]->engine->Peers()) {
    if (view.name == nodes_[peer]->name) return view.refused;
  }
  return 0;
}

std::vector<int> World::Component(int owner, const std::vector<std::string>& audience) const {
  const auto may = [&](int node) {
    return audience.empty() || std::ranges::find(audience, nodes_[node]->name) != audience.end();
  };
  std::set<int> seen = {owner};
  std::vector<int> found = {owner};
  for (size_t i = 0; i < found.size(); ++i) {
    for (const int peer : nodes_[found[i]]->peers) {
      if (may(peer) && IsMember(*nodes_[peer]) && seen.insert(peer).second) found.push_back(peer);
    }
  }
  return found;
}

std::string World::Stuck() {
  for (const auto& node : nodes_) {
    if (!node->up && IsMember(*node)) return node->name + " is down";
  }
  if (const std::string lacks = LacksRoster(); !lacks.empty()) return lacks;
  for (const auto& [origin, roots] : invariants_.truth()) {
    // Its own daemon may get a log of two histories back from its peers, and sign on; it is
    // judged by evidence-everywhere.
    if (invariants_.IsRogue(origin)) continue;
    const int owner = NodeNamed(ParticipantOf(origin.name.authority));
    // Of one that left, the others have what one of them had from it.
    if (!IsMember(*nodes_[owner])) continue;
    const auto owned = nodes_[owner]->replica->snapshot()->lists();
    const auto view = owned.find(origin);
    if (view == owned.end()) {
      return absl::StrCat(nodes_[owner]->name, " lacks its own ", origin.name.ToString());
    }
    // What is void is held, and not served.
    const uint64_t served =
        std::min<uint64_t>(roots.size(), invariants_.ServableSize(origin, *nodes_[owner]->roster));
    if (view->second->log_size.value != roots.size() || view->second->size.value != served) {
      return absl::StrCat(nodes_[owner]->name, " has not signed ", origin.name.ToString());
    }
    for (const int member : Component(owner, view->second->audience)) {
      const auto head = nodes_[member]->replica->HeadOf(origin);
      const uint64_t size = head.ok() ? head->size.value : 0;
      if (size != roots.size() || HeldBy(member, origin.name.ToString()) != served) {
        return absl::StrCat(nodes_[member]->name, " holds ", size, " of ", origin.name.ToString(),
                            ", not ", roots.size());
      }
    }
  }
  for (const auto& node : nodes_) {
    if (!IsMember(*node)) continue;
    for (const int peer : node->peers) {
      if (!IsMember(*nodes_[peer])) continue;
      const Watcher watcher{node->number, node->life, node->watching[peer]};
      const auto& watchers = nodes_[peer]->watchers;
      if (std::ranges::find(watchers, watcher) == watchers.end()) {
        return absl::StrCat(node->name, " does not watch ", nodes_[peer]->name);
      }
    }
    if (!node->replica->signing().settled) return node->name + " still waits to sign";
    for (const Origin& origin : node->replica->Bootstrapping()) {
      return absl::StrCat(node->name, " lacks history of ", origin.name.ToString());
    }
    if (const std::string lacks = LacksEvidence(); !lacks.empty()) return lacks;
    if (swarm_.restricted || swarm_.rogue != Rogue::kNone) continue;
    for (const PeerView& view : node->engine->Peers()) {
      if (view.state != "current") {
        return absl::StrCat(node->name, " sees ", view.name, " as ", view.state);
      }
    }
  }
  return "";
}

void World::Converge() {
  Trace("peace");
  faults_.End();
  workless_ = true;
  cuts_.clear();
  for (const auto& node : nodes_) {
    node->liar = false;
    node->clock_offset = 0;
    node->slow_until = 0;
    if (node->store.full()) {
      node->store.SetFull(false);
      cases_.Reach(Case::kSpaceAgain);
    }
  }
  for (int i = 0; swarm_.rosters > 0 && i < swarm_.rosters; ++i) NextRoster();
  for (const auto& node : nodes_) {
    if (!node->up && IsMember(*node)) Start(node->number);
  }
  const int64_t step = anti_entropy_ / 4;
  const int64_t until = now_ + 12 * anti_entropy_ + 60 * kSecond;
  std::string stuck = Stuck();
  while (!stuck.empty() && now_ < until) {
    RunUntil(now_ + step);
    stuck = Stuck();
  }
  if (!stuck.empty()) Invariants::Break("convergence", stuck);
  if (swarm_.rosters > 0) CheckRostersAtEnd();
  if (invariants_.HistoriesHeld() > 1) cases_.Reach(Case::kEquivocated);
  // Once more from the signed bytes.
  const Node& sample = *nodes_[seed_ % nodes_.size()];
  const auto heads = sample.store.Heads();
  for (const StoredHead& head : *heads) {
    const absl::Status verified =
        VerifyList(sample.store, *sample.roster, head, [](LeafIndex) { return true; });
    if (!verified.ok()) Invariants::Break("only-verified", sample.name + verified.ToString());
  }
}

}  // namespace comity::sim
