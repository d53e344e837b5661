#include "tests/sim/scale.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/local.h"
#include "storage/base/planted.h"
#include "tests/sim/archive.h"
#include "tests/sim/prng.h"
#include "tests/sim/swarm.h"
#include "tests/support/federation.h"

namespace comity::sim {
namespace {

constexpr int kEntries = 16;
constexpr uint64_t kFetchBytes = 256 * 1024;
// A greeting now and then finds what hints lost; none is lost here.
constexpr int64_t kAntiEntropy = 12 * 3600 * kSecond;
// Identity, roster and digests of a Hello, both ways; the fixed part of any other message.
constexpr uint64_t kHelloBytes = 160;
constexpr uint64_t kFixedBytes = 16;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t SizeOnWire(const std::vector<LogHead>& heads) {
  uint64_t bytes = kFixedBytes;
  for (const LogHead& head : heads) {
    bytes += head.origin.ToString().size() + sizeof(uint64_t) + head.root.size() +
             head.checkpoint.size();
  }
  return bytes;
}

// What crossed the links.
struct Traffic {
  uint64_t messages = 0;
  uint64_t bytes = 0;
  void Add(uint64_t more) {
    ++messages;
    bytes += more;
  }
};

struct Wrong {
  std::string what;
};

class ScaleWorld {
 public:
  explicit ScaleWorld(const ScaleOptions& options);

  void Start();
  // One day of revisions, until all of it is everywhere.
  void Day(int day);
  // Empty, or who lacks what.
  std::string Behind() const;

  uint64_t links() const { return links_; }
  uint64_t changes() const { return changes_; }
  uint64_t events() const { return events_; }
  const Traffic& traffic() const { return traffic_; }
  // Sent and received by each daemon.
  std::vector<uint64_t> BytesOfDaemons() const;
  std::vector<uint64_t> BytesHeld() const;

 private:
  struct Daemon {
    int number = 0;
    std::string name;
    std::vector<int> peers;
    std::unique_ptr<ArchiveStore> store;
    ManualClock clock{testing::kNow};
    std::unique_ptr<Replica> replica;
    std::unique_ptr<sync::Engine> engine;
    std::vector<int> watchers;
    int64_t wake_at = -1;
    uint64_t bytes = 0;
  };
  struct Item {
    int64_t at;
    uint64_t sequence;
    std::function<void()> action;
    bool operator>(const Item& other) const {
      return std::tie(at, sequence) > std::tie(other.at, other.sequence);
    }
  };

  void At(int64_t when, std::function<void()> action);
  void RunUntil(int64_t until);
  // A message of `bytes` from one to the other; `action` once it is there.
  void Send(Daemon& from, Daemon& to, uint64_t bytes, std::function<void()> action);
  void Deliver(Daemon& daemon, const sync::Event& event);
  void Carry(Daemon& daemon, const sync::Effect& effect);
  void OnCommit(Daemon& daemon, const News& news);
  void Publish(int list, int day);
  Daemon& Named(const std::string& name) { return *daemons_[numbers_.at(name)]; }

