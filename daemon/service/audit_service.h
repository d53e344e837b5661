// AuditService: the audit log, for those who read it.
#ifndef COMITY_DAEMON_SERVICE_AUDIT_SERVICE_H_
#define COMITY_DAEMON_SERVICE_AUDIT_SERVICE_H_

#include "comity/v1/audit_service.grpc.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/store.h"

namespace comity {

// Thread-safe. Borrows the store.
class AuditServiceImpl final : public v1::AuditService::CallbackService {
 public:
  explicit AuditServiceImpl(const Store* store) : store_(store) {}

  grpc::ServerWriteReactor<v1::ReadAuditResponse>* ReadAudit(
      grpc::CallbackServerContext* context, const v1::ReadAuditRequest* request) override;

 private:
  const Store* const store_;
  // Last, so that its threads end first. A reader may be slow: not on the threads of others.
  WorkerPool pool_{2, 8};
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_AUDIT_SERVICE_H_
