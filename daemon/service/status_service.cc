#include "daemon/service/status_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/service/alarms.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/base/version.h"
#include "storage/log/evidence_row.h"
#include "storage/log/roster_chain.h"

namespace comity {

StatusServiceImpl::StatusServiceImpl(std::string participant, const Replica* replica,
                                     PeerDirectory* peers,
                                     std::function<v1::StorageStatus()> storage,
                                     const RosterDesk* rosters, WorkerPool* pool)
    : participant_(std::move(participant)),
      replica_(replica),
      peers_(peers),
      storage_(std::move(storage)),
      rosters_(rosters),
      pool_(pool),
      started_at_(replica->clock().Now()),
      verification_(&replica->store(), &replica->roster()) {}

std::vector<std::string> StatusServiceImpl::CommonAwaits(const ListView& view) const {
  std::vector<std::string> awaited;
  if (view.common >= view.size) return awaited;
  for (const std::string& member : AudienceOf(replica_->roster(), view.audience)) {
    const auto held_by = view.held.find(member);
    if (held_by == view.held.end() || held_by->second.size < view.size) awaited.push_back(member);
  }
  return awaited;
}

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
  if (view.next_attempt.micros > 0) peer.set_next_attempt_at(FormatInstant(view.next_attempt));
  peer.set_refused(view.refused);
  for (const MissingView& missing : view.missing) {
    v1::PeerMissing& row = *peer.add_missing();
    row.set_list(missing.list);
    row.set_here(static_cast<uint32_t>(missing.here));
    row.set_there(static_cast<uint32_t>(missing.there));
  }
  return peer;
}

absl::StatusOr<v1::GetStatusResponse> StatusServiceImpl::MakeStatus() const {
  const std::shared_ptr<const Snapshot> held = replica_->snapshot();
  v1::GetStatusResponse status;
  status.set_participant(participant_);
  status.set_federation(replica_->roster().federation());
  status.set_version(kVersion);
  status.set_roster_version(replica_->roster().version());
  status.set_roster_digest(ToHex(replica_->roster().digest()));
  status.set_roster_valid_to(FormatInstant({replica_->roster().message().valid_to()}));
  if (rosters_ != nullptr) {
    for (std::string& alarm : rosters_->Alarms()) status.add_roster_alarms(std::move(alarm));
  }
  status.set_frontier_token(held->frontier().Token());
  status.set_frontier_digest(ToHex(held->frontier().FrontierDigest()));
  status.set_view_digest(ToHex(held->view_digest()));
  AddRestrictedDigests(held->view_digests(), status.mutable_restricted_digests());
  for (const auto& [origin, view] : held->lists()) {
    // What a new epoch follows is read by its origin.
    if (!held->IsCurrent(origin)) continue;
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
    for (const std::string& member : CommonAwaits(*view)) list.add_common_awaits(member);
    list.set_stopped(view->stopped);
    list.set_log_size(static_cast<uint32_t>(view->log_size.value));
    list.set_history(view->since.value > 0 ? "BACKFILLING" : "COMPLETE");
    list.set_backfilled(static_cast<uint32_t>(view->backfilled.value));
    list.set_since(static_cast<uint32_t>(view->since.value));
    list.set_contested(view->contested);
    *list.mutable_freshness() = held->FreshnessOf(*view);
    list.set_holding(ParticipantOf(origin.name.authority) == participant_ ? "own" : "held");
  }
  for (const Origin& origin : replica_->Bootstrapping()) {
    const auto progress = replica_->BootstrapOf(origin);
    if (!progress.has_value() || progress->open) continue;
    v1::ListStatus& list = *status.add_lists();
    list.set_list(origin.name.ToString());
    list.set_history("SNAPSHOT");
    list.set_since(static_cast<uint32_t>(progress->head.size.value));
    list.set_parts_held(progress->parts_held);
    list.set_parts(progress->parts);
  }
  const std::vector<PeerView> peers = peers_->Peers();
  for (const PeerView& view : peers) *status.add_peers() = MakePeer(view);
  for (v1::Alarm& alarm : AlarmsOf(*held, peers)) *status.add_alarms() = std::move(alarm);
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

grpc::ServerUnaryReactor* StatusServiceImpl::ListRosters(grpc::CallbackServerContext* context,
                                                         const v1::ListRostersRequest* request,
                                                         v1::ListRostersResponse* response) {
  return Unary(
      context, *pool_, response, [this, request]() -> absl::StatusOr<v1::ListRostersResponse> {
        v1::ListRostersResponse rosters;
        bool more = false;
        for (std::string& one :
             RostersAfter(replica_->roster(), request->after_version(), kMaxRosterBytes, &more)) {
          rosters.add_rosters(std::move(one));
        }
        rosters.set_more(more);
        return rosters;
      });
}

grpc::ServerUnaryReactor* StatusServiceImpl::ListPeers(grpc::CallbackServerContext* context,
                                                       const v1::ListPeersRequest*,
                                                       v1::ListPeersResponse* response) {
  return Unary(context, *pool_, response, [this]() -> absl::StatusOr<v1::ListPeersResponse> {
    v1::ListPeersResponse peers;
    for (const PeerView& view : peers_->Peers()) *peers.add_peers() = MakePeer(view);
    peers.set_now(FormatInstant(replica_->clock().Now()));
    return peers;
  });
}

absl::StatusOr<v1::ListEvidenceResponse> StatusServiceImpl::MakeEvidence(
    const v1::ListEvidenceRequest& request) const {
  constexpr size_t kPageBytes = 2 << 20;
  constexpr size_t kLeastDigits = 8;
  v1::ListEvidenceResponse response;
  const std::string& digest = request.digest();
  if (!digest.empty() && digest.size() < kLeastDigits) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", digest, "\": give at least 8 digits of the evidence's digest"));
  }
  for (const VerifiedEvidence& evidence : replica_->EvidenceFor("")) {
    const std::string hex = ToHex(evidence.digest);
    if (hex.compare(0, digest.size(), digest) != 0 || hex <= request.after()) continue;
    if (response.ByteSizeLong() > kPageBytes) {
      response.set_next(response.evidence().rbegin()->digest());
      break;
    }
    *response.add_evidence() = EvidenceRowOf(evidence);
  }
  if (!digest.empty() && response.evidence().empty()) {
    return absl::NotFoundError(
        absl::StrCat("no evidence ", digest, " is held here: see `comity evidence ls`"));
  }
  return response;
}

