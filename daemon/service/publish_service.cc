#include "daemon/service/publish_service.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/access/gate.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/canonical/envelope.h"
#include "storage/lists/list_batch.h"

namespace comity {
namespace {

constexpr char kDraftPath[] = "/comity.v1.PublishService/DraftRevision";
constexpr char kSubmitPath[] = "/comity.v1.PublishService/SubmitRevision";

// Whether the caller may act for the list's authority.
absl::Status CheckAuthority(const grpc::CallbackServerContext& context, const ListName& list) {
  COMITY_ASSIGN_OR_RETURN(const SpiffeId caller, CallerOf(context));
  if (caller.name == list.authority && caller.participant == ParticipantOf(list.authority)) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_NOT_YOUR_AUTHORITY,
                   absl::StrCat(list.ToString(), " is a list of ", list.authority,
                                "; this certificate publishes for ", caller.name),
                   list.ToString());
}

class DraftReactor final : public grpc::ServerBidiReactor<v1::DraftRequest, v1::DraftResponse> {
 public:
  DraftReactor(grpc::CallbackServerContext* context, const Replica* replica, WorkerPool* pool,
               AuditTrail* audit, UploadBudget* uploads)
      : context_(context), replica_(replica), pool_(pool), audit_(audit), share_(uploads) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      if (!pool_->Run([this] { MakeAnswer(); })) Finish(EndWith(context_, TooBusy()));
      return;
    }
    if (const absl::Status status = Take(); !status.ok()) {
      Finish(EndWith(context_, status));
      return;
    }
    StartRead(&request_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else {
      WriteNext();
    }
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Take() {
    // By what they take here: an empty entry is two bytes on the wire.
    COMITY_RETURN_IF_ERROR(
        share_.Add(request_.ByteSizeLong() +
                   static_cast<size_t>(request_.entries().entries_size()) * sizeof(std::string) +
                   static_cast<size_t>(request_.changes().changes_size()) * sizeof(v1::Change)));
    switch (request_.part_case()) {
      case v1::DraftRequest::kHeader:
        if (has_header_) return absl::InvalidArgumentError("a draft has one header, sent first");
        has_header_ = true;
        input_.header = std::move(*request_.mutable_header());
        return CheckList();
      case v1::DraftRequest::kEntries:
        for (std::string& entry : *request_.mutable_entries()->mutable_entries()) {
          input_.entries.push_back(std::move(entry));
        }
        break;
      case v1::DraftRequest::kChanges:
        for (v1::Change& change : *request_.mutable_changes()->mutable_changes()) {
          input_.changes.push_back(std::move(change));
        }
        break;
      default:
        return absl::InvalidArgumentError("an empty part of a draft");
    }
    if (!has_header_) return absl::InvalidArgumentError("a draft begins with its header");
    return absl::OkStatus();
  }

  absl::Status CheckList() {
    COMITY_ASSIGN_OR_RETURN(const ListName list, ListName::Parse(input_.header.list()));
    const absl::Status allowed = CheckAuthority(*context_, list);
    // A draft stores nothing: only that it was not allowed is worth a record.
    if (!allowed.ok()) RecordFailure(audit_, *context_, kDraftPath, allowed);
    return allowed;
  }

  absl::StatusOr<v1::DraftFile> Draft() {
    if (!has_header_) return absl::InvalidArgumentError("a draft begins with its header");
    return replica_->Draft(input_);
  }

  void MakeAnswer() {
    const absl::StatusOr<v1::DraftFile> draft = Draft();
    status_ = draft.status();
    if (draft.ok()) answer_ = ToChunks<v1::DraftResponse>(draft->SerializeAsString());
    WriteNext();
  }

  void WriteNext() {
    if (next_ == answer_.size()) {
      Finish(EndWith(context_, status_));
    } else {
      StartWrite(&answer_[next_++]);
    }
  }

  grpc::CallbackServerContext* const context_;
  const Replica* const replica_;
  WorkerPool* const pool_;
  AuditTrail* const audit_;
  v1::DraftRequest request_;
  DraftInput input_;
  bool has_header_ = false;
  UploadShare share_;
  absl::Status status_;
  std::vector<v1::DraftResponse> answer_;
  size_t next_ = 0;
};

class SubmitReactor final : public grpc::ServerReadReactor<v1::SubmitRequest> {
 public:
  SubmitReactor(grpc::CallbackServerContext* context, v1::SubmitResponse* response,
                Replica* replica, WorkerPool* pool, AuditTrail* audit, UploadBudget* uploads)
      : context_(context),
        response_(response),
        replica_(replica),
        pool_(pool),
        audit_(audit),
        share_(uploads) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const bool accepted = pool_->Run([this] {
        const absl::Status status = Submit();
        RecordFailure(audit_, *context_, kSubmitPath, status);
        Finish(EndWith(context_, status));
      });
      if (!accepted) Finish(EndWith(context_, TooBusy()));
      return;
    }
    if (const absl::Status room = share_.Add(request_.chunk().size()); !room.ok()) {
      Finish(EndWith(context_, room));
      return;
    }
    bytes_ += request_.chunk();
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Submit() {
    std::vector<std::string> envelopes;
    Decoder decoder(bytes_);
    while (!decoder.done()) {
      const absl::StatusOr<std::string_view> envelope = decoder.Bytes();
      if (!envelope.ok()) {
        return absl::InvalidArgumentError(
            "the submission is cut short: each envelope stands behind its length");
      }
      COMITY_ASSIGN_OR_RETURN(const Origin origin, OriginOfEnvelope(*envelope));
      COMITY_RETURN_IF_ERROR(CheckAuthority(*context_, origin.name));
      envelopes.emplace_back(*envelope);
    }
    COMITY_ASSIGN_OR_RETURN(const Submitted submitted,
                            replica_->Submit(envelopes, ActorOf(*context_, kSubmitPath)));
    spdlog::info("{}: leaf {} submitted{}, size {}", submitted.origin.name.ToString(),
                 submitted.index.value, submitted.already_present ? " again" : "",
                 submitted.head.size.value);
    response_->set_list(submitted.origin.name.ToString());
    response_->set_index(static_cast<uint32_t>(submitted.index.value));
    response_->set_size(static_cast<uint32_t>(submitted.head.size.value));
    response_->set_root(ToHex(submitted.head.root));
    response_->set_leaf_hash(ToHex(submitted.leaf_hash));
    response_->set_already_present(submitted.already_present);
    response_->set_checkpoint(submitted.head.checkpoint);
    return CountChanges(submitted, envelopes.size());
  }

