// X.509 certificates that carry a SPIFFE id, judged by the participant's own CAs.
#ifndef COMITY_STORAGE_IDENTITY_CERTIFICATE_H_
#define COMITY_STORAGE_IDENTITY_CERTIFICATE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/identity/revocation.h"
#include "storage/identity/spiffe.h"

namespace comity {

// What the certificate is used for: its extended key usage must say so.
enum class CertificateUse { kClient, kServer, kBoth };

// The id in a PEM certificate: exactly one URI subject alternative name.
// UNAUTHENTICATED otherwise.
absl::StatusOr<SpiffeId> IdOfCertificate(std::string_view pem);

// The serial number in lower-case hex; empty if there is no certificate.
std::string SerialOf(std::string_view pem);

// When the first certificate of the text is not valid any more. UNAUTHENTICATED if there
// is none.
absl::StatusOr<Instant> EndOfCertificate(std::string_view pem);

// Whether the certificate (PEM, perhaps followed by at most four intermediates) chains to
// one of the CAs in `ca_bundle_pem` at this machine's time, and is a leaf as X509-SVID
// section 4 wants it: no CA, key usage with digitalSignature and neither keyCertSign nor
// cRLSign, the extended key usage named. Keys below 112 bits of strength and signatures by
// MD5 or SHA-1 are refused (OpenSSL's security level 2), name constraints hold.
// UNAUTHENTICATED says why not.
absl::Status VerifyChain(std::string_view chain_pem, std::string_view ca_bundle_pem,
                         CertificateUse use = CertificateUse::kClient,
                         const RevokedCertificates& revoked = {});

// INVALID_ARGUMENT unless the private key belongs to the first certificate.
absl::Status CheckKeyBelongs(std::string_view key_pem, std::string_view certificate_pem);

}  // namespace comity

#endif  // COMITY_STORAGE_IDENTITY_CERTIFICATE_H_
