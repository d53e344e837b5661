// kill -9 of a real daemon under load: officers publish three of its lists, screeners ask
// it, a peer follows. Each time it starts again by itself, and every leaf that it ever
// acknowledged is there; in the end both daemons' digests are equal.
// COMITY_KILL_CYCLES says how often (default 200).
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

#include "client/internal/connection.h"
#include "client/internal/context.h"
#include "client/internal/draft_file.h"
#include "client/transport/channel.h"
#include "storage/base/errors.h"
#include "storage/signing/ed25519.h"
#include "tests/integration/harness.h"
#include "tests/support/federation.h"

namespace comity::integration {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDefaultCycles = 200;
constexpr std::chrono::seconds kPatience{30};
const std::vector<std::string> kLists = {"us-bis/a", "us-bis/b", "us-bis/c"};

// One run of comityd, a child of ours: what it logs tells when it serves, without asking
// again and again.
class DaemonRun {
 public:
  DaemonRun(const std::string& config, const std::string& log_path) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const std::string program = std::string(COMITY_BIN_DIR) + "/comityd";
    const char* const arguments[] = {program.c_str(), "--config", config.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr,
                          const_cast<char* const*>(arguments), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    reader_ = std::thread([this, pipe = ends[0], log_path] { Read(pipe, log_path); });
  }
  ~DaemonRun() { Kill(); }

  // False if it ended instead; `text` has all that it logged.
  bool WaitUntilServing() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [this] { return serves_ || ended_; });
    return serves_;
  }
  // Returns once it is gone, its port and its lock with it.
  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
    reader_.join();
  }
  std::string text() {
    std::unique_lock lock(mutex_);
    return text_;
  }

 private:
  void Read(int pipe, const std::string& log_path) {
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    char buffer[4096];
    for (ssize_t size; (size = read(pipe, buffer, sizeof(buffer))) > 0;) {
      EXPECT_EQ(write(log, buffer, static_cast<size_t>(size)), size);
      std::unique_lock lock(mutex_);
      text_.append(buffer, static_cast<size_t>(size));
      serves_ = serves_ || text_.find("serves participant") != std::string::npos;
      changed_.notify_all();
    }
    close(pipe);
    close(log);
    std::unique_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  pid_t pid_ = 0;
  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool serves_ = false;
  bool ended_ = false;
  std::string text_;
};

// What the threads of the load and the one that kills share.
class Load {
 public:
  // Waits until a daemon serves whose generation is not `seen`; gives it, 0 at the end.
  int WaitForDaemon(int seen) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || (up_ && generation_ != seen); });
    return stopping_ ? 0 : generation_;
  }
  // False if that generation is gone or the load ends; else true after a moment.
  bool Pause(int generation) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, std::chrono::milliseconds(5),
                              [&] { return stopping_ || !up_ || generation_ != generation; });
  }
  bool IsUp(int generation) {
    std::unique_lock lock(mutex_);
    return !stopping_ && up_ && generation_ == generation;
  }
  void SetUp(bool up) {
    std::unique_lock lock(mutex_);
    up_ = up;
    if (up) ++generation_;
    changed_.notify_all();
  }
  void Stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }

  void Acknowledge(const v1::SubmitResponse& response) {
    std::unique_lock lock(mutex_);
    acknowledged_[response.list()][response.index()] = response.leaf_hash();
    ++count_;
    changed_.notify_all();
  }
  // Until that many are acknowledged, or patience ends.
  bool WaitForAcknowledged(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_ >= count; });
  }
  // Leaves of each list, by index, with their hashes.
  std::map<std::string, std::map<uint32_t, std::string>> acknowledged() {
    std::unique_lock lock(mutex_);
    return acknowledged_;
  }
  uint32_t SizeOf(const std::string& list) {
    std::unique_lock lock(mutex_);
    const auto leaves = acknowledged_.find(list);
    return leaves == acknowledged_.end() ? 0 : leaves->second.rbegin()->first + 1;
  }
  int count() {
    std::unique_lock lock(mutex_);
    return count_;
  }
  void PeerHolds(const std::string& list, uint32_t size) {
    std::unique_lock lock(mutex_);
    uint32_t& held = peer_sizes_[list];
    if (size <= held) return;
    peer_leaves_ += size - held;
    held = size;
    changed_.notify_all();
  }
  uint32_t peer_leaves() {
    std::unique_lock lock(mutex_);
    return peer_leaves_;
  }
  // Until the peer was seen with more leaves than that, or patience ends.
  bool WaitForPeer(uint32_t leaves) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return peer_leaves_ > leaves; });
  }

  std::atomic<int> queries{0};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
  bool stopping_ = false;
  int generation_ = 0;
  std::map<std::string, std::map<uint32_t, std::string>> acknowledged_;
  int count_ = 0;
  std::map<std::string, uint32_t> peer_sizes_;
  uint32_t peer_leaves_ = 0;
};

