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

}  // namespace comity

#endif  // COMITY_STORAGE_IDENTITY_SPIFFE_H_
