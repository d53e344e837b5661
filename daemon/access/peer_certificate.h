// The caller's certificate as gRPC tells it.
#ifndef COMITY_DAEMON_ACCESS_PEER_CERTIFICATE_H_
#define COMITY_DAEMON_ACCESS_PEER_CERTIFICATE_H_

#include <grpcpp/security/auth_context.h>

#include <string>

namespace comity {

// The certificate that the caller proved to hold, then the intermediates that it sent, as
// PEM; empty if there is none.
std::string CertificateOf(const grpc::AuthContext& context);

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_PEER_CERTIFICATE_H_
