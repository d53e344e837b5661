#include "tests/sim/run_seeds.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <thread>
#include <vector>

namespace comity::sim {
namespace {

constexpr int kMaxJobs = 64;

// What a process says of one seed, in one write.
struct Summary {
  uint64_t seed = 0;
  uint64_t events = 0;
  uint64_t published = 0;
  bool broken = false;
  bool two_traces = false;
  Cases cases;
};
static_assert(sizeof(Summary) <= PIPE_BUF, "a write of it is whole");

// What all processes share.
struct Shared {
  std::atomic<uint64_t> next;
  // The least seed that failed: what lies above it need not run.
  std::atomic<uint64_t> failed;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

Summary RunOne(const SeedsOptions& options, uint64_t seed) {
  SeedOptions one = options.seed;
  one.seed = seed;
  const SeedResult result = RunSeed(one);
  Summary summary{seed,  result.events, result.published, result.broken.has_value(),
                  false, result.cases};
  if (options.twice && !summary.broken) {
    const SeedResult again = RunSeed(one);
    summary.two_traces = again.broken.has_value() || again.trace_hash != result.trace_hash ||
                         again.events != result.events;
  }
  return summary;
}

void Lower(std::atomic<uint64_t>& least, uint64_t value) {
  for (uint64_t known = least; value < known && !least.compare_exchange_weak(known, value);) {
  }
}

[[noreturn]] void Work(const SeedsOptions& options, Shared& shared, int pipe) {
  for (;;) {
    const uint64_t seed = shared.next++;
    if (seed > options.to || seed > shared.failed) break;
    const Summary summary = RunOne(options, seed);
    if (summary.broken || summary.two_traces) Lower(shared.failed, seed);
    if (write(pipe, &summary, sizeof(summary)) != sizeof(summary)) _exit(1);
  }
  _exit(0);
}

void Add(const Summary& summary, SeedsResult& result) {
  ++result.seeds;
  result.events += summary.events;
  result.published += summary.published;
  result.cases.Add(summary.cases);
  if (!summary.broken && !summary.two_traces) return;
  result.failed = summary.seed;
  result.two_traces = summary.two_traces;
}

SeedsResult RunHere(const SeedsOptions& options) {
  SeedsResult result;
  for (uint64_t seed = options.from; seed <= options.to && !result.failed.has_value(); ++seed) {
    Add(RunOne(options, seed), result);
    if (options.progress) options.progress(result.seeds, result.events);
  }
  return result;
}

}  // namespace

int Cores() { return std::clamp<int>(std::thread::hardware_concurrency(), 1, kMaxJobs); }

SeedsResult RunSeeds(const SeedsOptions& options) {
  const int jobs = static_cast<int>(
      std::min<uint64_t>(std::clamp(options.jobs, 1, kMaxJobs), options.to - options.from + 1));
  if (jobs == 1) return RunHere(options);
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  if (memory == MAP_FAILED || pipe(ends) != 0) return RunHere(options);
  Shared& shared = *new (memory) Shared;
  shared.next = options.from;
  shared.failed = UINT64_MAX;
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (int job = 0; job < jobs; ++job) {
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      Work(options, shared, ends[1]);
    }
    if (child > 0) children.push_back(child);
  }
  close(ends[1]);

  std::map<uint64_t, Summary> summaries;
  uint64_t events = 0;
  for (Summary summary;;) {
    const ssize_t got = read(ends[0], &summary, sizeof(summary));
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof(summary)) break;
    summaries[summary.seed] = summary;
    events += summary.events;
    if (options.progress) options.progress(summaries.size(), events);
  }
  close(ends[0]);
  bool whole = !children.empty();
  for (const pid_t child : children) {
    int status = 0;
    whole = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
            whole;
  }
  SeedsResult result;
  for (const auto& [seed, summary] : summaries) {
    if (result.failed.has_value() || seed != options.from + result.seeds) break;
    Add(summary, result);
  }
  // A seed of which nothing came ended its process.
  if (!whole && !result.failed.has_value() && result.seeds < options.to - options.from + 1) {
    result.failed = options.from + result.seeds;
    result.died = true;
  }
  munmap(memory, sizeof(Shared));
  return result;
}

}  // namespace comity::sim
