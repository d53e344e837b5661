// What an operator is told of a peer.
#ifndef COMITY_DAEMON_SYNC_PEER_VIEW_H_
#define COMITY_DAEMON_SYNC_PEER_VIEW_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "comity/v1/audit.pb.h"
#include "storage/base/types.h"

namespace comity {

// A list of which a peer has another size than this daemon. Value type.
struct MissingView {
  std::string list;
  uint64_t here = 0;
  uint64_t there = 0;
};

// Value type.
struct PeerView {
  std::string name;
  // "current": both hold the same; "catching-up": this daemon fetches what the peer has;
  // "behind": the peer lacks what is held here; "connecting": not greeted yet; "silent": it
  // does not answer; "refused": it will not talk to us, or what it sends fails
  // verification; "paused": an operator here told us to leave it; "contested": of a list
  // with two signed histories it holds something else; "lagging": it lacks for long what a
  // quorum holds.
  std::string state;
  // Leaves held here that the peer was last seen without.
  uint64_t behind = 0;
  // Leaves that the peer showed and that are not held here yet.
  uint64_t ahead = 0;
  // One sentence: why it is in that state.
  std::string detail;
  // By list; at most kMaxMissing.
  std::vector<MissingView> missing;
  // Zero: never.
  Instant last_exchange;
  Instant last_attempt;
  // When it is greeted again; zero: a greeting is under way, or it is paused.
  Instant next_attempt;
  // Answers of this peer that failed verification.
  uint32_t refused = 0;
};

inline constexpr size_t kMaxMissing = 100;

// One list here beside the same list at a peer (v1.ComparePeerResponse). Value type.
struct ListComparison {
  struct Difference {
    std::string key;
    std::string kind;
  };
  std::string list;
  std::string result;
  std::string detail;
  std::vector<Difference> differences;
  bool truncated = false;
  uint32_t round_trips = 0;
  uint64_t bytes = 0;
};

// Where the services find them. Implementations are thread-safe.
class PeerDirectory {
 public:
  virtual ~PeerDirectory() = default;
  // By name.
  virtual std::vector<PeerView> Peers() const = 0;
  // Why a list, or a peer, is as it is: sentences, the most telling first. `list` is
  // "AUTHORITY/LIST". Empty if nothing is known of it.
  virtual std::vector<std::string> ExplainList(const std::string& list) const = 0;
  virtual std::vector<std::string> ExplainPeer(const std::string& peer) const = 0;
  // Compares what is stored here with what is stored at the peer; `step` is told how many
  // lists there are, then of each; false stops it. Empty `list`: all that both may hold.
  // NOT_FOUND names the peers, or says that neither has the list; UNAVAILABLE.
  using CompareStep = std::function<bool(size_t of_lists, const ListComparison*)>;
  virtual absl::Status Compare(const std::string& peer, const std::string& list,
                               const CompareStep& step) = 0;
  // Leaves the peer alone until told otherwise, over restarts too. NOT_FOUND names the
  // peers that there are. `audit` is kept in the same commit.
  virtual absl::Status SetPaused(const std::string& peer, bool paused, const std::string& reason,
                                 std::span<const v1::AuditRecord> audit) = 0;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SYNC_PEER_VIEW_H_
