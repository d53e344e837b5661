// Peers with another roster: the one that is behind fetches the chain, then all goes on.
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/wire_version.h"
#include "storage/base/planted.h"

namespace comity::sync {

void Engine::MeetOtherRoster(const HelloAnswered& event, Peer& peer) {
  const std::string versions = absl::StrCat("it has roster version ", event.roster_version,
                                            ", this daemon has ", options_.roster_version);
  peer.refused_by_policy = false;
  peer.last_exchange = now_;
  if (event.wire_version < kWireRosters && event.roster_version != options_.roster_version) {
    Disconnect(peer, absl::FailedPreconditionError(
                         absl::StrCat(versions, ", and it cannot trade rosters: upgrade it")));
    peer.refused_by_policy = true;
    return;
  }
  if (event.roster_version < options_.roster_version) {
    Disconnect(peer, absl::UnavailableError(absl::StrCat(versions, ": it fetches the newer one")));
    peer.roster_order = -1;
    return;
  }
  if (event.roster_version > options_.roster_version) {
    Disconnect(peer,
               absl::UnavailableError(absl::StrCat(versions, ": the newer one is being fetched")));
    peer.roster_order = 1;
    if (rosters_from_.has_value() || Planted(Bug::kNeverAskRosters)) return;
    rosters_from_ = event.peer;
    effects_.push_back(CallRosters{event.peer});
    return;
  }
  const absl::Status fork = absl::FailedPreconditionError(
      absl::StrCat("it has another roster version ", event.roster_version, " (",
                   ToHex(event.roster_digest).substr(0, 16), "...) than this daemon (",
                   ToHex(options_.roster_digest).substr(0, 16),
                   "...): the roster forked, nothing is exchanged; ask those who sign it"));
  // Said once, not with every greeting.
  if (peer.detail != fork.message()) effects_.push_back(Report{event.peer, {}, fork});
  ++peer.refused;
  Disconnect(peer, fork);
  peer.refused_by_policy = true;
}

void Engine::On(const RostersTaken& event) {
  rosters_from_.reset();
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  Disconnect(*peer,
             absl::UnavailableError("its newer roster was taken: this daemon opens anew under it"));
}

}  // namespace comity::sync
