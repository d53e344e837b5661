// Refusals, counted together so that a flood of them cannot fill the audit log, and none
// is ever left out of the count.
#ifndef COMITY_STORAGE_AUDIT_REFUSALS_H_
#define COMITY_STORAGE_AUDIT_REFUSALS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "comity/v1/audit.pb.h"
#include "storage/base/types.h"

namespace comity {

// What waits to be written. Those alike in caller, serial, action and reason make one
// record with a count. A bucket of kBurst records that refills at one in two seconds says
// how many may be written now; what is beyond it waits and is counted on. Beyond
// kMaxKinds kinds that wait, further kinds make one record "of other callers". Not
// thread-safe; memory at most kMaxKinds records.
class Refusals {
 public:
  static constexpr size_t kBurst = 256;
  static constexpr size_t kMaxKinds = 256;
  static constexpr int64_t kRefillMicros = 2'000'000;

  // `record.at` is when it was refused. True if it is the first of its kind that waits.
  bool Add(const v1::AuditRecord& record);

  // What may be written at `now`, the oldest first; it waits no more. `all`: everything,
  // for the daemon's end.
  std::vector<v1::AuditRecord> Take(Instant now, bool all);
  // What could not be written waits again.
  void PutBack(std::vector<v1::AuditRecord> records);

  bool empty() const { return waiting_.empty() && others_.count() == 0; }

 private:
  using Kind = std::tuple<std::string, std::string, std::string, std::string>;
  void Refill(Instant now);

  std::map<Kind, v1::AuditRecord> waiting_;
  // Kinds in the order in which they came.
  std::deque<Kind> order_;
  v1::AuditRecord others_;
  size_t tokens_ = kBurst;
  Instant refilled_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_AUDIT_REFUSALS_H_
