// Deriving what officers sign from what their agency published.
#ifndef COMITY_STORAGE_LISTS_DRAFT_H_
#define COMITY_STORAGE_LISTS_DRAFT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/publish_service.pb.h"
#include "storage/base/types.h"
#include "storage/lists/list_state.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// A full edition or explicit changes, and what to make of them.
struct DraftInput {
  v1::DraftHeader header;
  // Serialised Entry messages (mode FULL).
  std::vector<std::string> entries;
  // Explicit changes (mode CHANGES).
  std::vector<v1::Change> changes;
};

// Compares a full edition with the state in force on its own effective date, or
// takes explicit changes, and makes the leaves: the genesis first if the list is
// new; removals in a leaf of their own if they need the guard. `state` is the
// list's end, unset for a new list; `now` is the daemon's clock.
//
// Errors: INVALID_ARGUMENT (a date, an entry, a duplicate key, no citation, an
// instant more than ten minutes ahead of `now`), FAILED_PRECONDITION with
// REASON_UNDECLARED_BULK_REMOVAL.
absl::StatusOr<v1::DraftFile> MakeDraft(const DraftInput& input, const Roster* roster,
                                        const Store* store, const Origin& origin,
                                        const std::optional<ListState>& state, Instant now);

// How far ahead of the owner's clock a revision may be published, and a roster begin.
inline constexpr int64_t kMaxAheadMicros = int64_t{10} * 60 * 1'000'000;

// INVALID_ARGUMENT with REASON_TIME_AHEAD if `published_at` is further ahead.
absl::Status CheckNotAhead(Instant published_at, Instant now);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DRAFT_H_
