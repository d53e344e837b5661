// Answers within an arrangement: what its members control, and what joining would change.
#ifndef COMITY_STORAGE_LISTS_ARRANGEMENT_H_
#define COMITY_STORAGE_LISTS_ARRANGEMENT_H_

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/roster.pb.h"
#include "storage/lists/snapshot.h"

namespace comity {

// NOT_FOUND, naming those that there are, if the roster has none of that id.
absl::StatusOr<const v1::Arrangement*> FindArrangement(const v1::Roster& roster,
                                                       std::string_view id);

// Those whose role is "member".
std::set<std::string> MembersOf(const v1::Arrangement& arrangement);

// Cuts the answer down to the members of `arrangement` and to `as_if` (empty: nobody), and
// says who lists the code, who does not and of whom it cannot be said: `holds` by participant, as
// Snapshot::HoldsOf. Supporters and observers are named; what they list is left out.
void ScopeToArrangement(const v1::Arrangement& arrangement, const std::string& as_if,
                        const std::map<std::string, Hold>& holds, v1::GetItemResponse* response);

// Snapshot::GetItem and SearchItems within what the request names, if it does.
// `keep_going` is asked while whole lists are read. INVALID_ARGUMENT for `as_if`
// without an arrangement, or that is no participant's code.
absl::StatusOr<v1::GetItemResponse> GetItemWithin(const Snapshot& snapshot,
                                                  const v1::Roster& roster,
                                                  const v1::GetItemRequest& request,
                                                  const KeepGoing& keep_going);
absl::StatusOr<v1::SearchItemsResponse> SearchItemsWithin(const Snapshot& snapshot,
                                                          const v1::Roster& roster,
                                                          const v1::SearchItemsRequest& request,
                                                          const KeepGoing& keep_going);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_ARRANGEMENT_H_
