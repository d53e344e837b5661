// The power goes between any two calls to the disk: what was acknowledged is there when
// the database opens again, whole, and nothing else but the commit that was under way.
//
// A workload is recorded once on a disk in memory; for every prefix of its calls the
// disk is rebuilt as a cut would leave it, opened with the production code and compared.
// COMITY_POWER_IMAGES says how many images (default 20,000), COMITY_POWER_SEED the
// first workload.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_store.h"
#include "tests/support/power_fs.h"

namespace comity {
namespace {

using testing::Cut;
using testing::Image;
using testing::PowerCutter;
using testing::PowerFs;

constexpr char kDirectory[] = "/db";
constexpr int kCommits = 40;
constexpr uint64_t kDefaultImages = 20'000;
// A longer run says how far it is after each so many images.
constexpr uint64_t kProgressImages = 10'000;

// A number from the environment.
uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* variable = std::getenv(name);
  return variable == nullptr ? otherwise : std::strtoull(variable, nullptr, 10);
}

// The workload: commit number i, a function of the seed alone.
class Workload {
 public:
  explicit Workload(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::map<Origin, uint64_t> sizes;
    for (int i = 0; i < kCommits; ++i) {
      ListCommit commit;
      commit.origin = random() % 3 == 0 ? *Origin::Parse("f.example/no-mfa/list/1")
                                        : *Origin::Parse("f.example/us-bis/list/1");
      uint64_t& size = sizes[commit.origin];
      commit.first = LeafIndex{size};
      const int leaves = 1 + static_cast<int>(random() % 3);
      for (int leaf = 0; leaf < leaves; ++leaf) {
        const std::string name = absl::StrCat(seed, "/", i, "/", leaf);
        commit.leaves.push_back({std::string(random() % 2000, 'e') + name, Sha256("l" + name),
                                 Sha256("r" + name), Sha256("s" + name), Instant{i}});
        const std::string body = std::string(random() % 3000, 'b') + name;
        commit.bodies.push_back({Sha256(body), body});
        commit.timelines.push_back(
            {absl::StrCat("key", random() % 10), LeafIndex{size + leaf}, "t" + name});
      }
      // One timeline a key and leaf; the last one given stands.
      size += leaves;
      commit.tiles.push_back({{0, 0}, std::string(32 * std::min<uint64_t>(size, 256), 'h')});
      commits_.push_back(std::move(commit));
    }
  }
  const std::vector<ListCommit>& commits() const { return commits_; }

  // Runs it on the disk; marks count acknowledged commits.
  void Run(PowerFs& fs, rocksdb::Env* env) const {
    auto store = Open(env);
    ASSERT_TRUE(store.ok()) << store.status();
    for (size_t i = 0; i < commits_.size(); ++i) {
      ASSERT_TRUE((*store)->Commit(commits_[i]).ok());
      fs.Mark(i + 1);
    }
  }

  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(rocksdb::Env* env) {
    RocksOptions options;
    options.directory = kDirectory;
    options.env = env;
    options.write_buffer_bytes = 16 << 10;  // so that tables are written and compacted
    options.file_opening_threads = 1;
    return RocksStore::Open(std::move(options));
  }

  // A read that was refused: nothing wrong was served.
  static std::string Noticed(const absl::Status& status) {
    return absl::StrCat("noticed: ", status.message());
  }

