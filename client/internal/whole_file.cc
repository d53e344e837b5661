#include "client/internal/whole_file.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace comity {

absl::Status WriteWholeFile(const std::string& path, std::string_view bytes) {
  const std::string temporary = absl::StrCat(path, ".tmp", getpid());
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.flush();
    if (!out) {
      std::remove(temporary.c_str());
      return absl::UnavailableError(absl::StrCat(path, " cannot be written"));
    }
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace comity
