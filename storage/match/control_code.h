// Control codes of the numbering that the EU, UK, Norway, the US and others share:
// category, group, three digits, then letters and numbers in turn ("5A001.f.1").
#ifndef COMITY_STORAGE_MATCH_CONTROL_CODE_H_
#define COMITY_STORAGE_MATCH_CONTROL_CODE_H_

#include <optional>
#include <string>
#include <string_view>

namespace comity {

// Value type.
struct ControlCode {
  // "5A001.f.1": upper-case head, lower-case tail, one dot between tokens.
  std::string canonical;
  // "5A001".
  std::string base;
  // The first of the three digits: where the control comes from (0 Wassenaar, 1
  // MTCR, 2 NSG, 3 Australia Group, 4 CWC; 5, 6 and 9 are national).
  int origin_digit = 0;
};

// Reads any spelling: spaces, missing or trailing dots, either case. Unset if the
// text is no such code: it is legal in a list all the same, only unlinked.
std::optional<ControlCode> ParseControlCode(std::string_view text);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_CONTROL_CODE_H_
