// Who the user is and which daemon is asked: the file behind --context.
#ifndef COMITY_CLIENT_INTERNAL_CONTEXT_H_
#define COMITY_CLIENT_INTERNAL_CONTEXT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/config.pb.h"
#include "comity/v1/options.pb.h"
#include "storage/identity/spiffe.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/yaml/secret_file.h"

namespace comity {

// A context file and what it names. Move-only; the key is overwritten when it goes.
struct Context {
  Context() = default;
  Context(Context&&) = default;
  Context& operator=(Context&&) = default;
  ~Context() { Cleanse(&key_pem); }

  std::string path;
  // Paths resolved.
  v1::ContextConfig message;
  std::string certificate_pem;
  std::string key_pem;
  std::string ca_bundle_pem;
  // Who the certificate says we are.
  SpiffeId self;
};

// Reads and checks the file, our certificate's chain and name. INVALID_ARGUMENT or
// NOT_FOUND says which file and what to do.
absl::StatusOr<Context> LoadContext(const std::string& path);

// PERMISSION_DENIED unless our certificate is of one of the roles: said here, before
// the daemon would.
absl::Status RequireRole(const Context& context, const std::vector<v1::Role>& roles);

// The list that is named as AUTHORITY/LIST, or as LIST for the context's authority.
// INVALID_ARGUMENT if it is no name, or the context has no authority.
absl::StatusOr<ListName> ListToPublish(const Context& context, const std::string& list);

// The newest roster in the context's file, of which one version has the pinned digest.
// FAILED_PRECONDITION if it names none.
absl::StatusOr<std::shared_ptr<const Roster>> LoadRoster(const Context& context);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_CONTEXT_H_
