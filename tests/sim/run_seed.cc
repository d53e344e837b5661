#include "tests/sim/run_seed.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "storage/base/planted.h"
#include "tests/sim/bugs.h"

namespace comity::sim {
namespace {

std::set<Fault::Id> IdsOf(const std::vector<Fault>& decisions) {
  std::set<Fault::Id> ids;
  for (const Fault& one : decisions) ids.insert(one.id);
  return ids;
}

}  // namespace

SeedResult RunSeed(const SeedOptions& options) {
  SeedResult result;
  result.swarm = DrawSwarm(options.seed, options.world);
  if (options.daemons > 0) LimitDaemons(result.swarm, options.daemons);
  fake_signatures = !result.swarm.real_signatures;
  rule_broken = [](const char* rule) { throw Broken{"engine-rules", rule}; };
  World world(result.swarm, options.seed, options.only);
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
  result.decisions = world.faults().happened();
  result.trust_cases = world.trust_cases();
  result.last_lines = world.LastLines();
  return result;
}

SeedResult Shrink(SeedOptions& options, const SeedResult& found, double seconds,
                  const std::function<double()>& elapsed) {
  SeedResult best = found;
  options.on_line = nullptr;
  // Whether the trial breaks the same rule; then it is what there is from now on.
  const auto keeps = [&](const SeedOptions& trial) {
    SeedResult result = RunSeed(trial);
    if (!result.broken.has_value() || result.broken->invariant != best.broken->invariant) {
      return false;
    }
    best = std::move(result);
    options = trial;
    // It may break later where less goes wrong, but not for ever.
    options.steps = std::min(options.steps, 2 * best.events + 1'000);
    return true;
  };
  // Fewer daemons change every draw, so they come first.
  for (int daemons = best.swarm.daemons - 1; daemons >= 2 && elapsed() < seconds; --daemons) {
    SeedOptions trial = options;
    trial.daemons = daemons;
    if (!keeps(trial)) break;
  }
  size_t before = best.decisions.size();
  for (size_t chunk = std::max<size_t>(before / 2, 1);; chunk /= 2) {
    for (size_t begin = 0; begin < best.decisions.size() && elapsed() < seconds;) {
      const size_t end = std::min(begin + chunk, best.decisions.size());
      SeedOptions trial = options;
      trial.only = IdsOf(best.decisions);
      for (size_t i = begin; i < end; ++i) trial.only->erase(best.decisions[i].id);
      if (!keeps(trial)) begin = end;
    }
    if (elapsed() >= seconds) break;
    if (chunk > 1) continue;
    // What could not be spared may be now, as long as each round takes a good part away.
    if (best.decisions.size() > 20 && best.decisions.size() < before - before / 8) {
      before = best.decisions.size();
      chunk = before;
      continue;
    }
    break;
  }
  // Where it breaks is where a replay may end; the peace after it is part of some.
  SeedOptions exact = options;
  exact.steps = std::min(options.steps, best.events);
  keeps(exact);
  return best;
}

std::string ReplayCommand(const SeedOptions& options) {
  std::string text = absl::StrCat("comity-sim replay --seed ", options.seed, " --world ",
                                  options.world, " --steps ", options.steps);
  if (options.daemons > 0) absl::StrAppend(&text, " --daemons ", options.daemons);
  for (const PlantedBug& bug : PlantedBugs()) {
    if (bug.bug == planted_bug) absl::StrAppend(&text, " --plant ", bug.name);
  }
  if (options.only.has_value()) {
    const char* before = " --only ";
    for (const auto& [concern, ordinal] : *options.only) {
      absl::StrAppend(&text, before, Faults::kNames[concern], ":", ordinal);
      before = ",";
    }
    if (options.only->empty()) absl::StrAppend(&text, " --only nothing");
  }
  return text + " --trace";
}

std::optional<std::set<Fault::Id>> ParseDecisions(const std::string& text) {
  std::set<Fault::Id> ids;
  if (text == "nothing") return ids;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const size_t colon = part.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const auto name = std::ranges::find(Faults::kNames, part.substr(0, colon));
    const std::string number = part.substr(colon + 1);
    if (name == std::end(Faults::kNames) || number.empty() || number.size() > 18 ||
        number.find_first_not_of("0123456789") != std::string::npos) {
      return std::nullopt;
    }
    ids.insert({static_cast<int>(name - std::begin(Faults::kNames)), std::stoull(number)});
  }
  if (ids.empty()) return std::nullopt;
  return ids;
}

std::string Report(const SeedOptions& options, const SeedResult& result) {
  std::string text =
      absl::StrCat("commit ", COMITY_COMMIT, ", world ", result.swarm.ToString(), "\nseed ",
                   options.seed, ", event ", result.events, ": ", result.broken->invariant, ": ",
                   result.broken->detail, "\nlast events:\n");
  for (const TraceLine& line : result.last_lines) {
    absl::StrAppend(&text, "  ", line.ToString(), "\n");
  }
  return absl::StrCat(text, "replay: ", ReplayCommand(options), "\n");
}

}  // namespace comity::sim
