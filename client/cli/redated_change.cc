#include "client/cli/redated_change.h"

namespace comity::cli {

v1::Change RedatedChange(const v1::Change& change, uint32_t index, CivilDay day) {
  v1::Change redate;
  redate.set_key(change.key());
  redate.set_operation(v1::OPERATION_REDATE);
  redate.set_effective_from(day.days);
  if (change.has_effective_to()) redate.set_effective_to(change.effective_to());
  if (change.has_compliance_from()) redate.set_compliance_from(change.compliance_from());
  redate.set_target_index(index);
  return redate;
}

}  // namespace comity::cli
