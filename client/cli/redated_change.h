// The change that gives another one new dates.
#ifndef COMITY_CLIENT_CLI_REDATED_CHANGE_H_
#define COMITY_CLIENT_CLI_REDATED_CHANGE_H_

#include <cstdint>

#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"

namespace comity::cli {

// A REDATE of what `change` in the revision at `index` says, in force from `day`. An end and a day
// of compliance that the change has stay as they are: a REDATE without them would take them away.
v1::Change RedatedChange(const v1::Change& change, uint32_t index, CivilDay day);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_REDATED_CHANGE_H_
