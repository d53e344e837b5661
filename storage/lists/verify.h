// Everything once more from the signed bytes: what is stored must be what they make.
#ifndef COMITY_STORAGE_LISTS_VERIFY_H_
#define COMITY_STORAGE_LISTS_VERIFY_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "storage/base/types.h"
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

// How far the check of a store has come in one list.
struct ListVerification {
  Origin origin;
  TreeSize verified;
  TreeSize size;
  // DATA_LOSS once it was found wrong; the walk then goes on with the next list.
  absl::Status problem;
};

// Told after each leaf, and once more when a list is done: `verified` is then `size` and
// its head was compared, or `problem` is set. May take its time, as above; false stops.
using VerifyStep = std::function<bool(const ListVerification&)>;

// Store::VerifyFiles, then VerifyList over every list that is held, or over those named
// `list` if that is not empty, each to its end even if others are damaged. DATA_LOSS names
// what is wrong, NOT_FOUND that no such list is held, CANCELLED that a step stopped it.
absl::Status VerifyStore(const Store& store, const Roster& roster, std::string_view list,
                         const VerifyStep& step, const FileStep& file_step);

// DATA_LOSS if leaves of `list` (empty: of any) were acknowledged here and are not held.
absl::Status CheckNothingMissing(const Store& store, std::string_view list);

// What an operator does about damage: the end of each text that speaks of it.
inline constexpr char kAfterDamage[] =
    "stop this daemon and run `comity store rebuild --data-dir DIR` with its data_dir: that puts "
    "the database aside, and the daemon, started again, fetches everything from its peers";

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_VERIFY_H_
