// A log whose own authority does wrong, with its own good keys.
#ifndef COMITY_TESTS_SIM_ROGUE_LOG_H_
#define COMITY_TESTS_SIM_ROGUE_LOG_H_

#include <memory>
#include <string>
#include <vector>

#include "storage/lists/replica.h"
#include "tests/sim/swarm.h"
#include "tests/support/federation.h"

namespace comity::sim {

// Good leaves, then one that is wrong in one way; all of it under a good checkpoint. An
// equivocating log is good, differs by `variant` from leaf 2 on, and is `extra` leaves longer.
class RogueLog {
 public:
  RogueLog(const testing::TestFederation& federation, const std::string& authority, Rogue rogue,
           int variant, int extra = 0);

  const LogHead& head() const { return head_; }
  // Leaves that everyone may hold.
  uint64_t good() const { return good_; }
  // The log's root after `size` leaves.
  Digest RootAfter(uint64_t size) const;
  absl::StatusOr<LogConsistency> Consistency(uint64_t old_size, uint64_t new_size) const;
  absl::StatusOr<Replica::Range> Read(uint64_t begin, uint64_t end, uint64_t max_bytes) const;

 private:
  MemoryStore store_;
  LogHead head_;
  uint64_t good_ = 0;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_ROGUE_LOG_H_
