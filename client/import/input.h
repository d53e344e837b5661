// The bytes of a source file, bounded and checked before anything reads them.
#ifndef COMITY_CLIENT_IMPORT_INPUT_H_
#define COMITY_CLIENT_IMPORT_INPUT_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

inline constexpr size_t kMaxSourceBytes = size_t{256} << 20;
inline constexpr size_t kMaxLineBytes = size_t{4} << 20;
inline constexpr int kMaxJsonDepth = 32;

struct SourceFile {
  // Where it lies, for formats of several files.
  std::string path;
  // As in the file; gzip undone.
  std::string bytes;
  // Of the file as it lies on disk.
  Digest sha256{};
};

// Reads the file, undoing gzip if it begins as gzip. INVALID_ARGUMENT if it is empty,
// the gzip stream is cut short, damaged or followed by other bytes; RESOURCE_EXHAUSTED
// above the bound.
absl::StatusOr<SourceFile> ReadSource(const std::string& path);

// Calls `line` with each line, from 1, without its end. Stops at the first error.
// INVALID_ARGUMENT if a line is above kMaxLineBytes.
absl::Status ForEachLine(std::string_view bytes,
                         const std::function<absl::Status(uint32_t, std::string_view)>& line);

// INVALID_ARGUMENT: "line N: what".
absl::Status BadLine(uint32_t line, std::string_view what);

// Strict JSON: no duplicate key, no deeper than kMaxJsonDepth, valid UTF-8.
// INVALID_ARGUMENT says where.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_INPUT_H_
