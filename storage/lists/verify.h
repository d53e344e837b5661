// Everything once more from the signed bytes: what is stored must be what they make, all of it
// and nothing else.
#ifndef COMITY_STORAGE_LISTS_VERIFY_H_
#define COMITY_STORAGE_LISTS_VERIFY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// Of one list, or of what belongs to none; the others are counted.
inline constexpr size_t kMaxNamedFaults = 100;

// Something that is stored and that the signed bytes do not make, or the other way round.
// Value type.
struct Fault {
  // The leaf and the entry's key that it belongs to; unset and empty: to none.
  std::optional<LeafIndex> leaf;
  std::string key;
  // A sentence without a full stop.
  std::string what;
};

// Faults, the first of them by name. Value type.
struct Faults {
  std::vector<Fault> named;
  uint64_t more = 0;

  void Add(Fault fault);
  bool empty() const { return named.empty(); }
  uint64_t count() const { return named.size() + more; }
};

// How far the check of a store has come in one list.
struct ListVerification {
  Origin origin;
  // Leaves verified, of how many.
  TreeSize verified;
  TreeSize size;
  // Its place among the lists that are verified, from 1.
  size_t number = 1;
  size_t of = 1;
  // Set once the list is done. DATA_LOSS if a fault was found: it names the first ones. The walk
  // then goes on with the next list.
  bool done = false;
  absl::Status problem;
  Faults faults;
  // Leaves [not_held_from, not_held_to) are not held, so that nothing is said of them: the list
  // began from a snapshot, and they are still being fetched. Both 0: all are held.
  TreeSize not_held_from;
  TreeSize not_held_to;
  // What is sound and still worth knowing; sentences.
  std::vector<std::string> remarks;
};

// Told after each leaf, and once more when a list is done: its head was compared then, and
// `problem` is set if anything is wrong. May take its time; false stops.
using VerifyStep = std::function<bool(const ListVerification&)>;

struct VerifyOptions {
  // The lists of this name alone; empty: all.
  std::string list;
  // What view to compute: a frontier token or an instant; empty: all that is held. Everything is
  // verified all the same.
  std::string known_at;
};

// What was found beside the lists.
struct StoreVerification {
  // Bodies that no revision brings, and what is no part of the format.
  Faults loose;
  // The merged view that the signed bytes make, if all lists were asked for and no fault was
  // found. A digest for each audience, that of the federation always.
  std::optional<Frontier> frontier;
  std::map<Audience, Digest> view_digests;
};

// Store::VerifyFiles, then every list that is held: each leaf's signatures under the roster chain,
// its changes as if it had just come, the log's tree, and everything that is stored beside it
// compared with what the leaves make; rows that nothing makes; the checkpoint and HELD
// statements; then the merged view. Each list is walked to its end even if others are damaged; a
// leaf that does not verify ends its own list, as the later ones build on it.
//
// OK if no fault was found, though leaves may not be held (ListVerification::not_held_to).
// DATA_LOSS names what is wrong, NOT_FOUND that no such list is held, INVALID_ARGUMENT that
// known_at cannot be read, FAILED_PRECONDITION with REASON_NOT_HELD that it is not held here,
// UNKNOWN with REASON_BACKFILLING that it falls among leaves that are not held, CANCELLED that a
// step stopped it.
//
// In memory: the state tree of one list at a time, eight bytes for each row and body, one leaf,
// and a few MiB for what is found wrong. Thread-safe beside readers and one writer, who may append
// meanwhile: what comes after the start is not looked at.
absl::Status VerifyStore(const Store& store, const Roster& roster, const VerifyOptions& options,
                         const VerifyStep& step, const FileStep& file_step,
                         StoreVerification* result);
absl::Status VerifyStore(const Store& store, const Roster& roster, std::string_view list,
                         const VerifyStep& step, const FileStep& file_step);

// One list alone, as it stands in `head`. `leaf_done` is called after each leaf; false stops it.
absl::Status VerifyList(const Store& store, const Roster& roster, const StoredHead& head,
                        const std::function<bool(LeafIndex)>& leaf_done);

// DATA_LOSS if leaves of `list` (empty: of any) were acknowledged here and are not held.
absl::Status CheckNothingMissing(const Store& store, std::string_view list);

// What an operator does about damage: the end of each text that speaks of it.
inline constexpr char kAfterDamage[] =
    "stop this daemon and run `comity store rebuild --data-dir DIR` with its data_dir: that puts "
    "the database aside, and the daemon, started again, fetches everything from its peers";

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_VERIFY_H_
