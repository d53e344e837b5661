#include "daemon/access/audit_trail.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

namespace comity {
namespace {

constexpr std::chrono::seconds kFlushEvery{1};

}  // namespace

AuditTrail::AuditTrail(Store* store, const Clock* clock)
    : store_(store), clock_(clock), thread_([this] { Run(); }) {}

AuditTrail::~AuditTrail() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    wake_.notify_all();
  }
  thread_.join();
  Flush(true);
}

v1::AuditRecord AuditTrail::Make(std::string action, std::string subject,
                                 std::string reason) const {
  v1::AuditRecord record;
  record.set_at(clock_->Now().micros);
  record.set_caller("comityd");
  record.set_action(std::move(action));
  record.set_subject(std::move(subject));
  record.set_decision(v1::AUDIT_DECISION_DONE);
  record.set_reason(std::move(reason));
  return record;
}

absl::Status AuditTrail::Write(const v1::AuditRecord& record) {
  return store_->AppendAudit({&record, 1});
}

void AuditTrail::Refused(v1::AuditRecord record) {
  if (record.at() == 0) record.set_at(clock_->Now().micros);
  MutexLock lock(mutex_);
  if (!refusals_.Add(record)) return;
  const char* const what =
      record.decision() == v1::AUDIT_DECISION_FAILED ? "failed" : "access refused";
  spdlog::warn("{}: {}{}{} called {}: {}", what,
               record.caller().empty() ? "unknown caller" : record.caller(),
               record.serial().empty() ? "" : ", certificate ", record.serial(), record.action(),
               record.reason());
}

void AuditTrail::Run() {
  MutexLock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(mutex_, kFlushEvery);
    if (stop_ || refusals_.empty()) continue;
    mutex_.unlock();
    Flush(false);
    mutex_.lock();
  }
}

void AuditTrail::Flush(bool all) {
  std::vector<v1::AuditRecord> records;
  {
    MutexLock lock(mutex_);
    records = refusals_.Take(clock_->Now(), all);
  }
  if (records.empty()) return;
  for (const v1::AuditRecord& record : records) {
    if (record.count() < 2) continue;
    spdlog::warn("access refused {} times: {} called {}: {}", record.count(),
                 record.caller().empty() ? "unknown callers" : record.caller(), record.action(),
                 record.reason());
  }
  if (const absl::Status status = store_->AppendAudit(records); !status.ok()) {
    spdlog::error("the audit log takes no records now ({}): {} wait", std::string(status.message()),
                  records.size());
    MutexLock lock(mutex_);
    refusals_.PutBack(std::move(records));
  }
}

}  // namespace comity
