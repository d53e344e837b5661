// PublishService: drafting and submitting.
#ifndef COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_
#define COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_

#include <atomic>

#include "absl/status/status.h"
#include "comity/v1/publish_service.grpc.pb.h"
#include "daemon/access/audit_trail.h"
#include "daemon/threads/worker_pool.h"
#include "storage/lists/replica.h"

namespace comity {

// What a draft or a submission may hold on its way, in all.
inline constexpr size_t kMaxUploadBytes = 64 << 20;

// What all uploads together may keep in memory before they are worked on. Thread-safe.
class UploadBudget {
 public:
  static constexpr size_t kBytes = size_t{512} << 20;
  // False, and nothing is taken, if that much is not left.
  bool Take(size_t bytes) {
    size_t used = used_.load();
    do {
      if (bytes > kBytes - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }
  void Give(size_t bytes) { used_ -= bytes; }

 private:
  std::atomic<size_t> used_ = 0;
};

// One call's part of the budget, given back with it.
class UploadShare {
 public:
  explicit UploadShare(UploadBudget* budget) : budget_(budget) {}
  UploadShare(const UploadShare&) = delete;
  UploadShare& operator=(const UploadShare&) = delete;
  ~UploadShare() { budget_->Give(bytes_); }
  // RESOURCE_EXHAUSTED if the call is over its own limit, or UNAVAILABLE if all together are.
  absl::Status Add(size_t bytes);

 private:
  UploadBudget* const budget_;
  size_t bytes_ = 0;
};

// Thread-safe. Borrows all; without an audit trail refusals are not recorded. A publisher acts for
// the authority that its certificate names, and for no other.
class PublishServiceImpl final : public v1::PublishService::CallbackService {
 public:
  PublishServiceImpl(Replica* replica, WorkerPool* pool, AuditTrail* audit = nullptr)
      : replica_(replica), pool_(pool), audit_(audit) {}

  grpc::ServerBidiReactor<v1::DraftRequest, v1::DraftResponse>* DraftRevision(
      grpc::CallbackServerContext* context) override;
  grpc::ServerReadReactor<v1::SubmitRequest>* SubmitRevision(grpc::CallbackServerContext* context,
                                                             v1::SubmitResponse* response) override;

 private:
  Replica* const replica_;
  WorkerPool* const pool_;
  AuditTrail* const audit_;
  UploadBudget uploads_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_PUBLISH_SERVICE_H_
