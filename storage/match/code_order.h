// Codes in the order in which a list has them.
#ifndef COMITY_STORAGE_MATCH_CODE_ORDER_H_
#define COMITY_STORAGE_MATCH_CODE_ORDER_H_

#include <compare>
#include <string_view>

namespace comity {

// Byte by byte, but runs of digits by their number: "5A001.a.2" before "5A001.a.10". Equal only
// for equal texts: of one number the shorter run stands first.
std::strong_ordering CompareCodes(std::string_view left, std::string_view right);

// For sorted containers.
struct CodeLess {
  bool operator()(std::string_view left, std::string_view right) const {
    return CompareCodes(left, right) < 0;
  }
  using is_transparent = void;
};

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_CODE_ORDER_H_
