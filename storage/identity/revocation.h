// Certificates that their CA took back before their time: X.509 CRLs (RFC 5280) as files
// that each daemon is given, as any CA's tools write them.
#ifndef COMITY_STORAGE_IDENTITY_REVOCATION_H_
#define COMITY_STORAGE_IDENTITY_REVOCATION_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

// Value type; empty: nothing is revoked.
class RevokedCertificates {
 public:
  // What one call of Add took in.
  struct Added {
    // The CA's name, as people read it.
    std::string issuer;
    size_t serials = 0;
    // When the CA meant to publish the next one; a list is used beyond it, because letting
    // revoked certificates in again would be worse.
    Instant next_update;
    // Whether a CA of the bundle signed it.
    bool is_signed = false;
    bool operator==(const Added&) const = default;
  };

  enum class WhenUnsigned { kRefuse, kTakeIn };

  // Takes in the first CRL of a PEM text: those revoked stay so, whatever later lists say.
  // INVALID_ARGUMENT if it is none, or if no CA in `ca_bundle_pem` signed it and such are
  // refused. Taking one in can only keep more certificates out.
  absl::StatusOr<Added> Add(std::string_view crl_pem, std::string_view ca_bundle_pem,
                            WhenUnsigned unsigned_ones = WhenUnsigned::kRefuse);

  // `issuer` is the DER of the issuer's name, `serial` the number in lower-case hex.
  bool Has(const std::string& issuer, const std::string& serial) const {
    return revoked_.contains({issuer, serial});
  }
  size_t size() const { return revoked_.size(); }
  bool operator==(const RevokedCertificates&) const = default;

 private:
  std::set<std::pair<std::string, std::string>> revoked_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_IDENTITY_REVOCATION_H_
