// What stands before every RPC: the caller's certificate, its role, the audit line.
#ifndef COMITY_DAEMON_ACCESS_GATE_H_
#define COMITY_DAEMON_ACCESS_GATE_H_

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_context.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/access/policy.h"
#include "storage/base/mutex.h"
#include "storage/identity/spiffe.h"
#include "storage/log/roster.h"

namespace comity {

// Decides on each RPC, of any kind, before its handler is reached. The CA bundle is
// chosen by the caller's own trust domain, so that one participant's CA cannot name
// another's people. Thread-safe.
class Gate : public grpc::AuthMetadataProcessor {
 public:
  // Borrows the roster.
  Gate(const Roster* roster, AccessPolicy policy);

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override;

  // The decision itself: OK if the holder of `certificate_pem` may call `path`.
  // UNAUTHENTICATED or PERMISSION_DENIED otherwise.
  absl::Status Decide(const std::string& certificate_pem, std::string_view path);

 private:
  absl::StatusOr<SpiffeId> Authenticate(const std::string& certificate_pem);

  const Roster* const roster_;
  const AccessPolicy policy_;
  Mutex mutex_;
  // Certificates that were verified, so that each RPC does not do it again. Checked
  // again once it is full or the process restarts; bounded.
  std::map<std::string, SpiffeId> verified_ ABSL_GUARDED_BY(mutex_);
};

// TLS with client certificates from any CA of the roster; the gate decides.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const std::string& certificate_pem,
                                                               const std::string& key_pem,
                                                               const Roster& roster,
                                                               std::shared_ptr<Gate> gate);

// Whom the gate let in. UNAUTHENTICATED if there is no certificate.
absl::StatusOr<SpiffeId> CallerOf(const grpc::ServerContextBase& context);

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_GATE_H_
