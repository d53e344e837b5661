// What the benchmarks of whole daemons share: a lab, its connections, figures.
#ifndef COMITY_TESTS_BENCH_BENCH_LAB_H_
#define COMITY_TESTS_BENCH_BENCH_LAB_H_

#include <rocksdb/db.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/internal/connection.h"
#include "comity/v1/entry.pb.h"
#include "tests/support/publisher.h"
#include "tests/support/wire.h"

namespace comity::bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Lets the daemons have the processor for a while.
void Rest(std::chrono::milliseconds time);

// Says what is wrong and ends the program.
[[noreturn]] void Die(const std::string& what);

// Sorts them.
struct Spread {
  explicit Spread(std::vector<double> values);
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
};

// A federation of us-bis and no-mfa under DIRECTORY/lab, taken down with this.
class BenchLab {
 public:
  // With a wire, daemons stand on its hosts 0 and 1; without, on loopback.
  explicit BenchLab(const std::string& directory, testing::Wire* wire = nullptr);
  ~BenchLab();

  void Start(const std::string& participant);
  void Stop(const std::string& participant);
  // Of a stopped daemon: what it stored.
  void ForgetData(const std::string& participant);
  // Of a stopped daemon: from how many leaves on it begins from a snapshot.
  void SnapshotFrom(const std::string& participant, int leaves);

  testing::Publisher& us() { return *us_; }
  Connection& To(const std::string& participant);
  // Leaves of the list as shown there; 0 if it is not shown.
  uint32_t SizeAt(const std::string& participant, const std::string& list);
  std::string HistoryAt(const std::string& participant);
  // Asked for now and then, so that the waiting costs the daemons little.
  void AwaitSize(const std::string& participant, const std::string& list, uint32_t size);
  std::string Data(const std::string& participant) const;

 private:
  std::string Config(const std::string& participant) const;
  void Comity(const std::vector<std::string>& arguments, int name_space = -1) const;

  const std::string directory_;
  testing::Wire* const wire_;
  std::unique_ptr<testing::Publisher> us_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
};

// Items of about 500 bytes, numbered from `first`; `edition` changes their text.
std::vector<v1::Entry> Items(int first, int count, int edition);
// Publishes so many as us-bis/list in revisions of at most 40,000; says how long it took.
void PublishMany(BenchLab& lab, int entries);

// A RocksDB of its own under `directory`, emptied first.
std::unique_ptr<rocksdb::DB> OpenFloor(const std::string& directory,
                                       const rocksdb::Options& options);

}  // namespace comity::bench

#endif  // COMITY_TESTS_BENCH_BENCH_LAB_H_