  // Empty if the store holds exactly the first n commits for some n in [at_least,
  // at_least + 1]; else what is wrong.
  std::string Check(const RocksStore& store, uint64_t at_least) const {
    const auto heads = store.Heads();
    if (!heads.ok()) return Noticed(heads.status());
    uint64_t leaves = 0;
    for (const StoredHead& head : *heads) leaves += head.size.value;
    uint64_t count = 0;
    uint64_t expected = 0;
    while (expected < leaves && count < commits_.size())
      expected += commits_[count++].leaves.size();
    if (expected != leaves) return absl::StrCat("torn: ", leaves, " leaves are no whole commits");
    if (count < at_least)
      return absl::StrCat("lost: ", at_least, " acknowledged, ", count, " found");
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

 private:
  std::vector<ListCommit> commits_;
};

struct Totals {
  uint64_t wanted = 0;
  std::atomic<uint64_t> images{0};
  std::atomic<uint64_t> opened{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> nested{0};
};

// Opens one image and compares. Only garbage may keep it from opening.
std::string CheckImage(const Workload& workload, const Image& image, uint64_t mark, bool garbage,
                       std::mt19937_64& random, Totals& totals, bool nested = false) {
  // Now and then the power goes again while the database recovers.
  const bool again = !nested && !garbage && random() % 8 == 0;
  auto fs = std::make_shared<PowerFs>(image);
  // The recovery that is cut again, and the workload, make every call there is.
  if (!again) fs->RefuseOptionsFiles();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  {
    const auto store = Workload::Open(env.get());
    const uint64_t done = ++totals.images;
    if (totals.wanted > kDefaultImages && done % kProgressImages == 0) {
      std::printf("%llu of %llu images\n", static_cast<unsigned long long>(done),
                  static_cast<unsigned long long>(totals.wanted));
      std::fflush(stdout);
    }
    if (!store.ok()) {
      ++totals.refused;
      return garbage ? "" : absl::StrCat("refused: ", store.status().message());
    }
    ++totals.opened;
    if (std::string wrong = workload.Check(**store, mark); !wrong.empty()) return wrong;
  }
  if (!again) return "";
  ++totals.nested;
  PowerCutter cutter(fs->calls(), image);
  const uint64_t steps = random() % (fs->calls().size() + 1);
  for (uint64_t i = 0; i < steps && cutter.Advance(); ++i) {
  }
  const Cut how = random() % 2 == 0 ? Cut::kSyncedOnly : Cut::kTorn;
  return CheckImage(workload, cutter.Cut(how, random), mark, false, random, totals, true);
}

TEST(PowerCutTest, LosesNothingAcknowledgedAndTearsNothing) {
  const uint64_t wanted = Setting("COMITY_POWER_IMAGES", kDefaultImages);
  Totals totals;
  totals.wanted = wanted;
  std::atomic<uint64_t> next_seed{Setting("COMITY_POWER_SEED", 1)};
  std::mutex mutex;
  std::string failure;
  const auto work = [&] {
    while (totals.images < wanted && failure.empty()) {
      const uint64_t seed = next_seed++;
      const Workload workload(seed);
      auto fs = std::make_shared<PowerFs>();
      {
        const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
        workload.Run(*fs, env.get());
      }
      if (::testing::Test::HasFailure()) return;  // the workload itself did not run
      std::mt19937_64 random(seed);
      PowerCutter cutter(fs->calls());
      while (cutter.Advance() && totals.images < wanted && failure.empty()) {
        for (const Cut how :
             {Cut::kSyncedOnly, Cut::kTorn, Cut::kTornWithGarbage, Cut::kNamesSurvive}) {
          const std::string wrong = CheckImage(workload, cutter.Cut(how, random), cutter.mark(),
                                               how == Cut::kTornWithGarbage, random, totals);
          if (wrong.empty()) continue;
          const std::lock_guard lock(mutex);
          failure = absl::StrCat("workload ", seed, ", cut ", static_cast<int>(how), " after ",
                                 cutter.mark(), " acknowledged: ", wrong);
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failure, "");
  std::printf(
      "%llu images: %llu opened whole, %llu refused to open (all with garbage), %llu cut again "
      "in recovery\n",
      static_cast<unsigned long long>(totals.images),
      static_cast<unsigned long long>(totals.opened),
      static_cast<unsigned long long>(totals.refused),
      static_cast<unsigned long long>(totals.nested));
  EXPECT_GE(totals.images, wanted);
  EXPECT_GT(totals.opened, totals.images / 2);
}

// Bits flip at rest, in every file, at sampled places: what is damaged is refused when
// the database is opened or read, or is short of what the head anchor says; nothing is
// ever served wrongly. COMITY_ROT_FLIPS says how many (default 1,500).
TEST(RotTest, ADamagedFileIsNeverServedWrongly) {
  const uint64_t wanted = Setting("COMITY_ROT_FLIPS", 1'500);
  const uint64_t seed = Setting("COMITY_ROT_SEED", 99);
  const Workload workload(seed);
  auto recorded = std::make_shared<PowerFs>();
  {
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(recorded);
    workload.Run(*recorded, env.get());
  }
  PowerCutter cutter(recorded->calls());
  while (cutter.Advance()) {
  }
  std::mt19937_64 random(seed);
  const Image sound = cutter.Cut(Cut::kTorn, random);
  uint64_t flips = 0, at_open = 0, at_read = 0, by_anchor = 0, harmless = 0;
  while (flips < wanted) {
    for (const auto& [path, data] : sound) {
      if (data.empty() || flips == wanted) continue;
      ++flips;
      Image rotten = sound;
      const size_t at = random() % data.size();
      rotten[path][at] = static_cast<char>(data[at] ^ (1 << (random() % 8)));
      auto fs = std::make_shared<PowerFs>(rotten);
      const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
      const auto store = Workload::Open(env.get());
      if (!store.ok()) {
        ++at_open;
        continue;
      }
      const std::string verdict = workload.Check(**store, kCommits);
      if (verdict.empty()) {
        ++harmless;
      } else if (verdict.rfind("noticed", 0) == 0) {
        ++at_read;
      } else if (verdict.rfind("lost", 0) == 0 || verdict.rfind("torn", 0) == 0) {
        ++by_anchor;  // fewer leaves than acknowledged: HeadAnchorTest shows it noticed
      } else {
        FAIL() << "served wrongly: " << verdict << " after a flip at " << at << " of " << path;
      }
    }
  }
  std::printf(
      "%llu flips: %llu refused at open, %llu at read, %llu short of the anchor, %llu "
      "harmless, 0 served wrongly\n",
      static_cast<unsigned long long>(flips), static_cast<unsigned long long>(at_open),
      static_cast<unsigned long long>(at_read), static_cast<unsigned long long>(by_anchor),
      static_cast<unsigned long long>(harmless));
  EXPECT_GT(at_open + at_read, 0u);
}

}  // namespace
}  // namespace comity
