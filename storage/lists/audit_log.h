// The audit log of a store as a whole: is it what was written, and what to do if not.
#ifndef COMITY_STORAGE_LISTS_AUDIT_LOG_H_
#define COMITY_STORAGE_LISTS_AUDIT_LOG_H_

#include <functional>
#include <optional>

#include "storage/audit/verifier.h"
#include "storage/lists/store.h"

namespace comity {

// Reads every record from `from` on and compares them with the store's anchor and with
// `noted`, a head from elsewhere. `visit`, if any, gets each record that continues the
// chain; false stops it. An error only if the log cannot be read at all.
absl::StatusOr<v1::AuditReport> VerifyAuditLog(
    const Store& store, uint64_t from, const std::optional<AuditHead>& noted,
    const std::function<bool(const v1::AuditRecord&, std::string_view bytes)>& visit);

// At the daemon's start, before anything else is written: if the log is shorter than what
// the anchor says, or not the same, appends a record that says so and gives its text, which
// then is found by every verification. Empty if all is well.
absl::StatusOr<std::string> NoteAuditGap(Store& store, Instant now);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_AUDIT_LOG_H_
