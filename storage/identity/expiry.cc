#include "storage/identity/expiry.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

namespace comity {

absl::StatusOr<Instant> FirstExpiry(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::optional<int64_t> first;
  while (X509* read = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(read, X509_free);
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
      return absl::InvalidArgumentError("a certificate's end cannot be read");
    }
    const int64_t micros = static_cast<int64_t>(timegm(&end)) * 1'000'000;
    first = first.has_value() ? std::min(*first, micros) : micros;
  }
  if (!first.has_value()) return absl::InvalidArgumentError("there is no PEM certificate");
  return Instant{*first};
}

}  // namespace comity
