// Numbers of the Wassenaar Arrangement's dual-use list.
#ifndef COMITY_STORAGE_MATCH_WASSENAAR_H_
#define COMITY_STORAGE_MATCH_WASSENAAR_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// "5.a.1.b.3" (squeezed), perhaps after "wa" or "wa:": category 1-9, group A-E, a number
// without leading zero, then letters and numbers in turn. The dots up to the number are
// needed: without them it would be another numbering's.
std::optional<ParsedCode> ParseWassenaar(std::string_view squeezed, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_WASSENAAR_H_
