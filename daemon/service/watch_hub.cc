#include "daemon/service/watch_hub.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace comity {

absl::StatusOr<uint64_t> WatchHub::Add(const std::string& participant, Listener listener,
                                       std::function<void()> close) {
  MutexLock lock(mutex_);
  if (closed_) return absl::UnavailableError("this daemon stops");
  // Numbers ascend, so the first is the oldest.
  int theirs = 0;
  Watcher* oldest = nullptr;
  for (auto& [id, watcher] : watchers_) {
    if (watcher.participant != participant || watcher.closing) continue;
    ++theirs;
    if (oldest == nullptr) oldest = &watcher;
  }
  if (watchers_.size() >= kMaxWatchers) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this daemon has ", watchers_.size(), " watches open: try again later"));
  }
  if (theirs >= kMaxPerParticipant) {
    oldest->closing = true;
    oldest->close();
  }
  watchers_[next_] = {participant, std::move(listener), std::move(close), false};
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
  for (const auto& [id, watcher] : watchers_) {
    if (!watcher.closing) watcher.close();
  }
}

}  // namespace comity
