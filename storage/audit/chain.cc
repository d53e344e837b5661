#include "storage/audit/chain.h"

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr std::string_view kTag = "comity-audit-1\n";
constexpr size_t kMaxName = 512;
constexpr size_t kMaxAction = 256;
constexpr size_t kMaxReason = 4096;

// Bytes of the printable character that the text begins with; 0 if it begins with a control
// or with what is no UTF-8.
size_t PrintableBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  uint32_t point = first & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3f);
  }
  const uint32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0xa0;
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < least || surrogate || point > 0x10ffff ? 0 : size;
}

// What comes from callers may be too long, no UTF-8, or made to look like other lines.
void Limit(std::string* text, size_t limit) {
  std::string clean;
  for (std::string_view rest = *text; !rest.empty();) {
    const size_t size = PrintableBytes(rest);
    const std::string next =
        size > 0
            ? std::string(rest.substr(0, size))
            : absl::StrCat("\\x", absl::Hex(static_cast<unsigned char>(rest[0]), absl::kZeroPad2));
    if (clean.size() + next.size() > limit) break;
    clean += next;
    rest.remove_prefix(std::max<size_t>(1, size));
  }
  *text = std::move(clean);
}

uint32_t Narrow(uint64_t number) {
  return static_cast<uint32_t>(std::min<uint64_t>(number, std::numeric_limits<uint32_t>::max()));
}

absl::Status Broken(uint64_t index, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("audit record ", index, ": ", Absl(what),
                   ": the log was altered; compare it with its last export"));
}

}  // namespace

std::string AuditHead::ToString() const { return absl::StrCat(size, ":", ToHex(ToBytes(hash))); }

absl::StatusOr<AuditHead> AuditHead::Parse(std::string_view text) {
  const size_t colon = text.find(':');
  AuditHead head;
  if (colon != std::string_view::npos &&
      absl::SimpleAtoi(Absl(text.substr(0, colon)), &head.size)) {
    const auto bytes = FromHex(text.substr(colon + 1));
    const auto digest = bytes.ok() ? DigestFromBytes(*bytes) : bytes.status();
    if (digest.ok()) {
      head.hash = *digest;
      return head;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Absl(text.substr(0, 100)),
      "\" is not the head of an audit log: SIZE:HASH, as `comity audit verify` prints it"));
}

Digest AuditHash(std::string_view record) { return Sha256({kTag, record}); }

std::string Chain(v1::AuditRecord record, AuditHead* head) {
  Limit(record.mutable_caller(), kMaxName);
  Limit(record.mutable_serial(), kMaxName);
  Limit(record.mutable_action(), kMaxAction);
  Limit(record.mutable_subject(), kMaxName);
  Limit(record.mutable_reason(), kMaxReason);
  if (record.count() == 0) record.set_count(1);
  record.set_index(head->size);
  record.set_previous(ToBytes(head->hash));
  std::string bytes = record.SerializeAsString();
  *head = {head->size + 1, AuditHash(bytes)};
  return bytes;
}

absl::StatusOr<v1::AuditRecord> AuditChecker::Take(uint64_t index, std::string_view bytes) {
  if (index != head_.size) {
    return Broken(head_.size, absl::StrCat("is missing, record ", index, " stands in its place"));
  }
  v1::AuditRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Broken(index, "cannot be read");
  }
  if (record.index() != index) {
    return Broken(index, absl::StrCat("says that it is record ", record.index()));
  }
  if (record.previous() != ToBytes(head_.hash)) {
    return Broken(index, "does not continue the record before it");
  }
  head_ = {index + 1, AuditHash(bytes)};
  return record;
}

absl::Status AuditChecker::Ends(const AuditHead& head) const {
  if (head_ == head) return absl::OkStatus();
  if (head_.size != head.size) {
    return absl::DataLossError(
        absl::StrCat("the audit log has ", head_.size, " records where ", head.size,
                     " were written: its end was cut off, or an old copy was put back"));
  }
  return absl::DataLossError(absl::StrCat("the audit log's last record, ", head.size - 1,
                                          ", is not the one that was written there"));
}

std::string_view DecisionName(v1::AuditDecision decision) {
  switch (decision) {
    case v1::AUDIT_DECISION_DONE:
      return "done";
    case v1::AUDIT_DECISION_REFUSED:
      return "refused";
    case v1::AUDIT_DECISION_FAILED:
      return "failed";
    default:
      return "";
  }
}

v1::AuditEntry ToEntry(const v1::AuditRecord& record, std::string_view bytes) {
  v1::AuditEntry entry;
  entry.set_index(Narrow(record.index()));
  entry.set_at(FormatInstant(Instant{record.at()}));
  entry.set_caller(record.caller());
  entry.set_serial(record.serial());
  entry.set_action(record.action());
  entry.set_subject(record.subject());
  entry.set_before(Narrow(record.before()));
  entry.set_after(Narrow(record.after()));
  entry.set_decision(std::string(DecisionName(record.decision())));
  entry.set_reason(record.reason());
  entry.set_count(Narrow(record.count()));
  entry.set_hash(ToHex(ToBytes(AuditHash(bytes))));
  entry.set_record(std::string(bytes));
  return entry;
}

}  // namespace comity
