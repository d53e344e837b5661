#include "daemon/service/audit_service.h"

#include <string_view>
#include <utility>

#include "daemon/service/reactors.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

void Set(const AuditHead& head, v1::AuditHead* message) {
  message->set_size(head.size);
  message->set_hash(ToHex(head.hash));
}

}  // namespace

grpc::ServerWriteReactor<v1::ReadAuditResponse>* AuditServiceImpl::ReadAudit(
    grpc::CallbackServerContext* context, const v1::ReadAuditRequest* request) {
  using Writer = LiveWriter<v1::ReadAuditResponse>;
  return Writer::Start(context, pool_, [this, from = request->from()](Writer& writer) {
    v1::ReadAuditResponse message;
    // The anchor first: it is never ahead of what is read after it.
    const absl::StatusOr<AuditHead> anchored = store_->AnchoredAudit();
    if (anchored.ok()) Set(*anchored, message.mutable_anchored());
    COMITY_ASSIGN_OR_RETURN(const AuditHead head, store_->ReadAuditHead());
    Set(head, message.mutable_head());
    if (!writer.Push(std::exchange(message, {}))) return absl::OkStatus();
    size_t bytes = 0;
    bool wanted = true;
    COMITY_RETURN_IF_ERROR(store_->ScanAudit(from, [&](uint64_t index, std::string_view record) {
      if (index >= head.size) return false;
      message.add_records(std::string(record));
      bytes += record.size();
      if (bytes >= kChunkBytes) {
        bytes = 0;
        wanted = writer.Push(std::exchange(message, {}));
      }
      return wanted;
    }));
    if (wanted && message.records_size() > 0) writer.Push(std::move(message));
    return absl::OkStatus();
  });
}

}  // namespace comity
