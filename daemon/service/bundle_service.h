// BundleService: what peers trade, as a file for a daemon that no network reaches.
#ifndef COMITY_DAEMON_SERVICE_BUNDLE_SERVICE_H_
#define COMITY_DAEMON_SERVICE_BUNDLE_SERVICE_H_

#include <atomic>
#include <string>

#include "comity/v1/bundle_service.grpc.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Borrows the replica.
class BundleServiceImpl final : public v1::BundleService::CallbackService {
 public:
  BundleServiceImpl(std::string participant, Replica* replica)
      : participant_(std::move(participant)), replica_(replica) {}

  grpc::ServerWriteReactor<v1::ExportBundleResponse>* ExportBundle(
      grpc::CallbackServerContext* context, const v1::ExportBundleRequest* request) override;
  grpc::ServerReadReactor<v1::ImportBundleRequest>* ImportBundle(
      grpc::CallbackServerContext* context, v1::ImportBundleResponse* response) override;

 private:
  const std::string participant_;
  Replica* const replica_;
  std::atomic<bool> importing_{false};
  // Last, so that its threads end first. Bulk work, apart from who asks and publishes.
  WorkerPool pool_{2, 4};
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_BUNDLE_SERVICE_H_
