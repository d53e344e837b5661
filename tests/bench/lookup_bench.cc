// What does a look-up cost a screener in a list of 10,000 entries and in a long one? Random
// codes over mutual TLS, one after the other, from two daemons in turn, so that what slows one
// slows both; beside an empty call.
//   lookup_bench DIRECTORY [ENTRIES]
#include <cstdio>
#include <cstdlib>
#include <random>

#include "client/transport/channel.h"
#include "tests/bench/bench_lab.h"

namespace {

using namespace comity;
using bench::Clock;

constexpr int kRounds = 20;
constexpr int kLookUps = 500;

struct Side {
  Side(const std::string& directory, int number)
      : entries(number), lab(std::make_unique<bench::BenchLab>(directory)) {
    bench::PublishMany(*lab, entries);
  }
  // Microseconds of each call.
  void Ask(std::mt19937& random) {
    Connection& connection = lab->To("us");
    for (int i = 0; i < kLookUps; ++i) {
      v1::GetItemRequest request;
      request.set_code(bench::Items(static_cast<int>(random() >> 1) % entries, 1, 0)[0].key());
      const Clock::time_point start = Clock::now();
      const auto answer =
          connection.Call(connection.query(), &v1::QueryService::Stub::GetItem, request);
      times.push_back(1e6 * bench::SecondsSince(start));
      if (!answer.ok() || answer->authorities_size() != 1) bench::Die("a code is not there");
    }
    for (int i = 0; i < kLookUps; ++i) {
      const Clock::time_point start = Clock::now();
      if (!connection.Call(connection.query(), &v1::QueryService::Stub::Ping, v1::PingRequest())
               .ok()) {
        bench::Die("ping");
      }
      pings.push_back(1e6 * bench::SecondsSince(start));
    }
  }

  const int entries;
  std::unique_ptr<bench::BenchLab> lab;
  std::vector<double> times, pings;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "lookup_bench DIRECTORY [ENTRIES]\n");
    return 3;
  }
  QuietGrpcLog();
  const std::string directory = argv[1];
  Side few(directory + "/few", 10'000);
  Side many(directory + "/many", argc > 2 ? std::atoi(argv[2]) : 1'000'000);
  std::mt19937 random(1);
  for (int round = 0; round < kRounds; ++round) {
    few.Ask(random);
    many.Ask(random);
  }
  std::printf("%-28s %8s %8s %8s\n", "us, of 10,000 calls", "p50", "p90", "p99");
  const bench::Spread a(few.times), b(many.times), floor(few.pings);
  const auto row = [](const char* what, const bench::Spread& one, int digits) {
    std::printf("%-28s %8.*f %8.*f %8.*f\n", what, digits, one.p50, digits, one.p90, digits,
                one.p99);
  };
  row("an empty call", floor, 0);
  row("an item among 10,000", a, 0);
  row(("an item among " + std::to_string(many.entries)).c_str(), b, 0);
  std::printf("%-28s %8.2f %8.2f %8.2f\n", "ratio of the last two", b.p50 / a.p50, b.p90 / a.p90,
              b.p99 / a.p99);
  return 0;
}
