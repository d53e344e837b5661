#include "storage/lists/audit_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr char kAnchor[] = "the head anchor";

// What the anchor says against the log; empty: nothing.
absl::StatusOr<std::string> Contradiction(const Store& store) {
  const absl::StatusOr<AuditHead> anchored = store.AnchoredAudit();
  COMITY_ASSIGN_OR_RETURN(const AuditHead head, store.ReadAuditHead());
  if (absl::IsNotFound(anchored.status())) {
    if (head.size == 0) return std::string();
    return std::string(anchored.status().message());
  }
  COMITY_RETURN_IF_ERROR(anchored.status());
  if (anchored->size == 0) return std::string();
  if (head.size < anchored->size) {
    return absl::StrCat("the audit log has ", head.size, " records where ", anchored->size,
                        " were written: its end was cut off, or an old copy was put back");
  }
  bool is_there = false;
  COMITY_RETURN_IF_ERROR(
      store.ScanAudit(anchored->size - 1, [&](uint64_t index, std::string_view bytes) {
        is_there = index + 1 == anchored->size && AuditHash(bytes) == anchored->hash;
        return false;
      }));
  if (is_there) return std::string();
  return absl::StrCat("audit record ", anchored->size - 1, " is not the one that ", kAnchor,
                      " knows: the log was altered or made anew");
}

}  // namespace

absl::StatusOr<v1::AuditReport> VerifyAuditLog(
    const Store& store, uint64_t from, const std::optional<AuditHead>& noted,
    const std::function<bool(const v1::AuditRecord&, std::string_view bytes)>& visit) {
  AuditVerifier verifier(from);
  const absl::StatusOr<AuditHead> anchored = store.AnchoredAudit();
  if (anchored.ok()) verifier.Know(*anchored, kAnchor);
  if (noted.has_value()) verifier.Know(*noted, "the head that was noted");
  bool stopped = false;
  COMITY_RETURN_IF_ERROR(store.ScanAudit(from, [&](uint64_t index, std::string_view bytes) {
    if (!verifier.Take(index, bytes)) return false;
    stopped = visit != nullptr && !visit(verifier.record(), bytes);
    return !stopped;
  }));
  if (stopped) return absl::CancelledError("the verification of the audit log was stopped");
  v1::AuditReport report = verifier.Finish();
  if (!anchored.ok() && report.head().size() > 0) {
    report.add_problems(std::string(anchored.status().message()));
  }
  return report;
}

absl::StatusOr<std::string> NoteAuditGap(Store& store, Instant now) {
  COMITY_ASSIGN_OR_RETURN(const std::string gap, Contradiction(store));
  if (gap.empty()) return gap;
  v1::AuditRecord record;
  record.set_at(now.micros);
  record.set_caller("comityd");
  record.set_action(kAuditGap);
  record.set_decision(v1::AUDIT_DECISION_FAILED);
  record.set_reason(gap);
  COMITY_RETURN_IF_ERROR(store.AppendAudit({&record, 1}));
  return gap;
}

}  // namespace comity
