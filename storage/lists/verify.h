// Everything once more from the signed bytes: what is stored must be what they make.
#ifndef COMITY_STORAGE_LISTS_VERIFY_H_
#define COMITY_STORAGE_LISTS_VERIFY_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// Reads every leaf of the log, hashes it, checks its signatures and changes as if it had
// just come, and compares roots, state roots, timelines and bodies with what is stored.
// DATA_LOSS says where the store is wrong. `leaf_done` is called after each leaf and may
// take its time: that is how the work is kept small beside others'; false stops it
// (CANCELLED). Thread-safe beside readers and one writer, who may append meanwhile.
absl::Status VerifyList(const Store& store, const Roster& roster, const StoredHead& head,
                        const std::function<bool(LeafIndex)>& leaf_done);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_VERIFY_H_
