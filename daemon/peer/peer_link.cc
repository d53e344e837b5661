#include "daemon/peer/peer_link.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/transport/rpc_status.h"
#include "daemon/sync/wire_version.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

constexpr std::chrono::seconds kHelloDeadline{5};
constexpr std::chrono::seconds kHeadsDeadline{20};
constexpr std::chrono::seconds kFetchDeadline{120};
// The first one of a list has the peer read all of it.
constexpr std::chrono::seconds kStateDeadline{120};
constexpr size_t kMaxHeads = 100'000;
constexpr std::chrono::milliseconds kHintPause{2};
// Of evidence and statuses; a page has megabytes.
constexpr size_t kMaxStatementPages = 1'000;
// One answer: the server's limit and one more leaf.
constexpr size_t kMaxRangeBytes = (16 << 20) + kMaxEnvelopeBytes;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("its answer is malformed: ", Absl(what)));
}

}  // namespace

class PeerLink::Call {
 public:
  explicit Call(PeerLink* link) : link_(link) {
    MutexLock lock(link_->mutex_);
    link_->contexts_.insert(&context_);
    if (link_->stopping_) context_.TryCancel();
  }
  ~Call() {
    MutexLock lock(link_->mutex_);
    link_->contexts_.erase(&context_);
    if (link_->watch_context_ == &context_) link_->watch_context_ = nullptr;
  }
  void Deadline(std::chrono::seconds limit) {
    context_.set_deadline(std::chrono::system_clock::now() + limit);
  }
  grpc::ClientContext* context() { return &context_; }
  absl::Status End(const grpc::Status& status) const {
    return FromGrpcStatus(status, context_, link_->address_);
  }

 private:
  PeerLink* const link_;
  grpc::ClientContext context_;
};

PeerLink::PeerLink(sync::PeerName name, std::string address, const ChannelIdentity& identity,
                   Replica* replica, Deliver deliver, AdoptRosters adopt_rosters)
    : name_(std::move(name)),
      address_(std::move(address)),
      replica_(replica),
      deliver_(std::move(deliver)),
      adopt_rosters_(std::move(adopt_rosters)) {
  SetIdentity(identity);
}

void PeerLink::SetIdentity(const ChannelIdentity& identity) {
  const auto connect = [&](const char* lane) {
    Connection connection;
    connection.channel = MakeChannel(address_, identity, lane);
    connection.stub = v1::SyncService::NewStub(connection.channel);
    return connection;
  };
  Connection control = connect("control");
  Connection bulk = connect("bulk");
  MutexLock lock(mutex_);
  std::swap(control_connection_, control);
  std::swap(bulk_connection_, bulk);
  // What is open goes on, unless its other end may be one that is believed no more.
  if (revoked_ != identity.revoked && watch_context_ != nullptr) watch_context_->TryCancel();
  revoked_ = identity.revoked;
}

std::shared_ptr<v1::SyncService::Stub> PeerLink::Control() {
  MutexLock lock(mutex_);
  return control_connection_.stub;
}

std::shared_ptr<v1::SyncService::Stub> PeerLink::Bulk() {
  MutexLock lock(mutex_);
  return bulk_connection_.stub;
}

void PeerLink::ForgetBackoff() {
  MutexLock lock(mutex_);
  grpc::experimental::ChannelResetConnectionBackoff(control_connection_.channel.get());
  grpc::experimental::ChannelResetConnectionBackoff(bulk_connection_.channel.get());
}

void PeerLink::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
  }
  stop_.notify_all();
  control_.Stop();
  watch_.Stop();
  bulk_.Stop();
}

void PeerLink::Hello(const Digest& heads_digest) {
  control_.Post([this, heads_digest] {
    // When to try again is the engine's to say: gRPC's own pauses on top of its would make a
    // link that healed wait twice.
    ForgetBackoff();
    sync::HelloAnswered answer;
    const absl::Status status = CallHello(heads_digest, &answer);
    if (status.ok()) {
      if (answer.heads_equal) replica_->HeardFrom(name_, {});
      deliver_(answer);
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kHello, {}, status});
    }
  });
}

void PeerLink::Heads() {
  control_.Post([this] {
    std::vector<LogHead> heads;
    const absl::Status status = CallHeads(&heads);
    if (status.ok()) {
      replica_->HeardFrom(name_, heads);
      deliver_(sync::HeadsAnswered{name_, std::move(heads)});
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kHeads, {}, status});
    }
  });
}

