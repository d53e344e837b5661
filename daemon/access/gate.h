// What stands before every RPC: the caller's certificate, its role, the audit record.
#ifndef COMITY_DAEMON_ACCESS_GATE_H_
#define COMITY_DAEMON_ACCESS_GATE_H_

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server_context.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/access/audit_trail.h"
#include "daemon/access/open_calls.h"
#include "daemon/access/policy.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/identity/certificate.h"
#include "storage/log/roster.h"

namespace comity {

// Decides on each connection, and on each RPC of any kind before its handler is reached.
// The CA bundle is chosen by the caller's own trust domain, so that one participant's CA
// cannot name another's people. Peers come from every participant; people and programs of
// any other role only from the one that the daemon serves. Thread-safe.
class Gate : public grpc::AuthMetadataProcessor {
 public:
  // What was found out about a certificate is believed for so long, and no longer than the
  // certificate lives.
  static constexpr int64_t kBelieveMicros = int64_t{5} * 60 * 1'000'000;

  // `participant` is served. Borrows everything; `audit` may be null: refusals are then only
  // answered.
  Gate(const Roster* roster, std::string participant, AccessPolicy policy, const Clock* clock,
       AuditTrail* audit);

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override;

  // While a connection is made: OK if some CA of the roster vouches for the certificate. All
  // else is said per RPC, where it can be said with a text.
  absl::Status Admit(const std::string& certificate_pem);

  // The decision itself: OK if the holder of `certificate_pem` may call `path`.
  // UNAUTHENTICATED or PERMISSION_DENIED otherwise; a refusal is recorded.
  absl::Status Decide(const std::string& certificate_pem, std::string_view path);

  // Takes the place of what was revoked; nothing that was found out before is believed.
  void SetRevoked(RevokedCertificates revoked);

  // Every call counts against its caller's share of open ones, if set before the first call.
  void CountIn(const OpenCalls* calls) { calls_ = calls; }

 private:
  struct Known {
    SpiffeId id;
    Instant until;
  };
  absl::StatusOr<SpiffeId> Authenticate(const std::string& certificate_pem);
  absl::StatusOr<SpiffeId> Verify(const std::string& certificate_pem,
                                  const RevokedCertificates& revoked) const;
  void Record(const std::string& caller, const std::string& certificate_pem,
              std::string_view action, const absl::Status& refusal);

  const Roster* const roster_;
  const std::string participant_;
  const AccessPolicy policy_;
  const Clock* const clock_;
  AuditTrail* const audit_;
  const OpenCalls* calls_ = nullptr;
  Mutex mutex_;
  std::shared_ptr<const RevokedCertificates> revoked_ ABSL_GUARDED_BY(mutex_);
  // Counts SetRevoked, so that what was found out before it is not kept after it.
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  // Certificates that were verified, by their hash, so that each RPC does not do it again;
  // bounded.
  std::map<Digest, Known> verified_ ABSL_GUARDED_BY(mutex_);
};

// Whom the gate let in. UNAUTHENTICATED if there is no certificate.
absl::StatusOr<SpiffeId> CallerOf(const grpc::ServerContextBase& context);

// Whom the audit log names for a call of `path`.
Actor ActorOf(const grpc::ServerContextBase& context, std::string path);

// Records that an allowed call of `path` failed, or was refused by its handler; nothing
// without a trail. Call before the call ends.
void RecordFailure(AuditTrail* audit, const grpc::ServerContextBase& context, std::string path,
                   const absl::Status& status);

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_GATE_H_
