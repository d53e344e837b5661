// Reads the YAML files that people write into messages, strictly.
#ifndef COMITY_STORAGE_YAML_STRICT_YAML_H_
#define COMITY_STORAGE_YAML_STRICT_YAML_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comity {

// Files above this are refused unread.
inline constexpr size_t kMaxYamlBytes = 1 << 20;

// Fills `out` from one YAML document. Fields have the names of the message. Every
// error is reported at once, each as "FILE:LINE:COLUMN: what": syntax, an unknown
// field (with the nearest known name), a field given twice, a value of the wrong
// type, a list for a single value, a second document. INVALID_ARGUMENT.
absl::Status ParseYaml(std::string_view text, std::string_view file,
                       google::protobuf::Message* out);

// Reads the file first. NOT_FOUND if it is not there.
absl::Status ReadYamlFile(const std::string& path, google::protobuf::Message* out);

// The whole file; NOT_FOUND, or RESOURCE_EXHAUSTED above `max_bytes`.
absl::StatusOr<std::string> ReadFileBytes(const std::string& path, size_t max_bytes);

// `path` as it is if absolute, else taken from the folder of `file`.
std::string ResolvePath(std::string_view file, std::string_view path);

// The candidate nearest to `word` by edit distance, if it is near enough to be
// what was meant; else empty.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace comity

#endif  // COMITY_STORAGE_YAML_STRICT_YAML_H_
