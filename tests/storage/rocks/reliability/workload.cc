#include "tests/storage/rocks/reliability/workload.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/lists/state_tree.h"
#include "storage/merkle/hash.h"

namespace comity::testing {
namespace {

constexpr char kDirectory[] = "/db";

// A read that was refused: nothing wrong was served.
std::string Noticed(const absl::Status& status) {
  return absl::StrCat("noticed: ", status.message());
}

}  // namespace

ChildResult InChild(const std::function<std::string()>& body) {
  constexpr unsigned kWatchdogSeconds = 20;
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    close(STDERR_FILENO);  // RocksDB's own assertions speak there
    alarm(kWatchdogSeconds);
    const std::string said = body();
    for (size_t done = 0; done < said.size();) {
      const ssize_t wrote = write(ends[1], said.data() + done, said.size() - done);
      if (wrote <= 0) std::abort();
      done += static_cast<size_t>(wrote);
    }
    _exit(0);
  }
  close(ends[1]);
  ChildResult result;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    result.said.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

Workload::Workload(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::map<Origin, StateTree> trees;
  std::map<Origin, uint64_t> sizes;
  for (size_t i = 0; i < kCommits; ++i) {
    ListCommit commit;
    commit.origin = random() % 3 == 0 ? *Origin::Parse("f.example/no-mfa/list/1")
                                      : *Origin::Parse("f.example/us-bis/list/1");
    uint64_t& size = sizes[commit.origin];
    commit.first = LeafIndex{size};
    const int leaves = 1 + static_cast<int>(random() % 3);
    for (int leaf = 0; leaf < leaves; ++leaf) {
      const std::string name = absl::StrCat(seed, "/", i, "/", leaf);
      commit.leaves.push_back({std::string(random() % 2000, 'e') + name, Sha256("l" + name),
                               Sha256("r" + name), Sha256("s" + name),
                               Instant{static_cast<int64_t>(i)}});
      const std::string body = std::string(random() % 3000, 'b') + name;
      commit.bodies.push_back({Sha256(body), body});
      commit.timelines.push_back(
          {absl::StrCat("key", random() % 10), LeafIndex{size + leaf}, "t" + name});
    }
    // One timeline a key and leaf; the last one given stands.
    size += leaves;
    commit.tiles.push_back({{0, 0}, std::string(32 * std::min<uint64_t>(size, 256), 'h')});
    for (const StoredTimeline& timeline : commit.timelines) {
      trees[commit.origin].Set(timeline.key, Sha256(timeline.timeline));
    }
    for (StoredLeaf& leaf : commit.leaves) leaf.state_root_after = trees[commit.origin].Root();
    commits_.push_back(std::move(commit));
  }
}

void Workload::Run(PowerFs& fs, rocksdb::Env* env, const std::string& anchor_directory,
                   size_t reopen_after, const std::function<void(size_t)>& after) const {
  auto store = Open(env, anchor_directory);
  ASSERT_TRUE(store.ok()) << store.status();
  for (size_t i = 0; i < commits_.size(); ++i) {
    if (i == reopen_after && i > 0) {
      store->reset();
      store = Open(env, anchor_directory);
      ASSERT_TRUE(store.ok()) << store.status();
    }
    ASSERT_TRUE((*store)->Commit(commits_[i]).ok());
    fs.Mark(i + 1);
    if (after) after(i + 1);
  }
}

std::vector<DiskCall> Workload::Record(const std::string& anchor_directory, size_t reopen_after,
                                       const std::function<void(size_t)>& after) const {
  const std::string path = ::testing::TempDir() + "/workload_journal_" + std::to_string(getpid());
  const int journal = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  const ChildResult child = InChild([&] {
    auto fs = std::make_shared<PowerFs>();
    fs->JournalTo(journal);
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
    Run(*fs, env.get(), anchor_directory, reopen_after, after);
    return std::string(::testing::Test::HasFailure() ? "failed" : "");
  });
  close(journal);
  EXPECT_EQ(child.signal, 0);
  EXPECT_EQ(child.said, "");
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  std::filesystem::remove(path);
  return ReadJournal(bytes.str());
}

absl::StatusOr<std::unique_ptr<RocksStore>> Workload::Open(rocksdb::Env* env,
                                                           const std::string& anchor_directory) {
  RocksOptions options;
  options.directory = kDirectory;
  options.env = env;
  options.write_buffer_bytes = 16 << 10;  // so that tables are written and compacted
  options.file_opening_threads = 1;
  options.anchor_directory = anchor_directory;
  return RocksStore::Open(std::move(options));
}

std::string Workload::Check(const RocksStore& store, uint64_t at_least) const {
  const auto heads = store.Heads();
  if (!heads.ok()) return Noticed(heads.status());
  uint64_t leaves = 0;
  for (const StoredHead& head : *heads) leaves += head.size.value;
  uint64_t count = 0;
  uint64_t expected = 0;
  while (expected < leaves && count < commits_.size()) expected += commits_[count++].leaves.size();
  if (expected != leaves) return absl::StrCat("torn: ", leaves, " leaves are no whole commits");
  if (count < at_least) return absl::StrCat("lost: ", at_least, " acknowledged, ", count, " found");
  if (count > at_least + 1)
    return absl::StrCat("ahead: ", at_least, " acknowledged, ", count, " found");
  std::map<std::pair<Origin, std::string>, StoredTimeline> timelines;
  std::map<Origin, uint64_t> sizes;
  for (uint64_t i = 0; i < count; ++i) {
    const ListCommit& commit = commits_[i];
    for (size_t leaf = 0; leaf < commit.leaves.size(); ++leaf) {
      const auto read = store.ReadLeaf(commit.origin, LeafIndex{commit.first.value + leaf});
      if (!read.ok()) return Noticed(read.status());
      if (*read != commit.leaves[leaf]) return absl::StrCat("leaf of commit ", i);
    }
    for (const Body& body : commit.bodies) {
      const auto read = store.ReadBody(body.hash);
      if (!read.ok()) return Noticed(read.status());
      if (*read != body.bytes) return absl::StrCat("body of commit ", i);
    }
    for (const StoredTimeline& timeline : commit.timelines) {
      timelines[{commit.origin, timeline.key}] = timeline;
    }
    sizes[commit.origin] = commit.first.value + commit.leaves.size();
  }
  for (const auto& [id, timeline] : timelines) {
    const auto read = store.ReadTimeline(id.first, id.second, TreeSize{sizes[id.first]});
    if (!read.ok()) return Noticed(read.status());
    if (!read->has_value() || **read != timeline) {
      return absl::StrCat("timeline ", id.second);
    }
  }
  return "";
}

Judgement Workload::Judge(const RocksStore& store, size_t count) const {
  Judgement judgement;
  // Whether the read was answered; an answer that differs is kept as wrong.
  const auto judge = [&](const auto& read, const auto& expected, const std::string& what) {
    if (!read.ok()) {
      judgement.noticed = true;
    } else if (*read != expected && judgement.wrong.empty()) {
      judgement.wrong = what;
    }
  };
  const auto heads = store.Heads();
  if (!heads.ok()) return {.noticed = true};
  std::map<Origin, StoredHead> held;
  for (const StoredHead& head : *heads) held[head.origin] = head;
  std::map<Origin, uint64_t> acknowledged;
  std::map<Origin, std::map<std::string, StoredTimeline>> timelines;
  for (size_t i = 0; i < count; ++i) {
    const ListCommit& commit = commits_[i];
    const uint64_t end = acknowledged[commit.origin] = commit.first.value + commit.leaves.size();
    const uint64_t size = held.contains(commit.origin) ? held[commit.origin].size.value : 0;
    if (end > size) {
      judgement.is_short = true;
      if (commit.first.value < size) judgement.wrong = absl::StrCat("half of commit ", i);
      continue;
    }
    for (size_t leaf = 0; leaf < commit.leaves.size(); ++leaf) {
      judge(store.ReadLeaf(commit.origin, LeafIndex{commit.first.value + leaf}),
            commit.leaves[leaf], absl::StrCat("leaf of commit ", i));
    }
    for (const Body& body : commit.bodies) {
      judge(store.ReadBody(body.hash), body.bytes, absl::StrCat("body of commit ", i));
    }
    for (const StoredTimeline& timeline : commit.timelines) {
      timelines[commit.origin][timeline.key] = timeline;
    }
    // As known at that time.
    for (const auto& [key, timeline] : timelines[commit.origin]) {
      judge(store.ReadTimeline(commit.origin, key, TreeSize{end}), std::optional(timeline),
            absl::StrCat("timeline ", key, " as known at ", end));
    }
    if (end != size) continue;
    if (held[commit.origin].root != commit.leaves.back().root_after) {
      judgement.wrong = absl::StrCat("head of commit ", i);
    }
    judge(store.ReadTile(commit.origin, {0, 0}), commit.tiles[0].hashes,
          absl::StrCat("tile of commit ", i));
  }
  for (const auto& [origin, head] : held) {
    if (head.size.value > acknowledged[origin]) judgement.wrong = "leaves that nobody committed";
    std::map<std::string, StoredTimeline> scanned;
    const absl::Status scan =
        store.ScanTimelines(origin, head.size, "", [&](const StoredTimeline& timeline) {
          scanned[timeline.key] = timeline;
          return true;
        });
    StateTree tree;
    for (const auto& [key, timeline] : scanned) tree.Set(key, Sha256(timeline.timeline));
    if (!scan.ok()) {
      judgement.noticed = true;
    } else if (tree.Root() != head.state_root) {
      judgement.noticed_at_start = true;
    } else if (scanned != timelines[origin]) {
      judgement.wrong = "timelines of a scan";
    }
  }
  return judgement;
}

bool Workload::HoldsLeaves(const RocksStore& store, size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    const ListCommit& commit = commits_[i];
    for (size_t leaf = 0; leaf < commit.leaves.size(); ++leaf) {
      const auto read = store.ReadLeaf(commit.origin, LeafIndex{commit.first.value + leaf});
      if (!read.ok() || *read != commit.leaves[leaf]) return false;
    }
  }
  return true;
}

Frontier Workload::Heads(size_t count) const {
  Frontier heads;
  for (size_t i = 0; i < count; ++i) {
    const ListCommit& commit = commits_[i];
    heads.heads[commit.origin] = {TreeSize{commit.first.value + commit.leaves.size()},
                                  commit.leaves.back().root_after};
  }
  return heads;
}

}  // namespace comity::testing
