#include "daemon/sync/invariants.h"

#include <cstdio>
#include <cstdlib>
#include <set>

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
  // A peer serves at most one fetch, and both sides of the books agree.
  std::set<PeerName> serving;
  for (const auto& [origin, fetch] : engine.fetches_) {
    Require(serving.insert(fetch.peer).second, "one fetch per peer");
    const auto peer = engine.peers_.find(fetch.peer);
    Require(peer != engine.peers_.end() && peer->second.fetching == origin,
            "a fetch and its peer agree");
    Require(fetch.target.origin == origin, "a fetch is for its origin");
  }
  for (const auto& [name, peer] : engine.peers_) {
    Require(!peer.fetching.has_value() || engine.fetches_.contains(*peer.fetching),
            "a peer fetches only what is under way");
    Require(!peer.connected || !peer.refused_by_policy, "a refusing peer is not connected");
  }
  // What is signed for is held, and the frontier says what is signed for.
  for (const auto& [origin, local] : engine.local_) {
    Require(local.head.size <= local.held, "a head is not above what is held");
    if (local.head.size.value == 0) continue;
    const auto head = engine.frontier_.heads.find(origin);
    Require(head != engine.frontier_.heads.end() && head->second.size == local.head.size,
            "the frontier is that of the heads");
  }
}

}  // namespace comity::sync
