#include "tests/sim/run_seed.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/base/planted.h"
#include "tests/sim/bugs.h"

namespace comity::sim {

SeedResult RunSeed(const SeedOptions& options) {
  SeedResult result;
  result.swarm = DrawSwarm(options.seed, options.world);
  fake_signatures = !result.swarm.real_signatures;
  rule_broken = [](const char* rule) { throw Broken{"engine-rules", rule}; };
  World world(result.swarm, options.seed, options.suppressed);
  world.on_line = options.on_line;
  try {
    world.RunFaulty(options.steps);
  } catch (const Broken& broken) {
    result.broken = broken;
  }
  rule_broken = nullptr;
  fake_signatures = false;
  result.events = world.events();
  result.published = world.published();
  result.trace_hash = world.trace_hash();
  result.cases = world.cases();
  result.faults = world.faults().happened();
  result.last_lines = world.LastLines();
  return result;
}

SeedResult Shrink(SeedOptions& options, const SeedResult& found, double seconds,
                  const std::function<double()>& elapsed) {
  SeedResult best = found;
  // Kept from one trial to the next: what is suppressed already.
  for (size_t chunk = std::max<size_t>(best.faults.size() / 2, 1);; chunk /= 2) {
    for (size_t begin = 0; begin < best.faults.size() && elapsed() < seconds;) {
      SeedOptions trial = options;
      trial.on_line = nullptr;
      const size_t end = std::min(begin + chunk, best.faults.size());
      for (size_t i = begin; i < end; ++i) trial.suppressed.insert(best.faults[i].id);
      SeedResult result = RunSeed(trial);
      if (result.broken.has_value() && result.broken->invariant == best.broken->invariant &&
          result.faults.size() < best.faults.size()) {
        options.suppressed = trial.suppressed;
        best = std::move(result);
      } else {
        begin = end;
      }
    }
    if (chunk <= 1 || elapsed() >= seconds) return best;
  }
}

std::string Report(const SeedOptions& options, const SeedResult& result) {
  std::string text =
      absl::StrCat("commit ", COMITY_COMMIT, ", world ", result.swarm.ToString(), "\nseed ",
                   options.seed, ", event ", result.events, ": ", result.broken->invariant, ": ",
                   result.broken->detail, "\nlast events:\n");
  for (const TraceLine& line : result.last_lines)
    absl::StrAppend(&text, "  ", line.ToString(), "\n");
  absl::StrAppend(&text, "replay: comity-sim replay --seed ", options.seed, " --world ",
                  options.world, " --steps ", options.steps);
  if (planted_bug != Bug::kNone) {
    for (const PlantedBug& bug : PlantedBugs()) {
      if (bug.bug == planted_bug) absl::StrAppend(&text, " --plant ", bug.name);
    }
  }
  return text + " --trace\n";
}

}  // namespace comity::sim
