// The simulator's share of every test run: many small federations, each run twice; the
// planted bugs, each of which must be found; and stories to read (scenarios/).
//
// COMITY_SIM_SEEDS sets how many seeds, COMITY_SIM_FROM the first of them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/sim/bugs.h"
#include "tests/sim/run_seed.h"
#include "tests/sim/scenario.h"

namespace comity::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kSeeds = 20;
constexpr bool kAllOfIt = false;
#else
constexpr uint64_t kSeeds = 250;
constexpr bool kAllOfIt = true;
#endif
constexpr uint64_t kSteps = 3'000;
constexpr uint64_t kSeedsForABug = 1'000;

uint64_t Number(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(SimTest, EverySeedHoldsAndIsOneHistory) {
  const uint64_t from = Number("COMITY_SIM_FROM", 1);
  const uint64_t count = Number("COMITY_SIM_SEEDS", kSeeds);
  Cases cases;
  uint64_t events = 0;
  for (uint64_t seed = from; seed < from + count; ++seed) {
    SeedOptions options;
    options.seed = seed;
    options.steps = kSteps;
    const SeedResult once = RunSeed(options);
    ASSERT_FALSE(once.broken.has_value()) << Report(options, once);
    const SeedResult twice = RunSeed(options);
    ASSERT_EQ(once.trace_hash, twice.trace_hash) << "seed " << seed << " has two histories";
    ASSERT_EQ(once.events, twice.events) << "seed " << seed << " has two histories";
    events += once.events;
    cases.Add(once.cases);
    if ((seed - from + 1) % 100 == 0) {
      std::printf("%lu of %lu seeds\n", seed - from + 1, count);
      std::fflush(stdout);
    }
  }
  std::printf("%lu seeds, twice %lu events\n", count, events);
  if (count < kSeeds || !kAllOfIt) return;
  for (size_t i = 0; i < kCaseCount; ++i) {
    EXPECT_GT(cases.reached[i], 0u) << "never reached: " << kCaseTexts[i];
  }
}

// A range that was asked for before a refusal and got no answer after it ended the
// quarantine early.
TEST(SimTest, ARefusalOutlastsALostAnswer) {
  SeedOptions options;
  options.seed = 368;
  const SeedResult result = RunSeed(options);
  EXPECT_FALSE(result.broken.has_value()) << Report(options, result);
}

TEST(SimTest, TwoSeedsAreTwoHistories) {
  SeedOptions one;
  SeedOptions two;
  two.seed = 2;
  EXPECT_NE(RunSeed(one).trace_hash, RunSeed(two).trace_hash);
}

TEST(SimTest, EveryPlantedBugIsFound) {
  size_t found = 0;
  for (const PlantedBug& bug : PlantedBugs()) {
    planted_bug = bug.bug;
    SeedOptions options;
    options.world = bug.world;
    bool broke = false;
    for (options.seed = 1; options.seed <= kSeedsForABug && !broke; ++options.seed) {
      const SeedResult result = RunSeed(options);
      broke = result.broken.has_value();
      if (!broke) continue;
      std::printf("%-28s %3lu seeds of %-9s %s\n", bug.name, options.seed, bug.world,
                  result.broken->invariant.c_str());
    }
    planted_bug = Bug::kNone;
    EXPECT_TRUE(broke) << bug.name << " was not found";
    found += broke;
    if (!kAllOfIt && found >= 5) break;
  }
  EXPECT_TRUE(found >= 30 || !kAllOfIt) << found;
}

TEST(SimTest, AFailureShrinksAndReplays) {
  planted_bug = Bug::kAcceptSmallerHead;
  SeedOptions options;
  options.world = "swarm";
  SeedResult result = RunSeed(options);
  while (!result.broken.has_value() || result.faults.size() < 10) {
    ++options.seed;
    result = RunSeed(options);
  }
  const SeedResult least = Shrink(options, result, 1, [] { return 0.0; });
  EXPECT_LT(least.faults.size(), result.faults.size());
  ASSERT_TRUE(least.broken.has_value());
  EXPECT_EQ(least.broken->invariant, result.broken->invariant);
  EXPECT_NE(Report(options, result).find("--plant accept-smaller-head"), std::string::npos);
  planted_bug = Bug::kNone;
}

TEST(SimTest, Scenarios) {
  int told = 0;
  const std::filesystem::path folder =
      std::filesystem::path(COMITY_SOURCE_DIR) / "tests/sim/scenarios";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    EXPECT_EQ(RunScenario(text), "") << entry.path().filename();
    ++told;
  }
  EXPECT_GE(told, 7);
}

}  // namespace
}  // namespace comity::sim
