// What an operator is told of a peer.
#ifndef COMITY_DAEMON_SYNC_PEER_VIEW_H_
#define COMITY_DAEMON_SYNC_PEER_VIEW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/types.h"

namespace comity {

// Value type.
struct PeerView {
  std::string name;
  // "current": both hold the same; "catching-up": one lacks what the other holds;
  // "connecting": not greeted yet; "unreachable"; "refused": it will not talk to us,
  // or what it sends fails verification.
  std::string state;
  // Leaves held here that the peer was last seen without.
  uint64_t behind = 0;
  // Leaves that the peer showed and that are not held here yet.
  uint64_t ahead = 0;
  std::string detail;
  // Zero: never.
  Instant last_exchange;
  Instant last_attempt;
  // Answers of this peer that failed verification.
  uint32_t refused = 0;
};

// Where the status service finds them. Implementations are thread-safe.
class PeerDirectory {
 public:
  virtual ~PeerDirectory() = default;
  // By name.
  virtual std::vector<PeerView> Peers() const = 0;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SYNC_PEER_VIEW_H_
