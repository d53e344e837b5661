// VerifyStore: the whole store checked while the daemon serves.
#ifndef COMITY_DAEMON_SERVICE_VERIFICATION_H_
#define COMITY_DAEMON_SERVICE_VERIFICATION_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "comity/v1/status_service.pb.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/mutex.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

class VerifyReactor;

// One verification at a time, on a thread of its own: it takes at most half of that
// thread's time, so that disk and processor stay with those who ask and publish.
// Thread-safe. Borrows both.
class Verification {
 public:
  Verification(const Store* store, const Roster* roster) : store_(store), roster_(roster) {}

  // Answers one call. RESOURCE_EXHAUSTED while another is under way.
  grpc::ServerWriteReactor<v1::VerifyStoreResponse>* Start(grpc::CallbackServerContext* context,
                                                           const v1::VerifyStoreRequest& request);

  // Ends the one under way (UNAVAILABLE) and refuses all later ones.
  void Stop();

 private:
  const Store* const store_;
  const Roster* const roster_;
  Mutex mutex_;
  // The one under way; it lives at least as long as it stands here.
  VerifyReactor* current_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Last, so that its thread ends first.
  WorkerPool thread_{1, 1};
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_VERIFICATION_H_
