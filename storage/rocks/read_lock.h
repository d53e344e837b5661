// Keeps writers away from a database that is only read, without writing to it.
#ifndef COMITY_STORAGE_ROCKS_READ_LOCK_H_
#define COMITY_STORAGE_ROCKS_READ_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace comity::rocks {

// A shared lock on the file that RocksDB locks for itself alone: a daemon that starts meanwhile is
// refused, other readers are not. The kernel lets go of it when this process closes that file by
// any other way, so the database must not be opened for writing here meanwhile.
class ReadLock {
 public:
  // UNAVAILABLE with REASON_IN_USE if another process has the database open, PERMISSION_DENIED if
  // the file may not be read. A copy without the file is nobody's: OK, nothing is locked.
  static absl::StatusOr<std::unique_ptr<ReadLock>> Take(const std::string& directory);
  ~ReadLock();
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

 private:
  explicit ReadLock(int file) : file_(file) {}

  // -1: none.
  const int file_;
};

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_READ_LOCK_H_
