// How many bytes cross the network for one change in a long list, from its submission until
// the peer shows it, beside the bytes that were signed? IP packets both ways are counted,
// with all that TCP, TLS and HTTP/2 add; takes root's rights (network namespaces).
//   wire_bench DIRECTORY [ENTRIES]
#include <cstdio>
#include <cstdlib>

#include "client/transport/channel.h"
#include "tests/bench/bench_lab.h"

namespace {

using namespace comity;

constexpr int kChanges = 15;
constexpr int kObserver = 2;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "wire_bench DIRECTORY [ENTRIES]\n");
    return 3;
  }
  const int entries = argc > 2 ? std::atoi(argv[2]) : 200'000;
  auto wire = testing::Wire::Create(kObserver + 1, 7);
  absl::Status ready = wire.status();
  if (ready.ok()) ready = (*wire)->Enter(kObserver);
  if (!ready.ok()) {
    std::fprintf(stderr, "NOT RUN: the kernel refuses %s\n", std::string(ready.message()).c_str());
    return 77;
  }
  QuietGrpcLog();
  const std::string list = "us-bis/list";
  bench::BenchLab lab(argv[1], wire->get());
  bench::PublishMany(lab, entries);
  uint32_t size = lab.SizeAt("us", list);
  lab.AwaitSize("no", list, size);
  const auto crossed = [&] {
    return static_cast<double>((*wire)->Sent(0, 1).bytes + (*wire)->Sent(1, 0).bytes);
  };
  std::vector<double> signed_bytes, shown_bytes, settled_bytes;
  for (int i = 0; i < kChanges; ++i) {
    const auto envelopes = lab.us().Sign(list, bench::Items(i, 1, i + 1));
    if (!envelopes.ok()) bench::Die(envelopes.status().ToString());
    // So that what follows a publication is over before the next one is counted.
    bench::Rest(std::chrono::milliseconds(500));
    const double before = crossed();
    if (const auto done = lab.us().Submit(*envelopes); !done.ok()) {
      bench::Die(done.status().ToString());
    }
    ++size;
    while (lab.SizeAt("no", list) < size) {
    }
    shown_bytes.push_back(crossed() - before);
    bench::Rest(std::chrono::milliseconds(500));
    settled_bytes.push_back(crossed() - before);
    signed_bytes.push_back(static_cast<double>((*envelopes)[0].size()));
  }
  // The rest, about as long as one change is counted: greetings and keepalives.
  const double idle_before = crossed();
  bench::Rest(std::chrono::seconds(20));
  const double idle = (crossed() - idle_before) / 20;
  const bench::Spread change(signed_bytes), shown(shown_bytes), settled(settled_bytes);
  std::printf("%-48s %9s %8s\n", "bytes, p50 of 15 changes", "", "ratio");
  std::printf("%-48s %9.0f %8.2f\n", "the signed change", change.p50, 1.0);
  std::printf("%-48s %9.0f %8.2f\n", "on the wire until the peer shows it", shown.p50,
              shown.p50 / change.p50);
  std::printf("%-48s %9.0f %8.2f\n", "and all that follows (HELD both ways)", settled.p50,
              settled.p50 / change.p50);
  std::printf("%-48s %9.0f\n", "a second in which nothing changes", idle);
  return 0;
}
