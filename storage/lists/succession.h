// Succession: how a list goes on after its log cannot. A new epoch whose first leaf commits to
// the old log at a chosen size, signed by the authority's root keys and a quorum of the
// participants; its next leaves bring back what the list said there. Nothing else forks a list
// or shortens it: the same path serves a fork, a lost key and a damaged log.
#ifndef COMITY_STORAGE_LISTS_SUCCESSION_H_
#define COMITY_STORAGE_LISTS_SUCCESSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/publish_service.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"
#include "storage/lists/snapshot.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// The leaves of the epoch after `old`'s, from what it said at header.succession_size: the
// genesis that commits to it, then revisions in which every version that stands, past and to
// come, keeps its own dates. The k-th version of each entry comes in the k-th of them or later,
// so that each can be redated or corrected by its index. INVALID_ARGUMENT (no citation, a size
// that is not held), UNKNOWN while its history is still coming.
absl::StatusOr<v1::DraftFile> MakeSuccession(const v1::DraftHeader& header, const Roster& roster,
                                             const Store& store, const ListView& old, Instant now);

// That enough of the authority's root keys and, each by its statement key, enough participants
// of the new epoch's audience signed. PERMISSION_DENIED with the reason: a key of nobody's, a
// bad signature, too few.
absl::Status VerifySuccession(const v1::Envelope& envelope, const v1::Genesis& genesis,
                              const v1::Authority& authority, const Roster& roster);

// Whose signatures that takes: for people.
std::string SuccessionNeeds(const v1::Genesis& genesis, const v1::Authority& authority,
                            const Roster& roster);

// Until how many leaves an epoch is not in force: those that bring back what the one before it
// said.
TreeSize OpensAt(const v1::Genesis& genesis);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_SUCCESSION_H_
