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
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/rocks/rocks_store.h"
#include "tests/storage/rocks/reliability/workload.h"
#include "tests/support/power_fs.h"

namespace comity {
namespace {

using testing::Cut;
using testing::Image;
using testing::PowerCutter;
using testing::PowerFs;
using testing::Setting;
using testing::Workload;

constexpr uint64_t kDefaultImages = 20'000;
// A longer run says how far it is after each so many images.
constexpr uint64_t kProgressImages = 10'000;

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

}  // namespace
}  // namespace comity
