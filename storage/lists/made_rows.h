// The names of the rows that the signed bytes make, to tell those that nothing made.
#ifndef COMITY_STORAGE_LISTS_MADE_ROWS_H_
#define COMITY_STORAGE_LISTS_MADE_ROWS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/types.h"

namespace comity {

// A set of names at eight bytes each, by a hash that differs from process to process: two names
// fall together by chance once in 2^64 pairs. Not thread-safe.
class MadeRows {
 public:
  void AddTimeline(std::string_view key, LeafIndex index);
  void AddBody(const Digest& hash);

  // After Sort, and before anything more is added.
  bool HasTimeline(std::string_view key, LeafIndex index) const;
  bool HasBody(const Digest& hash) const;
  void Sort();

 private:
  std::vector<uint64_t> prints_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_MADE_ROWS_H_
