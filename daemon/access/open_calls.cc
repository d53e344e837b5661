#include "daemon/access/open_calls.h"

#include <grpc/grpc.h>
#include <grpcpp/server_context.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/access/peer_certificate.h"

namespace comity {
namespace {

absl::Status NoRoom(size_t open) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "this certificate has ", open, " calls open here, no more are served: wait for some to end"));
}

}  // namespace

// Stands in the registry as long as its call. gRPC tells which call it is only once the first
// operation is under way.
class OpenCalls::Interceptor : public grpc::experimental::Interceptor {
 public:
  Interceptor(OpenCalls* calls, grpc::experimental::ServerRpcInfo* info)
      : calls_(calls), context_(info->server_context()) {
    const auto authentication = context_->auth_context();
    id_ = calls_->Add({nullptr, authentication ? CertificateOf(*authentication) : "",
                       info->method() == nullptr ? "" : info->method()});
  }
  ~Interceptor() override {
    calls_->Remove(id_);
    if (call_ != nullptr) grpc_call_unref(call_);
  }
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (call_ == nullptr && context_->c_call() != nullptr) {
      // gRPC lets its own hold on the call go before this ends.
      call_ = context_->c_call();
      grpc_call_ref(call_);
      calls_->Bind(id_, call_);
    }
    methods->Proceed();
  }

 private:
  OpenCalls* const calls_;
  grpc::ServerContextBase* const context_;
  // Batches of one call may be intercepted on several threads, but the first comes alone.
  grpc_call* call_ = nullptr;
  uint64_t id_ = 0;
};

class OpenCalls::Factory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(OpenCalls* calls) : calls_(calls) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Interceptor(calls_, info);
  }

 private:
  OpenCalls* const calls_;
};

OpenCalls::OpenCalls(Decide decide) : decide_(std::move(decide)), thread_([this] { Run(); }) {}

OpenCalls::~OpenCalls() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    wake_.notify_all();
  }
  thread_.join();
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> OpenCalls::MakeFactory() {
  return std::make_unique<Factory>(this);
}

absl::Status OpenCalls::CheckRoom(const std::string& certificate_pem) const {
  MutexLock lock(mutex_);
  const auto it = counts_.find(certificate_pem);
  if (it == counts_.end() || it->second < kMaxPerCaller) return absl::OkStatus();
  return NoRoom(it->second);
}

size_t OpenCalls::Recheck() {
  std::map<std::pair<std::string, std::string>, absl::Status> kinds;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, call] : calls_) kinds[{call.certificate_pem, call.path}];
  }
  // Without the lock: deciding may verify certificates.
  for (auto& [kind, decision] : kinds) decision = decide_(kind.first, kind.second);
  std::vector<std::pair<grpc_call*, const absl::Status*>> ended;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, call] : calls_) {
      const auto kind = kinds.find({call.certificate_pem, call.path});
      // What is not bound yet passed the gate just now.
      if (kind == kinds.end() || kind->second.ok() || call.call == nullptr) continue;
      grpc_call_ref(call.call);
      ended.emplace_back(call.call, &kind->second);
    }
  }
  // Without the lock: ending a call may run what its handler does at its end.
  for (const auto& [call, decision] : ended) {
    grpc_call_cancel_with_status(call, static_cast<grpc_status_code>(decision->code()),
                                 std::string(decision->message()).c_str(), nullptr);
    grpc_call_unref(call);
  }
  return ended.size();
}

uint64_t OpenCalls::Add(Call call) {
  MutexLock lock(mutex_);
  call.open = ++counts_[call.certificate_pem];
  calls_.emplace(next_, std::move(call));
  return next_++;
}

void OpenCalls::Bind(uint64_t id, grpc_call* call) {
  size_t open = 0;
  {
    MutexLock lock(mutex_);
    Call& bound = calls_.at(id);
    bound.call = call;
    open = bound.open;
  }
  // Many may have passed the gate before the first of them was counted.
  if (open <= kMaxPerCaller) return;
  const absl::Status full = NoRoom(open - 1);
  grpc_call_cancel_with_status(call, static_cast<grpc_status_code>(full.code()),
                               std::string(full.message()).c_str(), nullptr);
}

void OpenCalls::Remove(uint64_t id) {
  MutexLock lock(mutex_);
  const auto it = calls_.find(id);
  const auto count = counts_.find(it->second.certificate_pem);
  if (--count->second == 0) counts_.erase(count);
  calls_.erase(it);
}

void OpenCalls::Run() {
  MutexLock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(mutex_, kRecheckEvery);
    if (stop_) return;
    mutex_.unlock();
    Recheck();
    mutex_.lock();
  }
}

}  // namespace comity
