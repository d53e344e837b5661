// Output of any length that is there whole or not at all.
#ifndef COMITY_CLIENT_INTERNAL_SPOOLED_FILE_H_
#define COMITY_CLIENT_INTERNAL_SPOOLED_FILE_H_

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comity {

// Bytes are gathered in a temporary file and appear where they belong once they are all there.
// What is not delivered is removed. Not thread-safe.
class SpooledFile {
 public:
  // For the file `path`, beside it; empty: for standard output, in the directory for temporary
  // files. INVALID_ARGUMENT if there can be none.
  static absl::StatusOr<std::unique_ptr<SpooledFile>> Create(const std::string& path);
  ~SpooledFile();
  SpooledFile(const SpooledFile&) = delete;
  SpooledFile& operator=(const SpooledFile&) = delete;

  // UNAVAILABLE if it cannot be written.
  absl::Status Append(std::string_view bytes);

  // Replaces what stood at the path, or writes to standard output. `finish`, if there is one, gets
  // the bytes in pieces cut anywhere, and gives what is delivered of each. Once, at the end.
  absl::Status Deliver(const std::function<std::string(std::string_view)>& finish = nullptr);

 private:
  SpooledFile(std::string path, std::string temporary, std::FILE* file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

  absl::Status CopyTo(std::FILE* out, const std::string& name,
                      const std::function<std::string(std::string_view)>& finish);
  void Remove();

  const std::string path_;
  std::string temporary_;
  std::FILE* file_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_SPOOLED_FILE_H_
