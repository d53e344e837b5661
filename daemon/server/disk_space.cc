#include "daemon/server/disk_space.h"

#include <filesystem>
#include <limits>

namespace comity {

uint64_t FreeBytes(const std::string& directory) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory, error);
  // A disk that does not say is not held against the writer: the write itself will.
  return error ? std::numeric_limits<uint64_t>::max() : space.available;
}

}  // namespace comity
