// What one page of an answer holds at most.
#ifndef COMITY_STORAGE_LISTS_PAGE_H_
#define COMITY_STORAGE_LISTS_PAGE_H_

#include <cstddef>
#include <cstdint>

namespace comity {

inline constexpr uint32_t kMaxPage = 1000;
// Bytes of messages; a page ends with the row that passes it.
inline constexpr size_t kMaxPageBytes = 3 << 20;

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_PAGE_H_
