#include "storage/identity/revocation.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "storage/identity/x509.h"

namespace comity {

using x509::Owned;

absl::StatusOr<RevokedCertificates::Added> RevokedCertificates::Add(std::string_view crl_pem,
                                                                    std::string_view ca_bundle_pem,
                                                                    WhenUnsigned unsigned_ones) {
  const Owned<BIO> bio(BIO_new_mem_buf(crl_pem.data(), static_cast<int>(crl_pem.size())));
  const Owned<X509_CRL> crl(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  if (crl == nullptr) return absl::InvalidArgumentError("is no PEM revocation list (X509 CRL)");
  Added added;
  if (char* const line = X509_NAME_oneline(X509_CRL_get_issuer(crl.get()), nullptr, 0)) {
    added.issuer = line;
    OPENSSL_free(line);
  }
  for (const Owned<X509>& ca : x509::ReadCertificates(ca_bundle_pem)) {
    const bool same_name =
        X509_NAME_cmp(X509_get_subject_name(ca.get()), X509_CRL_get_issuer(crl.get())) == 0;
    added.is_signed = added.is_signed ||
                      (same_name && X509_CRL_verify(crl.get(), X509_get0_pubkey(ca.get())) == 1);
  }
  if (!added.is_signed && unsigned_ones == WhenUnsigned::kRefuse) {
    return absl::InvalidArgumentError(
        absl::StrCat("the revocation list of ", added.issuer,
                     " is signed by no CA that the roster names for the participant"));
  }
  if (const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get())) {
    std::tm time{};
    if (ASN1_TIME_to_tm(next, &time) == 1) {
      added.next_update.micros = int64_t{timegm(&time)} * 1'000'000;
    }
  }
  const std::string issuer = x509::NameToDer(X509_CRL_get_issuer(crl.get()));
  STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl.get());
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    revoked_.emplace(issuer, x509::SerialToHex(X509_REVOKED_get0_serialNumber(entry)));
    ++added.serials;
  }
  return added;
}

}  // namespace comity
