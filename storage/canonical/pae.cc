#include "storage/canonical/pae.h"

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace comity {

std::string Pae(std::string_view payload_type, std::string_view payload) {
  return absl::StrCat("DSSEv1 ", payload_type.size(), " ", Absl(payload_type), " ", payload.size(),
                      " ", Absl(payload));
}

Digest EnvelopeLeafHash(std::string_view payload_type, std::string_view payload) {
  return LeafHash(Pae(payload_type, payload));
}

}  // namespace comity
