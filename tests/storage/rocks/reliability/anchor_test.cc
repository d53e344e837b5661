// What RocksDB cannot notice, the head anchor does: its log cut at a record's border, files
// lost, the whole directory put back as it was. Whenever an acknowledged leaf is not there,
// the database does not open or Missing() says so.
//
// The anchor is the real one, in a directory of the machine; the database lies on the disk
// in memory. COMITY_ANCHOR_CASES says how many cases (default 1,000), COMITY_ANCHOR_SEED the
// first workload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <rocksdb/env.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

constexpr uint64_t kDefaultCases = 1'000;
// After so many cases the database is that of another workload.
constexpr uint64_t kCasesOfAWorkload = 100;
constexpr uint64_t kProgressCases = 10'000;

enum Harm { kCutLog, kLoseFile, kPutBack, kHarms };
constexpr std::array<const char*, kHarms> kNames = {"log cut at a record's border", "file lost",
                                                    "directory put back"};

struct Tally {
  uint64_t cases = 0, refused = 0, aborted = 0, missing = 0, harmless = 0, unnoticed = 0;
};

// Where the records of a RocksDB log end, 0 first. Its blocks are of 32 KiB; a record's
// pieces have 7 bytes before them: checksum, length, type.
std::vector<size_t> Borders(const std::string& log) {
  constexpr size_t kBlock = 32768, kHeader = 7;
  enum Type { kFull = 1, kFirst, kMiddle, kLast };
  std::vector<size_t> borders = {0};
  for (size_t at = 0; at + kHeader <= log.size();) {
    const size_t left = kBlock - at % kBlock;
    if (left < kHeader) {
      at += left;
      continue;
    }
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(log[at + i]); };
    const int type = byte(6);
    if (type < kFull || type > kLast) break;
    at += kHeader + byte(4) + 256u * byte(5);
    if (type == kFull || type == kLast) borders.push_back(at);
  }
  return borders;
}

// The disk and the anchor's files as they were after each commit.
struct Moment {
  Image disk;
  std::filesystem::path anchor;
};

class AnchorTest : public ::testing::Test {
 protected:
  AnchorTest() { std::filesystem::remove_all(base_); }
  ~AnchorTest() override { std::filesystem::remove_all(base_); }

  std::vector<Moment> Record(const Workload& workload, uint64_t seed) {
    std::filesystem::remove_all(base_);
    const std::filesystem::path live = base_ / "live";
    std::filesystem::create_directories(live);
    const auto calls =
        workload.Record(live.string(), 1 + seed % (Workload::kCommits - 1),
                        [&](size_t count) { std::filesystem::copy(live, AnchorOf(count)); });
    std::vector<Moment> moments(1);
    std::mt19937_64 random(seed);
    PowerCutter cutter(calls);
    while (cutter.Advance()) {
      if (cutter.mark() != moments.size()) continue;
      moments.push_back({cutter.Cut(Cut::kSyncedOnly, random), AnchorOf(cutter.mark())});
    }
    return moments;
  }

