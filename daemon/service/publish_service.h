// PublishService: drafting and submitting.
#ifndef COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_
#define COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_

#include "comity/v1/publish_service.grpc.pb.h"
#include "daemon/access/audit_trail.h"
#include "daemon/service/upload_budget.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all; without an audit trail refusals are not recorded. A publisher acts for
// the authority that its certificate names, and for no other.
class PublishServiceImpl final : public v1::PublishService::CallbackService {
 public:
  PublishServiceImpl(Replica* replica, WorkerPool* pool, AuditTrail* audit = nullptr)
      : replica_(replica), pool_(pool), audit_(audit) {}

  grpc::ServerBidiReactor<v1::DraftRequest, v1::DraftResponse>* DraftRevision(
      grpc::CallbackServerContext* context) override;
  grpc::ServerReadReactor<v1::SubmitRequest>* SubmitRevision(grpc::CallbackServerContext* context,
                                                             v1::SubmitResponse* response) override;

 private:
  Replica* const replica_;
  WorkerPool* const pool_;
  AuditTrail* const audit_;
  UploadBudget uploads_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_
