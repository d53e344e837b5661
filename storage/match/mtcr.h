// Item numbers of the Missile Technology Control Regime's annex.
#ifndef COMITY_STORAGE_MATCH_MTCR_H_
#define COMITY_STORAGE_MATCH_MTCR_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// Items 1-20: "m11a3b2" as UK licensing writes it, "mtcr:11.a.3.b.2", or "11.a.3" alone where
// the item is above 9, since Wassenaar has no such category.
std::optional<ParsedCode> ParseMtcr(std::string_view squeezed, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_MTCR_H_
