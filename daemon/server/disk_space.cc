#include "daemon/server/disk_space.h"

#include <chrono>
#include <filesystem>
#include <limits>
#include <utility>

namespace comity {
namespace {

constexpr std::chrono::seconds kEvery{2};

}  // namespace

uint64_t FreeBytes(const std::string& directory) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory, error);
  // A disk that does not say is not held against the writer: the write itself will.
  return error ? std::numeric_limits<uint64_t>::max() : space.available;
}

DiskSpaceWatcher::DiskSpaceWatcher(std::string directory, uint64_t wanted,
                                   std::function<void()> enough)
    : directory_(std::move(directory)),
      wanted_(wanted),
      enough_(std::move(enough)),
      thread_([this] { Loop(); }) {}

DiskSpaceWatcher::~DiskSpaceWatcher() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DiskSpaceWatcher::Loop() {
  for (;;) {
    if (FreeBytes(directory_) >= wanted_) {
      enough_();
      return;
    }
    MutexLock lock(mutex_);
    if (!stopping_) wake_.wait_for(mutex_, kEvery);
    if (stopping_) return;
  }
}

}  // namespace comity
