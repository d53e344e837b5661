#include "daemon/server/scrubber.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "storage/lists/verify.h"

namespace comity {
namespace {

constexpr int64_t kFirstAfterMs = 10 * 60 * 1000;
constexpr int64_t kEveryMs = 12 * 60 * 60 * 1000;
// At most twenty leaves a second: an edition of megabytes costs as many milliseconds.
constexpr int64_t kBetweenLeavesMs = 50;
// Files are of some 64 MiB at most.
constexpr int64_t kBetweenFilesMs = 1000;

}  // namespace

Scrubber::Scrubber(const Store* store, const Roster* roster)
    : store_(store), roster_(roster), thread_([this] { Loop(); }) {}

Scrubber::~Scrubber() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Scrubber::Wait(int64_t milliseconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  MutexLock lock(mutex_);
  while (!stopping_ && std::chrono::steady_clock::now() < until) wake_.wait_until(mutex_, until);
  return !stopping_;
}

void Scrubber::ScrubAll() {
  int lists = 0;
  const absl::Status status = VerifyStore(
      *store_, *roster_, "",
      [this, &lists](const ListVerification& list) {
        if (list.done && list.problem.ok()) ++lists;
        return Wait(kBetweenLeavesMs);
      },
      [this](size_t, size_t) { return Wait(kBetweenFilesMs); });
  if (absl::IsCancelled(status)) return;
  if (status.ok()) {
    spdlog::info("scrub: {} lists verified", lists);
  } else {
    spdlog::error("scrub: the store is damaged: {}; {}", std::string(status.message()),
                  kAfterDamage);
  }
}

void Scrubber::Loop() {
  if (!Wait(kFirstAfterMs)) return;
  do {
    ScrubAll();
  } while (Wait(kEveryMs));
}

}  // namespace comity
