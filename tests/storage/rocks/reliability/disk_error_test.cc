// Every call to the disk fails in its turn, once and from then on: nothing is
// acknowledged that is not there afterwards, and the process ends within two seconds.
//
// Each case runs in a child process with a watchdog, because RocksDB 7.8 can hang after
// an error: a child that the watchdog has to kill is a failure of ours.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_store.h"
#include "tests/storage/rocks/reliability/workload.h"
#include "tests/support/power_fs.h"

namespace comity {
namespace {

using rocksdb::IOStatus;
using testing::PowerCutter;
using testing::PowerFs;

// Six memtables of leaves. RocksDB lets two wait to be written before it stops the writer,
// and writes those that wait into one table: two tables are made however the threads run.
constexpr int kCommits = 24;
constexpr size_t kLeafBytes = 16'000;
constexpr size_t kMemtableBytes = 64 << 10;  // RocksDB takes no less
const Origin kOrigin = *Origin::Parse("f.example/us-bis/list/1");

ListCommit MakeCommit(uint64_t i) {
  ListCommit commit;
  commit.origin = kOrigin;
  commit.first = LeafIndex{i};
  const std::string name = std::to_string(i);
  commit.leaves.push_back({std::string(kLeafBytes, 'e') + name, Sha256("l" + name),
                           Sha256("r" + name), Sha256("s" + name), Instant{1}});
  return commit;
}

RocksOptions OptionsOn(rocksdb::Env* env) {
  RocksOptions options;
  options.directory = "/db";
  options.env = env;
  options.write_buffer_bytes = kMemtableBytes;
  options.file_opening_threads = 1;
  return options;
}

// The child's whole life: the workload on a failing disk, journalled to `journal`, until
// the first error. Nothing is closed.
void RunChild(uint64_t failing, bool sticky, bool no_space, int journal) {
  auto fs = std::make_shared<PowerFs>();
  fs->JournalTo(journal);
  fs->FailWhen([=](uint64_t call, const testing::DiskCall&) {
    if (call != failing && !(sticky && call > failing)) return IOStatus::OK();
    return no_space ? IOStatus::NoSpace("planted") : IOStatus::IOError("planted");
  });
  static std::unique_ptr<rocksdb::Env> env;
  env = rocksdb::NewCompositeEnv(fs);
  std::atomic<bool> failed{false};
  RocksOptions options = OptionsOn(env.get());
  options.on_failure = [&](const absl::Status&) { failed = true; };
  auto store = RocksStore::Open(std::move(options));
  for (uint64_t i = 0; store.ok() && i < kCommits && !failed; ++i) {
    if (!(*store)->Commit(MakeCommit(i)).ok()) break;
    fs->Mark(i + 1);
  }
  _exit(0);
}

std::string BytesOf(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

uint64_t TablesIn(const std::vector<testing::DiskCall>& calls) {
  return std::count_if(calls.begin(), calls.end(), [](const testing::DiskCall& call) {
    return call.kind == testing::DiskCall::Kind::kCreate && call.path.ends_with(".sst");
  });
}

// What the disk holds after the process ended and the power went: at least what was
// acknowledged. Empty if so.
std::string CheckJournal(const std::string& bytes, uint64_t seed) {
  PowerCutter cutter(testing::ReadJournal(bytes));
  while (cutter.Advance()) {
  }
  std::mt19937_64 random(seed);
  for (const testing::Cut how : {testing::Cut::kSyncedOnly, testing::Cut::kTorn}) {
    auto fs = std::make_shared<PowerFs>(cutter.Cut(how, random));
    fs->RefuseOptionsFiles();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
    const auto store = RocksStore::Open(OptionsOn(env.get()));
    if (!store.ok()) return std::string(store.status().message());
    const auto heads = (*store)->Heads();
    const uint64_t size = heads.ok() && !heads->empty() ? (*heads)[0].size.value : 0;
    if (size < cutter.mark() || size > cutter.mark() + 1) {
      return absl::StrCat(cutter.mark(), " acknowledged, ", size, " there");
    }
  }
  return "";
}

// The calls of the workload when nothing fails, made and read in children: a database
// opened here would leave the later children without the threads that write its tables.
std::vector<testing::DiskCall> SoundCalls(const std::string& path) {
  const int journal = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  const testing::ChildResult child = testing::InChild([&]() -> std::string {
    auto fs = std::make_shared<PowerFs>();
    fs->JournalTo(journal);
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
    auto store = RocksStore::Open(OptionsOn(env.get()));
    for (uint64_t i = 0; store.ok() && i < kCommits; ++i) {
      if (!(*store)->Commit(MakeCommit(i)).ok()) return "a commit failed";
      fs->Mark(i + 1);
    }
    store->reset();  // waits for the tables that are being written
    return "";
  });
  close(journal);
  EXPECT_EQ(child.signal, 0);
  EXPECT_EQ(child.said, "");
  return testing::ReadJournal(BytesOf(path));
}

TEST(DiskErrorTest, EveryCallFailsOnceAndFromThenOn) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/disk_error_journal_", getpid());
  const std::vector<testing::DiskCall> sound = SoundCalls(path);
  const auto is_mark = [](const auto& call) { return call.kind == testing::DiskCall::Kind::kMark; };
  const uint64_t calls = sound.size() - std::count_if(sound.begin(), sound.end(), is_mark);
  ASSERT_GT(TablesIn(sound), 1u);
  ASSERT_GT(calls, 100u);
  uint64_t tables = 0;
  uint64_t cases = 0;
  uint64_t aborted = 0;
  for (uint64_t failing = 0; failing < calls; ++failing) {
    for (const bool sticky : {false, true}) {
      for (const bool no_space : {false, true}) {
        const std::string what = absl::StrCat("call ", failing, sticky ? " sticky" : " once",
                                              no_space ? " ENOSPC" : " EIO");
        const int journal = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
        ++cases;
        const pid_t pid = fork();
        if (pid == 0) {
          close(STDERR_FILENO);  // RocksDB's own assertions speak there
          alarm(2);              // the watchdog
          RunChild(failing, sticky, no_space, journal);
        }
        int status = 0;
        waitpid(pid, &status, 0);
        close(journal);
        // RocksDB may end the process itself: that is no hang and acknowledges nothing.
        const bool ended = WIFEXITED(status) || WTERMSIG(status) == SIGABRT;
        ASSERT_TRUE(ended) << what << ": signal " << WTERMSIG(status);
        aborted += WIFEXITED(status) ? 0 : 1;
        const std::string bytes = BytesOf(path);
        tables += TablesIn(testing::ReadJournal(bytes));
        const testing::ChildResult check =
            testing::InChild([&] { return CheckJournal(bytes, failing); });
        ASSERT_EQ(check.signal, 0) << what;
        ASSERT_EQ(check.said, "") << what;
      }
    }
  }
  EXPECT_GT(tables, cases / 4) << "the background had its share of the calls";
  std::printf(
      "%llu cases over %llu calls: 0 false acknowledgements, 0 hangs, %llu ended by RocksDB "
      "itself\n",
      static_cast<unsigned long long>(cases), static_cast<unsigned long long>(calls),
      static_cast<unsigned long long>(aborted));
}

TEST(SpaceTest, CommitsAreRefusedBeforeTheReserveAndReadsGoOn) {
  auto fs = std::make_shared<PowerFs>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  RocksOptions options = OptionsOn(env.get());
  uint64_t free = uint64_t{1} << 30;
  bool failed = false;
  options.free_bytes = [&] { return free; };
  options.reserve_bytes = 64 << 20;
  options.on_failure = [&](const absl::Status&) { failed = true; };
  auto store = RocksStore::Open(std::move(options));
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Commit(MakeCommit(0)).ok());
  free = (64 << 20) + 100;
  const absl::Status refused = (*store)->Commit(MakeCommit(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE((*store)->ReadLeaf(kOrigin, LeafIndex{0}).ok());
  free = uint64_t{1} << 30;
  EXPECT_TRUE((*store)->Commit(MakeCommit(1)).ok()) << "by itself, once space is back";
  EXPECT_FALSE(failed);
}

TEST(FailureTest, IsSaidOnceAndLatches) {
  auto fs = std::make_shared<PowerFs>();
  static const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  int said = 0;
  RocksOptions options = OptionsOn(env.get());
  options.on_failure = [&](const absl::Status&) { ++said; };
  auto store = RocksStore::Open(std::move(options));
  ASSERT_TRUE((*store)->Commit(MakeCommit(0)).ok());
  fs->FailWhen([](uint64_t, const testing::DiskCall& call) {
    return call.kind == testing::DiskCall::Kind::kSync ? IOStatus::IOError("planted")
                                                       : IOStatus::OK();
  });
  EXPECT_FALSE((*store)->Commit(MakeCommit(1)).ok());
  fs->FailWhen(nullptr);
  EXPECT_FALSE((*store)->Commit(MakeCommit(1)).ok()) << "what is on disk is not known any more";
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace comity
