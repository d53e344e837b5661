#include "client/internal/connection.h"

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"

namespace comity {
namespace {

constexpr size_t kMaxBatchBytes = 1 << 20;

}  // namespace

Connection::Connection(const Context& context) : address_(context.message.address()) {
  const std::shared_ptr<grpc::Channel> channel =
      MakeChannel(address_,
                  {context.certificate_pem, context.key_pem, context.message.participant(),
                   context.message.federation(), context.ca_bundle_pem},
                  "client");
  query_ = v1::QueryService::NewStub(channel);
  proof_ = v1::ProofService::NewStub(channel);
  feed_ = v1::FeedService::NewStub(channel);
  status_ = v1::StatusService::NewStub(channel);
  admin_ = v1::AdminService::NewStub(channel);
  audit_ = v1::AuditService::NewStub(channel);
  bundle_ = v1::BundleService::NewStub(channel);
  publish_ = v1::PublishService::NewStub(channel);
}

absl::StatusOr<v1::DraftFile> Connection::Draft(const v1::DraftHeader& header,
                                                const std::vector<std::string>& entries,
                                                const std::vector<v1::Change>& changes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kUploadDeadline);
  const auto stream = publish_->DraftRevision(&context);
  v1::DraftRequest request;
  *request.mutable_header() = header;
  bool open = stream->Write(request);
  request.Clear();
  size_t bytes = 0;
  for (const std::string& entry : entries) {
    if (bytes > 0 && bytes + entry.size() > kMaxBatchBytes) {
      open = open && stream->Write(request);
      request.Clear();
      bytes = 0;
    }
    request.mutable_entries()->add_entries(entry);
    bytes += entry.size();
  }
  if (bytes > 0) open = open && stream->Write(request);
  for (size_t at = 0; at < changes.size();) {
    request.Clear();
    size_t batch = 0;
    while (at < changes.size() && batch < kMaxBatchBytes) {
      batch += changes[at].ByteSizeLong();
      *request.mutable_changes()->add_changes() = changes[at++];
    }
    open = open && stream->Write(request);
  }
  if (open) stream->WritesDone();
  std::string serialized;
  v1::DraftResponse response;
  while (stream->Read(&response)) serialized += response.chunk();
  COMITY_RETURN_IF_ERROR(FromGrpcStatus(stream->Finish(), context, address_));
  v1::DraftFile file;
  if (!file.ParseFromString(serialized)) {
    return absl::InternalError(absl::StrCat(address_, " sent a draft that cannot be read"));
  }
  return file;
}

absl::StatusOr<v1::SubmitResponse> Connection::Submit(const std::vector<std::string>& envelopes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kUploadDeadline);
  v1::SubmitResponse response;
  const auto stream = publish_->SubmitRevision(&context, &response);
  Encoder encoder;
  for (const std::string& envelope : envelopes) encoder.Bytes(envelope);
  const std::string bytes = encoder.Take();
  bool open = true;
  for (size_t at = 0; open && at < bytes.size(); at += kChunkBytes) {
    v1::SubmitRequest request;
    request.set_chunk(bytes.substr(at, kChunkBytes));
    open = stream->Write(request);
  }
  if (open) stream->WritesDone();
  COMITY_RETURN_IF_ERROR(FromGrpcStatus(stream->Finish(), context, address_));
  return response;
}

absl::StatusOr<std::string> Connection::GetLeaf(const std::string& list, uint32_t index) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::GetLeafRequest request;
  request.set_list(list);
  request.set_index(index);
  const auto stream = query_->GetLeaf(&context, request);
  std::string bytes;
  v1::GetLeafResponse response;
  while (stream->Read(&response)) bytes += response.chunk();
  COMITY_RETURN_IF_ERROR(FromGrpcStatus(stream->Finish(), context, address_));
  return bytes;
}

