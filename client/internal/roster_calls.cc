// Connection: rosters.
#include "client/internal/connection.h"
#include "storage/base/errors.h"
#include "storage/log/roster.h"

namespace comity {
absl::StatusOr<std::vector<std::string>> Connection::ListRosters(uint64_t after_version) {
  std::vector<std::string> rosters;
  v1::ListRostersRequest request;
  request.set_after_version(after_version);
  for (;;) {
    COMITY_ASSIGN_OR_RETURN(v1::ListRostersResponse response,
                            Call(status(), &v1::StatusService::Stub::ListRosters, request));
    for (std::string& one : *response.mutable_rosters()) rosters.push_back(std::move(one));
    if (!response.more()) return rosters;
    if (response.rosters().empty() || rosters.size() > kMaxRosterSteps) {
      return absl::InternalError(address_ + " sends rosters without end");
    }
    request.set_after_version(request.after_version() + response.rosters_size());
  }
}

}  // namespace comity
