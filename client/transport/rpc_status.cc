#include "client/transport/rpc_status.h"

#include "absl/strings/str_cat.h"
#include "comity/v1/error_detail.pb.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// gRPC's text says where it tried to connect several times over; what is new is at its end.
std::string Cause(const grpc::Status& status) {
  constexpr std::string_view kConnect = "Failed to connect to remote host: ";
  const std::string text = status.error_message();
  const size_t at = text.rfind(kConnect);
  return at == std::string::npos ? text : text.substr(at + kConnect.size());
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()),
          std::string(status.message().substr(0, kMaxErrorText))};
}

std::string SerializedDetail(const absl::Status& status) {
  const std::optional<v1::ErrorDetail> detail = DetailOf(status);
  return detail.has_value() ? detail->SerializeAsString() : "";
}

absl::Status FromGrpcStatus(const grpc::Status& status, const grpc::ClientContext& context,
                            const std::string& address) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // A detail proves that the daemon itself answered.
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto it = trailers.find(kErrorDetailKey); it != trailers.end()) {
    v1::ErrorDetail detail;
    if (detail.ParseFromArray(it->second.data(), static_cast<int>(it->second.size()))) {
      return MakeError(code, detail.reason(), status.error_message(), detail.subject(),
                       detail.winner());
    }
  }
  if (code == absl::StatusCode::kUnavailable) {
    return absl::UnavailableError(absl::StrCat(
        address, " cannot be reached or refused the connection (", Cause(status), ")"));
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(absl::StrCat(address, " did not answer in time"));
  }
  return {code, status.error_message()};
}

}  // namespace comity
