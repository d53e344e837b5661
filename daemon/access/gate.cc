#include "daemon/access/gate.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/transport/rpc_status.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr size_t kMaxVerified = 10'000;
constexpr char kPemProperty[] = "x509_pem_cert";

std::string CertificateOf(const grpc::AuthContext& context) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(kPemProperty);
  if (values.size() != 1) return "";
  return {values[0].data(), values[0].size()};
}

}  // namespace

Gate::Gate(const Roster* roster, AccessPolicy policy)
    : roster_(roster), policy_(std::move(policy)) {}

absl::StatusOr<SpiffeId> Gate::Authenticate(const std::string& certificate_pem) {
  {
    MutexLock lock(mutex_);
    if (const auto it = verified_.find(certificate_pem); it != verified_.end()) return it->second;
  }
  COMITY_ASSIGN_OR_RETURN(const SpiffeId id, IdOfCertificate(certificate_pem));
  if (id.federation != roster_->federation()) {
    return absl::UnauthenticatedError(
        absl::StrCat(id.ToString(), " is of another federation than ", roster_->federation()));
  }
  const v1::Participant* participant = roster_->FindParticipant(id.participant);
  if (participant == nullptr) {
    return absl::UnauthenticatedError(
        absl::StrCat(id.ToString(), ": the roster has no participant \"", id.participant, "\""));
  }
  COMITY_RETURN_IF_ERROR(
      Annotate(VerifyChain(certificate_pem, participant->ca_bundle_pem()),
               absl::StrCat(id.ToString(), " against the CAs of \"", id.participant, "\"")));
  MutexLock lock(mutex_);
  if (verified_.size() >= kMaxVerified) verified_.clear();
  verified_[certificate_pem] = id;
  return id;
}

absl::Status Gate::Decide(const std::string& certificate_pem, std::string_view path) {
  const absl::StatusOr<SpiffeId> id = Authenticate(certificate_pem);
  absl::Status decision = id.status();
  if (id.ok()) decision = policy_.Check(path, id->role);
  if (!decision.ok()) {
    spdlog::warn("access refused: {} called {}: {}", id.ok() ? id->ToString() : "unknown caller",
                 path, std::string(decision.message()));
  }
  return decision;
}

grpc::Status Gate::Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                           OutputMetadata*, OutputMetadata*) {
  const auto path = auth_metadata.find(":path");
  if (path == auth_metadata.end()) {
    return {grpc::StatusCode::UNAUTHENTICATED, "the call names no method"};
  }
  return ToGrpcStatus(Decide(CertificateOf(*context), {path->second.data(), path->second.size()}));
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const std::string& certificate_pem,
                                                               const std::string& key_pem,
                                                               const Roster& roster,
                                                               std::shared_ptr<Gate> gate) {
  namespace tls = grpc::experimental;
  std::string all_cas;
  for (const v1::Participant& participant : roster.message().participants()) {
    all_cas += participant.ca_bundle_pem();
    if (!all_cas.empty() && all_cas.back() != '\n') all_cas += '\n';
  }
  auto provider = std::make_shared<tls::StaticDataCertificateProvider>(
      all_cas, std::vector<tls::IdentityKeyCertPair>{{key_pem, certificate_pem}});
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  auto credentials = tls::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::move(gate));
  return credentials;
}

absl::StatusOr<SpiffeId> CallerOf(const grpc::ServerContextBase& context) {
  return IdOfCertificate(CertificateOf(*context.auth_context()));
}

}  // namespace comity
