// Errors across the wire: both ends share this.
#ifndef COMITY_CLIENT_TRANSPORT_RPC_STATUS_H_
#define COMITY_CLIENT_TRANSPORT_RPC_STATUS_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <map>
#include <string>

#include "absl/status/status.h"

namespace comity {

// Trailing metadata that holds a serialised ErrorDetail.
inline constexpr char kErrorDetailKey[] = "comity-error-detail-bin";
// Texts are cut here, so that they fit HTTP/2 headers with all else.
inline constexpr size_t kMaxErrorText = 4096;

// The codes are the same numbers on both sides.
grpc::Status ToGrpcStatus(const absl::Status& status);
// The detail to add to the trailing metadata; empty if there is none.
std::string SerializedDetail(const absl::Status& status);

// What a client's call ended with, its detail attached again. UNAVAILABLE names
// the address, which gRPC's own texts do not always do.
absl::Status FromGrpcStatus(const grpc::Status& status, const grpc::ClientContext& context,
                            const std::string& address);

}  // namespace comity

#endif  // COMITY_CLIENT_TRANSPORT_RPC_STATUS_H_
