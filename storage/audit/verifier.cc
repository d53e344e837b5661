#include "storage/audit/verifier.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace comity {

AuditVerifier::AuditVerifier(uint64_t from) : from_(from) {
  if (from == 0) checker_.emplace();
}

void AuditVerifier::Know(const AuditHead& head, std::string who) {
  // What lies before the first record that is looked at cannot be compared.
  if (head.size > from_) known_.push_back({head, std::move(who)});
}

bool AuditVerifier::Take(uint64_t index, std::string_view bytes) {
  if (broken_) return false;
  if (!checker_.has_value()) {
    v1::AuditRecord first;
    AuditHead head;
    head.size = from_;
    if (first.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      if (const auto previous = DigestFromBytes(first.previous()); previous.ok()) {
        head.hash = *previous;
      }
    }
    checker_.emplace(head);
  }
  absl::StatusOr<v1::AuditRecord> taken = checker_->Take(index, bytes);
  if (!taken.ok()) {
    broken_ = true;
    report_.add_problems(std::string(taken.status().message()));
    return false;
  }
  record_ = *std::move(taken);
  report_.set_verified(report_.verified() + 1);
  if (record_.action() == kAuditGap) {
    report_.add_problems(absl::StrCat("audit record ", index, " notes: ", record_.reason()));
  }
  for (const Known& known : known_) {
    if (known.head.size != index + 1 || known.head == checker_->head()) continue;
    report_.add_problems(absl::StrCat("audit record ", index, " is not the one that ", known.who,
                                      " knows: the log was altered or made anew"));
  }
  return true;
}

v1::AuditReport AuditVerifier::Finish() {
  const AuditHead head = checker_.has_value() ? checker_->head() : AuditHead{from_, {}};
  for (const Known& known : known_) {
    if (broken_ || known.head.size <= head.size) continue;
    report_.add_problems(absl::StrCat("the audit log has ", head.size, " records where ",
                                      known.head.size, " were written, as ", known.who,
                                      " says: its end was cut off, or an old copy was put back"));
  }
  report_.mutable_head()->set_size(head.size);
  report_.mutable_head()->set_hash(ToHex(head.hash));
  return std::move(report_);
}

}  // namespace comity
