// One seed from its draw to its end, and the least of it that still breaks a rule.
#ifndef COMITY_TESTS_SIM_RUN_SEED_H_
#define COMITY_TESTS_SIM_RUN_SEED_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace comity::sim {

struct SeedOptions {
  uint64_t seed = 1;
  std::string world = "any";
  // Events with faults and workload; then peace, until all have converged.
  uint64_t steps = 3'000;
  // At most so many daemons, and only these decisions: of a run that was shrunk.
  int daemons = 0;
  std::optional<std::set<Fault::Id>> only;
  std::function<void(const TraceLine&)> on_line;
};

// What a seed came to.
struct SeedResult {
  std::optional<Broken> broken;
  uint64_t events = 0;
  uint64_t published = 0;
  uint64_t trace_hash = 0;
  Swarm swarm;
  Cases cases;
  // What went wrong and what was published, in order.
  std::vector<Fault> decisions;
  TrustCases trust_cases{};
  std::vector<TraceLine> last_lines;
};

// The bug to plant is planted_bug, for the whole process.
SeedResult RunSeed(const SeedOptions& options);

// Takes daemons, then decisions (halves, then one by one) away while the same rule breaks, for
// at most `seconds` by `elapsed`. Leaves in `options` what replays the result.
SeedResult Shrink(SeedOptions& options, const SeedResult& found, double seconds,
                  const std::function<double()>& elapsed);

// What a failing seed is reported as: commit, world, seed, step, rule, last events and
// the command that replays it.
std::string Report(const SeedOptions& options, const SeedResult& result);
// That command.
std::string ReplayCommand(const SeedOptions& options);

// "net:3,disk:0,workload:7"; unset if it is none.
std::optional<std::set<Fault::Id>> ParseDecisions(const std::string& text);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_RUN_SEED_H_
