// Whether an audit log is whole, as one reader finds out who is given all of it.
#ifndef COMITY_STORAGE_AUDIT_VERIFIER_H_
#define COMITY_STORAGE_AUDIT_VERIFIER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/audit_service.pb.h"
#include "storage/audit/chain.h"

namespace comity {

// Follows the chain and compares it with heads that are known from elsewhere. Not
// thread-safe.
class AuditVerifier {
 public:
  // From record `from` on; where that is not 0, what came before is taken on trust.
  explicit AuditVerifier(uint64_t from = 0);

  // A head that the log had, and who says so ("the head anchor"). Before the first Take.
  void Know(const AuditHead& head, std::string who);

  // The next record; false after the first that does not continue the chain, and from then
  // on. A record that notes an earlier gap is a problem too, but the chain goes on.
  bool Take(uint64_t index, std::string_view bytes);
  // The record taken last.
  const v1::AuditRecord& record() const { return record_; }

  // Head, records verified and problems; no entries. `problems` is empty if the log is
  // whole and reached every head that is known.
  v1::AuditReport Finish();

 private:
  struct Known {
    AuditHead head;
    std::string who;
  };

  const uint64_t from_;
  std::optional<AuditChecker> checker_;
  std::vector<Known> known_;
  v1::AuditRecord record_;
  v1::AuditReport report_;
  bool broken_ = false;
};

// The action of a record that says that records before it were lost.
inline constexpr char kAuditGap[] = "audit.gap";

}  // namespace comity

#endif  // COMITY_STORAGE_AUDIT_VERIFIER_H_
