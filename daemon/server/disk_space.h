// How full the disk is, and who is told when it is no longer.
#ifndef COMITY_DAEMON_SERVER_DISK_SPACE_H_
#define COMITY_DAEMON_SERVER_DISK_SPACE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "storage/base/mutex.h"

namespace comity {

// Bytes that this process may still write where `directory` is; the greatest number if
// the disk does not say.
uint64_t FreeBytes(const std::string& directory);

// Looks every other second and calls `enough`, once, when at least `wanted` bytes are
// free.
class DiskSpaceWatcher {
 public:
  DiskSpaceWatcher(std::string directory, uint64_t wanted, std::function<void()> enough);
  ~DiskSpaceWatcher();

 private:
  void Loop();

  const std::string directory_;
  const uint64_t wanted_;
  const std::function<void()> enough_;
  Mutex mutex_;
  ConditionVariable wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_DISK_SPACE_H_