// What a call may end with when its daemon is killed, or has just started and waits for
// its peers: not acknowledged, ask again.
bool IsPassing(const absl::Status& status) { return absl::IsUnavailable(status); }

class KillIntegrationTest : public LabTest {
 protected:
  Context Open(const std::string& who) {
    auto context = LoadContext(directory_ + "/" + who + ".yaml");
    EXPECT_TRUE(context.ok()) << context.status();
    return *std::move(context);
  }

  // One edition of `list`, whose text is `text`, signed by two officers.
  absl::StatusOr<v1::SubmitResponse> PublishOne(Connection& connection,
                                                const std::vector<NamedKey>& officers,
                                                const std::string& list, const std::string& text) {
    v1::DraftHeader header;
    header.set_list(list);
    header.set_kind(v1::LIST_KIND_ITEMS);
    header.set_title(list);
    header.set_time_zone("America/New_York");
    header.add_authentic_languages("en");
    header.mutable_instrument()->set_citation("Act");
    header.set_effective_from("2020-01-01");
    header.set_mode(v1::REVISION_MODE_FULL);
    const std::vector<std::string> entries = {
        comity::testing::Item("5A001", text).SerializeAsString()};
    COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, connection.Draft(header, entries));
    for (const NamedKey& officer : officers) COMITY_RETURN_IF_ERROR(SignDraft(&draft, officer));
    COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> envelopes, EnvelopesOf(draft));
    return connection.Submit(envelopes);
  }

  void PublishUntilTheEnd(Load& load, const std::string& list) {
    const Context context = Open("us-bis/publisher");
    std::vector<NamedKey> officers;
    for (int i = 0; i < 2; ++i) {
      auto key = ReadKeyFile(context.message.officer_keys(i));
      ASSERT_TRUE(key.ok()) << key.status();
      officers.push_back(*std::move(key));
    }
    int text = 0;
    for (int generation = 0; (generation = load.WaitForDaemon(generation)) != 0;) {
      Connection connection(context);
      while (load.IsUp(generation)) {
        const auto submitted = PublishOne(connection, officers, list, std::to_string(text++));
        if (submitted.ok()) {
          load.Acknowledge(*submitted);
          continue;
        }
        ASSERT_TRUE(IsPassing(submitted.status())) << list << ": " << submitted.status();
        if (!load.Pause(generation)) break;
      }
    }
  }

  // Asks for an item and a list: what was acknowledged before the question is served.
  void AskUntilTheEnd(Load& load, const std::string& who) {
    const Context context = Open(who + "/screener");
    size_t turn = 0;
    for (int generation = 0; (generation = load.WaitForDaemon(generation)) != 0;) {
      Connection connection(context);
      while (load.IsUp(generation)) {
        const std::string& list = kLists[turn++ % kLists.size()];
        const uint32_t before = who == "us-bis" ? load.SizeOf(list) : 0;
        v1::GetItemRequest item;
        item.set_code("5A001");
        const auto items =
            connection.Call(connection.query(), &v1::QueryService::Stub::GetItem, item);
        ASSERT_TRUE(items.ok() || IsPassing(items.status())) << items.status();
        v1::GetListRequest request;
        request.set_list(list);
        const auto answer =
            connection.Call(connection.query(), &v1::QueryService::Stub::GetList, request);
        if (answer.ok()) {
          ASSERT_GE(answer->size(), before) << list << " at " << who;
          if (who == "no-mfa") load.PeerHolds(list, answer->size());
          ++load.queries;
        } else if (!absl::IsNotFound(answer.status())) {
          ASSERT_TRUE(IsPassing(answer.status())) << answer.status();
          if (!load.Pause(generation)) break;
        } else {
          ASSERT_EQ(before, 0u) << list << ": " << answer.status();
        }
      }
    }
  }

  // Every leaf in `leaves` from `from` on is held, at its index, with its hash.
  void ExpectHeld(Connection& connection, const std::string& list,
                  const std::map<uint32_t, std::string>& leaves, uint32_t from) {
    std::map<uint32_t, std::string> held;
    v1::GetListLogRequest request;
    request.set_list(list);
    request.set_from_index(from);
    do {
      const auto page =
          connection.Call(connection.query(), &v1::QueryService::Stub::GetListLog, request);
      ASSERT_TRUE(page.ok()) << list << ": " << page.status();
      for (const v1::LogRow& row : page->revisions()) held[row.index()] = row.leaf_hash();
      request.set_from_index(page->next_index());
    } while (request.from_index() != 0);
    for (auto leaf = leaves.lower_bound(from); leaf != leaves.end(); ++leaf) {
      ASSERT_EQ(held[leaf->first], leaf->second) << list << ", leaf " << leaf->first;
    }
  }
};