void PeerLink::Held() {
  control_.Post([this] {
    const absl::Status status = CallHeld();
    if (status.ok()) {
      deliver_(sync::HeldAnswered{name_});
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kHeld, {}, status});
    }
  });
}

void PeerLink::Statements(StatementKind kind) {
  control_.Post([this, kind] {
    const absl::Status status = kind == StatementKind::kEvidence ? CallEvidence() : CallStatuses();
    if (status.ok()) {
      deliver_(sync::StatementsAnswered{name_, kind});
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kStatements, {}, status, kind});
    }
  });
}

void PeerLink::Rosters() {
  control_.Post([this] {
    const absl::Status status = CallRosters();
    if (status.ok()) {
      deliver_(sync::RostersTaken{name_});
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kRosters, {}, status});
    }
  });
}

void PeerLink::Consistency(const LogHead& target, TreeSize size) {
  control_.Post([this, target, size] {
    const absl::Status status = CallConsistency(target, size);
    if (status.ok()) {
      deliver_(sync::ConsistencyAnswered{name_});
    } else {
      deliver_(sync::CallFailed{name_, sync::CallFailed::Call::kConsistency, {}, status});
    }
  });
}

absl::Status PeerLink::CallRosters() {
  if (!adopt_rosters_) return absl::UnavailableError("rosters are not taken here");
  std::vector<std::string> rosters;
  v1::FetchRostersRequest request;
  request.set_after_version(replica_->roster().version());
  for (size_t steps = 0;;) {
    Call call(this);
    call.Deadline(kHeadsDeadline);
    v1::FetchRostersResponse response;
    COMITY_RETURN_IF_ERROR(call.End(Control()->FetchRosters(call.context(), request, &response)));
    for (std::string& one : *response.mutable_rosters()) rosters.push_back(std::move(one));
    steps += rosters.size();
    if (steps > kMaxRosterSteps) return Malformed("endless rosters");
    // It said that it has a newer one.
    if (rosters.empty()) return Malformed("no rosters");
    // What a page at a time costs stays bounded: each is verified and kept before the next.
    COMITY_RETURN_IF_ERROR(adopt_rosters_(rosters));
    if (!response.more()) break;
    request.set_after_version(request.after_version() + rosters.size());
    rosters.clear();
  }
  return absl::OkStatus();
}

void PeerLink::Watch() {
  watch_.Post([this] { deliver_(sync::WatchEnded{name_, RunWatch()}); });
}

absl::StatusOr<std::vector<LogHead>> PeerLink::AskHeads() {
  std::vector<LogHead> heads;
  COMITY_RETURN_IF_ERROR(CallHeads(&heads));
  return heads;
}

absl::StatusOr<v1::StateNodesResponse> PeerLink::AskStateNodes(
    const v1::StateNodesRequest& request) {
  Call call(this);
  call.Deadline(kStateDeadline);
  v1::StateNodesResponse response;
  COMITY_RETURN_IF_ERROR(call.End(Control()->StateNodes(call.context(), request, &response)));
  return response;
}

void PeerLink::CloseWatch() {
  MutexLock lock(mutex_);
  if (watch_context_ != nullptr) watch_context_->TryCancel();
}

void PeerLink::Fetch(const sync::FetchRevisions& fetch) {
  bulk_.Post([this, fetch] {
    auto batch = std::make_shared<sync::Batch>();
    batch->origin = fetch.target.origin;
    batch->begin = fetch.begin;
    batch->lane = fetch.lane;
    const absl::Status status = fetch.lane == sync::Lane::kSnapshot
                                    ? CallSnapshot(fetch, &batch->page)
                                    : CallFetch(fetch, batch.get());
    if (status.ok()) {
      deliver_(sync::RevisionsReceived{name_, std::move(batch)});
    } else {
      deliver_(
          sync::CallFailed{name_, sync::CallFailed::Call::kFetch, fetch.target.origin, status});
    }
  });
}