  const ScaleOptions options_;
  std::vector<std::string> authorities_;
  std::unique_ptr<testing::TestFederation> federation_;
  Archive archive_;
  std::vector<std::unique_ptr<Daemon>> daemons_;
  std::map<std::string, int> numbers_;
  std::vector<Item> queue_;
  uint64_t sequence_ = 0;
  int64_t now_ = 0;
  uint64_t links_ = 0;
  uint64_t changes_ = 0;
  uint64_t events_ = 0;
  Traffic traffic_;
  Prng net_;
  Prng workload_;
};

std::string CodeOf(int number) {
  return {static_cast<char>('a' + number / 26), static_cast<char>('a' + number % 26)};
}

ScaleWorld::ScaleWorld(const ScaleOptions& options)
    : options_(options), net_(options.seed, "net"), workload_(options.seed, "workload") {
  for (int i = 0; i < options_.governments; ++i) authorities_.push_back(CodeOf(i) + "-a");
  federation_ = std::make_unique<testing::TestFederation>(authorities_, 2);
  for (int i = 0; i < options_.governments; ++i) {
    auto daemon = std::make_unique<Daemon>();
    daemon->number = i;
    daemon->name = CodeOf(i);
    daemon->store = std::make_unique<ArchiveStore>(&archive_);
    numbers_[daemon->name] = i;
    daemons_.push_back(std::move(daemon));
  }
  // A ring and, for each two peers more, another with longer steps.
  std::set<std::pair<int, int>> links;
  const int rings = std::max(1, options_.peers / 2);
  for (int ring = 0; ring < rings; ++ring) {
    const int step = std::max<int>(
        1, static_cast<int>(std::lround(std::pow(options_.governments, double(ring) / rings))));
    for (int a = 0; a < options_.governments; ++a) {
      const int b = (a + step) % options_.governments;
      if (a != b) links.insert({std::min(a, b), std::max(a, b)});
    }
  }
  for (const auto& [a, b] : links) {
    daemons_[a]->peers.push_back(b);
    daemons_[b]->peers.push_back(a);
  }
  links_ = links.size();
}

void ScaleWorld::At(int64_t when, std::function<void()> action) {
  queue_.push_back({when, sequence_++, std::move(action)});
  std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
}

void ScaleWorld::RunUntil(int64_t until) {
  while (!queue_.empty() && queue_.front().at <= until) {
    std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
    Item item = std::move(queue_.back());
    queue_.pop_back();
    now_ = std::max(now_, item.at);
    ++events_;
    item.action();
  }
  now_ = until;
}

void ScaleWorld::Send(Daemon& from, Daemon& to, uint64_t bytes, std::function<void()> action) {
  traffic_.Add(bytes);
  from.bytes += bytes;
  to.bytes += bytes;
  At(now_ + net_.Between(5'000, 150'000), std::move(action));
}

void ScaleWorld::Start() {
  for (const auto& daemon : daemons_) {
    Replica::Options options = federation_->OptionsFor(daemon->name);
    // HELD statements travel like heads, one of each participant for each change; they are
    // measured apart (REPORT.md).
    options.held_key.reset();
    options.peers.clear();
    sync::EngineOptions engine;
    for (const int peer : daemon->peers) {
      options.peers.push_back(daemons_[peer]->name);
      engine.peers.push_back(daemons_[peer]->name);
    }
    auto replica = Replica::Open(std::move(options), &federation_->roster(), daemon->store.get(),
                                 &daemon->clock);
    if (!replica.ok()) throw Wrong{replica.status().ToString()};
    daemon->replica = *std::move(replica);
    daemon->replica->ReleaseSigning();
    daemon->replica->OnCommit(
        [this, borrowed = daemon.get()](const News& news) { OnCommit(*borrowed, news); });
    engine.participant = daemon->name;
    engine.roster_version = federation_->roster().version();
    engine.roster_digest = federation_->roster().digest();
    engine.anti_entropy = kAntiEntropy;
    engine.jitter_seed = net_.Next();
    daemon->engine = std::make_unique<sync::Engine>(engine);
  }
  for (const auto& daemon : daemons_) Deliver(*daemon, sync::TimePassed{});
  RunUntil(now_ + 10 * kSecond);
}

void ScaleWorld::Day(int day) {
  const int64_t morning = now_;
  for (int list = 0; list < options_.lists; ++list) {
    At(morning + workload_.Between(0, 23 * 3600 * kSecond),
       [this, list, day] { Publish(list, day); });
  }
  RunUntil(morning + kDay);
}

void ScaleWorld::Publish(int list, int day) {
  const int owner = list % options_.governments;
  Daemon& daemon = *daemons_[owner];
  daemon.clock.Set(Instant{testing::kNow.micros + now_});
  const std::string name =
      absl::StrCat(authorities_[owner], "/list", list / options_.governments + 1);
  const auto item = [&](int i) {
    return testing::Item(absl::StrCat("5A0", 10 + i),
                         absl::StrCat("what is controlled under this number since day ", day,
                                      " by the authority that publishes it, number ", i));
  };
  DraftInput input;
  if (day == 0) {
    std::vector<v1::Entry> entries;
    for (int i = 0; i < kEntries; ++i) entries.push_back(item(i));
    input = testing::Edition(name, "2023-01-01", entries, "Act 1");
  } else {
    v1::Change change;
    const v1::Entry entry = item(day % kEntries);
    change.set_key(entry.key());
    change.set_operation(v1::OPERATION_REVISE);
    change.set_effective_from(20'000 + day);
    change.set_entry(entry.SerializeAsString());
    input = testing::Changes(name, {change});
    input.header.mutable_instrument()->set_citation(absl::StrCat("Act ", day));
  }
  input.header.set_published_at(FormatInstant(daemon.clock.Now()));
  const auto submitted = federation_->Publish(*daemon.replica, input);
  if (!submitted.ok()) throw Wrong{name + ": " + submitted.status().ToString()};
  ++changes_;
}

void ScaleWorld::OnCommit(Daemon& daemon, const News& news) {
  for (const LogHead& head : news.heads) {
    Deliver(daemon, sync::LocalOf(*daemon.replica, head.origin));
  }
  std::vector<LogHead> heads;
  for (const LogHead& head : news.heads) {
    if (!head.checkpoint.empty()) heads.push_back(head);
  }
  if (heads.empty()) return;
  for (const int watcher : daemon.watchers) {
    Daemon& to = *daemons_[watcher];
    Send(daemon, to, SizeOnWire(heads), [this, &daemon, &to, heads] {
      for (const LogHead& head : heads) {
        if (const absl::Status bad = to.replica->CheckHead(head); !bad.ok()) {
          throw Wrong{bad.ToString()};
        }
      }
      Deliver(to, sync::Hinted{daemon.name, heads});
    });
  }
}

void ScaleWorld::Deliver(Daemon& daemon, const sync::Event& event) {
  daemon.clock.Set(Instant{testing::kNow.micros + now_});
  for (const sync::Effect& effect : daemon.engine->Step(event, Instant{now_})) {
    Carry(daemon, effect);
  }
  const int64_t deadline = daemon.engine->NextDeadline().micros;
  if (deadline > now_ + 400 * kDay) return;
  // The earliest alone: when it rings, the next is set.
  const int64_t at = std::max(deadline, now_);
  if (daemon.wake_at >= 0 && daemon.wake_at <= at) return;
  daemon.wake_at = at;
  At(at, [this, &daemon, at] {
    if (daemon.wake_at != at) return;
    daemon.wake_at = -1;
    Deliver(daemon, sync::TimePassed{});
  });
}

void ScaleWorld::Carry(Daemon& daemon, const sync::Effect& effect) {
  if (const auto* hello = std::get_if<sync::CallHello>(&effect)) {
    Daemon& server = Named(hello->peer);
    Send(daemon, server, kHelloBytes, [this, &daemon, &server] {
      sync::HelloAnswered answer{server.name, server.engine->HeadsDigest(daemon.name),
                                 federation_->roster().version(), federation_->roster().digest()};
      Send(server, daemon, kHelloBytes, [this, &daemon, answer] { Deliver(daemon, answer); });
    });
  } else if (const auto* heads = std::get_if<sync::CallHeads>(&effect)) {
    Daemon& server = Named(heads->peer);
    Send(daemon, server, kFixedBytes, [this, &daemon, &server] {
      sync::HeadsAnswered answer{server.name, server.replica->HeadsFor(daemon.name)};
      Send(server, daemon, SizeOnWire(answer.heads),
           [this, &daemon, answer] { Deliver(daemon, answer); });
    });
  } else if (const auto* watch = std::get_if<sync::OpenWatch>(&effect)) {
    Daemon& server = Named(watch->peer);
    Send(daemon, server, kFixedBytes, [this, &daemon, &server] {
      server.watchers.push_back(daemon.number);
      Deliver(daemon, sync::WatchOpened{server.name});
    });
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    Daemon& server = Named(fetch->peer);
    Send(daemon, server, SizeOnWire({}) + fetch->target.origin.ToString().size() + 24,
         [this, &daemon, &server, wanted = *fetch] {
           const Origin& origin = wanted.target.origin;
           auto range = server.replica->ReadRange(origin, wanted.begin, wanted.end,
                                                  wanted.target.size.value, kFetchBytes);
           if (!range.ok()) throw Wrong{range.status().ToString()};
           auto batch = std::make_shared<sync::Batch>();
           batch->origin = origin;
           batch->begin = wanted.begin;
           batch->lane = wanted.lane;
           batch->envelopes = std::move(range->envelopes);
           batch->consistency = std::move(range->consistency);
           uint64_t bytes = kFixedBytes + batch->consistency.size() * sizeof(Digest);
           for (const std::string& envelope : batch->envelopes) bytes += envelope.size();
           Send(server, daemon, bytes, [this, &daemon, &server, batch] {
             Deliver(daemon, sync::RevisionsReceived{server.name, batch});
           });
         });
  } else if (const auto* persist = std::get_if<sync::Persist>(&effect)) {
    At(now_ + 1'000, [this, &daemon, work = *persist] {
      const sync::Batch& batch = *work.batch;
      const absl::Status status =
          daemon.replica->Ingest(work.target, batch.begin, batch.envelopes, batch.consistency);
      if (!status.ok()) throw Wrong{daemon.name + ": " + status.ToString()};
      Deliver(daemon, sync::WriteCompleted{work.peer, batch.origin, status, batch.lane});
    });
  } else if (const auto* report = std::get_if<sync::Report>(&effect)) {
    throw Wrong{
        absl::StrCat(daemon.name, " blames ", report->peer, ": ", report->status.ToString())};
  }
}

std::string ScaleWorld::Behind() const {
  const auto& first = *daemons_[0]->replica->snapshot();
  for (const auto& daemon : daemons_) {
    const auto snapshot = daemon->replica->snapshot();
    if (snapshot->lists().size() != static_cast<size_t>(options_.lists)) {
      return absl::StrCat(daemon->name, " holds ", snapshot->lists().size(), " lists");
    }
    if (snapshot->view_digest() != first.view_digest()) return daemon->name + " has another view";
  }
  return "";
}

std::vector<uint64_t> ScaleWorld::BytesOfDaemons() const {
  std::vector<uint64_t> bytes;
  for (const auto& daemon : daemons_) bytes.push_back(daemon->bytes);
  return bytes;
}

std::vector<uint64_t> ScaleWorld::BytesHeld() const {
  std::vector<uint64_t> bytes;
  for (const auto& daemon : daemons_) bytes.push_back(daemon->store->BytesHeld());
  return bytes;
}

double Mean(const std::vector<uint64_t>& values) {
  double sum = 0;
  for (const uint64_t value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(values.size());
}

}  // namespace

int RunScale(const ScaleOptions& options) {
  fake_signatures = true;
  rule_broken = [](const char* rule) { throw Wrong{rule}; };
  const double started = Seconds();
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const uint64_t resident_before = ResidentBytes();
  int done = 0;
  std::string wrong;
  ScaleWorld world(options);
  Traffic first_day;
  uint64_t first_changes = 0;
  try {
    world.Start();
    double said = Seconds();
    for (; done < options.days && wrong.empty(); ++done) {
      if (options.minutes > 0 && Seconds() - started > options.minutes * 60) break;
      world.Day(done);
      wrong = world.Behind();
      if (done == 0) {
        // Greetings, and the lists' first editions.
        first_day = world.traffic();
        first_changes = world.changes();
      }
      if (Seconds() - said < (terminal ? 0.5 : 30)) continue;
      said = Seconds();
      std::fprintf(stderr,
                   terminal ? "\r%d of %d days, %lu changes, %.0f s\033[K"
                            : "%d of %d days, %lu changes, %.0f s\n",
                   done + 1, options.days, world.changes(), said - started);
    }
  } catch (const Wrong& found) {
    wrong = found.what;
  }
  if (terminal) std::fputs("\r\033[K", stderr);
  fake_signatures = false;
  rule_broken = nullptr;
  if (!wrong.empty()) std::printf("broken on day %d: %s\n", done + 1, wrong.c_str());

  const double changes = static_cast<double>(world.changes() - first_changes);
  const double messages = static_cast<double>(world.traffic().messages - first_day.messages);
  const double bytes = static_cast<double>(world.traffic().bytes - first_day.bytes);
  const double peers = options.governments;
  std::printf("%d governments, %d lists, %lu links, %d of %d days, %lu changes\n",
              options.governments, options.lists, world.links(), done, options.days,
              world.changes());
  if (changes > 0) {
    std::printf("messages: %.0f, %.1f a change, %.3f a change and link\n", messages,
                messages / changes, messages / changes / static_cast<double>(world.links()));
    std::printf("bytes on the links: %.0f a change, %.1f a change and link, %.0f a day and peer\n",
                bytes / changes, bytes / changes / static_cast<double>(world.links()),
                2 * bytes / peers / (done - 1));
  }
  const std::vector<uint64_t> links = world.BytesOfDaemons();
  std::printf("bytes sent and received by a peer: %.0f, by the busiest %lu\n", Mean(links),
              *std::ranges::max_element(links));
  std::printf("bytes on a peer's disk: %.0f\n", Mean(world.BytesHeld()));
  std::printf(
      "memory: %.0f bytes a peer, of a process of %.0f MiB that keeps leaves once for all\n",
      static_cast<double>(ResidentBytes() - resident_before) / peers,
      static_cast<double>(ResidentBytes()) / (1 << 20));
  std::fprintf(stderr, "%.1f s, %.0f events/s\n", Seconds() - started,
               static_cast<double>(world.events()) / std::max(Seconds() - started, 1e-6));
  std::printf("scale: %d of %d days, %lu events, %d violations\n", done, options.days,
              world.events(), wrong.empty() ? 0 : 1);
  return wrong.empty() ? 0 : 1;
}

}  // namespace comity::sim
