#include "daemon/service/admin_service.h"

#include <spdlog/spdlog.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "daemon/access/gate.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr size_t kMaxReasonBytes = 1000;

absl::Status CheckReason(const std::string& reason) {
  if (!reason.empty() && reason.size() <= kMaxReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError("reason: say why, in 1 to 1,000 bytes");
}

}  // namespace

v1::AuditRecord AdminServiceImpl::RecordOf(const grpc::CallbackServerContext& context,
                                           const std::string& method, const std::string& subject,
                                           const std::string& reason) const {
  const Actor by = ActorOf(context, "/comity.v1.AdminService/" + method);
  v1::AuditRecord record;
  record.set_at(replica_->clock().Now().micros);
  record.set_caller(by.caller);
  record.set_serial(by.serial);
  record.set_action(by.action);
  record.set_subject(subject);
  record.set_decision(v1::AUDIT_DECISION_DONE);
  record.set_reason(reason);
  return record;
}

grpc::ServerUnaryReactor* AdminServiceImpl::ReleaseSigning(grpc::CallbackServerContext* context,
                                                           const v1::ReleaseSigningRequest* request,
                                                           v1::ReleaseSigningResponse* response) {
  return Unary(
      context, *pool_, response,
      [this, context, request]() -> absl::StatusOr<v1::ReleaseSigningResponse> {
        COMITY_RETURN_IF_ERROR(CheckReason(request->reason()));
        COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(*context));
        const SigningView before = replica_->signing();
        // What cannot be recorded is not done.
        if (audit_ != nullptr) {
          COMITY_RETURN_IF_ERROR(audit_->Write(RecordOf(
              *context, "ReleaseSigning", absl::StrJoin(before.awaited, ","), request->reason())));
        }
        replica_->ReleaseSigning();
        spdlog::warn("signing released by {} of {}, not heard: [{}], reason: {}", caller.name,
                     caller.participant, absl::StrJoin(before.awaited, ", "),
                     absl::CHexEscape(request->reason()));
        v1::ReleaseSigningResponse answer;
        for (const std::string& name : before.awaited) answer.add_unheard(name);
        return answer;
      });
}

grpc::ServerUnaryReactor* AdminServiceImpl::SubmitRoster(grpc::CallbackServerContext* context,
                                                         const v1::SubmitRosterRequest* request,
                                                         v1::SubmitRosterResponse* response) {
  return Unary(
      context, *pool_, response,
      [this, context, request]() -> absl::StatusOr<v1::SubmitRosterResponse> {
        COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(*context));
        spdlog::warn("a roster is submitted by {} of {}", caller.name, caller.participant);
        const absl::StatusOr<v1::SubmitRosterResponse> checked = rosters_->Check(request->roster());
        if (!checked.ok()) {
          RecordFailure(audit_, *context, "/comity.v1.AdminService/SubmitRoster", checked.status());
          return checked.status();
        }
        // What cannot be recorded is not done.
        if (audit_ != nullptr) {
          COMITY_RETURN_IF_ERROR(audit_->Write(RecordOf(
              *context, "SubmitRoster",
              absl::StrCat("roster version ", checked->version(), " ", checked->digest()), "")));
        }
        return rosters_->Submit(request->roster());
      });
}

grpc::ServerUnaryReactor* AdminServiceImpl::PausePeer(grpc::CallbackServerContext* context,
                                                      const v1::PausePeerRequest* request,
                                                      v1::PausePeerResponse* response) {
  return Unary(context, *pool_, response,
               [this, context, request]() -> absl::StatusOr<v1::PausePeerResponse> {
                 COMITY_RETURN_IF_ERROR(CheckReason(request->reason()));
                 COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(*context));
                 const v1::AuditRecord record =
                     RecordOf(*context, "PausePeer", request->peer(), request->reason());
                 COMITY_RETURN_IF_ERROR(
                     peers_->SetPaused(request->peer(), true, request->reason(), {&record, 1}));
                 spdlog::warn("peer {} paused by {} of {}, reason: {}", request->peer(),
                              caller.name, caller.participant, absl::CHexEscape(request->reason()));
                 return v1::PausePeerResponse();
               });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ResumePeer(grpc::CallbackServerContext* context,
                                                       const v1::ResumePeerRequest* request,
                                                       v1::ResumePeerResponse* response) {
  return Unary(
      context, *pool_, response,
      [this, context, request]() -> absl::StatusOr<v1::ResumePeerResponse> {
        COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(*context));
        const v1::AuditRecord record = RecordOf(*context, "ResumePeer", request->peer(), "");
        COMITY_RETURN_IF_ERROR(peers_->SetPaused(request->peer(), false, "", {&record, 1}));
        spdlog::warn("peer {} resumed by {} of {}", request->peer(), caller.name,
                     caller.participant);
        return v1::ResumePeerResponse();
      });
}

}  // namespace comity
