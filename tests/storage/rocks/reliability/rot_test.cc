// Files rot at rest, in many ways: what is damaged is refused when the database is opened
// or read, or is short of what the head anchor says; nothing is ever served wrongly.
// Some damage trips an assertion of RocksDB's own while it opens ("aborted").
//
// COMITY_ROT_CASES says how many (default 3,000), COMITY_ROT_SEED the first workload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "storage/rocks/head_anchor.h"
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

constexpr size_t kBlock = 4096;
constexpr uint64_t kDefaultCases = 3'000;
// After so many cases the disk is that of another workload.
constexpr uint64_t kCasesOfAWorkload = 250;
constexpr uint64_t kProgressCases = 10'000;

enum Class { kFlip, kZero, kSwapBlocks, kTruncate, kDrop, kExchange, kOldCopy, kClasses };
constexpr std::array<const char*, kClasses> kNames = {"one bit flipped",
                                                      "4 KiB zeroed",
                                                      "two 4 KiB blocks swapped",
                                                      "file truncated",
                                                      "file dropped",
                                                      "two files of a kind exchanged",
                                                      "older copy of a file put back"};

struct Tally {
  uint64_t cases = 0, at_open = 0, aborted = 0, at_start = 0, at_read = 0, by_anchor = 0,
           harmless = 0, wrong = 0;
};

// "sst", "log", "MANIFEST", "CURRENT", "OPTIONS", "IDENTITY" or "LOCK".
std::string KindOf(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? name.substr(0, name.find('-')) : name.substr(dot + 1);
}

// The disk after each commit of a workload, the first one empty.
std::vector<Image> ImagesOf(const Workload& workload, uint64_t seed) {
  // Opened twice, so that there has been another MANIFEST.
  PowerCutter cutter(workload.Record("", 1 + seed % (Workload::kCommits / 2)));
  std::vector<Image> images(1);
  std::mt19937_64 random(seed);
  while (cutter.Advance()) {
    if (cutter.mark() == images.size()) images.push_back(cutter.Cut(Cut::kSyncedOnly, random));
  }
  return images;
}

class Rot {
 public:
  Rot(const std::vector<Image>& images, size_t count, std::mt19937_64& random)
      : images_(images), count_(count), random_(random), image_(images[count]) {}

  // Damages one file, or two; false if this disk has none to damage so.
  bool Apply(Class how) {
    std::vector<std::string> paths;
    // The four kinds that hold data, and now and then the others.
    const bool others = random_() % 8 == 0;
    for (const auto& [path, data] : image_) {
      const std::string kind = KindOf(path);
      const bool bears = kind == "sst" || kind == "log" || kind == "MANIFEST" || kind == "CURRENT";
      if (!data.empty() && (others || bears)) paths.push_back(path);
    }
    std::shuffle(paths.begin(), paths.end(), random_);
    for (const std::string& path : paths) {
      if (Damage(how, path)) return true;
    }
    return false;
  }
  const Image& image() const { return image_; }
  const std::string& what() const { return what_; }

 private:
  bool Damage(Class how, const std::string& path) {
    const std::string before = image_.at(path);
    std::string& data = image_.at(path);
    what_ = path;
    switch (how) {
      case kFlip: {
        const size_t at = random_() % data.size();
        data[at] = static_cast<char>(data[at] ^ (1 << (random_() % 8)));
        return true;
      }
      case kZero: {
        const size_t at = random_() % data.size() / kBlock * kBlock;
        const size_t end = std::min(data.size(), at + kBlock);
        std::fill(data.begin() + static_cast<long>(at), data.begin() + static_cast<long>(end), 0);
        return data != before;
      }
      case kSwapBlocks: {
        const size_t blocks = data.size() / kBlock;
        if (blocks < 2) return false;
        const size_t one = random_() % blocks * kBlock;
        const size_t other = random_() % blocks * kBlock;
        std::swap_ranges(data.begin() + static_cast<long>(one),
                         data.begin() + static_cast<long>(one + (one == other ? 0 : kBlock)),
                         data.begin() + static_cast<long>(other));
        return data != before;
      }
      case kTruncate:
        data.resize(random_() % data.size());
        return true;
      case kDrop:
        image_.erase(path);
        return true;
      case kExchange: {
        std::vector<std::string> alike;
        for (const auto& [other, bytes] : image_) {
          if (KindOf(other) == KindOf(path) && bytes != before) alike.push_back(other);
        }
        if (alike.empty()) return false;
        const std::string& other = alike[random_() % alike.size()];
        absl::StrAppend(&what_, " and ", other);
        std::swap(data, image_.at(other));
        return true;
      }
      case kOldCopy: {
        std::vector<std::string> older;
        for (size_t i = 0; i < count_; ++i) {
          const auto it = images_[i].find(path);
          if (it != images_[i].end() && it->second != before) older.push_back(it->second);
        }
        if (older.empty()) return false;
        data = older[random_() % older.size()];
        absl::StrAppend(&what_, " of ", data.size(), " bytes");
        return true;
      }
      case kClasses:
        break;
    }
    return false;
  }

  const std::vector<Image>& images_;
  const size_t count_;
  std::mt19937_64& random_;
  Image image_;
  std::string what_;
};

class RotTest : public ::testing::Test {
 protected:
  RotTest() {
    std::filesystem::remove_all(anchor_);
    std::filesystem::create_directories(anchor_);
  }
  ~RotTest() override { std::filesystem::remove_all(anchor_); }

