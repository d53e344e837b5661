// AdminService: what changes how this daemon behaves.
#ifndef COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_
#define COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_

#include "comity/v1/admin_service.grpc.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all.
class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(Replica* replica, WorkerPool* pool) : replica_(replica), pool_(pool) {}

  grpc::ServerUnaryReactor* ReleaseSigning(grpc::CallbackServerContext* context,
                                           const v1::ReleaseSigningRequest* request,
                                           v1::ReleaseSigningResponse* response) override;

 private:
  Replica* const replica_;
  WorkerPool* const pool_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_
