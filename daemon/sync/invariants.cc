#include "daemon/sync/invariants.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "daemon/sync/engine.h"
#include "storage/base/planted.h"

namespace comity::sync {
namespace {

void Require(bool holds, const char* rule) {
  if (holds) return;
  RuleBroken(rule);
  std::fprintf(stderr, "comity: sync engine invariant broken: %s\n", rule);
  std::abort();
}

}  // namespace

void EngineInvariants::Check(const Engine& engine) {
  // A peer serves at most one range, both sides of the books agree, and ranges of one
  // origin do not overlap.
  std::set<PeerName> serving;
  for (const auto& [work, ranges] : engine.fetches_) {
    Require(!ranges.empty(), "no origin is fetched without a range");
    uint64_t covered = 0;
    size_t persisting = 0;
    for (const auto& [begin, range] : ranges) {
      Require(begin >= covered && range.end > begin, "ranges of an origin are apart");
      covered = range.end;
      persisting += range.persisting ? 1 : 0;
      Require(range.target.origin == work.origin, "a fetch is for its origin");
      Require(!range.persisting || range.batch != nullptr, "only what came is stored");
      if (range.batch != nullptr) continue;
      Require(serving.insert(range.peer).second, "one fetch per peer");
      const auto peer = engine.peers_.find(range.peer);
      Require(peer != engine.peers_.end() && peer->second.fetching == std::pair(work, begin),
              "a fetch and its peer agree");
    }
    Require(persisting <= 1, "an origin is stored in order");
  }
  for (const auto& [name, peer] : engine.peers_) {
    Require(!peer.fetching.has_value() || serving.contains(name) || peer.stalled.has_value(),
            "a peer fetches only what is under way");
    Require(!peer.stalled.has_value() || (peer.fetching.has_value() && !serving.contains(name)),
            "a range that is late is another's");
    Require(!peer.connected || !peer.refused_by_policy, "a refusing peer is not connected");
    Require(!peer.connected || !peer.paused, "a paused peer is not connected");
  }
  if (engine.rosters_from_.has_value()) {
    const auto peer = engine.peers_.find(*engine.rosters_from_);
    Require(peer != engine.peers_.end(), "rosters are asked of a peer");
  }
}

void EngineInvariants::CheckHead(TreeSize head, TreeSize held) {
  // What is signed for is held.
  Require(head <= held, "a head is not above what is held");
}

}  // namespace comity::sync