  absl::Status CountChanges(const Submitted& submitted, size_t leaves) {
    v1::GetListLogRequest request;
    request.set_list(submitted.origin.name.ToString());
    request.set_from_index(static_cast<uint32_t>(submitted.index.value + 1 - leaves));
    request.set_page_size(static_cast<uint32_t>(leaves));
    COMITY_ASSIGN_OR_RETURN(const v1::GetListLogResponse log,
                            replica_->snapshot()->GetListLog(request));
    for (const v1::LogRow& row : log.revisions()) {
      response_->set_added(response_->added() + row.added());
      response_->set_revised(response_->revised() + row.revised());
      response_->set_removed(response_->removed() + row.removed());
      response_->set_redated(response_->redated() + row.redated());
    }
    return absl::OkStatus();
  }

  grpc::CallbackServerContext* const context_;
  v1::SubmitResponse* const response_;
  Replica* const replica_;
  WorkerPool* const pool_;
  AuditTrail* const audit_;
  v1::SubmitRequest request_;
  UploadShare share_;
  std::string bytes_;
};

}  // namespace

grpc::ServerBidiReactor<v1::DraftRequest, v1::DraftResponse>* PublishServiceImpl::DraftRevision(
    grpc::CallbackServerContext* context) {
  return new DraftReactor(context, replica_, pool_, audit_, &uploads_);
}

grpc::ServerReadReactor<v1::SubmitRequest>* PublishServiceImpl::SubmitRevision(
    grpc::CallbackServerContext* context, v1::SubmitResponse* response) {
  return new SubmitReactor(context, response, replica_, pool_, audit_, &uploads_);
}

}  // namespace comity
