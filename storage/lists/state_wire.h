// Nodes of the state tree as bytes, for the wire.
#ifndef COMITY_STORAGE_LISTS_STATE_WIRE_H_
#define COMITY_STORAGE_LISTS_STATE_WIRE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/lists/state_tree.h"

namespace comity {

// One after the other: expanded (1 byte), bit (2, big-endian), the path's first `bit` bits
// in whole bytes, and the hash unless it is expanded.
std::string EncodeStateNodes(const std::vector<StateNode>& nodes);
// INVALID_ARGUMENT if malformed or more than eight levels can hold.
absl::StatusOr<std::vector<StateNode>> DecodeStateNodes(std::string_view bytes);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATE_WIRE_H_
