// The daemon's pen: what it writes into the audit log beside the commits that carry their
// own records.
#ifndef COMITY_DAEMON_ACCESS_AUDIT_TRAIL_H_
#define COMITY_DAEMON_ACCESS_AUDIT_TRAIL_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "storage/audit/refusals.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/lists/store.h"

namespace comity {

// Thread-safe. Refusals are counted together and written within a second, as long as they
// are not too many (storage/audit/refusals.h); a crash loses at most those that waited, and
// the log on standard error has named each kind by then.
class AuditTrail {
 public:
  // Borrows both.
  AuditTrail(Store* store, const Clock* clock);
  // Writes what waits.
  ~AuditTrail();

  // A record of now, by the daemon itself, done; to be filled in further.
  v1::AuditRecord Make(std::string action, std::string subject = "", std::string reason = "") const;
  // Durable when OK is returned: for what is about to be done and is no commit.
  absl::Status Write(const v1::AuditRecord& record);
  // Never waits: may be called on gRPC's threads. For refusals and failures.
  void Refused(v1::AuditRecord record);

 private:
  void Run();
  void Flush(bool all);

  Store* const store_;
  const Clock* const clock_;
  Mutex mutex_;
  ConditionVariable wake_;
  Refusals refusals_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_AUDIT_TRAIL_H_