absl::Status PeerLink::CallHello(const Digest& heads_digest, sync::HelloAnswered* answer) {
  Call call(this);
  call.Deadline(kHelloDeadline);
  v1::HelloRequest request;
  request.set_min_version(sync::kWireVersions.oldest);
  request.set_max_version(sync::kWireVersions.newest);
  request.set_federation(replica_->roster().federation());
  request.set_roster_version(replica_->roster().version());
  request.set_roster_digest(ToBytes(replica_->roster().digest()));
  request.set_heads_digest(ToBytes(heads_digest));
  request.set_held_digest(ToBytes(replica_->HeldDigestFor(name_)));
  request.set_evidence_digest(ToBytes(replica_->EvidenceDigestFor(name_)));
  request.set_status_digest(ToBytes(replica_->statuses().DigestFor(name_)));
  v1::HelloResponse response;
  COMITY_RETURN_IF_ERROR(call.End(Control()->Hello(call.context(), request, &response)));
  COMITY_ASSIGN_OR_RETURN(
      answer->wire_version,
      sync::NegotiateWireVersion(sync::kWireVersions, {response.version(), response.version()}));
  answer->peer = name_;
  answer->roster_version = response.roster_version();
  COMITY_ASSIGN_OR_RETURN(answer->heads_digest, DigestFromBytes(response.heads_digest()));
  COMITY_ASSIGN_OR_RETURN(answer->roster_digest, DigestFromBytes(response.roster_digest()));
  answer->heads_equal = answer->heads_digest == heads_digest;
  answer->held_equal = response.held_digest() == request.held_digest();
  // A daemon that does not know of these has nothing to give.
  answer->evidence_equal =
      response.evidence_digest().empty() || response.evidence_digest() == request.evidence_digest();
  answer->statuses_equal =
      response.status_digest().empty() || response.status_digest() == request.status_digest();
  return absl::OkStatus();
}

absl::StatusOr<LogHead> PeerLink::CheckedHead(const v1::Head& message) const {
  LogHead head;
  COMITY_ASSIGN_OR_RETURN(head.origin, Origin::Parse(message.origin()));
  COMITY_ASSIGN_OR_RETURN(head.root, DigestFromBytes(message.root()));
  head.size = TreeSize{message.size()};
  head.checkpoint = message.checkpoint();
  COMITY_RETURN_IF_ERROR(replica_->MeetHead(head));
  return head;
}

absl::Status PeerLink::CallHeads(std::vector<LogHead>* heads) {
  v1::HeadsRequest request;
  for (;;) {
    Call call(this);
    call.Deadline(kHeadsDeadline);
    v1::HeadsResponse response;
    COMITY_RETURN_IF_ERROR(call.End(Control()->Heads(call.context(), request, &response)));
    for (const v1::Head& message : response.heads()) {
      COMITY_ASSIGN_OR_RETURN(LogHead head, CheckedHead(message));
      if (!heads->empty() && head.origin <= heads->back().origin) {
        return Malformed("heads do not ascend");
      }
      heads->push_back(std::move(head));
    }
    if (!response.more()) return absl::OkStatus();
    if (response.heads().empty() || heads->size() > kMaxHeads) return Malformed("endless heads");
    request.set_after(heads->back().origin.ToString());
  }
}

absl::Status PeerLink::CallHeld() {
  v1::ExchangeHeldRequest request;
  size_t statements = 0;
  for (;;) {
    Call call(this);
    call.Deadline(kHeadsDeadline);
    v1::ExchangeHeldResponse response;
    COMITY_RETURN_IF_ERROR(call.End(Control()->ExchangeHeld(call.context(), request, &response)));
    COMITY_RETURN_IF_ERROR(TakeHeld(response.statements()));
    if (!response.more()) return absl::OkStatus();
    statements += response.statements_size();
    if (response.statements().empty() || statements > kMaxHeads) {
      return Malformed("endless HELD statements");
    }
    request.set_after_origin(response.last_origin());
    request.set_after_participant(response.statements().rbegin()->participant());
  }
}

absl::Status PeerLink::CallEvidence() {
  v1::EvidenceRequest request;
  for (size_t pages = 0; pages < kMaxStatementPages; ++pages) {
    Call call(this);
    call.Deadline(kHeadsDeadline);
    v1::EvidenceResponse response;
    COMITY_RETURN_IF_ERROR(call.End(Control()->Evidence(call.context(), request, &response)));
    COMITY_RETURN_IF_ERROR(
        replica_->TakeEvidence({response.evidence().begin(), response.evidence().end()}).status());
    if (!response.more()) return absl::OkStatus();
    if (response.evidence().empty()) return Malformed("endless evidence");
    request.set_after(ToBytes(Sha256(*response.evidence().rbegin())));
  }
  return Malformed("endless evidence");
}

