#include "client/transport/channel.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "storage/identity/certificate.h"
#include "storage/identity/spiffe.h"

namespace comity {
namespace {

// A connection whose other end is gone is noticed within both together: what was sent on it
// waits in TCP's own, doubling pauses, and a link that heals must not wait for those. Not
// shorter: on a bad link (a third of the packets lost, 400 ms there and back) an answer may
// take several repeats.
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// TCP and TLS together take three round trips, of which each may have to be repeated.
constexpr int kConnectTimeoutMs = 10'000;
constexpr int kMinBackoffMs = 100;
constexpr int kMaxBackoffMs = 5'000;

// Checks the server's certificate. One that OpenSSL accepted by its chain alone may be another
// program's, or taken back.
class SpiffeVerifier : public grpc::experimental::ExternalCertificateVerifier {
 public:
  // Keeps nothing of our own key.
  explicit SpiffeVerifier(const ChannelIdentity& identity)
      : expected_{{},
                  {},
                  identity.participant,
                  identity.federation,
                  identity.ca_bundle_pem,
                  identity.nodes,
                  identity.revoked} {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* sync_status) override {
    *sync_status = Check(*request);
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  grpc::Status Check(const grpc::experimental::TlsCustomVerificationCheckRequest& request) const {
    const std::vector<grpc::string_ref> uris = request.uri_names();
    if (uris.size() == 1) {
      const auto id = SpiffeId::Parse({uris[0].data(), uris[0].size()});
      if (id.ok() && id->participant == expected_.participant &&
          id->federation == expected_.federation && id->role == v1::ROLE_PEER &&
          (expected_.nodes.empty() || std::ranges::count(expected_.nodes, id->name) > 0)) {
        const grpc::string_ref chain = request.peer_cert_full_chain();
        const absl::Status judged =
            VerifyChain({chain.data(), chain.size()}, expected_.ca_bundle_pem,
                        CertificateUse::kServer, expected_.revoked);
        return {static_cast<grpc::StatusCode>(judged.code()), std::string(judged.message())};
      }
    }
    return {grpc::StatusCode::UNAUTHENTICATED, "the server is not a daemon of \"" +
                                                   expected_.participant + "\" in " +
                                                   expected_.federation};
  }

  const ChannelIdentity expected_;
};

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ChannelIdentity& identity,
                                           const std::string& lane) {
  namespace tls = grpc::experimental;
  auto provider = std::make_shared<tls::StaticDataCertificateProvider>(
      identity.ca_bundle_pem,
      std::vector<tls::IdentityKeyCertPair>{{identity.key_pem, identity.certificate_pem}});
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  // The name is a SPIFFE id, not a host: the verifier below checks it.
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<SpiffeVerifier>(identity));

  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinBackoffMs);
  // In gRPC this is how long an attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetString("comity.lane", lane);
  return grpc::CreateCustomChannel(address, tls::TlsCredentials(options), arguments);
}

void QuietGrpcLog() {
  if (std::getenv("COMITY_GRPC_LOG") != nullptr) return;
  gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace comity
