// References of the Nuclear Suppliers Group: dual-use list and trigger list.
#ifndef COMITY_STORAGE_MATCH_NSG_H_
#define COMITY_STORAGE_MATCH_NSG_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// INFCIRC/254 part 2, sections 1-6: "n1a3a1" as UK licensing writes it, "nsg:1.a.3.a.1".
std::optional<ParsedCode> ParseNsg(std::string_view squeezed, std::string_view issuer);

// INFCIRC/254 part 1: "t1.10" (annex B) and "ta1.1" (annex A), numbers and letters below a
// section 1-9. The dots between numbers are part of the reference, so they are needed.
std::optional<ParsedCode> ParseNsgTrigger(std::string_view squeezed, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_NSG_H_
