#include "daemon/access/policy.h"

#include <google/protobuf/descriptor.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "comity/v1/admin_service.pb.h"
#include "comity/v1/audit_service.pb.h"
#include "comity/v1/bundle_service.pb.h"
#include "comity/v1/feed_service.pb.h"
#include "comity/v1/proof_service.pb.h"
#include "comity/v1/publish_service.pb.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/status_service.pb.h"
#include "comity/v1/sync_service.pb.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

}  // namespace

absl::StatusOr<AccessPolicy> AccessPolicy::FromDescriptors(
    const std::vector<const google::protobuf::FileDescriptor*>& files) {
  AccessPolicy policy;
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      const google::protobuf::ServiceDescriptor& service = *file->service(s);
      for (int m = 0; m < service.method_count(); ++m) {
        const google::protobuf::MethodDescriptor& method = *service.method(m);
        const std::string path = absl::StrCat("/", service.full_name(), "/", method.name());
        std::set<v1::Role>& roles = policy.methods_[path];
        for (int i = 0; i < method.options().ExtensionSize(v1::roles); ++i) {
          roles.insert(method.options().GetExtension(v1::roles, i));
        }
        if (roles.empty() || roles.contains(v1::ROLE_UNSPECIFIED)) {
          return absl::InternalError(absl::StrCat(path, " names no roles"));
        }
      }
    }
  }
  const std::set<v1::Role> any = {v1::ROLE_PEER, v1::ROLE_PUBLISHER, v1::ROLE_SCREENER,
                                  v1::ROLE_OPERATOR, v1::ROLE_ADMIN};
  policy.methods_[kHealthCheck] = any;
  policy.methods_[kHealthWatch] = any;
  policy.methods_[kReflection] = {v1::ROLE_OPERATOR, v1::ROLE_ADMIN};
  return policy;
}

absl::StatusOr<AccessPolicy> AccessPolicy::Default() {
  return FromDescriptors(
      {v1::ReleaseSigningRequest::descriptor()->file(), v1::ReadAuditRequest::descriptor()->file(),
       v1::BundleHeader::descriptor()->file(), v1::DraftRequest::descriptor()->file(),
       v1::WatchChangesRequest::descriptor()->file(),
       v1::GetInclusionProofRequest::descriptor()->file(), v1::GetItemRequest::descriptor()->file(),
       v1::GetStatusRequest::descriptor()->file(), v1::HelloRequest::descriptor()->file()});
}

absl::Status AccessPolicy::Check(std::string_view path, v1::Role role) const {
  const auto it = methods_.find(path);
  if (it == methods_.end()) {
    return MakeError(
        absl::StatusCode::kPermissionDenied, v1::REASON_ROLE,
        absl::StrCat("there is no method ", Absl(path.substr(0, 128)), " that any role may call"));
  }
  if (it->second.contains(role)) return absl::OkStatus();
  std::vector<std::string> allowed;
  for (const v1::Role one : it->second) allowed.push_back(RoleName(one));
  return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_ROLE,
                   absl::StrCat("a certificate of role ", RoleName(role), " may not call ",
                                Absl(path), ", which is for: ", absl::StrJoin(allowed, ", ")));
}

}  // namespace comity
