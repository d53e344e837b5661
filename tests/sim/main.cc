// comity-sim: runs, replays and proves the simulator.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/sim/bugs.h"
#include "tests/sim/run_seed.h"
#include "tests/sim/run_seeds.h"
#include "tests/sim/scale.h"
#include "tests/sim/scenario.h"

namespace comity::sim {
namespace {

constexpr int kBroken = 1;
constexpr int kUsage = 3;
constexpr double kShrinkSeconds = 60;
// Between lines of progress where no terminal is.
constexpr double kProgressSeconds = 30;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Arguments {
  std::string seeds = "1..100";
  SeedOptions seed;
  std::string plant;
  std::string only;
  int jobs = Cores();
  bool twice = false;
  bool trace = false;
  bool shrink = true;
  bool cases = false;
  bool rewrite = false;
  std::vector<std::string> scenarios;
  ScaleOptions scale;
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

std::string Decisions(const std::string& text) {
  return ParseDecisions(text).has_value() ? "" : "say CONCERN:NUMBER,..., as a report does";
}

void PrintFailure(SeedOptions options, const SeedResult& result, bool shrink) {
  std::fputs(Report(options, result).c_str(), stdout);
  if (!shrink) return;
  std::fflush(stdout);
  const double started = Seconds();
  const SeedResult least =
      Shrink(options, result, kShrinkSeconds, [started] { return Seconds() - started; });
  std::fprintf(stderr, "shrinking took %.1f s\n", Seconds() - started);
  std::printf("shrunk from %d daemons and %zu decisions to %d and %zu:\n", result.swarm.daemons,
              result.decisions.size(), least.swarm.daemons, least.decisions.size());
  for (const Fault& fault : least.decisions) {
    std::printf("  %s\n",
                TraceLine{fault.at, fault.what, fault.node, fault.peer}.ToString().c_str());
  }
  std::printf("  then, at event %lu, %s: %s\n", least.events, least.broken->invariant.c_str(),
              least.broken->detail.c_str());
  std::printf("replay: %s\n", ReplayCommand(options).c_str());
}

// What is done so far: a line that changes on a terminal, else one now and then.
class Progress {
 public:
  explicit Progress(uint64_t total) : total_(total) {}
  void operator()(uint64_t done, uint64_t events) {
    const double now = Seconds();
    if (now - last_ < (terminal_ ? 0.2 : kProgressSeconds)) return;
    last_ = now;
    std::fprintf(
        stderr,
        terminal_ ? "\r%lu of %lu seeds, %lu events\033[K" : "%lu of %lu seeds, %lu events\n", done,
        total_, events);
  }
  void Clear() const {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  const uint64_t total_;
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  double last_ = Seconds();
};

int Run(const Arguments& arguments) {
  SeedsOptions options;
  std::sscanf(arguments.seeds.c_str(), "%lu..%lu", &options.from, &options.to);
  options.seed = arguments.seed;
  options.jobs = arguments.jobs;
  options.twice = arguments.twice;
  Progress progress(options.to - options.from + 1);
  options.progress = [&](uint64_t done, uint64_t events) { progress(done, events); };
  const double started = Seconds();
  const SeedsResult result = RunSeeds(options);
  const double took = Seconds() - started;
  progress.Clear();
  if (result.died) {
    std::printf("seed %lu ended its process: comity-sim replay --seed %lu --world %s --steps %lu\n",
                *result.failed, *result.failed, options.seed.world.c_str(), options.seed.steps);
  } else if (result.two_traces) {
    std::printf("seed %lu broke determinism: two runs of it have two traces\n", *result.failed);
  } else if (result.failed.has_value()) {
    // All of it once more, here: what a process knows of its seed stays with it.
    SeedOptions failed = arguments.seed;
    failed.seed = *result.failed;
    PrintFailure(failed, RunSeed(failed), arguments.shrink);
  }
  if (arguments.cases) {
    for (size_t i = 0; i < kCaseCount; ++i) {
      std::printf("%10lu  %s\n", result.cases.reached[i], kCaseTexts[i]);
    }
  }
  const uint64_t ran = result.events * (arguments.twice ? 2 : 1);
  std::fflush(stdout);
  std::fprintf(stderr, "%.1f s, %.0f events/s in %d processes\n", took,
               static_cast<double>(ran) / std::max(took, 1e-6), arguments.jobs);
  std::printf("%lu seeds%s, %lu events, %lu publications, %d violations\n", result.seeds,
              arguments.twice ? " twice" : "", result.events, result.published,
              result.failed.has_value() ? 1 : 0);
  return result.failed.has_value() ? kBroken : 0;
}

int Replay(const Arguments& arguments) {
  SeedOptions options = arguments.seed;
  if (!arguments.only.empty()) options.only = ParseDecisions(arguments.only);
  if (arguments.trace) {
    options.on_line = [](const TraceLine& line) { std::puts(line.ToString().c_str()); };
  }
  const SeedResult result = RunSeed(options);
  std::printf("%s\ntrace %016lx, %lu events\n", result.swarm.ToString().c_str(), result.trace_hash,
              result.events);
  if (!result.broken.has_value()) return 0;
  if (arguments.trace) {
    std::printf("%s: %s\n", result.broken->invariant.c_str(), result.broken->detail.c_str());
  } else {
    PrintFailure(options, result, arguments.shrink && !options.only.has_value());
  }
  return kBroken;
}

int Scenarios(const Arguments& arguments) {
  int broken = 0;
  for (const std::string& path : arguments.scenarios) {
    std::ifstream file(path);
    if (!file) {
      std::fprintf(stderr, "comity-sim: cannot read %s\n", path.c_str());
      return kUsage;
    }
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const Told told = TellScenario(text);
    if (!told.wrong.empty()) {
      std::printf("%s: %s\n", path.c_str(), told.wrong.c_str());
      ++broken;
    } else if (told.text == text) {
      std::printf("%s: as expected\n", path.c_str());
    } else if (arguments.rewrite) {
      std::ofstream(path) << told.text;
      std::printf("%s: rewritten, read the difference\n", path.c_str());
    } else {
      std::printf("%s: another trace than expected; --rewrite shows it\n", path.c_str());
      ++broken;
    }
  }
  return broken > 0 ? kBroken : 0;
}

int Main(int argc, char** argv) {
  CLI::App app("Runs whole federations in virtual time and checks what must hold.");
  app.require_subcommand(1);
  Arguments arguments;
  const auto common = [&](CLI::App* command) {
    command
        ->add_option("--steps", arguments.seed.steps,
                     "events of each seed with faults; then peace, until all have converged")
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
  run->add_option("--jobs", arguments.jobs, "processes; all cores if not given")
      ->check(CLI::Range(1, 64));
  run->add_flag("--twice", arguments.twice, "each seed twice; both traces must be the same");
  run->add_flag("--cases", arguments.cases, "say how often each case was reached");
  common(run);
  CLI::App* replay = app.add_subcommand("replay", "run one seed again");
  replay->add_option("--seed", arguments.seed.seed, "the seed")->required();
  replay->add_option("--daemons", arguments.seed.daemons, "at most so many, as a report says")
      ->check(CLI::Range(2, 9));
  replay->add_option("--only", arguments.only, "the decisions that may happen, as a report says")
      ->check(Decisions);
  replay->add_flag("--trace", arguments.trace, "print each event");
  common(replay);
  CLI::App* scenario = app.add_subcommand("scenario", "tell stories and compare their traces");
  scenario->add_option("files", arguments.scenarios, "scenario files")->required();
  scenario->add_flag("--rewrite", arguments.rewrite, "put the traces as they are into the files");
  CLI::App* scale = app.add_subcommand("scale", "years of a large federation; what they cost");
  scale->add_option("--governments", arguments.scale.governments, "daemons")
      ->check(CLI::Range(3, 500));
  scale->add_option("--lists", arguments.scale.lists, "lists, shared out among them")
      ->check(CLI::Range(1, 2000));
  scale->add_option("--days", arguments.scale.days, "virtual days; five years are 1826")
      ->check(CLI::Range(1, 4000));
  scale->add_option("--peers", arguments.scale.peers, "peers of each daemon (the least)")
      ->check(CLI::Range(2, 64));
  scale->add_option("--minutes", arguments.scale.minutes, "end after so long, and say how far");
  scale->add_option("--seed", arguments.scale.seed, "the seed");
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
  if (scenario->parsed()) return Scenarios(arguments);
  if (scale->parsed()) return RunScale(arguments.scale);
  return run->parsed() ? Run(arguments) : Replay(arguments);
}

}  // namespace
}  // namespace comity::sim

int main(int argc, char** argv) { return comity::sim::Main(argc, argv); }
