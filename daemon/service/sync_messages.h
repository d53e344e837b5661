// Heads, statements and ranges as the wire, and a bundle, carry them.
#ifndef COMITY_DAEMON_SERVICE_SYNC_MESSAGES_H_
#define COMITY_DAEMON_SERVICE_SYNC_MESSAGES_H_

#include <vector>

#include "comity/v1/sync_service.pb.h"
#include "storage/lists/replica.h"

namespace comity {

v1::Head ToMessage(const LogHead& head);
v1::HeldStatement ToMessage(const HeldStatement& statement);
// Header, chunks of at most 256 KiB, proof.
std::vector<v1::FetchRevisionsResponse> ToMessages(uint64_t begin, const Replica::Range& range);
// Header and leaves if there are, entries and bodies, end.
std::vector<v1::FetchSnapshotResponse> ToMessages(SnapshotPage page, TreeSize size);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_SYNC_MESSAGES_H_
