// How many entries a second does a peer take in that has nothing, by history and from a
// snapshot, beside RocksDB loading as many bytes (WriteBatch of 1,000, not synced, lz4)?
//   catchup_bench DIRECTORY [ENTRIES]
#include <rocksdb/write_batch.h>

#include <cstdio>
#include <cstdlib>

#include "client/transport/channel.h"
#include "tests/bench/bench_lab.h"

namespace {

using namespace comity;
using bench::Clock;

constexpr int kBatch = 1'000;

// Seconds; keys and values are made while the clock stands.
double LoadFloor(const std::string& directory, int entries) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  const auto db = bench::OpenFloor(directory, options);
  double took = 0;
  for (int done = 0; done < entries; done += kBatch) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const v1::Entry& one : bench::Items(done, std::min(kBatch, entries - done), 0)) {
      rows.emplace_back(one.key(), one.SerializeAsString());
    }
    const Clock::time_point start = Clock::now();
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : rows) {
      if (!batch.Put(key, value).ok()) bench::Die("floor batch");
    }
    if (!db->Write(rocksdb::WriteOptions(), &batch).ok()) bench::Die("floor write");
    took += bench::SecondsSince(start);
  }
  return took;
}

void Row(const char* what, double seconds, int entries, double floor) {
  std::printf("%-44s %8.2f %12.0f %8.3f\n", what, seconds, entries / seconds, floor / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "catchup_bench DIRECTORY [ENTRIES]\n");
    return 3;
  }
  QuietGrpcLog();
  const std::string directory = argv[1], list = "us-bis/list";
  const int entries = argc > 2 ? std::atoi(argv[2]) : 200'000;
  bench::BenchLab lab(directory);
  lab.Stop("no");
  bench::PublishMany(lab, entries);
  const uint32_t size = lab.SizeAt("us", list);

  const double floor = LoadFloor(directory + "/floor", entries);
  const auto take_in = [&](int snapshot_from, double* served) {
    lab.ForgetData("no");
    lab.SnapshotFrom("no", snapshot_from);
    const Clock::time_point start = Clock::now();
    lab.Start("no");
    lab.AwaitSize("no", list, size);
    *served = bench::SecondsSince(start);
    while (lab.HistoryAt("no") != "COMPLETE") bench::Rest(std::chrono::milliseconds(10));
    const double whole = bench::SecondsSince(start);
    lab.Stop("no");
    return whole;
  };
  double history_served = 0, snapshot_served = 0;
  const double history = take_in(1'000'000, &history_served);
  const double snapshot = take_in(2, &snapshot_served);
  const double floor_again = LoadFloor(directory + "/floor", entries);

  std::printf("%-44s %8s %12s %8s\n", "", "s", "entries/s", "ratio");
  Row("RocksDB load, before", floor, entries, floor);
  Row("catch-up by history", history, entries, floor);
  Row("bootstrap: snapshot served", snapshot_served, entries, floor);
  Row("bootstrap: history complete", snapshot, entries, floor);
  Row("RocksDB load, after", floor_again, entries, floor);
  return 0;
}