absl::StatusOr<std::string> Connection::GetEntryProof(const std::string& list,
                                                      const std::string& key, size_t max_bytes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kUploadDeadline);
  v1::GetEntryProofRequest request;
  request.set_list(list);
  request.set_key(key);
  const auto stream = proof_->GetEntryProof(&context, request);
  std::string bytes;
  v1::GetEntryProofResponse response;
  while (bytes.size() <= max_bytes && stream->Read(&response)) bytes += response.chunk();
  if (bytes.size() > max_bytes) {
    context.TryCancel();
    stream->Finish();
    return absl::ResourceExhaustedError(
        absl::StrCat(address_, " sent a proof of over ", max_bytes >> 20, " MiB: no proof is"));
  }
  COMITY_RETURN_IF_ERROR(FromGrpcStatus(stream->Finish(), context, address_));
  return bytes;
}

absl::Status Connection::WatchChanges(
    const v1::WatchChangesRequest& request,
    const std::function<bool(const v1::WatchChangesResponse&)>& page) {
  grpc::ClientContext context;
  const auto stream = feed_->WatchChanges(&context, request);
  v1::WatchChangesResponse response;
  while (stream->Read(&response)) {
    if (page(response)) continue;
    context.TryCancel();
    stream->Finish();
    return absl::OkStatus();
  }
  return FromGrpcStatus(stream->Finish(), context, address_);
}

absl::Status Connection::VerifyStore(
    const v1::VerifyStoreRequest& request,
    const std::function<void(const v1::VerifyStoreResponse&)>& progress) {
  grpc::ClientContext context;
  const auto stream = status_->VerifyStore(&context, request);
  v1::VerifyStoreResponse response;
  while (stream->Read(&response)) progress(response);
  return FromGrpcStatus(stream->Finish(), context, address_);
}

absl::Status Connection::ReadAudit(uint64_t from,
                                   const std::function<bool(const v1::ReadAuditResponse&)>& take) {
  grpc::ClientContext context;
  v1::ReadAuditRequest request;
  request.set_from(from);
  const auto stream = audit_->ReadAudit(&context, request);
  v1::ReadAuditResponse response;
  bool wanted = true;
  while (wanted && stream->Read(&response)) wanted = take(response);
  if (!wanted) context.TryCancel();
  const grpc::Status status = stream->Finish();
  return wanted ? FromGrpcStatus(status, context, address_) : absl::OkStatus();
}

absl::Status Connection::ComparePeer(
    const std::string& peer, const std::string& list,
    const std::function<void(const v1::ComparePeerResponse&)>& progress) {
  grpc::ClientContext context;
  v1::ComparePeerRequest request;
  request.set_peer(peer);
  request.set_list(list);
  const auto stream = status_->ComparePeer(&context, request);
  v1::ComparePeerResponse response;
  while (stream->Read(&response)) progress(response);
  return FromGrpcStatus(stream->Finish(), context, address_);
}

absl::Status Connection::ExportBundle(
    const v1::ExportBundleRequest& request,
    const std::function<absl::Status(const std::string&)>& write) {
  grpc::ClientContext context;
  const auto stream = bundle_->ExportBundle(&context, request);
  v1::ExportBundleResponse response;
  absl::Status written;
  while (written.ok() && stream->Read(&response)) written = write(response.chunk());
  if (!written.ok()) context.TryCancel();
  const absl::Status ended = FromGrpcStatus(stream->Finish(), context, address_);
  return written.ok() ? ended : written;
}

absl::StatusOr<v1::ImportBundleResponse> Connection::ImportBundle(
    const std::function<absl::StatusOr<std::string>()>& read) {
  grpc::ClientContext context;
  v1::ImportBundleResponse response;
  const auto stream = bundle_->ImportBundle(&context, &response);
  absl::Status unread;
  for (bool open = true; open;) {
    absl::StatusOr<std::string> bytes = read();
    unread = bytes.status();
    if (!unread.ok() || bytes->empty()) break;
    v1::ImportBundleRequest request;
    request.set_chunk(*std::move(bytes));
    open = stream->Write(request);
  }
  if (!unread.ok()) context.TryCancel();
  stream->WritesDone();
  const absl::Status ended = FromGrpcStatus(stream->Finish(), context, address_);
  COMITY_RETURN_IF_ERROR(unread);
  COMITY_RETURN_IF_ERROR(ended);
  return response;
}

}  // namespace comity
