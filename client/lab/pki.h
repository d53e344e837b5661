// Certificates for a lab: a CA for each participant and SPIFFE certificates below it.
#ifndef COMITY_CLIENT_LAB_PKI_H_
#define COMITY_CLIENT_LAB_PKI_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace comity {

// A certificate and its key as PEM.
struct Certified {
  std::string certificate_pem;
  std::string key_pem;
};

// A self-signed CA (ECDSA P-256). Move-only; not thread-safe.
class CertificateAuthority {
 public:
  static absl::StatusOr<CertificateAuthority> Create(const std::string& common_name, int days);
  // From what Create's `pem` gave.
  static absl::StatusOr<CertificateAuthority> FromPem(const Certified& pem);

  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  // A certificate for both ends of TLS with `uri` as its one URI name, and the numeric
  // address `ip` at which it is reached.
  absl::StatusOr<Certified> Issue(const std::string& uri, const std::string& ip, int days) const;

  const Certified& pem() const { return pem_; }

 private:
  struct Impl;
  CertificateAuthority(std::unique_ptr<Impl> impl, Certified pem);
  std::unique_ptr<Impl> impl_;
  Certified pem_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_LAB_PKI_H_