  // Opens the rotten disk beside the anchor, `count` commits having been acknowledged.
  // Empty, or what was served wrongly.
  std::string Try(const Workload& workload, size_t count, const Image& image, Tally& tally) {
    ++tally.cases;
    const testing::ChildResult child = testing::InChild([&] {
      auto fs = std::make_shared<PowerFs>(image);
      fs->RefuseOptionsFiles();
      std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
      auto store = Workload::Open(env.get(), anchor_);
      std::string verdict = store.ok() ? Verdict(workload, count, **store) : kAtOpen;
      // Nothing is closed: the process ends.
      if (store.ok()) (void)store->release();
      (void)env.release();
      return verdict;
    });
    if (child.signal == SIGABRT) {
      ++tally.aborted;
    } else if (child.signal != 0) {
      return absl::StrCat("ended by signal ", child.signal);
    } else if (child.said == kAtOpen) {
      ++tally.at_open;
    } else if (child.said == kAtStart) {
      ++tally.at_start;
    } else if (child.said == kAtRead) {
      ++tally.at_read;
    } else if (child.said == kByAnchor) {
      ++tally.by_anchor;
    } else if (child.said == kHarmless) {
      ++tally.harmless;
    } else {
      return child.said;
    }
    return "";
  }

  static constexpr char kAtOpen[] = "at open";
  static constexpr char kAtStart[] = "at start";
  static constexpr char kAtRead[] = "at read";
  static constexpr char kByAnchor[] = "anchor";
  static constexpr char kHarmless[] = "harmless";

  static std::string Verdict(const Workload& workload, size_t count, const RocksStore& store) {
    const auto missing = store.Missing();
    if (!missing.ok()) return kByAnchor;  // the daemon does not start on it
    const testing::Judgement judgement = workload.Judge(store, count);
    if (judgement.noticed_at_start) return kAtStart;
    if (!judgement.wrong.empty()) return judgement.wrong;
    if (!missing->heads.empty()) return kByAnchor;
    if (judgement.noticed) return kAtRead;
    if (judgement.is_short) return "fewer commits than acknowledged, and the anchor says nothing";
    return kHarmless;
  }

  const std::string anchor_ = absl::StrCat(::testing::TempDir(), "/rot_test_anchor_", getpid());
};

TEST_F(RotTest, ADamagedFileIsNeverServedWrongly) {
  const uint64_t wanted = Setting("COMITY_ROT_CASES", kDefaultCases);
  uint64_t seed = Setting("COMITY_ROT_SEED", 99);
  std::array<Tally, kClasses> tallies;
  std::optional<Workload> workload;
  std::vector<Image> images;
  std::mt19937_64 random(seed);
  size_t fewest_tables = SIZE_MAX;
  uint64_t done = 0;
  std::vector<std::string> wrong;
  while (done < wanted) {
    if (done % kCasesOfAWorkload == 0 || !workload.has_value()) {
      workload.emplace(seed);
      images = ImagesOf(*workload, seed++);
      ASSERT_EQ(images.size(), Workload::kCommits + 1);
    }
    // In the second half of the workload, where there are tables of all kinds.
    const size_t count = Workload::kCommits - random() % (Workload::kCommits / 2);
    std::filesystem::remove_all(anchor_);
    std::filesystem::create_directories(anchor_);
    auto anchor = HeadAnchor::Open(anchor_);
    ASSERT_TRUE(anchor.ok() && anchor->Write(workload->Heads(count), {}).ok());
    size_t tables = 0;
    for (const auto& [path, data] : images[count]) tables += KindOf(path) == "sst" ? 1 : 0;
    fewest_tables = std::min(fewest_tables, tables);
    for (int how = 0; how < kClasses && done < wanted; ++how) {
      Rot rot(images, count, random);
      if (!rot.Apply(static_cast<Class>(how))) continue;
      const std::string served = Try(*workload, count, rot.image(), tallies[how]);
      if (++done % kProgressCases == 0 && wanted > kProgressCases) {
        std::printf("%llu of %llu cases\n", static_cast<unsigned long long>(done),
                    static_cast<unsigned long long>(wanted));
        std::fflush(stdout);
      }
      if (done % kCasesOfAWorkload == 0) workload.reset();
      if (!served.empty()) {
        ++tallies[how].wrong;
        wrong.push_back(absl::StrCat("workload ", seed - 1, ", ", count, " commits, ", kNames[how],
                                     ", ", rot.what(), ": ", served));
      }
      if (!workload.has_value()) break;
    }
  }
  std::printf("%-30s %7s %7s %7s %8s %7s %7s %8s %7s\n", "class", "cases", "at open", "aborted",
              "at start", "at read", "anchor", "harmless", "WRONG");
  for (int how = 0; how < kClasses; ++how) {
    const Tally& tally = tallies[how];
    std::printf("%-30s %7llu %7llu %7llu %8llu %7llu %7llu %8llu %7llu\n", kNames[how],
                static_cast<unsigned long long>(tally.cases),
                static_cast<unsigned long long>(tally.at_open),
                static_cast<unsigned long long>(tally.aborted),
                static_cast<unsigned long long>(tally.at_start),
                static_cast<unsigned long long>(tally.at_read),
                static_cast<unsigned long long>(tally.by_anchor),
                static_cast<unsigned long long>(tally.harmless),
                static_cast<unsigned long long>(tally.wrong));
    EXPECT_GT(tally.cases, wanted / 100) << kNames[how];
    EXPECT_GT(tally.at_open + tally.at_read + tally.by_anchor, 0u) << kNames[how];
  }
  EXPECT_GT(fewest_tables, 3u);
  EXPECT_THAT(wrong, ::testing::IsEmpty());
}

}  // namespace
}  // namespace comity
