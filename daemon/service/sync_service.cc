#include "daemon/service/sync_service.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/access/gate.h"
#include "daemon/service/hints.h"
#include "daemon/service/range_source.h"
#include "daemon/service/reactors.h"
#include "daemon/service/sync_messages.h"
#include "daemon/sync/wire_version.h"
#include "storage/base/errors.h"
#include "storage/lists/state_descent.h"
#include "storage/lists/state_wire.h"

namespace comity {
namespace {

constexpr uint32_t kMaxHeadsPage = 1000;
constexpr int kMaxStamps = 10'000;
constexpr std::chrono::seconds kProgressEvery{15};

// One open watch. What changes while a message is on its way is sent with the next one.
class WatchReactor final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  WatchReactor(const Replica* replica, WatchHub* hub, std::string participant)
      : replica_(replica), hub_(hub), participant_(std::move(participant)) {}

  void Start() {
    const auto id = hub_->Add(
        participant_, [this](const News& news) { Offer(news); }, [this] { End(); });
    if (!id.ok()) {
      Finish(ToGrpcStatus(id.status()));
      return;
    }
    const std::vector<LogHead> heads = replica_->HeadsFor(participant_);
    MutexLock lock(mutex_);
    id_ = *id;
    if (cancelled_) return FinishLocked();
    // The first message says that the watch is open, and closes the gap between the
    // caller's last look and now.
    for (const LogHead& head : heads) pending_.Add(head);
    WriteLocked();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok || cancelled_) return FinishLocked();
    if (HasNews()) return WriteLocked();
    ArmLocked();
  }
  void OnCancel() override { End(); }
  void OnDone() override {
    // No Offer runs after Remove returns; whoever called Finish has left the lock
    // once it can be taken here.
    uint64_t id = 0;
    {
      MutexLock lock(mutex_);
      id = id_;
    }
    if (id != 0) hub_->Remove(id);
    delete this;
  }

 private:
  // Whoever is writing or waiting finishes the call.
  void End() {
    MutexLock lock(mutex_);
    cancelled_ = true;
    if (armed_) alarm_.Cancel();
    if (!writing_ && !armed_) FinishLocked();
  }

  void Offer(const News& news) {
    MutexLock lock(mutex_);
    if (finished_ || cancelled_) return;
    for (const LogHead& head : news.heads) {
      if (head.checkpoint.empty() || !replica_->MayHold(participant_, head.origin)) continue;
      pending_.Add(head);
    }
    for (const HeldStatement& statement : news.held) {
      if (!replica_->MayHold(participant_, statement.origin)) continue;
      pending_.Add(statement);
    }
    for (const ParticipantStatus& status : news.statuses) {
      if (!InAudience(status.audience, participant_)) continue;
      pending_statuses_[{status.participant, AudienceName(status.audience)}] = status.envelope;
    }
    for (const Origin& origin : news.contested) {
      evidence_changed_ = evidence_changed_ || replica_->MayHold(participant_, origin);
    }
    // The alarm's callback writes; firing it early keeps one place that does.
    if (armed_ && HasNews()) alarm_.Cancel();
  }

  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !pending_.empty() || !pending_statuses_.empty() || evidence_changed_;
  }

  void ArmLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    armed_ = true;
    alarm_.Set(std::chrono::system_clock::now() + kProgressEvery, [this](bool) {
      MutexLock lock(mutex_);
      armed_ = false;
      if (cancelled_) return FinishLocked();
      WriteLocked();
    });
  }

  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    message_.Clear();
    pending_.TakeInto(&message_);
    for (auto it = pending_statuses_.begin();
         it != pending_statuses_.end() && message_.ByteSizeLong() < kMaxMessageBytes / 2;
         it = pending_statuses_.erase(it)) {
      message_.add_statuses(std::move(it->second));
    }
    if (std::exchange(evidence_changed_, false)) {
      message_.set_evidence_digest(ToBytes(replica_->EvidenceDigestFor(participant_)));
    }
    StartWrite(&message_);
  }

  void FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    finished_ = true;
    Finish({grpc::StatusCode::UNAVAILABLE, "the daemon stops"});
  }

  const Replica* const replica_;
  WatchHub* const hub_;
  const std::string participant_;
  Mutex mutex_;
  uint64_t id_ ABSL_GUARDED_BY(mutex_) = 0;
  // Also until the first message is on its way: Start then finishes what was cancelled.
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;
  bool armed_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  Hints pending_ ABSL_GUARDED_BY(mutex_);
  // The newest of each participant and audience.
  std::map<StatusBoard::Name, std::string> pending_statuses_ ABSL_GUARDED_BY(mutex_);
  bool evidence_changed_ ABSL_GUARDED_BY(mutex_) = false;
  v1::WatchResponse message_;
  grpc::Alarm alarm_;
};

