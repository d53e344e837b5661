// Run by the build: every RPC of ours must name its roles (options.proto).
#include <google/protobuf/descriptor.h>

#include <cstdio>

#include "comity/v1/admin_service.pb.h"
#include "comity/v1/bundle_service.pb.h"
#include "comity/v1/feed_service.pb.h"
#include "comity/v1/options.pb.h"
#include "comity/v1/proof_service.pb.h"
#include "comity/v1/publish_service.pb.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/status_service.pb.h"
#include "comity/v1/sync_service.pb.h"

int main() {
  int missing = 0;
  for (const google::protobuf::FileDescriptor* file :
       {comity::v1::ReleaseSigningRequest::descriptor()->file(),
        comity::v1::BundleHeader::descriptor()->file(),
        comity::v1::DraftRequest::descriptor()->file(),
        comity::v1::WatchChangesRequest::descriptor()->file(),
        comity::v1::GetInclusionProofRequest::descriptor()->file(),
        comity::v1::GetItemRequest::descriptor()->file(),
        comity::v1::GetStatusRequest::descriptor()->file(),
        comity::v1::HelloRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        if (method->options().ExtensionSize(comity::v1::roles) > 0) continue;
        std::fprintf(stderr, "%s names no roles: add `option (roles) = ...;`\n",
                     method->full_name().c_str());
        ++missing;
      }
    }
  }
  return missing == 0 ? 0 : 1;
}
