// The daemon's end of TLS: its own certificate, which may change while it runs, and the
// first look at those who connect.
#ifndef COMITY_DAEMON_ACCESS_SERVER_TLS_H_
#define COMITY_DAEMON_ACCESS_SERVER_TLS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/access/gate.h"

namespace comity {

// A certificate and its key in memory that are read as a file, and can be exchanged at
// once: gRPC 1.51 takes changing credentials from files alone, and nothing of a key is to
// lie on a disk again. Thread-safe.
class CertificateFile {
 public:
  // UNAVAILABLE if the kernel gives no memory file.
  static absl::StatusOr<std::unique_ptr<CertificateFile>> Create(const std::string& certificate_pem,
                                                                 const std::string& key_pem);
  ~CertificateFile();

  // Key and certificate in one text; a reader sees the old one or the new one, whole.
  const std::string& path() const { return path_; }
  absl::Status Replace(const std::string& certificate_pem, const std::string& key_pem);

 private:
  explicit CertificateFile(int fd);
  const int fd_;
  const std::string path_;
};

// Seconds until a replaced certificate is shown to those who connect.
inline constexpr unsigned kCertificateRefreshSeconds = 1;

// TLS with client certificates: the gate admits connections, then decides on each RPC.
// Borrows `certificate`, which must outlive the server.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const CertificateFile& certificate,
                                                               std::shared_ptr<Gate> gate);

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_SERVER_TLS_H_
