// Connection: rosters, and drafts from explicit changes.
#include "client/internal/connection.h"
#include "storage/base/errors.h"
#include "storage/log/roster.h"

namespace comity {
namespace {

constexpr size_t kMaxBatchBytes = 1 << 20;

}  // namespace

absl::StatusOr<v1::DraftFile> Connection::DraftChanges(const v1::DraftHeader& header,
                                                       const std::vector<v1::Change>& changes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kUploadDeadline);
  const auto stream = publish_->DraftRevision(&context);
  v1::DraftRequest request;
  *request.mutable_header() = header;
  bool open = stream->Write(request);
  request.Clear();
  size_t bytes = 0;
  for (const v1::Change& change : changes) {
    const size_t size = change.ByteSizeLong();
    if (bytes > 0 && bytes + size > kMaxBatchBytes) {
      open = open && stream->Write(request);
      request.Clear();
      bytes = 0;
    }
    *request.mutable_changes()->add_changes() = change;
    bytes += size;
  }
  if (bytes > 0) open = open && stream->Write(request);
  if (open) stream->WritesDone();
  std::string serialized;
  v1::DraftResponse response;
  while (stream->Read(&response)) serialized += response.chunk();
  COMITY_RETURN_IF_ERROR(FromGrpcStatus(stream->Finish(), context, address_));
  v1::DraftFile file;
  if (!file.ParseFromString(serialized)) {
    return absl::InternalError(address_ + " sent a draft that cannot be read");
  }
  return file;
}

absl::StatusOr<std::vector<std::string>> Connection::ListRosters(uint64_t after_version) {
  std::vector<std::string> rosters;
  v1::ListRostersRequest request;
  request.set_after_version(after_version);
  for (;;) {
    COMITY_ASSIGN_OR_RETURN(v1::ListRostersResponse response,
                            Call(status(), &v1::StatusService::Stub::ListRosters, request));
    for (std::string& one : *response.mutable_rosters()) rosters.push_back(std::move(one));
    if (!response.more()) return rosters;
    if (response.rosters().empty() || rosters.size() > kMaxRosterSteps) {
      return absl::InternalError(address_ + " sends rosters without end");
    }
    request.set_after_version(request.after_version() + response.rosters_size());
  }
}

}  // namespace comity
