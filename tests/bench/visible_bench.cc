// How long after its submission is a publication shown by a peer, beside two synced writes
// and two empty calls over mutual TLS? One change in a list of 100, on loopback.
//   visible_bench DIRECTORY [PUBLICATIONS]
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "storage/rocks/options.h"
#include "tests/bench/bench_lab.h"

int main(int argc, char** argv) {
  using namespace comity;
  using bench::Clock;
  if (argc < 2) {
    std::fprintf(stderr, "visible_bench DIRECTORY [PUBLICATIONS]\n");
    return 3;
  }
  QuietGrpcLog();
  const int count = argc > 2 ? std::atoi(argv[2]) : 200;
  bench::BenchLab lab(argv[1]);
  const std::string list = "us-bis/list";
  if (const auto first = lab.us().Publish(list, bench::Items(0, 100, 0)); !first.ok()) {
    bench::Die(first.status().ToString());
  }
  uint32_t size = 2;
  lab.AwaitSize("no", list, size);
  // Two disks' worth of files, as two daemons have.
  const rocksdb::Options options(rocks::DatabaseOptions(std::make_shared<rocksdb::EventListener>()),
                                 rocks::FamilyOptions());
  const auto here = bench::OpenFloor(std::string(argv[1]) + "/floor-1", options);
  const auto there = bench::OpenFloor(std::string(argv[1]) + "/floor-2", options);
  Connection& peer = lab.To("no");
  const auto ping = [&] {
    if (!peer.Call(peer.query(), &v1::QueryService::Stub::Ping, v1::PingRequest()).ok()) {
      bench::Die("ping");
    }
  };
  std::vector<double> floor_ms, ours_ms, submit_ms;
  for (int i = 0; i < count; ++i) {
    const auto envelopes = lab.us().Sign(list, bench::Items(i % 100, 1, i + 1));
    if (!envelopes.ok()) bench::Die(envelopes.status().ToString());

    Clock::time_point start = Clock::now();
    for (const auto& db : {here.get(), there.get()}) {
      if (!db->Put(rocks::SyncedWrite(), absl::StrCat(i), (*envelopes)[0]).ok()) {
        bench::Die("floor write");
      }
      ping();
    }
    floor_ms.push_back(1e3 * bench::SecondsSince(start));

    start = Clock::now();
    if (const auto done = lab.us().Submit(*envelopes); !done.ok()) {
      bench::Die(done.status().ToString());
    }
    submit_ms.push_back(1e3 * bench::SecondsSince(start));
    ++size;
    while (lab.SizeAt("no", list) < size) {
    }
    ours_ms.push_back(1e3 * bench::SecondsSince(start));
  }
  const bench::Spread floor(floor_ms), ours(ours_ms), submit(submit_ms);
  std::printf("%-44s %8s %8s %8s\n", "ms", "p50", "p90", "p99");
  std::printf("%-44s %8.2f %8.2f %8.2f\n", "two synced writes and two mTLS round trips", floor.p50,
              floor.p90, floor.p99);
  std::printf("%-44s %8.2f %8.2f %8.2f\n", "submitted, until acknowledged", submit.p50, submit.p90,
              submit.p99);
  std::printf("%-44s %8.2f %8.2f %8.2f\n", "submitted, until a peer shows it", ours.p50, ours.p90,
              ours.p99);
  std::printf("%-44s %8.2f %8.2f %8.2f\n", "ratio", ours.p50 / floor.p50, ours.p90 / floor.p90,
              ours.p99 / floor.p99);
  return 0;
}
