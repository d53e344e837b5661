#include "daemon/service/verification.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/lists/verify.h"
#include "storage/lists/verify_message.h"

namespace comity {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenMessages{300};
// After this much work comes a pause of the same length, but none longer than that.
constexpr std::chrono::milliseconds kSlice{20};
constexpr std::chrono::milliseconds kLongestPause{1000};

absl::Status DaemonStops() { return absl::UnavailableError("the daemon stops"); }

}  // namespace

// One call. What changes while a message is on its way is kept, the newest per list, and
// sent with the next one, so that a caller who reads slowly holds nothing up.
class VerifyReactor final : public grpc::ServerWriteReactor<v1::VerifyStoreResponse> {
 public:
  explicit VerifyReactor(grpc::CallbackServerContext* context) : context_(context) {}

  // On the verifying thread: tells the caller and keeps the pace; false once there is no
  // need to go on.
  bool Step(const ListVerification& list) {
    MutexLock lock(mutex_);
    pending_[list.origin] = ToMessage(list);
    return PaceLocked();
  }
  bool StepFile(size_t done, size_t of) {
    MutexLock lock(mutex_);
    files_.set_files(static_cast<uint32_t>(done));
    files_.set_of_files(static_cast<uint32_t>(of));
    return PaceLocked();
  }
  // Once, when no more steps come.
  void Complete(const absl::Status& status, const Roster& roster, const StoreVerification& result) {
    MutexLock lock(mutex_);
    complete_ = true;
    SetResult(result, roster, &files_);
    has_result_ = files_.has_view() || files_.loose_faults_size() > 0;
    status_ = stopped_ ? DaemonStops() : status;
    if (!writing_) DrainLocked();
  }

  // Before Complete: the verification ends where it stands.
  void Stop() {
    MutexLock lock(mutex_);
    stopped_ = true;
    EndLocked();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) EndLocked();
    if (complete_) DrainLocked();
  }
  void OnCancel() override {
    MutexLock lock(mutex_);
    EndLocked();
  }
  void OnDone() override {
    // Whoever called Finish has left the lock once it can be taken here.
    { MutexLock lock(mutex_); }
    delete this;
  }

 private:
  bool PaceLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const SteadyClock::time_point now = SteadyClock::now();
    if (!writing_ && !ended_ && now - written_at_ >= kBetweenMessages) WriteLocked();
    if (const auto worked = now - slice_began_; worked >= kSlice) {
      const auto until = now + std::min<SteadyClock::duration>(worked, kLongestPause);
      while (!ended_ && SteadyClock::now() < until) wake_.wait_until(mutex_, until);
      slice_began_ = SteadyClock::now();
    }
    return !ended_;
  }
  void EndLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ended_ = true;
    wake_.notify_all();
  }
  void DrainLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if ((!pending_.empty() || has_result_) && !ended_) {
      has_result_ = false;
      WriteLocked();
    } else {
      Finish(EndWith(context_, status_));
    }
  }
  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    written_at_ = SteadyClock::now();
    message_ = files_;
    for (auto& [origin, list] : pending_) *message_.add_lists() = std::move(list);
    pending_.clear();
    StartWrite(&message_);
  }

  grpc::CallbackServerContext* const context_;
  Mutex mutex_;
  ConditionVariable wake_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Nobody listens any more, or the daemon stops.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  // What was found beside the lists is still to be sent.
  bool has_result_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  SteadyClock::time_point written_at_ ABSL_GUARDED_BY(mutex_);
  SteadyClock::time_point slice_began_ ABSL_GUARDED_BY(mutex_) = SteadyClock::now();
  std::map<Origin, v1::VerifiedList> pending_ ABSL_GUARDED_BY(mutex_);
  // What is not of a list.
  v1::VerifyStoreResponse files_ ABSL_GUARDED_BY(mutex_);
  // Borrowed by gRPC while `writing_`.
  v1::VerifyStoreResponse message_;
};

grpc::ServerWriteReactor<v1::VerifyStoreResponse>* Verification::Start(
    grpc::CallbackServerContext* context, const v1::VerifyStoreRequest& request) {
  auto* reactor = new VerifyReactor(context);
  absl::Status refused;
  {
    MutexLock lock(mutex_);
    if (stopping_) {
      refused = DaemonStops();
    } else if (current_ != nullptr) {
      refused = absl::ResourceExhaustedError(
          "this daemon is verifying already, for another caller: wait until that has ended, or "
          "end it where it runs");
    } else {
      current_ = reactor;
    }
  }
  if (!refused.ok()) {
    reactor->Finish(EndWith(context, refused));
    return reactor;
  }
  // Never refused: the one before has given up its place, so at most its last lines are
  // still to run.
  thread_.Run([this, reactor, list = request.list(), known_at = request.known_at()] {
    StoreVerification result;
    absl::Status status = VerifyStore(
        *store_, *roster_, {list, known_at},
        [reactor](const ListVerification& at) { return reactor->Step(at); },
        [reactor](size_t done, size_t of) { return reactor->StepFile(done, of); }, &result);
    if (absl::IsDataLoss(status)) {
      status = absl::DataLossError(absl::StrCat(status.message(), "; ", kAfterDamage));
    } else if (status.ok()) {
      status = CheckNothingMissing(*store_, list);
    }
    {
      MutexLock lock(mutex_);
      current_ = nullptr;
    }
    reactor->Complete(status, *roster_, result);
  });
  return reactor;
}

void Verification::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  if (current_ != nullptr) current_->Stop();
}

}  // namespace comity
