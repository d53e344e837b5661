// What the reliability tests write, and what must be read back.
#ifndef COMITY_TESTS_STORAGE_ROCKS_RELIABILITY_WORKLOAD_H_
#define COMITY_TESTS_STORAGE_ROCKS_RELIABILITY_WORKLOAD_H_

#include <rocksdb/env.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/rocks/rocks_store.h"
#include "tests/support/power_fs.h"
#include "tests/support/setting.h"

namespace comity::testing {

// What a store gives of the commits it was given.
struct Judgement {
  bool noticed = false;  // a read was refused
  // The timelines do not make the state root of the head, which a daemon compares before
  // it serves anything (Replica::Create).
  bool noticed_at_start = false;
  bool is_short = false;  // the heads are those of fewer commits
  // What was served and is wrong; empty if nothing.
  std::string wrong;
};

// What a child process said before it ended, and the signal that ended it, if one did.
struct ChildResult {
  std::string said;
  int signal = 0;
};

// Runs `body` in a child, because RocksDB's own assertions end the process on some
// damage, and because it could hang: then the result is SIGALRM. A database that this
// process has opened before would have lost its threads in the child: open none.
ChildResult InChild(const std::function<std::string()>& body);

// A row of commits to two lists, a function of the seed alone.
class Workload {
 public:
  static constexpr size_t kCommits = 40;

  explicit Workload(uint64_t seed);
  const std::vector<ListCommit>& commits() const { return commits_; }

  // Runs it on the disk; marks count acknowledged commits, and `after` is called with
  // each. Closed and opened again after `reopen_after` commits; 0: never.
  void Run(PowerFs& fs, rocksdb::Env* env, const std::string& anchor_directory = "",
           size_t reopen_after = 0, const std::function<void(size_t)>& after = nullptr) const;

  // The calls of a run in a child, see Run.
  std::vector<DiskCall> Record(const std::string& anchor_directory, size_t reopen_after,
                               const std::function<void(size_t)>& after = nullptr) const;

  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(rocksdb::Env* env,
                                                          const std::string& anchor_directory = "");

  // Empty if the store holds exactly the first n commits for some n in [at_least,
  // at_least + 1]; else what is wrong.
  std::string Check(const RocksStore& store, uint64_t at_least) const;

  // Reads everything there is below the heads that the store gives, `count` commits
  // having been acknowledged.
  Judgement Judge(const RocksStore& store, size_t count) const;

  // Whether every leaf of the first `count` commits can be read, and is right.
  bool HoldsLeaves(const RocksStore& store, size_t count) const;

  // What the head anchor says after `count` commits.
  Frontier Heads(size_t count) const;

 private:
  std::vector<ListCommit> commits_;
};

}  // namespace comity::testing

#endif  // COMITY_TESTS_STORAGE_ROCKS_RELIABILITY_WORKLOAD_H_
