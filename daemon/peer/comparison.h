// One list here beside the same list at a peer: equal, or in which entries not.
#ifndef COMITY_DAEMON_PEER_COMPARISON_H_
#define COMITY_DAEMON_PEER_COMPARISON_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "comity/v1/sync_service.pb.h"
#include "daemon/sync/peer_view.h"
#include "storage/lists/state_cache.h"

namespace comity {

// Asks the peer; OK or its error.
using AskStateNodes =
    std::function<absl::StatusOr<v1::StateNodesResponse>(const v1::StateNodesRequest&)>;

// Compares what is stored at both sides. What could not be compared is said in the result,
// never passed over. Blocks for as long as reading the list and asking takes.
ListComparison CompareList(const Origin& origin, StateIndexCache& here, const AskStateNodes& ask);

}  // namespace comity

#endif  // COMITY_DAEMON_PEER_COMPARISON_H_
