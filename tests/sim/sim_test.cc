// The sync engine under loss, reordering, duplicates, restarts and partitions: after
// they end, every daemon holds everything that was acknowledged. A failing seed is
// printed with the command that replays it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace comity::sim {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int kActs = 40;
constexpr uint64_t kSeeds = 30;
// Two rounds of anti-entropy and a quarantine after the last fault.
constexpr int64_t kConvergeWithin = 60 * kSecond;

std::vector<uint64_t> Seeds() {
  if (const char* one = std::getenv("COMITY_SIM_SEED"); one != nullptr) {
    return {std::strtoull(one, nullptr, 10)};
  }
  uint64_t count = kSeeds;
  if (const char* many = std::getenv("COMITY_SIM_SEEDS"); many != nullptr) {
    count = std::strtoull(many, nullptr, 10);
  }
  std::vector<uint64_t> seeds;
  for (uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
  return seeds;
}

std::string Replay(uint64_t seed) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return "replay with: COMITY_SIM_SEED=" + std::to_string(seed) +
         " build/release/bin/sim_test --gtest_filter=" + info->test_suite_name() + "." +
         info->name();
}

// Faults drawn from the seed, then peace.
Digest RunSeed(const WorldOptions& options, std::string* divergence) {
  World world(options);
  std::mt19937_64 random(options.seed);
  for (int act = 0; act < kActs; ++act) {
    world.RandomAct();
    world.RunUntil(world.now() + static_cast<int64_t>(random() % (2 * kSecond)));
  }
  world.Heal();
  world.RunUntil(world.now() + kConvergeWithin);
  *divergence = world.Divergence();
  if (world.published() == 0) *divergence += "nothing was published; ";
  return world.trace();
}

WorldOptions Draw(uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x5eed);
  WorldOptions options;
  options.seed = seed;
  options.loss = static_cast<int>(random() % 300);
  options.delay_max = 1'000 + static_cast<int64_t>(random() % 800'000);
  return options;
}

TEST(SimTest, EveryDaemonConvergesAfterTheFaults) {
  for (const uint64_t seed : Seeds()) {
    std::string divergence;
    RunSeed(Draw(seed), &divergence);
    ASSERT_EQ(divergence, "") << Replay(seed);
  }
}

TEST(SimTest, ALineOfDaemonsConverges) {
  for (const uint64_t seed : Seeds()) {
    WorldOptions options = Draw(seed);
    options.line = true;
    std::string divergence;
    RunSeed(options, &divergence);
    ASSERT_EQ(divergence, "") << Replay(seed);
  }
}

TEST(SimTest, ARelayThatAltersLeavesDelaysNobodyForGood) {
  for (const uint64_t seed : Seeds()) {
    WorldOptions options = Draw(seed);
    options.liar = "uk";
    World world(options);
    for (int act = 0; act < 10; ++act) {
      world.Publish("us");
      world.Publish("no");
      world.RunUntil(world.now() + kSecond);
    }
    world.Heal();
    world.RunUntil(world.now() + kConvergeWithin);
    ASSERT_EQ(world.Divergence(), "") << Replay(seed);
  }
}

TEST(SimTest, TheLiarsOwnListIsRefusedByAll) {
  WorldOptions options = Draw(1);
  options.liar = "uk";
  options.loss = 0;
  World world(options);
  world.Publish("uk");
  world.RunUntil(30 * kSecond);
  EXPECT_NE(world.Divergence(), "") << "what only the liar has cannot come through";
  for (const char* other : {"us", "no", "jp", "eu"}) EXPECT_GT(world.RefusedOf(other, "uk"), 0u);
}

TEST(SimTest, OneSeedIsOneHistory) {
  for (const uint64_t seed : {3, 4, 5}) {
    std::string divergence;
    EXPECT_EQ(RunSeed(Draw(seed), &divergence), RunSeed(Draw(seed), &divergence)) << Replay(seed);
  }
  std::string divergence;
  EXPECT_NE(RunSeed(Draw(3), &divergence), RunSeed(Draw(4), &divergence));
}

}  // namespace
}  // namespace comity::sim
