#include "storage/lists/state_wire.h"

#include <algorithm>

#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"

namespace comity {
namespace {

// Eight levels of a binary tree, inner nodes and what hangs below them.
constexpr size_t kMaxNodes = 511;

size_t PathBytes(int bit) { return (static_cast<size_t>(bit) + 7) / 8; }

}  // namespace

std::string EncodeStateNodes(const std::vector<StateNode>& nodes) {
  Encoder encoder;
  for (const StateNode& node : nodes) {
    encoder.U8(node.expanded ? 1 : 0);
    encoder.U8(static_cast<uint8_t>(node.bit >> 8));
    encoder.U8(static_cast<uint8_t>(node.bit & 0xff));
    encoder.Raw(ToBytes(node.path).substr(0, PathBytes(node.bit)));
    if (!node.expanded) encoder.Hash(node.hash);
  }
  return encoder.Take();
}

absl::StatusOr<std::vector<StateNode>> DecodeStateNodes(std::string_view bytes) {
  std::vector<StateNode> nodes;
  Decoder decoder(bytes);
  while (!decoder.done()) {
    if (nodes.size() == kMaxNodes) {
      return absl::InvalidArgumentError("more nodes of a state tree than eight levels hold");
    }
    StateNode& node = nodes.emplace_back();
    COMITY_ASSIGN_OR_RETURN(const uint8_t expanded, decoder.U8());
    COMITY_ASSIGN_OR_RETURN(const uint8_t high, decoder.U8());
    COMITY_ASSIGN_OR_RETURN(const uint8_t low, decoder.U8());
    node.expanded = expanded == 1;
    node.bit = high << 8 | low;
    if (expanded > 1 || node.bit > kStatePathBits) {
      return absl::InvalidArgumentError("a node of a state tree is malformed");
    }
    COMITY_ASSIGN_OR_RETURN(const std::string_view path, decoder.Raw(PathBytes(node.bit)));
    std::copy(path.begin(), path.end(), node.path.begin());
    if (!node.expanded) {
      COMITY_ASSIGN_OR_RETURN(node.hash, decoder.Hash());
    }
  }
  return nodes;
}

}  // namespace comity
