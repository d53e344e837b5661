// Who stands at the other end of a connection: SPIFFE ids in X.509 certificates
// (https://github.com/spiffe/spiffe, X509-SVID).
#ifndef COMITY_STORAGE_IDENTITY_SPIFFE_H_
#define COMITY_STORAGE_IDENTITY_SPIFFE_H_

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/options.pb.h"

namespace comity {

// spiffe://PARTICIPANT.FEDERATION/ROLE/NAME. Value type.
struct SpiffeId {
  std::string participant;
  std::string federation;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  // A peer's node, a publisher's authority, else a person or system.
  std::string name;
  auto operator<=>(const SpiffeId&) const = default;

  // UNAUTHENTICATED if the text is not of that form; at most 512 bytes.
  static absl::StatusOr<SpiffeId> Parse(std::string_view uri);
  std::string ToString() const;
};

// "peer", "publisher", "screener", "operator", "admin".
std::string RoleName(v1::Role role);

// The id in a PEM certificate: exactly one URI subject alternative name.
// UNAUTHENTICATED otherwise.
absl::StatusOr<SpiffeId> IdOfCertificate(std::string_view pem);

// Whether the certificate (PEM, perhaps followed by intermediates) chains to one of
// the CAs in `ca_bundle_pem` now. UNAUTHENTICATED says why not.
absl::Status VerifyChain(std::string_view chain_pem, std::string_view ca_bundle_pem);

}  // namespace comity

#endif  // COMITY_STORAGE_IDENTITY_SPIFFE_H_
