// What a denial must be before it may stand in a list.
#ifndef COMITY_STORAGE_LISTS_DENIAL_CHECK_H_
#define COMITY_STORAGE_LISTS_DENIAL_CHECK_H_

#include <string_view>

#include "absl/status/status.h"
#include "comity/v1/entry.pb.h"

namespace comity {

// Against the bounds of entry.proto. INVALID_ARGUMENT says what is wrong.
absl::Status CheckDenial(const v1::Denial& denial);

// "2021", "2021-04" or "2021-04-30".
bool IsPartialDate(std::string_view text);

// Two lower-case letters, as participants are named.
bool IsParticipantCode(std::string_view text);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DENIAL_CHECK_H_
