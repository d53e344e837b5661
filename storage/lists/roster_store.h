// The roster's versions as a daemon keeps them.
#ifndef COMITY_STORAGE_LISTS_ROSTER_STORE_H_
#define COMITY_STORAGE_LISTS_ROSTER_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// The newest of what the configuration pins and what is stored, every step verified anew; what
// is not stored yet is. FAILED_PRECONDITION if they are not one chain, as
// LoadRosterChain otherwise.
absl::StatusOr<std::shared_ptr<const Roster>> OpenRosters(std::shared_ptr<const Roster> pinned,
                                                          Store* store);

// The same for whoever only reads: the newest of what is stored, and of `pinned` and those before
// it if that is not null, in one chain in which `digest` stands. FAILED_PRECONDITION if they are
// not one chain or none has the digest, as LoadRosterChain otherwise.
absl::StatusOr<std::shared_ptr<const Roster>> ReadRosters(const Roster* pinned,
                                                          const Digest& digest, const Store& store);

// Verifies `envelopes` after `newest`, then keeps them one by one, in order, so that a crash
// leaves a chain. Gives the newest. Nothing is kept if any of them does not verify, or if the
// newest leaves out `participant`, whose daemon would lose its own say by it
// (FAILED_PRECONDITION with REASON_ROSTER_CHAIN).
absl::StatusOr<std::shared_ptr<const Roster>> AdoptRosters(
    std::shared_ptr<const Roster> newest, const std::vector<std::string>& envelopes,
    const std::string& participant, Store* store);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_ROSTER_STORE_H_
