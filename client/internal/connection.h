// The calls to one daemon, with deadlines and errors in one form.
#ifndef COMITY_CLIENT_INTERNAL_CONNECTION_H_
#define COMITY_CLIENT_INTERNAL_CONNECTION_H_

#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/internal/context.h"
#include "client/transport/rpc_status.h"
#include "comity/v1/admin_service.grpc.pb.h"
#include "comity/v1/audit_service.grpc.pb.h"
#include "comity/v1/bundle_service.grpc.pb.h"
#include "comity/v1/feed_service.grpc.pb.h"
#include "comity/v1/proof_service.grpc.pb.h"
#include "comity/v1/publish_service.grpc.pb.h"
#include "comity/v1/query_service.grpc.pb.h"
#include "comity/v1/status_service.grpc.pb.h"

namespace comity {

// Thread-safe. Connects with the first call.
class Connection {
 public:
  explicit Connection(const Context& context);

  v1::QueryService::Stub& query() { return *query_; }
  v1::ProofService::Stub& proof() { return *proof_; }
  v1::StatusService::Stub& status() { return *status_; }
  v1::AdminService::Stub& admin() { return *admin_; }

  // One unary call: connection.Call(connection.query(), &v1::QueryService::Stub::GetItem,
  // request). The status carries the daemon's ErrorDetail.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    Response response;
    const absl::Status status =
        FromGrpcStatus((stub.*method)(&context, request, &response), context, address_);
    if (!status.ok()) return status;
    return response;
  }

  // `entries` are serialised; `changes` are for a header of explicit changes.
  absl::StatusOr<v1::DraftFile> Draft(const v1::DraftHeader& header,
                                      const std::vector<std::string>& entries,
                                      const std::vector<v1::Change>& changes = {});
  // All rosters after a version that the daemon knows; nothing of them is verified.
  absl::StatusOr<std::vector<std::string>> ListRosters(uint64_t after_version);
  // `envelopes` are serialised, in the order of their leaves.
  absl::StatusOr<v1::SubmitResponse> Submit(const std::vector<std::string>& envelopes);
  // The serialised Envelope of one leaf.
  absl::StatusOr<std::string> GetLeaf(const std::string& list, uint32_t index);
  // The serialised EntryProof of one entry, nothing of it verified. RESOURCE_EXHAUSTED if
  // the daemon sends more than `max_bytes`.
  absl::StatusOr<std::string> GetEntryProof(const std::string& list, const std::string& key,
                                            size_t max_bytes);
  // Hands each page of the feed to `page` until that gives false, or the feed ends.
  absl::Status WatchChanges(const v1::WatchChangesRequest& request,
                            const std::function<bool(const v1::WatchChangesResponse&)>& page);
  // Has the daemon check what it holds; `progress` gets each message. Takes as long as it takes:
  // the channel's keepalive ends it if the daemon is gone.
  absl::Status VerifyStore(const v1::VerifyStoreRequest& request,
                           const std::function<void(const v1::VerifyStoreResponse&)>& progress);
  // The audit log from an index on; `take` gets each message, and false ends it.
  absl::Status ReadAudit(uint64_t from,
                         const std::function<bool(const v1::ReadAuditResponse&)>& take);
  // The bytes of a bundle, in order; `write` may refuse them.
  absl::Status ExportBundle(const v1::ExportBundleRequest& request,
                            const std::function<absl::Status(const std::string&)>& write);
  // `read` gives the file's next bytes, at most kChunkBytes; empty at its end.
  absl::StatusOr<v1::ImportBundleResponse> ImportBundle(
      const std::function<absl::StatusOr<std::string>()>& read);
  // Has the daemon compare itself with a peer; `progress` gets each message.
  absl::Status ComparePeer(const std::string& peer, const std::string& list,
                           const std::function<void(const v1::ComparePeerResponse&)>& progress);

 private:
  static constexpr std::chrono::seconds kDeadline{30};
  static constexpr std::chrono::seconds kUploadDeadline{300};

  const std::string address_;
  std::unique_ptr<v1::QueryService::Stub> query_;
  std::unique_ptr<v1::ProofService::Stub> proof_;
  std::unique_ptr<v1::FeedService::Stub> feed_;
  std::unique_ptr<v1::StatusService::Stub> status_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
  std::unique_ptr<v1::AuditService::Stub> audit_;
  std::unique_ptr<v1::BundleService::Stub> bundle_;
  std::unique_ptr<v1::PublishService::Stub> publish_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_CONNECTION_H_
