#include "storage/lists/made_rows.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace comity {
namespace {

uint64_t PrintOf(std::string_view key, LeafIndex index) {
  return absl::HashOf(Absl(key), index.value);
}
uint64_t PrintOf(const Digest& hash) { return absl::HashOf(hash); }

}  // namespace

void MadeRows::AddTimeline(std::string_view key, LeafIndex index) {
  prints_.push_back(PrintOf(key, index));
}
void MadeRows::AddBody(const Digest& hash) { prints_.push_back(PrintOf(hash)); }

bool MadeRows::HasTimeline(std::string_view key, LeafIndex index) const {
  return std::binary_search(prints_.begin(), prints_.end(), PrintOf(key, index));
}
bool MadeRows::HasBody(const Digest& hash) const {
  return std::binary_search(prints_.begin(), prints_.end(), PrintOf(hash));
}

void MadeRows::Sort() {
  std::sort(prints_.begin(), prints_.end());
  prints_.erase(std::unique(prints_.begin(), prints_.end()), prints_.end());
}

}  // namespace comity
