// The shape that three regimes share: NUMBER, group A-E, NUMBER, then letters and numbers.
#ifndef COMITY_STORAGE_MATCH_REGIME_NUMBER_H_
#define COMITY_STORAGE_MATCH_REGIME_NUMBER_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

enum class Dots { kNeeded, kOptional };

// Reads "11a3b2" or "11.a.3.b.2" (squeezed) as PREFIX + "11.A.3.b.2", its first number in
// 1-`last`. A bare head ("11", "11.A") is no item and not read.
std::optional<ParsedCode> ParseRegimeNumber(std::string_view squeezed, std::string_view prefix,
                                            int last, Dots dots);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_REGIME_NUMBER_H_
