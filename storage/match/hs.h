// Codes of the Harmonized System and the tariffs built on it.
#ifndef COMITY_STORAGE_MATCH_HS_H_
#define COMITY_STORAGE_MATCH_HS_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// 2, 4, 6, 8, 9 or 10 digits in pairs, perhaps parted by dots or spaces ("8517.62",
// "85 17 62 00", "8517620000"), perhaps after "hs": canonical "8517.62.00.00". Up to six
// digits the numbering is the world's; what follows is a country's own, so `space` is then
// that of `issuer`, or "?" without one. Chapters 01-97 without 77, which is reserved.
std::optional<ParsedCode> ParseHs(std::string_view folded, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_HS_H_
