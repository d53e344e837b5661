#include "storage/identity/certificate.h"

#include <ctime>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/identity/x509.h"

namespace comity {
namespace {

using x509::Owned;
using x509::ReadCertificates;

constexpr size_t kMaxIntermediates = 4;
// OpenSSL's level for 112 bits: RSA of 2,048 bits, curves of 224, no SHA-1, no MD5.
constexpr int kSecurityLevel = 2;

absl::Status Refuse(std::string_view what) { return absl::UnauthenticatedError(Absl(what)); }

// X509-SVID section 4.1 and 4.3, and what the certificate is presented for.
absl::Status CheckLeaf(X509* leaf, CertificateUse use) {
  const uint32_t flags = X509_get_extension_flags(leaf);
  if ((flags & EXFLAG_INVALID) != 0) return Refuse("the certificate's extensions are malformed");
  if ((flags & EXFLAG_CA) != 0) return Refuse("the certificate is a CA's own");
  const uint32_t usage = X509_get_key_usage(leaf);
  if ((flags & EXFLAG_KUSAGE) == 0 || (usage & KU_DIGITAL_SIGNATURE) == 0) {
    return Refuse("the certificate's key usage does not have digitalSignature");
  }
  if ((usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0) {
    return Refuse("the certificate's key usage lets it sign certificates");
  }
  const uint32_t extended = (flags & EXFLAG_XKUSAGE) == 0 ? 0 : X509_get_extended_key_usage(leaf);
  if (use != CertificateUse::kServer && (extended & XKU_SSL_CLIENT) == 0) {
    return Refuse("the certificate's extended key usage does not have clientAuth");
  }
  if (use != CertificateUse::kClient && (extended & XKU_SSL_SERVER) == 0) {
    return Refuse("the certificate's extended key usage does not have serverAuth");
  }
  return absl::OkStatus();
}

absl::Status CheckRevoked(X509_STORE_CTX* context, const RevokedCertificates& revoked) {
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* cert = sk_X509_value(chain, i);
    const std::string serial = x509::SerialToHex(X509_get0_serialNumber(cert));
    if (!revoked.Has(x509::NameToDer(X509_get_issuer_name(cert)), serial)) continue;
    return Refuse(absl::StrCat(i == 0 ? "the certificate" : "a CA of the certificate",
                               " is revoked: serial ", serial));
  }
  return absl::OkStatus();
}

}  // namespace

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

absl::Status CheckKeyBelongs(std::string_view key_pem, std::string_view certificate_pem) {
  const std::vector<Owned<X509>> certificates = ReadCertificates(certificate_pem);
  const Owned<BIO> bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  // An empty password rather than a prompt on the terminal.
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  if (key != nullptr && !certificates.empty() &&
      X509_check_private_key(certificates[0].get(), key.get()) == 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("the key is not that of the certificate");
}

std::string SerialOf(std::string_view pem) {
  const std::vector<Owned<X509>> certificates = ReadCertificates(pem);
  if (certificates.empty()) return "";
  return x509::SerialToHex(X509_get0_serialNumber(certificates[0].get()));
}

absl::StatusOr<Instant> EndOfCertificate(std::string_view pem) {
  const std::vector<Owned<X509>> certificates = ReadCertificates(pem);
  std::tm time{};
  if (certificates.empty() ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificates[0].get()), &time) != 1) {
    return Refuse("no certificate in the PEM text");
  }
  return Instant{int64_t{timegm(&time)} * 1'000'000};
}

absl::Status VerifyChain(std::string_view chain_pem, std::string_view ca_bundle_pem,
                         CertificateUse use, const RevokedCertificates& revoked) {
  const std::vector<Owned<X509>> chain = ReadCertificates(chain_pem);
  if (chain.empty()) return Refuse("no certificate in the PEM text");
  if (chain.size() > 1 + kMaxIntermediates) {
    return Refuse(absl::StrCat("the certificate comes with ", chain.size() - 1, " others, at most ",
                               kMaxIntermediates, " are looked at"));
  }
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
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(kMaxIntermediates));
  // What the leaf is for is checked below, with a text of our own; this has the CAs' usages
  // checked, too.
  X509_VERIFY_PARAM_set_purpose(
      rules, use == CertificateUse::kServer ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  COMITY_RETURN_IF_ERROR(CheckLeaf(chain[0].get(), use));
  if (X509_verify_cert(context.get()) != 1) {
    return Refuse(
        absl::StrCat("the certificate is not accepted: ",
                     X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
  }
  return CheckRevoked(context.get(), revoked);
}

}  // namespace comity
