#include "storage/audit/refusals.h"

#include <algorithm>
#include <utility>

namespace comity {

bool Refusals::Add(const v1::AuditRecord& record) {
  const uint64_t count = std::max<uint64_t>(1, record.count());
  Kind kind{record.caller(), record.serial(), record.action(), record.reason()};
  if (const auto it = waiting_.find(kind); it != waiting_.end()) {
    it->second.set_count(it->second.count() + count);
    return false;
  }
  if (waiting_.size() >= kMaxKinds) {
    if (others_.count() == 0) {
      others_.set_at(record.at());
      others_.set_decision(v1::AUDIT_DECISION_REFUSED);
      others_.set_action("access.refused");
      others_.set_reason("further refusals of other callers or for other reasons, only counted");
    }
    others_.set_count(others_.count() + count);
    return false;
  }
  v1::AuditRecord first = record;
  first.set_count(count);
  order_.push_back(kind);
  waiting_.emplace(std::move(kind), std::move(first));
  return true;
}

void Refusals::Refill(Instant now) {
  const int64_t passed = now.micros - refilled_.micros;
  // The first time, or the clock stepped back: it counts from here on.
  if (refilled_.micros == 0 || passed < 0) {
    refilled_ = now;
    return;
  }
  const int64_t more = passed / kRefillMicros;
  tokens_ = std::min<uint64_t>(kBurst, tokens_ + static_cast<uint64_t>(more));
  refilled_.micros += more * kRefillMicros;
}

std::vector<v1::AuditRecord> Refusals::Take(Instant now, bool all) {
  Refill(now);
  std::vector<v1::AuditRecord> taken;
  while (!order_.empty() && (all || tokens_ > 0)) {
    const auto it = waiting_.find(order_.front());
    taken.push_back(std::move(it->second));
    waiting_.erase(it);
    order_.pop_front();
    if (tokens_ > 0) --tokens_;
  }
  if (others_.count() > 0 && (all || tokens_ > 0)) {
    taken.push_back(std::exchange(others_, v1::AuditRecord()));
    if (tokens_ > 0) --tokens_;
  }
  return taken;
}

void Refusals::PutBack(std::vector<v1::AuditRecord> records) {
  for (const v1::AuditRecord& record : records) Add(record);
}

}  // namespace comity