  // One case; `count` commits were acknowledged. False if nothing can be harmed so.
  bool Try(const Workload& workload, const std::vector<Moment>& moments, size_t count, Harm harm,
           std::mt19937_64& random, Tally& tally) {
    Image disk = moments[count].disk;
    std::string what;
    if (harm == kPutBack) {
      const size_t back = 1 + random() % (count - 1);
      disk = moments[count - back].disk;
      what = absl::StrCat("put back by ", back, " commits");
    } else {
      std::vector<std::string> paths;
      for (const auto& [path, data] : disk) {
        if (harm == kLoseFile || path.ends_with(".log")) paths.push_back(path);
      }
      if (paths.empty()) return false;
      const std::string& path = paths[random() % paths.size()];
      what = path;
      if (harm == kLoseFile) {
        disk.erase(path);
      } else {
        const std::vector<size_t> borders = Borders(disk[path]);
        if (borders.size() < 2) return false;
        EXPECT_EQ(borders.back(), disk[path].size()) << path;
        disk[path].resize(borders[random() % (borders.size() - 1)]);
      }
    }
    ++tally.cases;
    const testing::ChildResult child = testing::InChild([&]() -> std::string {
      auto fs = std::make_shared<PowerFs>(disk);
      fs->RefuseOptionsFiles();
      std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
      auto opened = Workload::Open(env.get(), moments[count].anchor.string());
      (void)env.release();  // nothing is closed: the process ends
      if (!opened.ok()) return kRefused;
      const RocksStore& store = *opened->release();
      const auto missing = store.Missing();
      if (!missing.ok() || !missing->heads.empty()) return kMissing;
      return workload.HoldsLeaves(store, count) ? kHarmless : "lost and not noticed";
    });
    if (child.signal == SIGABRT) {
      ++tally.aborted;
    } else if (child.said == kRefused) {
      ++tally.refused;
    } else if (child.said == kMissing) {
      ++tally.missing;
    } else if (child.said == kHarmless) {
      ++tally.harmless;
    } else {
      ++tally.unnoticed;
      ADD_FAILURE() << kNames[harm] << ", " << count << " commits acknowledged, " << what << ": "
                    << child.said << ", signal " << child.signal;
    }
    return true;
  }

  std::filesystem::path AnchorOf(size_t count) const { return base_ / std::to_string(count); }

  static constexpr char kRefused[] = "refused";
  static constexpr char kMissing[] = "missing";
  static constexpr char kHarmless[] = "harmless";
  const std::filesystem::path base_ = absl::StrCat(::testing::TempDir(), "/anchor_cases_", getpid());
};

TEST_F(AnchorTest, NoAcknowledgedLeafIsLostUnnoticed) {
  const uint64_t wanted = Setting("COMITY_ANCHOR_CASES", kDefaultCases);
  uint64_t seed = Setting("COMITY_ANCHOR_SEED", 7);
  std::array<Tally, kHarms> tallies;
  std::optional<Workload> workload;
  std::vector<Moment> moments;
  std::mt19937_64 random(seed);
  for (uint64_t done = 0; done < wanted && !HasFailure();) {
    if (done % kCasesOfAWorkload == 0) {
      workload.emplace(seed);
      moments = Record(*workload, seed++);
      ASSERT_EQ(moments.size(), Workload::kCommits + 1);
    }
    const size_t count = 2 + random() % (Workload::kCommits - 1);
    const auto harm = static_cast<Harm>(random() % kHarms);
    if (!Try(*workload, moments, count, harm, random, tallies[harm])) continue;
    if (++done % kProgressCases == 0 && wanted > kProgressCases) {
      std::printf("%llu of %llu cases\n", static_cast<unsigned long long>(done),
                  static_cast<unsigned long long>(wanted));
      std::fflush(stdout);
    }
  }
  std::printf("%-30s %7s %7s %7s %7s %8s %9s\n", "harm", "cases", "refused", "aborted", "missing",
              "harmless", "UNNOTICED");
  for (int harm = 0; harm < kHarms; ++harm) {
    const Tally& tally = tallies[harm];
    std::printf("%-30s %7llu %7llu %7llu %7llu %8llu %9llu\n", kNames[harm],
                static_cast<unsigned long long>(tally.cases),
                static_cast<unsigned long long>(tally.refused),
                static_cast<unsigned long long>(tally.aborted),
                static_cast<unsigned long long>(tally.missing),
                static_cast<unsigned long long>(tally.harmless),
                static_cast<unsigned long long>(tally.unnoticed));
    EXPECT_GT(tally.cases, wanted / 10) << kNames[harm];
    EXPECT_GT(tally.refused + tally.missing, 0u) << kNames[harm];
  }
}

}  // namespace
}  // namespace comity
