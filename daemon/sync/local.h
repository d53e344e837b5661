// What the sync engine is told of a list that is held here.
#ifndef COMITY_DAEMON_SYNC_LOCAL_H_
#define COMITY_DAEMON_SYNC_LOCAL_H_

#include "daemon/sync/events.h"
#include "storage/lists/replica.h"

namespace comity::sync {

// What `replica` holds of `origin` now.
LocalCommitted LocalOf(const Replica& replica, const Origin& origin);

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_LOCAL_H_
