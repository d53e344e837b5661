// A real daemon within the test: its own roster, CAs and configuration, on loopback.
#ifndef COMITY_TESTS_DAEMON_SERVER_LIVE_SERVER_H_
#define COMITY_TESTS_DAEMON_SERVER_LIVE_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/lab/pki.h"
#include "daemon/server/server.h"
#include "tests/support/federation.h"

namespace comity::testing {

// The daemon of "us" in a federation of eight participants, each with a CA of its own.
class LiveServer {
 public:
  static constexpr char kFederation[] = "test.example";

  // `cas`, as PEM, take the place of those made here. Aborts if it cannot start.
  explicit LiveServer(const std::map<std::string, Certified>& cas = {});
  ~LiveServer();

  Server& server() { return *server_; }
  const std::string& directory() const { return directory_; }
  // Codes, ascending.
  const std::vector<std::string>& participants() const { return participants_; }

  const CertificateAuthority& ca(const std::string& participant) const {
    return cas_.at(participant);
  }
  // A certificate of spiffe://PARTICIPANT.FEDERATION/ROLE/NAME by PARTICIPANT's CA.
  Certified Issue(const std::string& participant, const std::string& role,
                  const std::string& name) const;
  // A channel of its own, with this certificate.
  std::shared_ptr<grpc::Channel> Connect(const Certified& who) const;

  // What a SIGHUP does, with these revocation lists.
  absl::StatusOr<bool> Reload(const std::map<std::string, std::string>& crls);
  // Puts another certificate of the daemon's own into its file.
  void PutNodeCertificate(const Certified& certificate) const;

  // One call by its path alone: sends `request`, takes one answer if there is one, cancels
  // the rest. Its status; OK if it was cancelled after an answer.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                           const std::string& request = "");
  // All audit records, the chain verified, read as an admin; the open ones written first.
  std::vector<v1::AuditRecord> Audit() const;

 private:
  void WriteConfig(const std::map<std::string, std::string>& crls) const;
  std::string ConfigPath() const { return directory_ + "/comityd.yaml"; }

  std::string directory_;
  TestFederation federation_;
  std::vector<std::string> participants_;
  std::map<std::string, CertificateAuthority> cas_;
  std::string digest_;
  std::unique_ptr<Server> server_;
};

// Whether the condition comes to hold within half a minute.
bool Eventually(const std::function<bool()>& condition);

}  // namespace comity::testing

#endif  // COMITY_TESTS_DAEMON_SERVER_LIVE_SERVER_H_