absl::Status NotHeldHere(const Origin& origin) {
  return MakeError(absl::StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                   absl::StrCat("list ", origin.name.ToString(), " is not held here"),
                   origin.ToString());
}

absl::StatusOr<std::string> ParticipantOfCaller(const grpc::CallbackServerContext* context) {
  COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(*context));
  return caller.participant;
}

}  // namespace

SyncServiceImpl::SyncServiceImpl(std::string participant, const Replica* replica, WatchHub* hub,
                                 StateIndexCache* states,
                                 std::function<void(const std::string&)> on_hello, WorkerPool* pool)
    : participant_(std::move(participant)),
      replica_(replica),
      hub_(hub),
      states_(states),
      on_hello_(std::move(on_hello)),
      pool_(pool) {}

absl::StatusOr<v1::HelloResponse> SyncServiceImpl::MakeHello(const v1::HelloRequest& request,
                                                             const std::string& caller) const {
  if (request.federation() != replica_->roster().federation()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this daemon is of the federation ", replica_->roster().federation()));
  }
  COMITY_ASSIGN_OR_RETURN(const uint32_t version,
                          sync::NegotiateWireVersion(
                              sync::kWireVersions, {request.min_version(), request.max_version()}));
  Frontier heads;
  for (const LogHead& head : replica_->HeadsFor(caller)) {
    heads.heads[head.origin] = {head.size, head.root};
  }
  v1::HelloResponse response;
  response.set_version(version);
  response.set_participant(participant_);
  response.set_roster_version(replica_->roster().version());
  response.set_roster_digest(ToBytes(replica_->roster().digest()));
  response.set_heads_digest(ToBytes(heads.FrontierDigest()));
  response.set_held_digest(ToBytes(replica_->HeldDigestFor(caller)));
  response.set_evidence_digest(ToBytes(replica_->EvidenceDigestFor(caller)));
  response.set_status_digest(ToBytes(replica_->statuses().DigestFor(caller)));
  response.set_now(replica_->clock().Now().micros);
  response.set_max_fetch_bytes(kMaxFetchBytes);
  return response;
}

absl::StatusOr<v1::HeadsResponse> SyncServiceImpl::MakeHeads(const v1::HeadsRequest& request,
                                                             const std::string& caller) const {
  const uint32_t page =
      request.page_size() == 0 ? kMaxHeadsPage : std::min(request.page_size(), kMaxHeadsPage);
  std::optional<Origin> after;
  if (!request.after().empty()) {
    COMITY_ASSIGN_OR_RETURN(after, Origin::Parse(request.after()));
  }
  v1::HeadsResponse response;
  for (const LogHead& head : replica_->HeadsFor(caller)) {
    if (after.has_value() && head.origin <= *after) continue;
    if (static_cast<uint32_t>(response.heads_size()) == page ||
        response.ByteSizeLong() > kMaxMessageBytes / 2) {
      response.set_more(true);
      break;
    }
    *response.add_heads() = ToMessage(head);
  }
  return response;
}

absl::StatusOr<v1::StateNodesResponse> SyncServiceImpl::MakeStateNodes(
    const v1::StateNodesRequest& request, const std::string& caller) const {
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(request.origin()));
  if (!replica_->MayHold(caller, origin)) return NotHeldHere(origin);
  if (static_cast<size_t>(request.nodes_size()) > kDescentRefs) {
    return absl::InvalidArgumentError(
        absl::StrCat("nodes: ", request.nodes_size(), ", at most ", kDescentRefs));
  }
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const StateIndex> index, states_->Get(origin));
  v1::StateNodesResponse response;
  response.set_size(index->size.value);
  response.set_root(ToBytes(index->root));
  response.set_signed_state_root(ToBytes(index->signed_state_root));
  response.set_state_root(ToBytes(index->state_root));
  for (const v1::StateNodeRef& node : request.nodes()) {
    StateRef ref;
    COMITY_ASSIGN_OR_RETURN(ref.path, DigestFromBytes(node.path()));
    if (node.bit() > kStatePathBits) {
      return absl::InvalidArgumentError(absl::StrCat("nodes.bit: ", node.bit(), ", at most 256"));
    }
    ref.bit = static_cast<int>(node.bit());
    const std::vector<StateNode> shown = index->tree.Expand(ref, kDescentLevels);
    for (const StateNode& one : shown) {
      if (one.bit == kStatePathBits) response.add_keys(index->keys.at(one.path));
    }
    response.add_subtrees(EncodeStateNodes(shown));
  }
  return response;
}

