// Gives memory that is free back to the system. A draft of a long edition takes many times its
// size in small pieces; glibc keeps them for the next one, which may come in a year.
#ifndef COMITY_DAEMON_SERVER_MEMORY_TRIMMER_H_
#define COMITY_DAEMON_SERVER_MEMORY_TRIMMER_H_

#include <cstddef>

namespace comity {

// Free bytes of the heap above which they are given back.
inline constexpr size_t kMaxFreeHeapBytes = 64 << 20;

// For the whole process, before it starts threads: buffers of 1 MiB and more are mapped apart,
// so that they go back as soon as they are freed, and threads share a few heaps.
void TuneHeap();
// Gives what is free back if it is more than `max_free` bytes above `*returned`, what was free
// and given back the last time (0 at first); whether it was. Thread-safe.
bool TrimHeap(size_t* returned, size_t max_free = kMaxFreeHeapBytes);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_MEMORY_TRIMMER_H_
