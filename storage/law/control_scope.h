// How the scope of a reason for control stands to the code that was asked for.
#ifndef COMITY_STORAGE_LAW_CONTROL_SCOPE_H_
#define COMITY_STORAGE_LAW_CONTROL_SCOPE_H_

#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"

namespace comity {

// The codes above a code in its numbering, the nearest first: of "5A001.f.1" these are
// "5A001.f" and "5A001". None for a base code, and for what is no code of a known numbering.
std::vector<std::string> CodesAbove(std::string_view code);

// By the scope's codes alone, which importers give only where they say all of it: "whole
// entry" (they name `entry_code`, the entry that states the control), "names it" (they name
// `code` or what is above it), "names part of it" (only what is below it), "does not name it";
// without codes "read its words". Codes are compared in their one spelling.
std::string CoversOf(const v1::Control& control, std::string_view code,
                     std::string_view entry_code);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_CONTROL_SCOPE_H_
