// Makes the files of a whole federation: roster, keys, certificates, configurations.
#ifndef COMITY_CLIENT_LAB_FEDERATION_H_
#define COMITY_CLIENT_LAB_FEDERATION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/lab.pb.h"
#include "comity/v1/roster.pb.h"

namespace comity {

struct FederationPlan {
  std::string directory;
  std::string federation;
  // Sorted, unique.
  std::vector<std::string> authorities;
  // By participant: whom its daemon exchanges with; none given means all others.
  std::map<std::string, std::vector<std::string>> peers;
  // For the roster; ascending by id.
  std::vector<v1::Arrangement> arrangements;
  // By participant: "IP:PORT" where its daemon listens and is reached; none given means a
  // free port of 127.0.0.1.
  std::map<std::string, std::string> addresses;
};

// Writes everything under `plan.directory`, which must not hold a lab yet, and gives
// what lab.json keeps. Two of three officers sign; three sign a bulk removal.
// INVALID_ARGUMENT for an address that is none, or of a participant that is not there.
//
//   roster.envelope, lab.json, root/*.key
//   daemons/PARTICIPANT/{comityd.yaml,log,data/,tls/,keys/}
//   AUTHORITY/{publisher,screener,operator,admin}.yaml, AUTHORITY/officers/*.key
absl::StatusOr<v1::LabStatus> WriteFederation(const FederationPlan& plan);

// "DIR/daemons/us/comityd.yaml".
std::string DaemonConfigPath(const std::string& directory, const std::string& participant);
std::string DaemonLogPath(const std::string& directory, const std::string& participant);
std::string ContextPath(const std::string& directory, const std::string& authority,
                        const std::string& role);

// Reads or writes DIR/lab.json. NOT_FOUND, saying how to make one, if there is none.
absl::StatusOr<v1::LabStatus> ReadLab(const std::string& directory);
absl::Status WriteLab(const std::string& directory, const v1::LabStatus& lab);

}  // namespace comity

#endif  // COMITY_CLIENT_LAB_FEDERATION_H_
