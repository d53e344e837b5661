// Who may call what: the roles that each RPC names as a proto option.
#ifndef COMITY_DAEMON_ACCESS_POLICY_H_
#define COMITY_DAEMON_ACCESS_POLICY_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/options.pb.h"
#include "storage/identity/spiffe.h"

namespace google::protobuf {
class FileDescriptor;
}

namespace comity {

// Immutable, so thread-safe.
class AccessPolicy {
 public:
  // From the options of every method in `files`, and: gRPC's health service for any
  // role, its reflection for operator and admin. INTERNAL if a method names no role.
  static absl::StatusOr<AccessPolicy> FromDescriptors(
      const std::vector<const google::protobuf::FileDescriptor*>& files);
  // Of the services that comityd serves.
  static absl::StatusOr<AccessPolicy> Default();

  // PERMISSION_DENIED, with REASON_ROLE, unless `role` may call `path`
  // ("/comity.v1.QueryService/GetItem"). What no one is named for, no one may call.
  absl::Status Check(std::string_view path, v1::Role role) const;

  const std::map<std::string, std::set<v1::Role>, std::less<>>& methods() const { return methods_; }

 private:
  std::map<std::string, std::set<v1::Role>, std::less<>> methods_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_POLICY_H_
