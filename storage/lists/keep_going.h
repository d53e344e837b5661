// Long reads ask whether they are still wanted.
#ifndef COMITY_STORAGE_LISTS_KEEP_GOING_H_
#define COMITY_STORAGE_LISTS_KEEP_GOING_H_

#include <functional>

#include "absl/status/status.h"

namespace comity {

// OK to go on; else what the read ends with, such as CANCELLED because whoever asked is gone.
// Called by one thread, every few hundred entries.
using KeepGoing = std::function<absl::Status()>;

// Always wanted.
inline absl::Status GoOn() { return absl::OkStatus(); }

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_KEEP_GOING_H_
