#include "daemon/access/server_tls.h"

#include <fcntl.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

namespace tls = grpc::experimental;

// A sealed memory file with both; its descriptor.
absl::StatusOr<int> MakeFile(const std::string& certificate_pem, const std::string& key_pem) {
  const int fd = memfd_create("comity-tls", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  std::string text = absl::StrCat(key_pem, "\n", certificate_pem);
  const bool written =
      fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  OPENSSL_cleanse(text.data(), text.size());
  if (written && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0) {
    return fd;
  }
  const absl::Status status = absl::UnavailableError(
      absl::StrCat("no memory file for the certificate: ", std::strerror(errno)));
  if (fd >= 0) close(fd);
  return status;
}

// OpenSSL accepts any certificate whose key the other end holds; this judges it, and has
// each refusal recorded.
class HandshakeVerifier : public tls::ExternalCertificateVerifier {
 public:
  explicit HandshakeVerifier(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const std::string leaf(request->peer_cert().data(), request->peer_cert().size());
    std::string chain(request->peer_cert_full_chain().data(),
                      request->peer_cert_full_chain().size());
    if (chain.rfind(leaf, 0) != 0) chain = leaf + chain;
    const absl::Status admitted = gate_->Admit(chain);
    *sync_status = admitted.ok() ? grpc::Status::OK
                                 : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                                std::string(admitted.message()));
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<Gate> gate_;
};

}  // namespace

CertificateFile::CertificateFile(int fd) : fd_(fd), path_(absl::StrCat("/proc/self/fd/", fd)) {}
CertificateFile::~CertificateFile() { close(fd_); }

absl::StatusOr<std::unique_ptr<CertificateFile>> CertificateFile::Create(
    const std::string& certificate_pem, const std::string& key_pem) {
  COMITY_ASSIGN_OR_RETURN(const int fd, MakeFile(certificate_pem, key_pem));
  return std::unique_ptr<CertificateFile>(new CertificateFile(fd));
}

absl::Status CertificateFile::Replace(const std::string& certificate_pem,
                                      const std::string& key_pem) {
  COMITY_ASSIGN_OR_RETURN(const int fd, MakeFile(certificate_pem, key_pem));
  // The path now leads to the other file: one step, so that nobody reads half of each.
  const bool replaced = dup3(fd, fd_, O_CLOEXEC) == fd_;
  close(fd);
  if (replaced) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the certificate cannot be replaced: ", std::strerror(errno)));
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const CertificateFile& certificate,
                                                               std::shared_ptr<Gate> gate) {
  auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      certificate.path(), certificate.path(), kCertificateRefreshSeconds);
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<HandshakeVerifier>(gate));
  auto credentials = tls::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::move(gate));
  return credentials;
}

}  // namespace comity
