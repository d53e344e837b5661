#include "daemon/service/watch_hub.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace comity {

absl::StatusOr<uint64_t> WatchHub::Add(const std::string& participant, Listener listener,
                                       std::function<void()> close) {
  MutexLock lock(mutex_);
  if (closed_) return absl::UnavailableError("this daemon stops");
  int theirs = 0;
  for (const auto& [id, watcher] : watchers_) theirs += watcher.participant == participant ? 1 : 0;
  if (watchers_.size() >= kMaxWatchers || theirs >= kMaxPerParticipant) {
    return absl::ResourceExhaustedError(absl::StrCat("\"", participant, "\" has ", theirs,
                                                     " watches open here already, at most ",
                                                     kMaxPerParticipant, " are served"));
  }
  watchers_[next_] = {participant, std::move(listener), std::move(close)};
  return next_++;
}

void WatchHub::Remove(uint64_t id) {
  MutexLock lock(mutex_);
  watchers_.erase(id);
}

void WatchHub::Notify(const News& news) {
  MutexLock lock(mutex_);
  for (const auto& [id, watcher] : watchers_) watcher.listener(news);
}

void WatchHub::CloseAll() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (const auto& [id, watcher] : watchers_) watcher.close();
}

}  // namespace comity
