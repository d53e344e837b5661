#include "storage/yaml/secret_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace comity {

absl::StatusOr<std::string> ReadSecretFile(const std::string& path, size_t max_bytes) {
  // The file that is looked at is the one that is read.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return absl::NotFoundError(absl::StrCat("key file ", path, ": ", strerror(errno)));
  }
  struct stat info {};
  absl::Status status;
  std::string text;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    status = absl::InvalidArgumentError(absl::StrCat("key file ", path, " is no regular file"));
  } else if ((info.st_mode & 077) != 0) {
    status = absl::FailedPreconditionError(
        absl::StrCat("key file ", path, ": others may read it (mode ",
                     absl::Hex(info.st_mode >> 6 & 7), absl::Hex(info.st_mode >> 3 & 7),
                     absl::Hex(info.st_mode & 7), "): run `chmod 0400 ", path, "`"));
  } else if (static_cast<size_t>(info.st_size) > max_bytes) {
    status = absl::ResourceExhaustedError(
        absl::StrCat("key file ", path, " has more than ", max_bytes, " bytes"));
  } else {
    text.resize(static_cast<size_t>(info.st_size));
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t got = read(fd, text.data() + done, text.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    if (done != text.size()) {
      Cleanse(&text);
      status = absl::UnavailableError(absl::StrCat("key file ", path, " cannot be read"));
    }
  }
  close(fd);
  if (!status.ok()) return status;
  return text;
}

absl::Status HideProcessMemory() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(
      "core dumps cannot be turned off, and keys would be in them: ", strerror(errno)));
}

void Cleanse(std::string* text) {
  explicit_bzero(text->data(), text->size());
  text->clear();
}

}  // namespace comity
