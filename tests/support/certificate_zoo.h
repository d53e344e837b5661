// Certificates that no daemon may believe, one of each kind.
#ifndef COMITY_TESTS_SUPPORT_CERTIFICATE_ZOO_H_
#define COMITY_TESTS_SUPPORT_CERTIFICATE_ZOO_H_

#include <string>
#include <vector>

#include "client/lab/pki.h"

namespace comity::testing {

// Two participants of one federation, "no" and "us".
struct Zoo {
  std::string federation;
  // The CAs that the roster names for each: what certificates of "no" are issued by, and
  // those of "us". Both may have intermediates.
  Certified no_ca;
  Certified us_ca;
  // A revocation list of no_ca, and the serial numbers in it.
  std::string no_crl_pem;

  struct Animal {
    std::string kind;
    // The chain as it is presented, and the leaf's key.
    Certified certificate;
    // Hex, as the audit log writes it.
    std::string serial;
    // OpenSSL does not let a client of ours present it.
    bool weak = false;
  };
  std::vector<Animal> animals;
  // What must be believed, so that a refusal of all is no success: directly below the CA,
  // and below an intermediate.
  std::vector<Animal> good;
};

// `node` is a node of "no" in the roster: good and bad ones are its certificates, unless
// the kind says otherwise.
Zoo MakeZoo(const std::string& federation, const std::string& node);

// A revocation list of the CA, in PEM, for these serial numbers in hex.
std::string MakeCrl(const Certified& ca, const std::vector<std::string>& serials);

// The serial number of the certificate that a server shows, in hex; empty if it shows none.
std::string ServerCertificate(const std::string& address);

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_CERTIFICATE_ZOO_H_
