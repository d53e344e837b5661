#include "daemon/service/feed_service.h"

#include <grpcpp/alarm.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/access/gate.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"
#include "storage/lists/change_feed.h"

namespace comity {
namespace {

constexpr auto kSignOfLife = std::chrono::seconds(30);

// What a request asks for, once it was checked.
struct FeedPlan {
  FeedPosition position;
  std::optional<Frontier> to;
  bool once = false;
  ChangeFilter filter;
};

absl::StatusOr<FeedPlan> MakePlan(const Replica& replica, const v1::WatchChangesRequest& request) {
  const std::shared_ptr<const Snapshot> snapshot = replica.snapshot();
  FeedPlan plan;
  const auto resolve = [&](const std::string& token) -> absl::StatusOr<Frontier> {
    v1::ReadAt at;
    at.set_known_at(token);
    COMITY_ASSIGN_OR_RETURN(const ReadTimes times, snapshot->Resolve(at));
    return times.known();
  };
  if (request.from().empty()) {
    plan.position.after = snapshot->frontier();
  } else if (request.from() != "start") {
    // What is of another history is told as a reset; what is ahead is an error.
    COMITY_ASSIGN_OR_RETURN(plan.position.after, Frontier::ParseToken(request.from()));
    for (const auto& [origin, head] : plan.position.after.heads) {
      const auto held = snapshot->lists().find(origin);
      if (held != snapshot->lists().end() && head.size <= held->second->size) continue;
      return resolve(request.from()).status();
    }
  }
  if (!request.to().empty()) {
    COMITY_ASSIGN_OR_RETURN(plan.to, resolve(request.to()));
    for (const auto& [origin, head] : plan.position.after.heads) {
      const auto end = plan.to->heads.find(origin);
      if (end != plan.to->heads.end() && head.size <= end->second.size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(origin.name.ToString(),
                       ": a difference goes from the older token to the "
                       "newer: exchange them"));
    }
  }
  plan.once = request.once() || plan.to.has_value();
  plan.filter.list = request.list();
  plan.filter.authority = request.authority();
  plan.filter.code_prefix = request.code_prefix();
  plan.filter.with_entries = request.with_entries();
  if (!request.list().empty()) {
    COMITY_RETURN_IF_ERROR(snapshot->FindList(request.list()).status());
  }
  if (request.arrangement().empty()) return plan;
  plan.filter.participants.emplace();
  for (const v1::Arrangement& one : replica.roster().message().arrangements()) {
    if (one.id() != request.arrangement()) continue;
    for (const v1::ArrangementRole& role : one.roles()) {
      if (role.role() == "member") plan.filter.participants->insert(role.participant());
    }
    return plan;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the roster has no arrangement \"", request.arrangement(), "\""));
}

// One feed. At any moment it reads a page on the pool, or writes one, or waits.
class Feed final : public grpc::ServerWriteReactor<v1::WatchChangesResponse> {
 public:
  Feed(grpc::CallbackServerContext* context, const Replica* replica, WatchHub* hub,
       WorkerPool* pool, std::chrono::milliseconds slow_after, std::atomic<uint64_t>* open,
       std::atomic<uint64_t>* cut)
      : context_(context),
        replica_(replica),
        hub_(hub),
        pool_(pool),
        slow_after_(slow_after),
        open_(open),
        cut_(cut) {
    ++*open_;
  }

  // `request` lives as long as the call.
  void Start(const absl::StatusOr<SpiffeId>& caller, const v1::WatchChangesRequest* request) {
    if (!caller.ok()) {
      MutexLock lock(mutex_);
      return FinishLocked(caller.status());
    }
    const absl::StatusOr<uint64_t> id = hub_->Add(
        caller->ToString(), [this](const News&) { Wake(); }, [this] { End(); });
    MutexLock lock(mutex_);
    if (!id.ok()) return FinishLocked(id.status());
    id_ = *id;
    BeatLocked();
    state_ = State::kReading;
    const bool accepted = pool_->Run([this, request] {
      absl::StatusOr<FeedPlan> plan = MakePlan(*replica_, *request);
      {
        MutexLock lock(mutex_);
        if (!plan.ok()) return FinishLocked(plan.status());
        plan_ = *std::move(plan);
      }
      Read();
    });
    if (!accepted) FinishLocked(TooBusy());
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    // Cut while the page was on its way.
    if (state_ == State::kFinished) return;
    state_ = State::kIdle;
    if (!ok || ended_) return FinishLocked(absl::CancelledError("the feed was left"));
    if (IsSlowLocked()) return CutLocked();
    if (complete_ && plan_.once) return FinishLocked(absl::OkStatus());
    if (complete_ && !woken_) return WaitLocked();
    ReadLocked();
  }
  void OnCancel() override { End(); }
  void OnDone() override {
    uint64_t id = 0;
    {
      MutexLock lock(mutex_);
      id = id_;
    }
    if (id != 0) hub_->Remove(id);
    --*open_;
    {
      MutexLock lock(mutex_);
      done_ = true;
      if (beating_) {
        // Whoever beats last deletes it.
        beat_.Cancel();
        return;
      }
    }
    delete this;
  }

