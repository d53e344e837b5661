#include "storage/match/control_code.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "storage/match/code_text.h"

namespace comity {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

std::optional<ControlCode> ParseControlCode(std::string_view text) {
  if (text.size() > kMaxCodeBytes) return std::nullopt;
  // Words keep their dots for now: "a.10" and "a.1.0" are different paragraphs.
  std::string squeezed;
  for (char c : text) {
    if (c == ' ' || c == '\t') continue;
    squeezed.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  if (squeezed.size() < kBaseBytes || !IsDigit(squeezed[0]) || squeezed[1] < 'a' ||
      squeezed[1] > 'e' || !IsDigit(squeezed[2]) || !IsDigit(squeezed[3]) ||
      !IsDigit(squeezed[4])) {
    return std::nullopt;
  }
  ControlCode code;
  code.base = squeezed.substr(0, kBaseBytes);
  code.base[1] = static_cast<char>(std::toupper(static_cast<unsigned char>(code.base[1])));
  code.origin_digit = squeezed[2] - '0';
  code.canonical = code.base;

  size_t i = kBaseBytes;
  bool want_letters = true;
  while (i < squeezed.size()) {
    if (squeezed[i] == '.') {
      // One dot between tokens, and perhaps one at the end.
      if (i + 1 < squeezed.size() && squeezed[i + 1] == '.') return std::nullopt;
      ++i;
      continue;
    }
    const size_t begin = i;
    const auto in_token = [&](char c) { return want_letters ? IsLower(c) : IsDigit(c); };
    while (i < squeezed.size() && in_token(squeezed[i])) ++i;
    // Letters and numbers take turns; anything else is not of this numbering.
    if (i == begin) return std::nullopt;
    code.canonical += "." + squeezed.substr(begin, i - begin);
    want_letters = !want_letters;
  }
  return code;
}

}  // namespace comity
