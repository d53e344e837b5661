// What is odd about a text that should be a code. Reported, never mended: the code that was
// likely meant is for people to judge, and no link follows from it.
#ifndef COMITY_STORAGE_MATCH_CODE_REMARK_H_
#define COMITY_STORAGE_MATCH_CODE_REMARK_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace comity {

enum class Misprint {
  kLetterForDigit,     // "5AO01": a letter O, I or l where a digit belongs
  kOtherScript,        // a Cyrillic or Greek letter that looks like a Latin one
  kSpreadsheetNumber,  // "4.0", "9.00E+03": a spreadsheet took the code for a number
  kReason,             // "CC1": a reason for control, not a code
  kHeading,            // "9C": a category or group, not an entry
  kTransposedDigits,   // "9E300" where only 9E003 is there
};

struct CodeRemark {
  Misprint misprint;
  // The code that may be meant; empty if none can be told.
  std::string meant;
  // A sentence for people that names the text.
  std::string text;
};

// For any text; unset if it is a code, or nothing that is known to go wrong.
std::optional<CodeRemark> RemarkOnCode(std::string_view text);

// For a code that can be read, but whose base entry is not among those that `has_base` knows:
// whether the same digits in another order would be. Unset if not, if the code is no code of
// the shared numbering, or several would be.
std::optional<CodeRemark> RemarkOnBase(std::string_view code,
                                       const std::function<bool(const std::string&)>& has_base);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_CODE_REMARK_H_