absl::StatusOr<v1::ExchangeHeldResponse> SyncServiceImpl::MakeHeld(
    const v1::ExchangeHeldRequest& request, const std::string& caller) const {
  std::pair<Origin, std::string> after;
  if (!request.after_origin().empty()) {
    COMITY_ASSIGN_OR_RETURN(after.first, Origin::Parse(request.after_origin()));
    after.second = request.after_participant();
  }
  v1::ExchangeHeldResponse response;
  for (const HeldStatement& statement : replica_->HeldFor(caller)) {
    if (!request.after_origin().empty() &&
        std::pair(statement.origin, statement.participant) <= after) {
      continue;
    }
    if (response.ByteSizeLong() > kMaxMessageBytes / 2) {
      response.set_more(true);
      break;
    }
    *response.add_statements() = ToMessage(statement);
    response.set_last_origin(statement.origin.ToString());
  }
  return response;
}

absl::StatusOr<v1::EvidenceResponse> SyncServiceImpl::MakeEvidence(
    const v1::EvidenceRequest& request, const std::string& caller) const {
  Digest after{};
  if (!request.after().empty()) {
    COMITY_ASSIGN_OR_RETURN(after, DigestFromBytes(request.after()));
  }
  v1::EvidenceResponse response;
  for (const VerifiedEvidence& evidence : replica_->EvidenceFor(caller)) {
    if (!request.after().empty() && evidence.digest <= after) continue;
    if (response.ByteSizeLong() > kMaxMessageBytes / 2) {
      response.set_more(true);
      break;
    }
    response.add_evidence(evidence.bytes);
  }
  return response;
}

absl::StatusOr<v1::ConsistencyResponse> SyncServiceImpl::MakeConsistency(
    const v1::ConsistencyRequest& request, const std::string& caller) const {
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(request.origin()));
  if (!replica_->MayHold(caller, origin)) return NotHeldHere(origin);
  COMITY_ASSIGN_OR_RETURN(const LogConsistency proof,
                          replica_->ReadConsistency(origin, TreeSize{request.old_size()},
                                                    TreeSize{request.new_size()}));
  v1::ConsistencyResponse response;
  response.set_old_root(ToBytes(proof.old_root));
  for (const Digest& hash : proof.hashes) response.add_hashes(ToBytes(hash));
  return response;
}

absl::StatusOr<v1::ExchangeStatusesResponse> SyncServiceImpl::MakeStatuses(
    const v1::ExchangeStatusesRequest& request, const std::string& caller) const {
  if (request.known_size() > kMaxStamps) {
    return absl::InvalidArgumentError("over 10,000 statuses are known to the caller");
  }
  std::map<StatusBoard::Name, Instant> known;
  for (const v1::StatusStamp& stamp : request.known()) {
    known[{stamp.participant(), stamp.audience()}] = Instant{stamp.stated_at()};
  }
  v1::ExchangeStatusesResponse response;
  for (const ParticipantStatus& status : replica_->statuses().NewerFor(caller, known)) {
    if (response.ByteSizeLong() > kMaxMessageBytes / 2) {
      response.set_more(true);
      break;
    }
    response.add_statuses(status.envelope);
  }
  return response;
}

absl::StatusOr<SyncServiceImpl::RangeMessages> SyncServiceImpl::OpenRange(
    const v1::FetchRevisionsRequest& request, const std::string& caller) {
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(request.origin()));
  if (!replica_->MayHold(caller, origin)) return NotHeldHere(origin);
  COMITY_ASSIGN_OR_RETURN(BulkSlots::Slot slot, bulk_.Take(caller));
  COMITY_ASSIGN_OR_RETURN(RangeSource source,
                          RangeSource::Open(*replica_, origin, request.begin(), request.end(),
                                            request.tree_size(), kMaxFetchBytes));
  return RangeMessages([source = std::make_shared<RangeSource>(std::move(source)),
                        slot = std::move(slot)] { return source->Next(); });
}

grpc::ServerUnaryReactor* SyncServiceImpl::Hello(grpc::CallbackServerContext* context,
                                                 const v1::HelloRequest* request,
                                                 v1::HelloResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::HelloResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    on_hello_(caller);
    return MakeHello(*request, caller);
  });
}

grpc::ServerUnaryReactor* SyncServiceImpl::Heads(grpc::CallbackServerContext* context,
                                                 const v1::HeadsRequest* request,
                                                 v1::HeadsResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::HeadsResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return MakeHeads(*request, caller);
  });
}

