// The calls that are open, so that they can be counted, and ended when their callers lose
// their right in the middle.
#ifndef COMITY_DAEMON_ACCESS_OPEN_CALLS_H_
#define COMITY_DAEMON_ACCESS_OPEN_CALLS_H_

#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "storage/base/mutex.h"

namespace comity {

// Thread-safe. Every call of every kind, health and reflection included, is in it from its
// first byte to its end.
class OpenCalls {
 public:
  // What decides: OK if the holder of the certificate may call the path.
  using Decide =
      std::function<absl::Status(const std::string& certificate_pem, const std::string& path)>;
  static constexpr std::chrono::seconds kRecheckEvery{30};
  // Open at once for one certificate. gRPC 1.51 counts streams only against settings that the
  // other side acknowledged, so a hostile one has no limit there.
  static constexpr size_t kMaxPerCaller = 256;

  explicit OpenCalls(Decide decide);
  // All calls must have ended.
  ~OpenCalls();

  // For ServerBuilder::experimental().SetInterceptorCreators.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeFactory();

  // RESOURCE_EXHAUSTED if so many calls of the certificate are open that no more is served.
  absl::Status CheckRoom(const std::string& certificate_pem) const;

  // Decides again on every open call and cancels those whose callers may not go on: at once
  // after a reload, and every half minute for certificates that end meanwhile. Gives how
  // many. Their callers see the refusal's code and text.
  size_t Recheck();

 private:
  class Interceptor;
  class Factory;
  struct Call {
    // Null until its first operation; then alive as long as the call stands in the registry.
    grpc_call* call = nullptr;
    std::string certificate_pem;
    std::string path;
    // How many of the certificate were open with it.
    size_t open = 0;
  };

  uint64_t Add(Call call);
  void Bind(uint64_t id, grpc_call* call);
  void Remove(uint64_t id);
  void Run();

  const Decide decide_;
  mutable Mutex mutex_;
  ConditionVariable wake_;
  std::map<uint64_t, Call> calls_ ABSL_GUARDED_BY(mutex_);
  // By certificate.
  std::map<std::string, size_t> counts_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_ACCESS_OPEN_CALLS_H_
