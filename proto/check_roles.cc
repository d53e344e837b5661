// Run by the build: every RPC of ours must name its roles (options.proto). The argument is
// the descriptors of all protos, as protoc wrote them, so that no service can be left out.
#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <fstream>

#include "comity/v1/options.pb.h"

int main(int argc, char** argv) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream in(argc == 2 ? argv[1] : "", std::ios::binary);
  // Linked in, so that the option is read as one.
  const auto& roles = comity::v1::roles;
  if (!files.ParseFromIstream(&in)) {
    std::fprintf(stderr, "check_roles: no descriptors to read\n");
    return 2;
  }
  int missing = 0, found = 0;
  for (const google::protobuf::FileDescriptorProto& file : files.file()) {
    for (const google::protobuf::ServiceDescriptorProto& service : file.service()) {
      for (const google::protobuf::MethodDescriptorProto& method : service.method()) {
        ++found;
        bool named = method.options().ExtensionSize(roles) > 0;
        for (int i = 0; i < method.options().ExtensionSize(roles); ++i) {
          named = named && method.options().GetExtension(roles, i) != comity::v1::ROLE_UNSPECIFIED;
        }
        if (named) continue;
        std::fprintf(stderr, "%s.%s.%s names no roles: add `option (roles) = ...;`\n",
                     file.package().c_str(), service.name().c_str(), method.name().c_str());
        ++missing;
      }
    }
  }
  if (found == 0) std::fprintf(stderr, "check_roles: no method at all\n");
  return missing == 0 && found > 0 ? 0 : 1;
}