grpc::ServerUnaryReactor* StatusServiceImpl::ListEvidence(grpc::CallbackServerContext* context,
                                                          const v1::ListEvidenceRequest* request,
                                                          v1::ListEvidenceResponse* response) {
  return Unary(context, *pool_, response, [this, request] { return MakeEvidence(*request); });
}

grpc::ServerWriteReactor<v1::VerifyStoreResponse>* StatusServiceImpl::VerifyStore(
    grpc::CallbackServerContext* context, const v1::VerifyStoreRequest* request) {
  return verification_.Start(context, *request);
}

absl::StatusOr<v1::ExplainSyncResponse> StatusServiceImpl::Explain(
    const std::string& subject) const {
  v1::ExplainSyncResponse response;
  response.set_subject(subject);
  const bool is_list = subject.find('/') != std::string::npos;
  response.set_kind(is_list ? "list" : "peer");
  const std::vector<std::string> lines =
      is_list ? peers_->ExplainList(subject) : peers_->ExplainPeer(subject);
  const auto held = replica_->snapshot();
  if (lines.empty()) {
    std::vector<std::string> known;
    for (const PeerView& peer : peers_->Peers()) known.push_back(peer.name);
    for (const auto& [origin, view] : held->lists()) known.push_back(origin.name.ToString());
    return absl::NotFoundError(absl::StrCat("nothing is known here of \"", subject,
                                            "\"; there are: ", absl::StrJoin(known, ", ")));
  }
  for (const std::string& line : lines) response.add_lines(line);
  if (!is_list) return response;
  if (const auto list = held->FindList(subject); list.ok()) {
    const ListView& view = **list;
    const std::vector<std::string> awaited = CommonAwaits(view);
    response.add_lines(absl::StrCat("COMMON stands at ", view.common.value, " of ", view.size.value,
                                    awaited.empty() ? "" : "; not stated HELD yet by ",
                                    absl::StrJoin(awaited, ", ")));
    if (view.since.value > 0) {
      response.add_lines(absl::StrCat("it is served from a snapshot of ", view.since.value,
                                      " leaves; of its history ", view.backfilled.value,
                                      " are here"));
    }
    if (!view.stopped.empty()) {
      response.add_lines(absl::StrCat("its view stopped at size ", view.size.value, " while ",
                                      view.log_size.value,
                                      " leaves are held and relayed: ", view.stopped));
    }
    if (view.contested) {
      response.add_lines(absl::StrCat(view.origin.name.authority,
                                      " signed two histories of it: it "
                                      "stays at size ",
                                      view.size.value, " here until a new epoch"));
    }
    const v1::ListFreshness freshness = held->FreshnessOf(view);
    if (freshness.freshness() != "FRESH") {
      response.add_lines(absl::StrCat("it is ", freshness.freshness(), ": ",
                                      ParticipantOf(view.origin.name.authority),
                                      " last confirmed it at ", freshness.current_at()));
    }
    if (view.checkpoint_size < view.log_size) {
      response.add_lines(absl::StrCat("leaves from ", view.checkpoint_size.value,
                                      " on are held and not signed for yet"));
    }
  }
  return response;
}

grpc::ServerUnaryReactor* StatusServiceImpl::ExplainSync(grpc::CallbackServerContext* context,
                                                         const v1::ExplainSyncRequest* request,
                                                         v1::ExplainSyncResponse* response) {
  return Unary(context, *pool_, response, [this, request] { return Explain(request->subject()); });
}

grpc::ServerWriteReactor<v1::ComparePeerResponse>* StatusServiceImpl::ComparePeer(
    grpc::CallbackServerContext* context, const v1::ComparePeerRequest* request) {
  using Writer = LiveWriter<v1::ComparePeerResponse>;
  return Writer::Start(
      context, comparing_, [this, peer = request->peer(), list = request->list()](Writer& writer) {
        return peers_->Compare(peer, list, [&](size_t of_lists, const ListComparison* one) {
          v1::ComparePeerResponse message;
          message.set_of_lists(static_cast<uint32_t>(of_lists));
          if (one != nullptr) {
            message.set_list(one->list);
            message.set_result(one->result);
            message.set_detail(one->detail);
            message.set_truncated(one->truncated);
            message.set_round_trips(one->round_trips);
            message.set_bytes(one->bytes);
            for (const ListComparison::Difference& difference : one->differences) {
              v1::EntryDifference& row = *message.add_differences();
              row.set_key(difference.key);
              row.set_kind(difference.kind);
            }
          }
          return writer.Push(std::move(message));
        });
      });
}

}  // namespace comity
