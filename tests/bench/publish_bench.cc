// What does a publication cost beside one synced write of as many bytes? Both on the same
// disk in the same run, alone and many at once (revisions that come together share a sync).
//   publish_bench DIRECTORY [REVISIONS_PER_WRITER]
#include <rocksdb/db.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"
#include "tests/support/federation.h"

namespace {

using Clock = std::chrono::steady_clock;
using comity::testing::Edition;
using comity::testing::Item;

struct Rate {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

// Each writer does its `count` pieces of work one after the other.
Rate Measure(int writers, int count, const std::function<void(int writer, int i)>& work) {
  std::vector<std::vector<double>> times(writers);
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < count; ++i) {
        const Clock::time_point begin = Clock::now();
        work(writer, i);
        times[writer].push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  return {all.size() / took, all[all.size() / 2], all[all.size() * 99 / 100]};
}

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "publish_bench: %s\n", what.c_str());
  std::exit(1);
}

// Signed revisions of one list, made before the clock runs: each revises one entry of 100.
std::vector<std::vector<std::string>> Prepare(const comity::testing::TestFederation& federation,
                                              const std::string& list, int count) {
  comity::MemoryStore store;
  const comity::ManualClock clock(comity::testing::kNow);
  const auto replica = federation.MakeReplica("us", &store, &clock);
  std::vector<comity::v1::Entry> items;
  for (int i = 0; i < 100; ++i) items.push_back(Item(absl::StrCat("5A", 100 + i), "text"));
  std::vector<std::vector<std::string>> submissions;
  for (int i = 0; i < count; ++i) {
    items[i % 100] = Item(absl::StrCat("5A", 100 + i % 100), absl::StrCat("text ", i));
    const auto draft = replica->Draft(Edition(list, "2020-01-01", items, absl::StrCat("Act ", i)));
    if (!draft.ok()) Die(draft.status().ToString());
    submissions.push_back(federation.Sign(*draft, "us-bis"));
    if (const auto done = replica->Submit(submissions.back()); !done.ok()) {
      Die(done.status().ToString());
    }
  }
  return submissions;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "publish_bench DIRECTORY [REVISIONS_PER_WRITER]\n");
    return 3;
  }
  const std::filesystem::path root = std::filesystem::path(argv[1]) / "publish_bench";
  const int count = argc > 2 ? std::atoi(argv[2]) : 100;
  const comity::testing::TestFederation federation;
  const comity::ManualClock clock(comity::testing::kNow);

  std::printf("%8s  %29s  %29s  %5s  %9s\n", "writers", "synced writes/s (p50, p99 ms)",
              "publications/s (p50, p99 ms)", "ratio", "per sync");
  for (const int writers : {1, 4, 16}) {
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
    std::vector<std::vector<std::vector<std::string>>> work;
    size_t bytes = 0;
    for (int writer = 0; writer < writers; ++writer) {
      work.push_back(Prepare(federation, absl::StrCat("us-bis/l", writer), count + 1));
    }
    for (const std::string& envelope : work[0].back()) bytes += envelope.size();

    // The floor: RocksDB as we set it up, one synced write after the other per writer.
    rocksdb::Options options(
        comity::rocks::DatabaseOptions(std::make_shared<rocksdb::EventListener>()),
        comity::rocks::FamilyOptions());
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, (root / "floor").string(), &opened).ok()) Die("floor");
    const std::unique_ptr<rocksdb::DB> db(opened);
    const std::string value(bytes, 'v');
    const auto floor = [&](int writer, int i) {
      if (!db->Put(comity::rocks::SyncedWrite(), absl::StrCat(writer, "/", i), value).ok()) {
        Die("floor write");
      }
    };

    comity::RocksOptions rocks;
    rocks.directory = (root / "db").string();
    rocks.anchor_directory = root.string();
    auto store = comity::RocksStore::Open(std::move(rocks));
    if (!store.ok()) Die(store.status().ToString());
    const auto replica = federation.MakeReplica("us", store->get(), &clock);
    const auto submit = [&](int writer, int i) {
      if (const auto done = replica->Submit(work[writer][i]); !done.ok()) {
        Die(done.status().ToString());
      }
    };
    for (int writer = 0; writer < writers; ++writer) submit(writer, 0);  // opens the lists
    // Each commit is told of once, with the heads of all that shared its sync.
    std::atomic<uint64_t> syncs{0};
    replica->OnCommit([&](const comity::News&) { ++syncs; });
    const Rate alone = Measure(writers, count, floor);
    const Rate ours = Measure(writers, count, [&](int writer, int i) { submit(writer, i + 1); });
    std::printf("%8d  %12.0f (%5.2f, %6.2f)  %12.0f (%5.2f, %6.2f)  %5.2f  %9.1f\n", writers,
                alone.per_second, alone.p50_ms, alone.p99_ms, ours.per_second, ours.p50_ms,
                ours.p99_ms, ours.per_second / alone.per_second,
                static_cast<double>(writers) * count / static_cast<double>(syncs));
  }
  std::filesystem::remove_all(root);
  return 0;
}
