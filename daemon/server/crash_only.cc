#include "daemon/server/crash_only.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace comity {
namespace {

constexpr unsigned kWatchdogSeconds = 2;
constexpr std::chrono::milliseconds kLastWords{200};

}  // namespace

CrashOnly::CrashOnly(std::function<void()> not_ready)
    : not_ready_(std::move(not_ready)), thread_([this] { Loop(); }) {}

CrashOnly::~CrashOnly() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void CrashOnly::Fail(const absl::Status& error) {
  // Before anything that could hang: the kernel ends the process if we do not.
  std::signal(SIGALRM, SIG_DFL);
  alarm(kWatchdogSeconds);
  {
    MutexLock lock(mutex_);
    if (!error_.ok()) return;
    error_ = error;
  }
  wake_.notify_all();
}

void CrashOnly::Loop() {
  std::string text;
  {
    MutexLock lock(mutex_);
    while (error_.ok() && !stopping_) wake_.wait(mutex_);
    if (error_.ok()) return;
    text = std::string(error_.message());
  }
  spdlog::critical("storage failed, this daemon ends and is to be started again: {}", text);
  spdlog::default_logger()->flush();
  not_ready_();
  std::this_thread::sleep_for(kLastWords);
  _exit(kStorageFailure);
}

}  // namespace comity