 private:
  enum class State { kIdle, kReading, kWriting, kWaiting, kFinished };

  // Looks after a reader that does not read: nothing else happens meanwhile.
  void BeatLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    beating_ = true;
    beat_.Set(std::chrono::system_clock::now() + slow_after_, [this](bool) { Beat(); });
  }
  void Beat() {
    {
      MutexLock lock(mutex_);
      beating_ = false;
      if (!done_) {
        if (state_ == State::kWriting && IsSlowLocked()) {
          // Behind the page, which the reader still gets if it reads on.
          CutLocked();
        } else if (state_ == State::kFinished) {
          // It took neither the page nor the end.
          context_->TryCancel();
        }
        return BeatLocked();
      }
    }
    delete this;
  }
  bool IsSlowLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::chrono::steady_clock::now() - written_at_ > slow_after_;
  }
  void CutLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++*cut_;
    FinishLocked(absl::ResourceExhaustedError(absl::StrCat(
        "this feed was read too slowly and is cut: go on from ", plan_.position.after.Token())));
  }

  // On the committing thread.
  void Wake() {
    MutexLock lock(mutex_);
    woken_ = true;
    if (state_ == State::kWaiting) alarm_.Cancel();
  }
  void End() {
    MutexLock lock(mutex_);
    ended_ = true;
    if (state_ == State::kWaiting) alarm_.Cancel();
  }

  void ReadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    state_ = State::kReading;
    woken_ = false;
    if (!pool_->Run([this] { Read(); })) FinishLocked(TooBusy());
  }

  void Read() {
    FeedPosition position;
    {
      MutexLock lock(mutex_);
      position = plan_.position;
    }
    const std::shared_ptr<const Snapshot> snapshot = replica_->snapshot();
    absl::StatusOr<ChangePage> page =
        ReadChanges(*snapshot, replica_->store(), position,
                    plan_.to.has_value() ? *plan_.to : snapshot->frontier(), plan_.filter);
    MutexLock lock(mutex_);
    if (ended_) return FinishLocked(absl::CancelledError("the feed was left"));
    if (!page.ok()) return FinishLocked(page.status());
    plan_.position = std::move(page->next);
    complete_ = page->complete;
    message_ = std::move(page->message);
    message_.set_caught_up(complete_);
    // Woken for what the filter leaves out: nothing to say.
    const bool empty = message_.changes().empty() && message_.resets().empty();
    if (complete_ && empty && told_ && !plan_.once) return WaitLocked();
    WriteLocked();
  }

  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    state_ = State::kWriting;
    told_ = true;
    written_at_ = std::chrono::steady_clock::now();
    StartWrite(&message_);
  }

  void WaitLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (woken_) return ReadLocked();
    state_ = State::kWaiting;
    alarm_.Set(std::chrono::system_clock::now() + kSignOfLife, [this](bool) {
      MutexLock lock(mutex_);
      state_ = State::kIdle;
      if (ended_) return FinishLocked(absl::CancelledError("the feed was left"));
      if (woken_) return ReadLocked();
      message_.clear_changes();
      message_.clear_resets();
      WriteLocked();
    });
  }

  void FinishLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (state_ == State::kFinished) return;
    state_ = State::kFinished;
    Finish(EndWith(context_, status));
  }

  grpc::CallbackServerContext* const context_;
  const Replica* const replica_;
  WatchHub* const hub_;
  WorkerPool* const pool_;
  const std::chrono::milliseconds slow_after_;
  std::atomic<uint64_t>* const open_;
  std::atomic<uint64_t>* const cut_;
  Mutex mutex_;
  // `to` and `filter` do not change once it runs; `position` is guarded.
  FeedPlan plan_;
  uint64_t id_ ABSL_GUARDED_BY(mutex_) = 0;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  std::chrono::steady_clock::time_point written_at_ ABSL_GUARDED_BY(mutex_);
  v1::WatchChangesResponse message_;
  grpc::Alarm alarm_;
  // The stream is over, and whether `beat_` is still to be called.
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  bool beating_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Alarm beat_;
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchChangesResponse>* FeedServiceImpl::WatchChanges(
    grpc::CallbackServerContext* context, const v1::WatchChangesRequest* request) {
  auto* feed = new Feed(context, replica_, hub_, pool_, slow_after_, &open_, &cut_);
  feed->Start(CallerOf(*context), request);
  return feed;
}

}  // namespace comity
