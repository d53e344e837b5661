// Private keys in files.
#ifndef COMITY_STORAGE_YAML_SECRET_FILE_H_
#define COMITY_STORAGE_YAML_SECRET_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comity {

// The whole file, which holds a private key. NOT_FOUND; INVALID_ARGUMENT if it is no regular
// file; RESOURCE_EXHAUSTED above `max_bytes`; FAILED_PRECONDITION, with the command that
// mends it, if others than its owner may read it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path, size_t max_bytes);

// Nothing of this process's memory goes into a core dump, nor is it shown to another process
// of the same user. Call in a process that holds keys, before they are read.
absl::Status HideProcessMemory();

// Overwrites the text before it is let go.
void Cleanse(std::string* text);

}  // namespace comity

#endif  // COMITY_STORAGE_YAML_SECRET_FILE_H_
