#include "storage/rocks/read_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity::rocks {

absl::StatusOr<std::unique_ptr<ReadLock>> ReadLock::Take(const std::string& directory) {
  const std::string path = directory + "/LOCK";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno != ENOENT) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  std::unique_ptr<ReadLock> lock(new ReadLock(file));
  if (file < 0) return lock;
  struct flock region {};
  region.l_type = F_RDLCK;
  region.l_whence = SEEK_SET;
  if (fcntl(file, F_SETLK, &region) == 0) return lock;
  if (errno != EACCES && errno != EAGAIN) {
    return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  return MakeError(absl::StatusCode::kUnavailable, v1::REASON_IN_USE,
                   absl::StrCat("data directory ", directory,
                                " is in use by a comityd: stop it, "
                                "or copy the directory while it is stopped and read the copy"),
                   directory);
}

ReadLock::~ReadLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace comity::rocks
