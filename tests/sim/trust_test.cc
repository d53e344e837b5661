// Worlds about trust: authorities with two histories, relays that collude, authorities that
// fall silent. COMITY_SIM_TRUST_SEEDS sets how many seeds of each, COMITY_SIM_FROM the first.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/sim/run_seed.h"
#include "tests/support/setting.h"

namespace comity::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kTrustSeeds = 8;
constexpr bool kWholeTrust = false;
#else
constexpr uint64_t kTrustSeeds = 200;
constexpr bool kWholeTrust = true;
#endif
constexpr uint64_t kTrustSteps = 4'000;

TEST(TrustSimTest, EverySeedOfEveryWorldHolds) {
  const uint64_t from = testing::Setting("COMITY_SIM_FROM", 1);
  const uint64_t count = testing::Setting("COMITY_SIM_TRUST_SEEDS", kTrustSeeds);
  TrustCases cases{};
  uint64_t events = 0;
  for (const char* const world : {"evidence", "collusion", "frozen"}) {
    for (uint64_t seed = from; seed < from + count; ++seed) {
      SeedOptions options;
      options.seed = seed;
      options.world = world;
      options.steps = kTrustSteps;
      const SeedResult result = RunSeed(options);
      ASSERT_FALSE(result.broken.has_value()) << Report(options, result);
      events += result.events;
      for (size_t i = 0; i < cases.size(); ++i) cases[i] += result.trust_cases[i];
    }
    std::printf("%s: %lu seeds\n", world, count);
    std::fflush(stdout);
  }
  std::printf("%lu events\n", events);
  for (size_t i = 0; i < cases.size(); ++i) {
    std::printf("%8lu %s\n", cases[i], kTrustCaseTexts[i]);
    if (!kWholeTrust || count < kTrustSeeds) continue;
    EXPECT_GT(cases[i], 0u) << kTrustCaseTexts[i];
  }
}

TEST(TrustSimTest, ASeedIsOneHistory) {
  for (const char* world : {"evidence", "collusion", "frozen"}) {
    SeedOptions options;
    options.seed = 3;
    options.world = world;
    EXPECT_EQ(RunSeed(options).trace_hash, RunSeed(options).trace_hash) << world;
  }
}

}  // namespace
}  // namespace comity::sim