grpc::ServerUnaryReactor* SyncServiceImpl::ExchangeHeld(grpc::CallbackServerContext* context,
                                                        const v1::ExchangeHeldRequest* request,
                                                        v1::ExchangeHeldResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::ExchangeHeldResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return MakeHeld(*request, caller);
  });
}

grpc::ServerUnaryReactor* SyncServiceImpl::Evidence(grpc::CallbackServerContext* context,
                                                    const v1::EvidenceRequest* request,
                                                    v1::EvidenceResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::EvidenceResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return MakeEvidence(*request, caller);
  });
}

grpc::ServerUnaryReactor* SyncServiceImpl::Consistency(grpc::CallbackServerContext* context,
                                                       const v1::ConsistencyRequest* request,
                                                       v1::ConsistencyResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::ConsistencyResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return MakeConsistency(*request, caller);
  });
}

grpc::ServerUnaryReactor* SyncServiceImpl::ExchangeStatuses(
    grpc::CallbackServerContext* context, const v1::ExchangeStatusesRequest* request,
    v1::ExchangeStatusesResponse* response) {
  return Unary(context, *pool_, response,
               [=, this]() -> absl::StatusOr<v1::ExchangeStatusesResponse> {
                 COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
                 return MakeStatuses(*request, caller);
               });
}

grpc::ServerUnaryReactor* SyncServiceImpl::StateNodes(grpc::CallbackServerContext* context,
                                                      const v1::StateNodesRequest* request,
                                                      v1::StateNodesResponse* response) {
  return Unary(context, *pool_, response, [=, this]() -> absl::StatusOr<v1::StateNodesResponse> {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return MakeStateNodes(*request, caller);
  });
}

grpc::ServerWriteReactor<v1::WatchResponse>* SyncServiceImpl::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest*) {
  const absl::StatusOr<std::string> caller = ParticipantOfCaller(context);
  auto* reactor = new WatchReactor(replica_, hub_, caller.ok() ? *caller : "");
  if (caller.ok()) {
    reactor->Start();
  } else {
    reactor->Finish(ToGrpcStatus(caller.status()));
  }
  return reactor;
}

grpc::ServerWriteReactor<v1::FetchRevisionsResponse>* SyncServiceImpl::FetchRevisions(
    grpc::CallbackServerContext* context, const v1::FetchRevisionsRequest* request) {
  using Messages = absl::StatusOr<RangeMessages>;
  return PullWriter<v1::FetchRevisionsResponse>::Start(context, *pool_, [=, this]() -> Messages {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return OpenRange(*request, caller);
  });
}

absl::StatusOr<SyncServiceImpl::SnapshotMessages> SyncServiceImpl::OpenSnapshot(
    const v1::FetchSnapshotRequest& request, const std::string& caller) {
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(request.origin()));
  if (!replica_->MayHold(caller, origin)) return NotHeldHere(origin);
  COMITY_ASSIGN_OR_RETURN(BulkSlots::Slot slot, bulk_.Take(caller));
  COMITY_ASSIGN_OR_RETURN(const auto index, states_->GetAt(origin, TreeSize{request.size()}));
  COMITY_ASSIGN_OR_RETURN(SnapshotPage page,
                          ReadSnapshotPage(replica_->store(), *index, request.first_part(),
                                           request.header(), kSnapshotPageBytes));
  // Moved out one by one: what was sent is let go.
  auto messages = std::make_shared<std::deque<v1::FetchSnapshotResponse>>();
  for (v1::FetchSnapshotResponse& one : ToMessages(std::move(page), index->size)) {
    messages->push_back(std::move(one));
  }
  using Next = absl::StatusOr<std::optional<v1::FetchSnapshotResponse>>;
  return SnapshotMessages([messages, slot = std::move(slot)]() -> Next {
    if (messages->empty()) return std::nullopt;
    v1::FetchSnapshotResponse message = std::move(messages->front());
    messages->pop_front();
    return message;
  });
}

grpc::ServerWriteReactor<v1::FetchSnapshotResponse>* SyncServiceImpl::FetchSnapshot(
    grpc::CallbackServerContext* context, const v1::FetchSnapshotRequest* request) {
  using Messages = absl::StatusOr<SnapshotMessages>;
  return PullWriter<v1::FetchSnapshotResponse>::Start(context, *pool_, [=, this]() -> Messages {
    COMITY_ASSIGN_OR_RETURN(const std::string caller, ParticipantOfCaller(context));
    return OpenSnapshot(*request, caller);
  });
}

}  // namespace comity
