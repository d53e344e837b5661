// Which prefix of which logs an answer was read from.
#ifndef COMITY_STORAGE_LISTS_FRONTIER_H_
#define COMITY_STORAGE_LISTS_FRONTIER_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"

namespace comity {

// The end of one log in a frontier. Value type.
struct FrontierHead {
  TreeSize size;
  Digest root{};
  bool operator==(const FrontierHead&) const = default;
};

// Map from origin to (size, root). Value type.
struct Frontier {
  std::map<Origin, FrontierHead> heads;

  // The self-describing text form, usable at any daemon: "f1." and the unpadded
  // base64url of the canonical bytes, ending in a checksum. At most 1,000 origins.
  std::string Token() const;
  // INVALID_ARGUMENT with REASON_BAD_TOKEN if it is damaged or not a token.
  static absl::StatusOr<Frontier> ParseToken(std::string_view token);

  // SHA-256 over the canonical bytes.
  Digest FrontierDigest() const;

  bool operator==(const Frontier&) const = default;
};

// Participants that alone may hold a list, sorted; empty: the federation.
using Audience = std::vector<std::string>;

// SHA-256 over the rule set and the sorted (origin, state root) pairs: what two
// nations compare.
Digest ViewDigest(uint32_t rule_set, const std::map<Origin, Digest>& state_roots);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_FRONTIER_H_
