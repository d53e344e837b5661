#include "daemon/server/memory_trimmer.h"

#include <malloc.h>

#include <algorithm>

namespace comity {
namespace {

constexpr int kMaxHeaps = 4;
constexpr int kMappedApartBytes = 1 << 20;

}  // namespace

void TuneHeap() {
  mallopt(M_ARENA_MAX, kMaxHeaps);
  mallopt(M_MMAP_THRESHOLD, kMappedApartBytes);
}

bool TrimHeap(size_t* returned, size_t max_free) {
  // What was given back goes on being counted as free, until it is used again.
  const size_t free = mallinfo2().fordblks;
  *returned = std::min(*returned, free);
  if (free - *returned <= max_free) return false;
  malloc_trim(0);
  *returned = free;
  return true;
}

}  // namespace comity
