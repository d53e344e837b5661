#include "daemon/service/upload_budget.h"

#include "storage/base/errors.h"

namespace comity {

absl::Status UploadShare::Add(size_t bytes) {
  if (bytes > kMaxUploadBytes - bytes_) {
    return MakeError(absl::StatusCode::kResourceExhausted, v1::REASON_LIMIT,
                     "more than 64 MiB in one call: publish the edition in parts");
  }
  if (!budget_->Take(bytes)) {
    return MakeError(absl::StatusCode::kUnavailable, v1::REASON_LIMIT,
                     "other uploads take all the memory there is for them: try again");
  }
  bytes_ += bytes;
  return absl::OkStatus();
}

}  // namespace comity
