// Many seeds at once: a process for each core, one world in one thread.
#ifndef COMITY_TESTS_SIM_RUN_SEEDS_H_
#define COMITY_TESTS_SIM_RUN_SEEDS_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "tests/sim/run_seed.h"

namespace comity::sim {

struct SeedsOptions {
  // Both run.
  uint64_t from = 1;
  uint64_t to = 100;
  // The rest of each seed.
  SeedOptions seed;
  // Processes; what comes out does not depend on it.
  int jobs = 1;
  // Each seed a second time, whose trace must be the same.
  bool twice = false;
  // After each seed: how many are done, and their events.
  std::function<void(uint64_t done, uint64_t events)> progress;
};

// The seeds up to the first that failed, that one included.
struct SeedsResult {
  uint64_t seeds = 0;
  // Of the first runs alone.
  uint64_t events = 0;
  uint64_t published = 0;
  Cases cases;
  // The least seed that broke a rule, had two traces, or ended its process.
  std::optional<uint64_t> failed;
  bool two_traces = false;
  bool died = false;
};

// `planted_bug` holds for all of them.
SeedsResult RunSeeds(const SeedsOptions& options);

// How many processes this machine runs at once.
int Cores();

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_RUN_SEEDS_H_
