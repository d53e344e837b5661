#include "storage/rocks/slices.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/types.h"

namespace comity::rocks {

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(Absl(doing), ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(text);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

absl::Status NoLeaf(const Origin& origin, uint64_t index) {
  return absl::NotFoundError(absl::StrCat(origin.ToString(), ": leaf ", index, " is not held"));
}

}  // namespace comity::rocks
