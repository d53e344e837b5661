// mTLS channels to a daemon whose identity is a SPIFFE id.
#ifndef COMITY_CLIENT_TRANSPORT_CHANNEL_H_
#define COMITY_CLIENT_TRANSPORT_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/identity/revocation.h"

namespace comity {

// Messages above this are refused by both ends; larger things travel in chunks.
inline constexpr int kMaxMessageBytes = 4 << 20;
// Every chunk of a stream.
inline constexpr size_t kChunkBytes = 256 * 1024;

struct ChannelIdentity {
  // Our own PEM chain and key.
  std::string certificate_pem;
  std::string key_pem;
  // Whom to expect: a node of this participant, vouched for by these CAs alone.
  std::string participant;
  std::string federation;
  std::string ca_bundle_pem;
  // The names of its nodes; empty: any.
  std::vector<std::string> nodes;
  // Certificates that are believed no more, whoever shows them.
  RevokedCertificates revoked;
};

// A lazily connecting channel to "HOST:PORT" that trusts only the participant's own
// CAs and judges the certificate as the daemon's gate does: the name
// spiffe://PARTICIPANT.FEDERATION/peer/NODE, what it may be used for, revocation; no proxy. `lane`
// keeps channels of one address apart ("control", "bulk").
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ChannelIdentity& identity,
                                           const std::string& lane);

// gRPC logs each refused handshake to standard error; programs that report errors
// themselves turn that off. COMITY_GRPC_LOG=1 in the environment keeps it.
void QuietGrpcLog();

}  // namespace comity

#endif  // COMITY_CLIENT_TRANSPORT_CHANNEL_H_
