// AdminService: what changes how this daemon behaves.
#ifndef COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_
#define COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_

#include "comity/v1/admin_service.grpc.pb.h"
#include "daemon/access/audit_trail.h"
#include "daemon/service/roster_desk.h"
#include "daemon/sync/peer_view.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows all. What is done is in the audit log before its answer goes out;
// without an audit trail nothing is recorded.
class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(Replica* replica, PeerDirectory* peers, RosterDesk* rosters, WorkerPool* pool,
                   AuditTrail* audit = nullptr)
      : replica_(replica), peers_(peers), rosters_(rosters), pool_(pool), audit_(audit) {}

  grpc::ServerUnaryReactor* SubmitRoster(grpc::CallbackServerContext* context,
                                         const v1::SubmitRosterRequest* request,
                                         v1::SubmitRosterResponse* response) override;

  grpc::ServerUnaryReactor* ReleaseSigning(grpc::CallbackServerContext* context,
                                           const v1::ReleaseSigningRequest* request,
                                           v1::ReleaseSigningResponse* response) override;
  grpc::ServerUnaryReactor* PausePeer(grpc::CallbackServerContext* context,
                                      const v1::PausePeerRequest* request,
                                      v1::PausePeerResponse* response) override;
  grpc::ServerUnaryReactor* ResumePeer(grpc::CallbackServerContext* context,
                                       const v1::ResumePeerRequest* request,
                                       v1::ResumePeerResponse* response) override;

 private:
  // The record of what the caller does.
  v1::AuditRecord RecordOf(const grpc::CallbackServerContext& context, const std::string& method,
                           const std::string& subject, const std::string& reason) const;

  Replica* const replica_;
  PeerDirectory* const peers_;
  RosterDesk* const rosters_;
  WorkerPool* const pool_;
  AuditTrail* const audit_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_ADMIN_SERVICE_H_
