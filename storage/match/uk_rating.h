// The UK's own series and the military lists, written with or without dots.
#ifndef COMITY_STORAGE_MATCH_UK_RATING_H_
#define COMITY_STORAGE_MATCH_UK_RATING_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// "pl5001b" is PL5001.b: four digits, then letters and numbers in turn. Always the UK's.
std::optional<ParsedCode> ParseUkPl(std::string_view squeezed, std::string_view issuer);

// "ml10e1" is ML10.e.1 of ML1 to ML22: the munitions list of Wassenaar, whose numbers the
// EU's common military list, the UK, Norway and Australia keep.
std::optional<ParsedCode> ParseMilitary(std::string_view squeezed, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_UK_RATING_H_
