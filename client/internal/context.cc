#include "client/internal/context.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/identity/certificate.h"
#include "storage/log/roster_chain.h"
#include "storage/yaml/secret_file.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

}  // namespace

absl::StatusOr<Context> LoadContext(const std::string& path) {
  Context context;
  context.path = path;
  v1::ContextConfig& m = context.message;
  COMITY_RETURN_IF_ERROR(Annotate(ReadYamlFile(path, &m), "context"));
  const auto missing = [&](std::string_view field) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", Absl(field), " is missing"));
  };
  if (m.address().empty()) return missing("address");
  if (m.participant().empty()) return missing("participant");
  if (m.federation().empty()) return missing("federation");
  if (m.tls().certificate().empty()) return missing("tls.certificate");
  if (m.tls().key().empty()) return missing("tls.key");
  if (m.ca_bundle().empty()) return missing("ca_bundle");
  m.mutable_tls()->set_certificate(ResolvePath(path, m.tls().certificate()));
  m.mutable_tls()->set_key(ResolvePath(path, m.tls().key()));
  m.set_ca_bundle(ResolvePath(path, m.ca_bundle()));
  m.mutable_roster()->set_file(ResolvePath(path, m.roster().file()));
  for (std::string& key : *m.mutable_officer_keys()) key = ResolvePath(path, key);

  COMITY_ASSIGN_OR_RETURN(context.certificate_pem,
                          ReadFileBytes(m.tls().certificate(), kMaxPemBytes));
  COMITY_ASSIGN_OR_RETURN(context.key_pem, ReadSecretFile(m.tls().key(), kMaxPemBytes));
  COMITY_ASSIGN_OR_RETURN(context.ca_bundle_pem, ReadFileBytes(m.ca_bundle(), kMaxPemBytes));
  absl::StatusOr<SpiffeId> self = IdOfCertificate(context.certificate_pem);
  if (!self.ok()) return Annotate(self.status(), m.tls().certificate());
  context.self = *std::move(self);
  if (context.self.participant == m.participant()) {
    COMITY_RETURN_IF_ERROR(Annotate(VerifyChain(context.certificate_pem, context.ca_bundle_pem),
                                    m.tls().certificate()));
  }
  return context;
}

absl::Status RequireRole(const Context& context, const std::vector<v1::Role>& roles) {
  if (std::find(roles.begin(), roles.end(), context.self.role) != roles.end()) {
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (const v1::Role role : roles) names.push_back(RoleName(role));
  return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_ROLE,
                   absl::StrCat(context.path, " is the context of a ", RoleName(context.self.role),
                                "; this command needs: ", absl::StrJoin(names, " or ")));
}

absl::StatusOr<ListName> ListToPublish(const Context& context, const std::string& list) {
  if (list.find('/') != std::string::npos) return ListName::Parse(list);
  if (context.message.authority().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("whose list \"", list, "\"? Write AUTHORITY/",
                                                   list, ", or name the authority in ",
                                                   context.path));
  }
  return ListName::Parse(absl::StrCat(context.message.authority(), "/", list));
}

absl::StatusOr<std::shared_ptr<const Roster>> LoadRoster(const Context& context) {
  const v1::RosterPin& pin = context.message.roster();
  if (pin.file().empty() || pin.digest().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(context.path,
                     ": roster.file and roster.digest are missing: without the "
                     "roster no signature can be checked here"));
  }
  COMITY_ASSIGN_OR_RETURN(const std::string digest_bytes, FromHex(pin.digest()));
  COMITY_ASSIGN_OR_RETURN(const Digest digest, DigestFromBytes(digest_bytes));
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(pin.file(), kMaxRosterChainBytes));
  return LoadRosterChain(bytes, digest);
}

}  // namespace comity
