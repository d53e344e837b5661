#include "storage/identity/spiffe.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr size_t kMaxIdBytes = 512;
constexpr std::string_view kScheme = "spiffe://";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* cert) const { X509_free(cert); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

std::vector<Owned<X509>> ReadCertificates(std::string_view pem) {
  std::vector<Owned<X509>> certificates;
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (X509* cert = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(cert);
  }
  return certificates;
}

absl::Status Refuse(std::string_view what) { return absl::UnauthenticatedError(Absl(what)); }

v1::Role RoleOf(std::string_view name) {
  for (int role = v1::Role_MIN; role <= v1::Role_MAX; ++role) {
    if (role != v1::ROLE_UNSPECIFIED && RoleName(static_cast<v1::Role>(role)) == name) {
      return static_cast<v1::Role>(role);
    }
  }
  return v1::ROLE_UNSPECIFIED;
}

}  // namespace

std::string RoleName(v1::Role role) {
  switch (role) {
    case v1::ROLE_PEER:
      return "peer";
    case v1::ROLE_PUBLISHER:
      return "publisher";
    case v1::ROLE_SCREENER:
      return "screener";
    case v1::ROLE_OPERATOR:
      return "operator";
    case v1::ROLE_ADMIN:
      return "admin";
    default:
      return "";
  }
}

absl::StatusOr<SpiffeId> SpiffeId::Parse(std::string_view uri) {
  const auto bad = [&] {
    return Refuse(absl::StrCat("\"", absl::CHexEscape(Absl(uri.substr(0, 128))),
                               "\" is not spiffe://PARTICIPANT.FEDERATION/ROLE/NAME"));
  };
  if (uri.size() > kMaxIdBytes || uri.substr(0, kScheme.size()) != kScheme) return bad();
  const std::vector<std::string> parts = absl::StrSplit(Absl(uri.substr(kScheme.size())), '/');
  if (parts.size() != 3) return bad();
  const size_t dot = parts[0].find('.');
  if (dot == std::string::npos) return bad();
  SpiffeId id{parts[0].substr(0, dot), parts[0].substr(dot + 1), RoleOf(parts[1]), parts[2]};
  if (id.participant.empty() || id.federation.empty() || id.name.empty() ||
      id.role == v1::ROLE_UNSPECIFIED) {
    return bad();
  }
  return id;
}

std::string SpiffeId::ToString() const {
  return absl::StrCat(Absl(kScheme), participant, ".", federation, "/", RoleName(role), "/", name);
}

absl::StatusOr<SpiffeId> IdOfCertificate(std::string_view pem) {
  const std::vector<Owned<X509>> certificates = ReadCertificates(pem);
  if (certificates.empty()) return Refuse("no certificate in the PEM text");
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificates[0].get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  if (uris.size() != 1) {
    return Refuse(absl::StrCat("the certificate has ", uris.size(),
                               " URI names; a SPIFFE certificate has exactly one"));
  }
  return SpiffeId::Parse(uris[0]);
}

absl::Status VerifyChain(std::string_view chain_pem, std::string_view ca_bundle_pem) {
  std::vector<Owned<X509>> chain = ReadCertificates(chain_pem);
  if (chain.empty()) return Refuse("no certificate in the PEM text");
  const Owned<X509_STORE> roots(X509_STORE_new());
  for (const Owned<X509>& ca : ReadCertificates(ca_bundle_pem)) {
    X509_STORE_add_cert(roots.get(), ca.get());
  }
  const Owned<STACK_OF(X509)> intermediates(sk_X509_new_null());
  for (size_t i = 1; i < chain.size(); ++i) {
    X509_up_ref(chain[i].get());
    sk_X509_push(intermediates.get(), chain[i].get());
  }
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), roots.get(), chain[0].get(), intermediates.get()) != 1) {
    return Refuse("the certificate cannot be checked");
  }
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  return Refuse(
      absl::StrCat("the certificate is not accepted: ",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
}

}  // namespace comity
