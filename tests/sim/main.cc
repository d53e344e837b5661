// comity-sim: runs, replays and proves the simulator.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "tests/sim/bugs.h"
#include "tests/sim/run_seed.h"

namespace comity::sim {
namespace {

constexpr int kBroken = 1;
constexpr int kUsage = 3;
constexpr double kShrinkSeconds = 60;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Arguments {
  std::string seeds = "1..100";
  SeedOptions seed;
  std::string plant;
  bool trace = false;
  bool shrink = true;
  bool cases = false;
};

std::string Ranged(const std::string& text) {
  uint64_t from = 0;
  uint64_t to = 0;
  char end = 0;
  if (std::sscanf(text.c_str(), "%lu..%lu%c", &from, &to, &end) != 2 || from > to) {
    return "say FROM..TO, such as 1..1000";
  }
  return "";
}

void PrintFailure(SeedOptions options, const SeedResult& result, bool shrink) {
  std::fputs(Report(options, result).c_str(), stdout);
  if (!shrink) return;
  const double started = Seconds();
  const SeedResult least =
      Shrink(options, result, kShrinkSeconds, [started] { return Seconds() - started; });
  std::printf("shrunk from %zu faults to %zu, in %.1f s:\n", result.faults.size(),
              least.faults.size(), Seconds() - started);
  for (const Fault& fault : least.faults) {
    std::printf("  %s\n",
                TraceLine{fault.at, fault.what, fault.node, fault.peer}.ToString().c_str());
  }
  std::printf("  then %s: %s\n", least.broken->invariant.c_str(), least.broken->detail.c_str());
}

int Run(const Arguments& arguments) {
  uint64_t from = 0;
  uint64_t to = 0;
  std::sscanf(arguments.seeds.c_str(), "%lu..%lu", &from, &to);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const double started = Seconds();
  uint64_t events = 0;
  uint64_t done = 0;
  uint64_t violations = 0;
  uint64_t published = 0;
  Cases cases;
  for (uint64_t seed = from; seed <= to && violations == 0; ++seed) {
    SeedOptions options = arguments.seed;
    options.seed = seed;
    const SeedResult result = RunSeed(options);
    events += result.events;
    published += result.published;
    cases.Add(result.cases);
    ++done;
    if (terminal && done % 16 == 0) {
      std::fprintf(stderr, "\r%lu of %lu seeds, %lu events\033[K", done, to - from + 1, events);
    }
    if (!result.broken.has_value()) continue;
    ++violations;
    if (terminal) std::fputs("\r\033[K", stderr);
    PrintFailure(options, result, arguments.shrink);
  }
  if (terminal) std::fputs("\r\033[K", stderr);
  if (arguments.cases) {
    for (size_t i = 0; i < kCaseCount; ++i) {
      std::printf("%10lu  %s\n", cases.reached[i], kCaseTexts[i]);
    }
  }
  std::printf("%lu seeds, %lu events, %lu publications, %lu violations, %.0f events/s\n", done,
              events, published, violations, events / std::max(Seconds() - started, 1e-6));
  return violations == 0 ? 0 : kBroken;
}

int Replay(const Arguments& arguments) {
  SeedOptions options = arguments.seed;
  if (arguments.trace) {
    options.on_line = [](const TraceLine& line) { std::puts(line.ToString().c_str()); };
  }
  const SeedResult result = RunSeed(options);
  std::printf("%s\ntrace %016lx, %lu events\n", result.swarm.ToString().c_str(), result.trace_hash,
              result.events);
  if (!result.broken.has_value()) return 0;
  PrintFailure(options, result, arguments.shrink);
  return kBroken;
}

int Main(int argc, char** argv) {
  CLI::App app("Runs whole federations in virtual time and checks what must hold.");
  app.require_subcommand(1);
  Arguments arguments;
  const auto common = [&](CLI::App* command) {
    command->add_option("--steps", arguments.seed.steps, "events of each seed before the peace")
        ->check(CLI::PositiveNumber);
    command->add_option("--world", arguments.seed.world, "see comity-sim worlds")
        ->check(CLI::IsMember(WorldNames()));
    std::vector<std::string> bugs;
    for (const PlantedBug& bug : PlantedBugs()) bugs.push_back(bug.name);
    command->add_option("--plant", arguments.plant, "see comity-sim bugs")
        ->check(CLI::IsMember(bugs));
    command->add_flag("!--no-shrink", arguments.shrink, "show a failing seed as it is");
  };
  CLI::App* run = app.add_subcommand("run", "run seeds; exit 1 names what broke");
  run->add_option("--seeds", arguments.seeds, "FROM..TO")->required()->check(Ranged);
  run->add_flag("--cases", arguments.cases, "say how often each case was reached");
  common(run);
  CLI::App* replay = app.add_subcommand("replay", "run one seed again");
  replay->add_option("--seed", arguments.seed.seed, "the seed")->required();
  replay->add_flag("--trace", arguments.trace, "print each event");
  common(replay);
  CLI::App* bugs = app.add_subcommand("bugs", "list the bugs that can be planted");
  CLI::App* worlds = app.add_subcommand("worlds", "list the worlds");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (const PlantedBug* bug = FindBug(arguments.plant); bug != nullptr) planted_bug = bug->bug;
  if (bugs->parsed()) {
    for (const PlantedBug& bug : PlantedBugs()) std::printf("%-28s %s\n", bug.name, bug.text);
    return 0;
  }
  if (worlds->parsed()) {
    for (const std::string& name : WorldNames()) std::puts(name.c_str());
    return 0;
  }
  return run->parsed() ? Run(arguments) : Replay(arguments);
}

}  // namespace
}  // namespace comity::sim

int main(int argc, char** argv) { return comity::sim::Main(argc, argv); }
