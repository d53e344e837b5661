// Items of Japan's appended tables and articles of the ordinance with their parameters.
#ifndef COMITY_STORAGE_MATCH_JAPAN_H_
#define COMITY_STORAGE_MATCH_JAPAN_H_

#include <optional>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

// `squeezed` by SqueezeCode, which makes full-width digits and brackets ASCII; numerals may
// be Chinese ones.
//
// An item, 1-16, of the Export Trade Control Order (goods): "8の項", "9の項(1)", "9項(1)",
// "13の二", "別表第一の8の項", and after the number in brackets kana. Canonical "9の項(1)",
// "3の2の項"; of the Foreign Exchange Order (technology, "外為令") with that word in front.
// A bare "9" is one only if `issuer` is Japan, "9(1)" always: nobody else writes brackets.
//
// An article of the ordinance (貨物等省令): "第8条第9号イ", "省令14条の2第1項". Canonical
// "省令第8条第9号イ". Which article goes with which item is not told by arithmetic.
std::optional<ParsedCode> ParseJapan(std::string_view squeezed, std::string_view issuer);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_JAPAN_H_
