// How many `item show` a second does a daemon answer, beside empty calls on the same
// connection in the same run? Prints both rates and their ratio.
//   query_bench CONTEXT CODE [SECONDS] [CALLERS]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "client/internal/connection.h"
#include "client/transport/channel.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Rate {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

Rate Measure(int callers, double seconds, const std::function<bool()>& call) {
  std::atomic<bool> stop{false};
  std::vector<std::vector<double>> times(callers);
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] {
      while (!stop) {
        const Clock::time_point begin = Clock::now();
        if (!call()) std::abort();
        times[i].push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      }
    });
  }
  std::this_thread::sleep_until(
      start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  return {all.size() / took, all[all.size() / 2], all[all.size() * 99 / 100]};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "query_bench CONTEXT CODE [SECONDS] [CALLERS]\n");
    return 3;
  }
  comity::QuietGrpcLog();
  const auto context = comity::LoadContext(argv[1]);
  if (!context.ok()) {
    std::fprintf(stderr, "%s\n", context.status().ToString().c_str());
    return 3;
  }
  const double seconds = argc > 3 ? std::atof(argv[3]) : 2;
  const int callers = argc > 4 ? std::atoi(argv[4]) : 8;
  comity::Connection connection(*context);
  comity::v1::GetItemRequest item;
  item.set_code(argv[2]);
  const auto ask = [&] {
    return connection.Call(connection.query(), &comity::v1::QueryService::Stub::GetItem, item).ok();
  };
  const auto ping = [&] {
    return connection
        .Call(connection.query(), &comity::v1::QueryService::Stub::Ping, comity::v1::PingRequest())
        .ok();
  };
  Measure(callers, 0.5, ping);  // warm-up
  // Interleaved, so that what slows one slows both.
  Rate pings, items;
  for (int round = 0; round < 2; ++round) {
    pings = Measure(callers, seconds / 2, ping);
    items = Measure(callers, seconds / 2, ask);
    std::printf(
        "round %d: empty call %.0f/s (p50 %.0f us, p99 %.0f us); item %s %.0f/s (p50 %.0f us, "
        "p99 %.0f us); ratio %.2f\n",
        round + 1, pings.per_second, pings.p50_us, pings.p99_us, argv[2], items.per_second,
        items.p50_us, items.p99_us, items.per_second / pings.per_second);
  }
  return 0;
}
