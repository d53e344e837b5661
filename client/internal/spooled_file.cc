#include "client/internal/spooled_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path.empty() ? "standard output" : path,
                                             " cannot be written: ", std::strerror(errno),
                                             "; nothing is left of it"));
}

// A new file of mode 0600 beside `path`, or in the directory for temporary files.
std::string TemplateFor(const std::string& path) {
  // What mkstemp replaces.
  const std::string any(6, 'X');
  if (!path.empty()) return path + ".tmp" + any;
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  return ((error ? std::filesystem::path("/tmp") : directory) / ("comity-" + any)).string();
}

std::FILE* MakeTemporary(const std::string& path, std::string* name) {
  *name = TemplateFor(path);
  const int fd = mkstemp(name->data());
  return fd < 0 ? nullptr : fdopen(fd, "w+b");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpooledFile>> SpooledFile::Create(const std::string& path) {
  std::string name;
  std::FILE* const file = MakeTemporary(path, &name);
  if (file == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.empty() ? name : path, " cannot be written: ", std::strerror(errno)));
  }
  return std::unique_ptr<SpooledFile>(new SpooledFile(path, name, file));
}

SpooledFile::~SpooledFile() { Remove(); }

void SpooledFile::Remove() {
  if (file_ != nullptr) std::fclose(file_);
  file_ = nullptr;
  if (!temporary_.empty()) std::remove(temporary_.c_str());
  temporary_.clear();
}

absl::Status SpooledFile::Append(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return absl::OkStatus();
  return CannotWrite(path_);
}

absl::Status SpooledFile::CopyTo(std::FILE* out, const std::string& name,
                                 const std::function<std::string(std::string_view)>& finish) {
  std::rewind(file_);
  std::vector<char> piece(kPieceBytes);
  for (size_t read; (read = std::fread(piece.data(), 1, piece.size(), file_)) > 0;) {
    std::string_view bytes(piece.data(), read);
    std::string finished;
    if (finish != nullptr) bytes = finished = finish(bytes);
    if (std::fwrite(bytes.data(), 1, bytes.size(), out) != bytes.size()) return CannotWrite(name);
  }
  return std::ferror(file_) != 0 || std::fflush(out) != 0 ? CannotWrite(name) : absl::OkStatus();
}

absl::Status SpooledFile::Deliver(const std::function<std::string(std::string_view)>& finish) {
  if (std::fflush(file_) != 0) return CannotWrite(path_);
  if (path_.empty()) {
    const absl::Status copied = CopyTo(stdout, path_, finish);
    Remove();
    return copied;
  }
  if (finish != nullptr) {
    std::string name;
    std::FILE* const file = MakeTemporary(path_, &name);
    if (file == nullptr) return CannotWrite(path_);
    const absl::Status copied = CopyTo(file, path_, finish);
    Remove();
    file_ = file;
    temporary_ = name;
    COMITY_RETURN_IF_ERROR(copied);
  }
  // As any file that a program writes is.
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(fileno(file_), 0666 & ~mask) != 0) return CannotWrite(path_);
  const int closed = std::fclose(file_);
  file_ = nullptr;
  std::error_code error;
  if (closed == 0) std::filesystem::rename(temporary_, path_, error);
  if (closed != 0 || error) {
    if (error) errno = error.value();
    return CannotWrite(path_);
  }
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace comity
