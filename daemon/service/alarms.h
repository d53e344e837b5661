// What needs somebody's attention now.
#ifndef COMITY_DAEMON_SERVICE_ALARMS_H_
#define COMITY_DAEMON_SERVICE_ALARMS_H_

#include <vector>

#include "comity/v1/status_service.pb.h"
#include "daemon/sync/peer_view.h"
#include "storage/lists/snapshot.h"

namespace comity {

// Contested lists first, then those that are not FRESH, then peers that
// lag. Nothing configures them away: they end when their cause does.
std::vector<v1::Alarm> AlarmsOf(const Snapshot& held, const std::vector<PeerView>& peers);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_ALARMS_H_
