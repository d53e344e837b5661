// What the handlers are made of: how an answer goes out, and how a call ends.
#ifndef COMITY_DAEMON_SERVICE_REACTORS_H_
#define COMITY_DAEMON_SERVICE_REACTORS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/transport/channel.h"
#include "client/transport/rpc_status.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/mutex.h"

namespace comity {

inline absl::Status TooBusy() {
  return absl::ResourceExhaustedError("this daemon has too much to do: try again in a moment");
}

// The status as gRPC carries it, its detail in the trailing metadata. Call before
// Finish.
inline grpc::Status EndWith(grpc::CallbackServerContext* context, const absl::Status& status) {
  if (const std::string detail = SerializedDetail(status); !detail.empty()) {
    context->AddTrailingMetadata(kErrorDetailKey, detail);
  }
  return ToGrpcStatus(status);
}

// A unary call: `work` makes the answer on a thread of the pool.
template <typename Response, typename Work>
grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, WorkerPool& pool,
                                Response* response, Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool accepted = pool.Run([=]() mutable {
    absl::StatusOr<Response> answer = work();
    if (answer.ok()) *response = *std::move(answer);
    reactor->Finish(EndWith(context, answer.status()));
  });
  if (!accepted) reactor->Finish(EndWith(context, TooBusy()));
  return reactor;
}

// A server stream: `work` makes all messages on a thread of the pool, then they are
// written one by one as fast as the caller reads.
template <typename Response>
class StreamWriter : public grpc::ServerWriteReactor<Response> {
 public:
  template <typename Work>
  static grpc::ServerWriteReactor<Response>* Start(grpc::CallbackServerContext* context,
                                                   WorkerPool& pool, Work work) {
    auto* writer = new StreamWriter(context);
    const bool accepted = pool.Run([writer, work = std::move(work)]() mutable {
      absl::StatusOr<std::vector<Response>> messages = work();
      if (messages.ok()) writer->messages_ = *std::move(messages);
      writer->status_ = messages.status();
      writer->WriteNext();
    });
    if (!accepted) writer->Finish(EndWith(context, TooBusy()));
    return writer;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status::CANCELLED);
      return;
    }
    WriteNext();
  }
  void OnDone() override { delete this; }

 private:
  explicit StreamWriter(grpc::CallbackServerContext* context) : context_(context) {}

  void WriteNext() {
    if (next_ == messages_.size()) {
      this->Finish(EndWith(context_, status_));
    } else {
      this->StartWrite(&messages_[next_++]);
    }
  }

  grpc::CallbackServerContext* const context_;
  absl::Status status_;
  std::vector<Response> messages_;
  size_t next_ = 0;
};

// A server stream of which each message is made once the one before it was taken: however
// long it is, and however slowly it is read, one message is in memory and no thread waits.
template <typename Response>
class PullWriter : public grpc::ServerWriteReactor<Response> {
 public:
  // Gives the next message, none at the end; on a thread of the pool, never twice at once.
  // Goes with the call, and all that it holds.
  using Next = std::function<absl::StatusOr<std::optional<Response>>()>;

  // `open` gives an absl::StatusOr<Next>, on a thread of the pool.
  template <typename Open>
  static grpc::ServerWriteReactor<Response>* Start(grpc::CallbackServerContext* context,
                                                   WorkerPool& pool, Open open) {
    auto* writer = new PullWriter(context, pool);
    const bool accepted = pool.Run([writer, open = std::move(open)]() mutable {
      absl::StatusOr<Next> next = open();
      if (!next.ok()) return writer->Finish(EndWith(writer->context_, next.status()));
      writer->next_ = *std::move(next);
      writer->Make();
    });
    if (!accepted) writer->Finish(EndWith(context, TooBusy()));
    return writer;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    if (!pool_.Run([this] { Make(); })) this->Finish(EndWith(context_, TooBusy()));
  }
  void OnDone() override { delete this; }

 private:
  PullWriter(grpc::CallbackServerContext* context, WorkerPool& pool)
      : context_(context), pool_(pool) {}

  // Nothing of this may be touched after the last call in it: the call may have ended.
  void Make() {
    absl::StatusOr<std::optional<Response>> message = next_();
    if (!message.ok() || !message->has_value()) {
      return this->Finish(EndWith(context_, message.status()));
    }
    message_ = **std::move(message);
    this->StartWrite(&message_);
  }

  grpc::CallbackServerContext* const context_;
  WorkerPool& pool_;
  Next next_;
  Response message_;
};

// A server stream whose messages are made one by one while earlier ones are on their way.
template <typename Response>
class LiveWriter : public grpc::ServerWriteReactor<Response> {
 public:
  // `work(LiveWriter&)` runs on a thread of the pool, calls Push, and gives the status that
  // ends the call.
  template <typename Work>
  static grpc::ServerWriteReactor<Response>* Start(grpc::CallbackServerContext* context,
                                                   WorkerPool& pool, Work work) {
    auto* writer = new LiveWriter(context);
    const bool accepted = pool.Run([writer, work = std::move(work)]() mutable {
      const absl::Status status = work(*writer);
      writer->Complete(status);
    });
    if (!accepted) writer->Complete(TooBusy());
    return writer;
  }

  // False once the caller went away. Waits while too many earlier ones are unread.
  bool Push(Response message) {
    MutexLock lock(mutex_);
    while (!gone_ && queue_.size() >= kMaxUnread) read_.wait(mutex_);
    if (gone_) return false;
    queue_.push_back(std::move(message));
    WriteLocked();
    return true;
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
    WriteLocked();
    read_.notify_all();
  }
  void OnCancel() override {
    MutexLock lock(mutex_);
    gone_ = true;
    WriteLocked();
    read_.notify_all();
  }
  void OnDone() override {
    // Whoever called Finish has left the lock once it can be taken here.
    { MutexLock lock(mutex_); }
    delete this;
  }

 private:
  static constexpr size_t kMaxUnread = 16;

  explicit LiveWriter(grpc::CallbackServerContext* context) : context_(context) {}

  void Complete(const absl::Status& status) {
    MutexLock lock(mutex_);
    complete_ = true;
    status_ = status;
    WriteLocked();
  }
  // The next message, or the end; not before the work is done, which still uses this.
  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (!queue_.empty() && !gone_) {
      writing_ = true;
      message_ = std::move(queue_.front());
      queue_.pop_front();
      this->StartWrite(&message_);
    } else if (complete_) {
      finished_ = true;
      this->Finish(EndWith(context_, status_));
    }
  }

  grpc::CallbackServerContext* const context_;
  Mutex mutex_;
  ConditionVariable read_;
  std::deque<Response> queue_ ABSL_GUARDED_BY(mutex_);
  Response message_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
};

// Cuts bytes into messages of at most kChunkBytes.
template <typename Response>
std::vector<Response> ToChunks(std::string_view bytes) {
  std::vector<Response> messages;
  for (size_t at = 0; at < bytes.size(); at += kChunkBytes) {
    messages.emplace_back().set_chunk(std::string(bytes.substr(at, kChunkBytes)));
  }
  return messages;
}

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_REACTORS_H_