TEST_F(KillIntegrationTest, NothingAcknowledgedIsLostUnderLoad) {
  const char* variable = std::getenv("COMITY_KILL_CYCLES");
  const int cycles = variable == nullptr ? kDefaultCycles : std::atoi(variable);
  QuietGrpcLog();
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  const std::string daemon = directory_ + "/daemons/us/";
  const Context screener = Open("us-bis/screener");
  const Context peer_screener = Open("no-mfa/screener");

  Load load;
  std::vector<std::thread> threads;
  for (const std::string& list : kLists) {
    threads.emplace_back([&, list] { PublishUntilTheEnd(load, list); });
  }
  for (const char* who : {"us-bis", "no-mfa"}) {
    threads.emplace_back([&, who] { AskUntilTheEnd(load, who); });
  }

  std::mt19937 random(7);
  std::map<std::string, uint32_t> checked;
  std::chrono::duration<double, std::milli> starting{0}, checking{0}, loading{0};
  const auto spent = [](Clock::time_point since) { return Clock::now() - since; };
  int followed = 0;
  const auto began = Clock::now();
  std::unique_ptr<DaemonRun> run;
  for (int cycle = 0; cycle <= cycles && !HasFailure(); ++cycle) {
    const auto start = Clock::now();
    run = std::make_unique<DaemonRun>(daemon + "comityd.yaml", daemon + "log");
    const bool serves = run->WaitUntilServing();
    EXPECT_TRUE(serves) << "cycle " << cycle << ": it did not start again:\n" << run->text();
    if (!serves) break;
    starting += spent(start);

    // Before the load goes on: what was acknowledged is there.
    const auto check = Clock::now();
    Connection connection(screener);
    for (const auto& [list, leaves] : load.acknowledged()) {
      ExpectHeld(connection, list, leaves, checked[list]);
      checked[list] = leaves.rbegin()->first;
    }
    checking += spent(check);
    if (cycle == cycles) break;

    // Killed at some moment within or between some of the next publications.
    const auto loaded = Clock::now();
    const uint32_t at_peer = load.peer_leaves();
    const int wanted = load.count() + 2 + static_cast<int>(random() % 5);
    load.SetUp(true);
    EXPECT_TRUE(load.WaitForAcknowledged(wanted)) << "cycle " << cycle << ": nothing is published";
    // A quarter while the peer fetches, the others mostly before it has come back.
    if (random() % 4 == 0) {
      EXPECT_TRUE(load.WaitForPeer(at_peer)) << "cycle " << cycle << ": the peer does not follow";
    }
    const auto moment = Clock::now() + std::chrono::microseconds(random() % 5000);
    while (Clock::now() < moment) std::this_thread::yield();
    run->Kill();
    load.SetUp(false);
    loading += spent(loaded);
    if (load.peer_leaves() > at_peer) ++followed;
  }
  load.Stop();
  for (std::thread& thread : threads) thread.join();
  ASSERT_FALSE(HasFailure());
  const std::chrono::duration<double> took = spent(began);

  // All of it once more, from both: the peer follows to the same end.
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  for (const Context* context : {&screener, &peer_screener}) {
    Connection connection(*context);
    for (const auto& [list, leaves] : load.acknowledged()) {
      ExpectHeld(connection, list, leaves, 0);
    }
  }
  EXPECT_GE(load.count(), 2 * cycles);
  EXPECT_GE(followed, cycles / 6);
  EXPECT_EQ(As("us-bis/operator", {"verify"}).exit, 0);
  std::printf(
      "%d kills in %.1f s (each: start %.0f ms, check %.0f ms, load %.0f ms), %d publications "
      "acknowledged, none lost; %d questions answered; the peer followed in %d cycles\n",
      cycles, took.count(), starting.count() / cycles, checking.count() / cycles,
      loading.count() / cycles, load.count(), load.queries.load(), followed);
}

}  // namespace
}  // namespace comity::integration
