// The simulator's share of every test run: long lives of federations, each run twice; the
// planted bugs, each of which must be found; and stories to read (scenarios/).
//
// COMITY_SIM_SEEDS sets how many seeds, COMITY_SIM_FROM the first of them, COMITY_SIM_STEPS
// how long each is.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/sim/bugs.h"
#include "tests/sim/run_seed.h"
#include "tests/sim/run_seeds.h"
#include "tests/sim/scenario.h"
#include "tests/support/setting.h"

namespace comity::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kSeeds = 20;
constexpr uint64_t kSteps = 3'000;
constexpr bool kAllOfIt = false;
#else
constexpr uint64_t kSeeds = 200;
constexpr uint64_t kSteps = 50'000;
constexpr bool kAllOfIt = true;
#endif
constexpr uint64_t kSeedsForABug = 1'000;

std::string ReportOf(uint64_t seed, const SeedsOptions& options) {
  SeedOptions one = options.seed;
  one.seed = seed;
  const SeedResult result = RunSeed(one);
  return result.broken.has_value() ? Report(one, result) : "it held when it was run again";
}

TEST(SimTest, EverySeedHoldsAndIsOneHistory) {
  SeedsOptions options;
  options.from = testing::Setting("COMITY_SIM_FROM", 1);
  const uint64_t count = testing::Setting("COMITY_SIM_SEEDS", kSeeds);
  options.to = options.from + count - 1;
  options.seed.steps = testing::Setting("COMITY_SIM_STEPS", kSteps);
  options.jobs = Cores();
  options.twice = true;
  options.progress = [&](uint64_t done, uint64_t events) {
    if (done % 50 != 0) return;
    std::printf("%lu of %lu seeds, %lu events\n", done, count, events);
    std::fflush(stdout);
  };
  const SeedsResult result = RunSeeds(options);
  EXPECT_FALSE(result.two_traces) << "seed " << *result.failed << " has two histories";
  EXPECT_FALSE(result.died) << "seed " << *result.failed << " ended its process";
  ASSERT_FALSE(result.failed.has_value()) << ReportOf(*result.failed, options);
  EXPECT_EQ(result.seeds, count);
  EXPECT_GE(result.events, count * options.seed.steps);
  if (count >= kSeeds && kAllOfIt) {
    for (size_t i = 0; i < kCaseCount; ++i) {
      EXPECT_GT(result.cases.reached[i], 0u) << "never reached: " << kCaseTexts[i];
    }
  }
  std::printf("%lu seeds twice, %lu events, %lu publications, 0 violations\n", result.seeds,
              result.events, result.published);
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

TEST(SimTest, StepsAreThatMany) {
  for (const uint64_t steps : {uint64_t{1}, uint64_t{500}}) {
    uint64_t before_peace = 0;
    World world(DrawSwarm(1, "any"), 1);
    world.on_line = [&](const TraceLine& line) {
      if (std::string(line.what) == "peace") before_peace = world.events();
    };
    world.RunFaulty(steps);
    EXPECT_EQ(before_peace, steps);
  }
}

// The same seeds in more processes are the same.
TEST(SimTest, ProcessesDoNotMatter) {
  planted_bug = Bug::kAcceptSmallerHead;
  SeedsOptions options;
  options.to = 200;
  const SeedsResult one = RunSeeds(options);
  options.jobs = 3;
  const SeedsResult three = RunSeeds(options);
  planted_bug = Bug::kNone;
  ASSERT_TRUE(one.failed.has_value());
  EXPECT_EQ(one.failed, three.failed);
  EXPECT_EQ(one.seeds, three.seeds);
  EXPECT_EQ(one.events, three.events);
  EXPECT_EQ(one.cases.reached, three.cases.reached);
}

TEST(SimTest, EveryPlantedBugIsFound) {
  size_t found = 0;
  for (const PlantedBug& bug : PlantedBugs()) {
    planted_bug = bug.bug;
    SeedsOptions options;
    options.to = kSeedsForABug;
    options.seed.world = bug.world;
    options.jobs = Cores();
    const SeedsResult result = RunSeeds(options);
    EXPECT_TRUE(result.failed.has_value()) << bug.name << " was not found";
    if (result.failed.has_value()) {
      SeedOptions failed = options.seed;
      failed.seed = *result.failed;
      const SeedResult again = RunSeed(failed);
      ASSERT_TRUE(again.broken.has_value()) << bug.name << " was found once, not twice";
      std::printf("%-28s %3lu seeds of %-9s %s\n", bug.name, result.seeds, bug.world,
                  again.broken->invariant.c_str());
      ++found;
    }
    planted_bug = Bug::kNone;
    if (!kAllOfIt && found >= 5) break;
  }
  EXPECT_TRUE(found >= 30 || !kAllOfIt) << found;
  std::printf("%zu of %zu planted bugs found\n", found, PlantedBugs().size());
}

TEST(SimTest, AFailureShrinksAndReplays) {
  planted_bug = Bug::kAcceptSmallerHead;
  SeedOptions options;
  options.world = "swarm";
  SeedResult result = RunSeed(options);
  while (!result.broken.has_value() || result.decisions.size() < 20) {
    ++options.seed;
    result = RunSeed(options);
  }
  EXPECT_NE(Report(options, result).find("--plant accept-smaller-head"), std::string::npos);
  SeedOptions least_options = options;
  const SeedResult least = Shrink(least_options, result, 1, [] { return 0.0; });
  ASSERT_TRUE(least.broken.has_value());
  EXPECT_EQ(least.broken->invariant, result.broken->invariant);
  EXPECT_LE(least.swarm.daemons, result.swarm.daemons);
  EXPECT_LE(least.decisions.size(), 50u);
  EXPECT_LT(least.decisions.size(), result.decisions.size());

  // What the command says is what was found.
  const std::string command = ReplayCommand(least_options);
  const std::string only = " --only ";
  const size_t at = command.find(only);
  ASSERT_NE(at, std::string::npos) << command;
  SeedOptions replay = least_options;
  replay.only =
      ParseDecisions(command.substr(at + only.size(), command.find(" --trace") - at - only.size()));
  const SeedResult again = RunSeed(replay);
  planted_bug = Bug::kNone;
  ASSERT_TRUE(again.broken.has_value());
  EXPECT_EQ(again.trace_hash, least.trace_hash);
}

TEST(SimTest, Scenarios) {
  int told = 0;
  const std::filesystem::path folder =
      std::filesystem::path(COMITY_SOURCE_DIR) / "tests/sim/scenarios";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const Told story = TellScenario(text);
    EXPECT_EQ(story.wrong, "") << entry.path().filename();
    EXPECT_EQ(story.text, text) << entry.path().filename()
                                << ": another trace; comity-sim scenario --rewrite shows it";
    ++told;
  }
  EXPECT_GE(told, 8);
}

}  // namespace
}  // namespace comity::sim
