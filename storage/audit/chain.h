// The audit log: who did or was refused what, each record bound to all before it.
//
// Record i holds the hash of record i - 1, so the hash of the last one, with the number of
// records, stands for the whole log: the head. Whoever knows a head finds every edit,
// insertion, removal, exchange and truncation of what it covers. The store keeps the head
// beside the database (storage/rocks/head_anchor.h); `comity audit verify --head` takes
// one that somebody noted elsewhere, which finds even a log that was made anew with its
// anchor.
//
// Growth: nothing is ever deleted. Refusals are counted together (refusals.h), so that a
// flood costs at most 1,800 records an hour; everything else is as frequent as changes are.
// A record is about 300 bytes.
#ifndef COMITY_STORAGE_AUDIT_CHAIN_H_
#define COMITY_STORAGE_AUDIT_CHAIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/audit.pb.h"
#include "comity/v1/audit_service.pb.h"
#include "storage/base/types.h"

namespace comity {

// A log's length and the hash of its last record; zeros for an empty one. Value type.
struct AuditHead {
  uint64_t size = 0;
  Digest hash{};
  bool operator==(const AuditHead&) const = default;

  // "SIZE:HASH", as people note it; INVALID_ARGUMENT if the text is none.
  std::string ToString() const;
  static absl::StatusOr<AuditHead> Parse(std::string_view text);
};

// Who causes a commit, as its records say.
struct Actor {
  // As AuditRecord::caller, serial and action.
  std::string caller = "comityd";
  std::string serial;
  std::string action = "list.append";
};

// SHA-256 over "comity-audit-1", LF and the record's stored bytes.
Digest AuditHash(std::string_view record);

// Gives the record its place after `head`, cuts its texts to their limits, and advances
// `head` over it. Returns the bytes to store.
std::string Chain(v1::AuditRecord record, AuditHead* head);

// Follows a chain from a known head. Not thread-safe.
class AuditChecker {
 public:
  // From the log's beginning, or from a head that is trusted.
  AuditChecker() = default;
  explicit AuditChecker(AuditHead from) : head_(from) {}

  // The record that the store has at `index`. DATA_LOSS, naming the index, if it does not
  // continue the chain: it, or one before it, was altered, removed, moved or put in.
  absl::StatusOr<v1::AuditRecord> Take(uint64_t index, std::string_view record);
  // DATA_LOSS if the chain does not end at `head`, or does not reach it.
  absl::Status Ends(const AuditHead& head) const;

  const AuditHead& head() const { return head_; }

 private:
  AuditHead head_;
};

// "done", "refused", "failed".
std::string_view DecisionName(v1::AuditDecision decision);
v1::AuditEntry ToEntry(const v1::AuditRecord& record, std::string_view bytes);

}  // namespace comity

#endif  // COMITY_STORAGE_AUDIT_CHAIN_H_