absl::Status PeerLink::CallStatuses() {
  for (size_t pages = 0; pages < kMaxStatementPages; ++pages) {
    v1::ExchangeStatusesRequest request;
    for (const ParticipantStatus& status : replica_->statuses().For(name_)) {
      v1::StatusStamp& stamp = *request.add_known();
      stamp.set_participant(status.participant);
      stamp.set_audience(AudienceName(status.audience));
      stamp.set_stated_at(status.stated_at.micros);
    }
    Call call(this);
    call.Deadline(kHeadsDeadline);
    v1::ExchangeStatusesResponse response;
    COMITY_RETURN_IF_ERROR(
        call.End(Control()->ExchangeStatuses(call.context(), request, &response)));
    COMITY_ASSIGN_OR_RETURN(
        const size_t taken,
        replica_->TakeStatuses({response.statuses().begin(), response.statuses().end()}));
    // What is left of a page that brought nothing would come again.
    if (!response.more() || taken == 0) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status PeerLink::CallConsistency(const LogHead& target, TreeSize size) {
  Call call(this);
  call.Deadline(kHeadsDeadline);
  v1::ConsistencyRequest request;
  request.set_origin(target.origin.ToString());
  request.set_old_size(size.value);
  request.set_new_size(target.size.value);
  v1::ConsistencyResponse response;
  COMITY_RETURN_IF_ERROR(call.End(Control()->Consistency(call.context(), request, &response)));
  if (static_cast<size_t>(response.hashes_size()) > kMaxProofHashes) {
    return Malformed("a proof of too many hashes");
  }
  LogConsistency proof;
  COMITY_ASSIGN_OR_RETURN(proof.old_root, DigestFromBytes(response.old_root()));
  for (const std::string& hash : response.hashes()) {
    COMITY_ASSIGN_OR_RETURN(proof.hashes.emplace_back(), DigestFromBytes(hash));
  }
  return replica_->MeetConsistency(target, size, proof);
}

absl::Status PeerLink::TakeHeld(
    const google::protobuf::RepeatedPtrField<v1::HeldStatement>& statements) {
  std::vector<HeldNote> notes;
  for (const v1::HeldStatement& one : statements) notes.push_back({one.participant(), one.note()});
  const absl::Status taken = replica_->TakeHeld(notes).status();
  if (!absl::IsFailedPrecondition(taken)) return taken;
  // Whoever relays a contradiction did nothing wrong.
  spdlog::error("HELD: {}", std::string(taken.message()));
  return absl::OkStatus();
}

absl::Status PeerLink::RunWatch() {
  Call call(this);
  {
    MutexLock lock(mutex_);
    watch_context_ = call.context();
  }
  const auto stream = Control()->Watch(call.context(), v1::WatchRequest());
  v1::WatchResponse response;
  bool opened = false;
  while (stream->Read(&response)) {
    if (!std::exchange(opened, true)) deliver_(sync::WatchOpened{name_});
    absl::Status taken = TakeHeld(response.held());
    taken.Update(
        replica_->TakeStatuses({response.statuses().begin(), response.statuses().end()}).status());
    const bool other_evidence =
        !response.evidence_digest().empty() &&
        response.evidence_digest() != ToBytes(replica_->EvidenceDigestFor(name_));
    std::vector<LogHead> heads;
    for (const v1::Head& message : response.heads()) {
      if (!taken.ok()) break;
      absl::StatusOr<LogHead> head = CheckedHead(message);
      taken.Update(head.status());
      if (head.ok()) heads.push_back(*std::move(head));
    }
    if (!taken.ok()) {
      call.context()->TryCancel();
      stream->Finish();
      return taken;
    }
    deliver_(sync::Hinted{name_, std::move(heads), other_evidence});
    // A peer that hints without end is read at this pace; an honest one puts together what
    // waits meanwhile.
    MutexLock lock(mutex_);
    if (!stopping_) stop_.wait_for(mutex_, kHintPause);
  }
  return call.End(stream->Finish());
}

absl::Status PeerLink::CallFetch(const sync::FetchRevisions& fetch, sync::Batch* batch) {
  Call call(this);
  call.Deadline(kFetchDeadline);
  v1::FetchRevisionsRequest request;
  request.set_origin(fetch.target.origin.ToString());
  request.set_begin(fetch.begin);
  request.set_end(fetch.end);
  request.set_tree_size(fetch.target.size.value);
  const auto stream = Bulk()->FetchRevisions(call.context(), request);

  size_t bytes = 0;
  bool leaf_open = false;
  bool has_proof = false;
  const auto take = [&](v1::FetchRevisionsResponse& response) -> absl::Status {
    if (response.has_header()) {
      return response.header().begin() == fetch.begin ? absl::OkStatus()
                                                      : Malformed("another range");
    }
    if (has_proof) return Malformed("leaves after the proof");
    if (response.has_chunk()) {
      const v1::LeafChunk& chunk = response.chunk();
      if (!std::exchange(leaf_open, true)) batch->envelopes.emplace_back();
      if (chunk.index() != fetch.begin + batch->envelopes.size() - 1 ||
          chunk.index() >= fetch.end) {
        return Malformed("a leaf that was not asked for");
      }
      bytes += chunk.data().size();
      if (bytes > kMaxRangeBytes) return Malformed("more than the limit of one answer");
      batch->envelopes.back() += chunk.data();
      if (chunk.last()) leaf_open = false;
      return absl::OkStatus();
    }
    if (!response.has_proof()) return Malformed("an empty part");
    has_proof = true;
    if (leaf_open || response.proof().end() != fetch.begin + batch->envelopes.size()) {
      return Malformed("the proof is for another range");
    }
    if (static_cast<size_t>(response.proof().consistency_size()) > kMaxProofHashes) {
      return Malformed("a proof of too many hashes");
    }
    for (const std::string& hash : response.proof().consistency()) {
      COMITY_ASSIGN_OR_RETURN(batch->consistency.emplace_back(), DigestFromBytes(hash));
    }
    return absl::OkStatus();
  };

  v1::FetchRevisionsResponse response;
  absl::Status taken;
  while (taken.ok() && stream->Read(&response)) taken = take(response);
  if (!taken.ok()) call.context()->TryCancel();
  const absl::Status ended = call.End(stream->Finish());
  if (!taken.ok()) return taken;
  COMITY_RETURN_IF_ERROR(ended);
  if (!has_proof || batch->envelopes.empty()) return Malformed("no leaves or no proof");
  return absl::OkStatus();
}

absl::Status PeerLink::CallSnapshot(const sync::FetchRevisions& fetch, SnapshotPage* page) {
  Call call(this);
  call.Deadline(kFetchDeadline);
  v1::FetchSnapshotRequest request;
  request.set_origin(fetch.target.origin.ToString());
  request.set_size(fetch.target.size.value);
  request.set_first_part(static_cast<uint32_t>(fetch.begin));
  request.set_header(fetch.begin == 0);
  const auto stream = Bulk()->FetchSnapshot(call.context(), request);

  page->first_part = request.first_part();
  size_t bytes = 0;
  bool ended = false;
  const auto take = [&](v1::FetchSnapshotResponse& response) -> absl::Status {
    if (ended) return Malformed("parts after the end");
    // By what they take here: an empty row is two bytes on the wire.
    bytes += response.ByteSizeLong() +
             static_cast<size_t>(response.rows().entries_size()) * sizeof(page->entries[0]) +
             static_cast<size_t>(response.rows().bodies_size()) * sizeof(page->bodies[0]);
    if (bytes > kMaxSnapshotPageBytes) {
      return absl::FailedPreconditionError("a part of the snapshot is over the limit of 64 MiB");
    }
    if (response.has_header()) {
      page->header = std::move(*response.mutable_header());
    } else if (response.has_leaf()) {
      const v1::LeafChunk& chunk = response.leaf();
      if (chunk.index() != 0 && chunk.index() != fetch.target.size.value - 1) {
        return Malformed("a leaf that was not asked for");
      }
      (chunk.index() == 0 ? page->genesis : page->last) += chunk.data();
    } else if (response.has_rows()) {
      for (v1::SnapshotEntry& entry : *response.mutable_rows()->mutable_entries()) {
        page->entries.push_back(
            {entry.part(), std::move(*entry.mutable_key()), std::move(*entry.mutable_timeline())});
      }
      for (std::string& body : *response.mutable_rows()->mutable_bodies()) {
        page->bodies.push_back({{}, std::move(body)});
      }
    } else if (response.has_end()) {
      page->next_part = response.end().next_part();
      ended = true;
    } else {
      return Malformed("an empty part");
    }
    return absl::OkStatus();
  };
  v1::FetchSnapshotResponse response;
  absl::Status taken;
  while (taken.ok() && stream->Read(&response)) taken = take(response);
  if (!taken.ok()) call.context()->TryCancel();
  const absl::Status status = call.End(stream->Finish());
  if (!taken.ok()) return taken;
  COMITY_RETURN_IF_ERROR(status);
  if (!ended || page->next_part <= page->first_part) return Malformed("no parts");
  return absl::OkStatus();
}

}  // namespace comity
