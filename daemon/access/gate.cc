#include "daemon/access/gate.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/transport/rpc_status.h"
#include "daemon/access/peer_certificate.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr size_t kMaxVerified = 10'000;

}  // namespace

Gate::Gate(const Roster* roster, std::string participant, AccessPolicy policy, const Clock* clock,
           AuditTrail* audit)
    : roster_(roster),
      participant_(std::move(participant)),
      policy_(std::move(policy)),
      clock_(clock),
      audit_(audit),
      revoked_(std::make_shared<RevokedCertificates>()) {}

absl::StatusOr<SpiffeId> Gate::Verify(const std::string& certificate_pem,
                                      const RevokedCertificates& revoked) const {
  COMITY_ASSIGN_OR_RETURN(const SpiffeId id, IdOfCertificate(certificate_pem));
  if (id.federation != roster_->federation()) {
    return absl::UnauthenticatedError(
        absl::StrCat(id.ToString(), " is of another federation than ", roster_->federation()));
  }
  const v1::Participant* participant = roster_->FindParticipant(id.participant);
  if (participant == nullptr) {
    return absl::UnauthenticatedError(
        absl::StrCat(id.ToString(), ": the roster has no participant \"", id.participant, "\""));
  }
  COMITY_RETURN_IF_ERROR(Annotate(
      VerifyChain(certificate_pem, participant->ca_bundle_pem(), CertificateUse::kClient, revoked),
      absl::StrCat(id.ToString(), " against the CAs of \"", id.participant, "\"")));
  if (id.role == v1::ROLE_PEER) {
    const auto is_this = [&](const v1::Node& node) { return node.name() == id.name; };
    if (std::none_of(participant->nodes().begin(), participant->nodes().end(), is_this)) {
      return absl::UnauthenticatedError(absl::StrCat(
          id.ToString(), ": the roster gives \"", id.participant, "\" no node \"", id.name, "\""));
    }
  }
  return id;
}

absl::StatusOr<SpiffeId> Gate::Authenticate(const std::string& certificate_pem) {
  const Digest hash = Sha256(certificate_pem);
  const Instant now = clock_->Now();
  std::shared_ptr<const RevokedCertificates> revoked;
  uint64_t generation = 0;
  {
    MutexLock lock(mutex_);
    const auto it = verified_.find(hash);
    // A clock that stepped back does not make it believed for longer.
    if (it != verified_.end() && now < it->second.until &&
        now.micros >= it->second.until.micros - kBelieveMicros) {
      return it->second.id;
    }
    revoked = revoked_;
    generation = generation_;
  }
  COMITY_ASSIGN_OR_RETURN(const SpiffeId id, Verify(certificate_pem, *revoked));
  COMITY_ASSIGN_OR_RETURN(const Instant end, EndOfCertificate(certificate_pem));
  MutexLock lock(mutex_);
  if (generation != generation_) return id;
  if (verified_.size() >= kMaxVerified) verified_.clear();
  verified_[hash] = {id, std::min(end, Instant{now.micros + kBelieveMicros})};
  return id;
}

absl::Status Gate::Admit(const std::string& certificate_pem) {
  std::shared_ptr<const RevokedCertificates> revoked;
  {
    MutexLock lock(mutex_);
    revoked = revoked_;
  }
  std::string all_cas;
  for (const v1::Participant& participant : roster_->message().participants()) {
    absl::StrAppend(&all_cas, participant.ca_bundle_pem(), "\n");
  }
  const absl::Status chain =
      VerifyChain(certificate_pem, all_cas, CertificateUse::kClient, *revoked);
  if (!chain.ok()) {
    const absl::StatusOr<SpiffeId> id = IdOfCertificate(certificate_pem);
    // Nothing but the certificate itself says so.
    Record(id.ok() ? absl::StrCat("unproven ", id->ToString()) : "", certificate_pem,
           "tls.handshake", chain);
  }
  return chain;
}

absl::Status Gate::Decide(const std::string& certificate_pem, std::string_view path) {
  const absl::StatusOr<SpiffeId> id = Authenticate(certificate_pem);
  absl::Status decision = id.status();
  if (id.ok()) {
    decision = policy_.Check(path, id->role);
    // What is held of restricted lists, and what may be done here, is its own people's business.
    if (decision.ok() && id->role != v1::ROLE_PEER && id->participant != participant_) {
      decision = MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_ROLE,
                           absl::StrCat(id->ToString(), ": this daemon serves \"", participant_,
                                        "\"; of other participants it answers their peers alone"));
    }
  }
  if (!decision.ok()) Record(id.ok() ? id->ToString() : "", certificate_pem, path, decision);
  return decision;
}

void Gate::Record(const std::string& caller, const std::string& certificate_pem,
                  std::string_view action, const absl::Status& refusal) {
  if (audit_ == nullptr) return;
  v1::AuditRecord record;
  record.set_caller(caller);
  record.set_serial(SerialOf(certificate_pem));
  record.set_action(std::string(action.substr(0, 256)));
  record.set_decision(v1::AUDIT_DECISION_REFUSED);
  record.set_reason(std::string(refusal.message()));
  audit_->Refused(std::move(record));
}

void Gate::SetRevoked(RevokedCertificates revoked) {
  MutexLock lock(mutex_);
  revoked_ = std::make_shared<RevokedCertificates>(std::move(revoked));
  ++generation_;
  verified_.clear();
}

grpc::Status Gate::Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                           OutputMetadata*, OutputMetadata*) {
  const auto path = auth_metadata.find(":path");
  if (path == auth_metadata.end()) {
    return {grpc::StatusCode::UNAUTHENTICATED, "the call names no method"};
  }
  const std::string certificate = CertificateOf(*context);
  const std::string_view called(path->second.data(), path->second.size());
  absl::Status decision = Decide(certificate, called);
  if (decision.ok() && calls_ != nullptr) decision = calls_->CheckRoom(certificate);
  return ToGrpcStatus(decision);
}

absl::StatusOr<SpiffeId> CallerOf(const grpc::ServerContextBase& context) {
  return IdOfCertificate(CertificateOf(*context.auth_context()));
}

Actor ActorOf(const grpc::ServerContextBase& context, std::string path) {
  const std::string certificate = CertificateOf(*context.auth_context());
  const absl::StatusOr<SpiffeId> id = IdOfCertificate(certificate);
  return {id.ok() ? id->ToString() : "", SerialOf(certificate), std::move(path)};
}

void RecordFailure(AuditTrail* audit, const grpc::ServerContextBase& context, std::string path,
                   const absl::Status& status) {
  if (audit == nullptr || status.ok()) return;
  const Actor by = ActorOf(context, std::move(path));
  v1::AuditRecord record;
  record.set_caller(by.caller);
  record.set_serial(by.serial);
  record.set_action(by.action);
  if (const auto detail = DetailOf(status); detail.has_value()) {
    record.set_subject(detail->subject());
  }
  record.set_decision(absl::IsPermissionDenied(status) ? v1::AUDIT_DECISION_REFUSED
                                                       : v1::AUDIT_DECISION_FAILED);
  record.set_reason(std::string(status.message()));
  audit->Refused(std::move(record));
}

}  // namespace comity
