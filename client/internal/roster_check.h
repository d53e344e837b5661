// What those who sign a roster should know before they do.
#ifndef COMITY_CLIENT_INTERNAL_ROSTER_CHECK_H_
#define COMITY_CLIENT_INTERNAL_ROSTER_CHECK_H_

#include <string>
#include <vector>

#include "comity/v1/roster.pb.h"
#include "storage/base/types.h"

namespace comity {

// Warnings, a sentence each; none of them is an error. `before` is the version that it follows,
// or null. Quorum arithmetic is that of n participants of which f may be dishonest: two quorums
// share an honest one if q > (n + f) / 2, and q is reached without f of them if q <= n - f.
std::vector<std::string> CheckRosterSense(const v1::Roster& roster, const v1::Roster* before,
                                          Instant now);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_ROSTER_CHECK_H_
