#include "daemon/service/status_service.h"

#include <utility>

#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/base/version.h"

namespace comity {

StatusServiceImpl::StatusServiceImpl(std::string participant, const Replica* replica,
                                     const PeerDirectory* peers,
                                     std::function<v1::StorageStatus()> storage, WorkerPool* pool)
    : participant_(std::move(participant)),
      replica_(replica),
      peers_(peers),
      storage_(std::move(storage)),
      pool_(pool),
      started_at_(replica->clock().Now()),
      verification_(&replica->store(), &replica->roster()) {}

v1::PeerStatus StatusServiceImpl::MakePeer(const PeerView& view) const {
  v1::PeerStatus peer;
  peer.set_name(view.name);
  const v1::Participant* participant = replica_->roster().FindParticipant(view.name);
  if (participant != nullptr && participant->nodes_size() > 0) {
    peer.set_endpoint(participant->nodes(0).endpoint());
  }
  peer.set_state(view.state);
  peer.set_behind(static_cast<uint32_t>(view.behind));
  peer.set_ahead(static_cast<uint32_t>(view.ahead));
  peer.set_detail(view.detail);
  if (view.last_exchange.micros > 0) peer.set_last_exchange_at(FormatInstant(view.last_exchange));
  if (view.last_attempt.micros > 0) peer.set_last_attempt_at(FormatInstant(view.last_attempt));
  peer.set_refused(view.refused);
  return peer;
}

absl::StatusOr<v1::GetStatusResponse> StatusServiceImpl::MakeStatus() const {
  const std::shared_ptr<const Snapshot> held = replica_->snapshot();
  v1::GetStatusResponse status;
  status.set_participant(participant_);
  status.set_federation(replica_->roster().federation());
  status.set_version(kVersion);
  status.set_roster_version(replica_->roster().version());
  status.set_frontier_token(held->frontier().Token());
  status.set_frontier_digest(ToHex(held->frontier().FrontierDigest()));
  status.set_view_digest(ToHex(held->view_digest()));
  for (const auto& [origin, view] : held->lists()) {
    COMITY_ASSIGN_OR_RETURN(const CivilDay today, held->DayFor(*view, ReadTimes{}));
    COMITY_ASSIGN_OR_RETURN(const uint32_t entries, held->CountInForce(*view, view->size, today));
    v1::ListStatus& list = *status.add_lists();
    list.set_list(origin.name.ToString());
    list.set_size(static_cast<uint32_t>(view->size.value));
    list.set_root(ToHex(view->root));
    list.set_entries(entries);
    list.set_state_root(ToHex(view->state_root));
    list.set_published_at(FormatInstant(view->published_at));
    list.set_common_size(static_cast<uint32_t>(view->common.value));
    if (view->common < view->size) {
      for (const std::string& member : AudienceOf(replica_->roster(), view->audience)) {
        const auto held_by = view->held.find(member);
        if (held_by == view->held.end() || held_by->second.size < view->size) {
          list.add_common_awaits(member);
        }
      }
    }
    list.set_holding(ParticipantOf(origin.name.authority) == participant_ ? "own" : "held");
  }
  for (const PeerView& view : peers_->Peers()) *status.add_peers() = MakePeer(view);
  const SigningView signing = replica_->signing();
  v1::SigningStatus& message = *status.mutable_signing();
  message.set_state(!signing.signs     ? "none"
                    : signing.released ? "released"
                    : signing.settled  ? "ready"
                                       : "waiting");
  message.set_needed(static_cast<uint32_t>(signing.needed));
  for (const std::string& name : signing.awaited) message.add_awaited(name);
  *status.mutable_storage() = storage_();
  status.set_now(FormatInstant(replica_->clock().Now()));
  status.set_started_at(FormatInstant(started_at_));
  COMITY_ASSIGN_OR_RETURN(const Frontier missing, replica_->store().Missing());
  for (const auto& [origin, head] : missing.heads) {
    v1::MissingLeaves& list = *status.add_missing();
    list.set_list(origin.name.ToString());
    list.set_acknowledged(static_cast<uint32_t>(head.size.value));
    const absl::StatusOr<TreeSize> size = replica_->SizeOf(origin);
    list.set_size(size.ok() ? static_cast<uint32_t>(size->value) : 0);
  }
  return status;
}

grpc::ServerUnaryReactor* StatusServiceImpl::GetStatus(grpc::CallbackServerContext* context,
                                                       const v1::GetStatusRequest*,
                                                       v1::GetStatusResponse* response) {
  return Unary(context, *pool_, response, [this] { return MakeStatus(); });
}

grpc::ServerUnaryReactor* StatusServiceImpl::ListPeers(grpc::CallbackServerContext* context,
                                                       const v1::ListPeersRequest*,
                                                       v1::ListPeersResponse* response) {
  return Unary(context, *pool_, response, [this]() -> absl::StatusOr<v1::ListPeersResponse> {
    v1::ListPeersResponse peers;
    for (const PeerView& view : peers_->Peers()) *peers.add_peers() = MakePeer(view);
    return peers;
  });
}

grpc::ServerWriteReactor<v1::VerifyStoreResponse>* StatusServiceImpl::VerifyStore(
    grpc::CallbackServerContext* context, const v1::VerifyStoreRequest* request) {
  return verification_.Start(context, *request);
}

}  // namespace comity
