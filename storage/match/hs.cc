#include "storage/match/hs.h"

#include <string>

#include "storage/match/code_text.h"
#include "storage/match/dual_use.h"

namespace comity {
namespace {

constexpr size_t kWorldDigits = 6;
constexpr int kLastChapter = 97;
constexpr int kReservedChapter = 77;

}  // namespace

std::optional<ParsedCode> ParseHs(std::string_view folded, std::string_view issuer) {
  while (!folded.empty() && folded.front() == ' ') folded.remove_prefix(1);
  while (!folded.empty() && folded.back() == ' ') folded.remove_suffix(1);
  if (TakePrefix("HS", &folded) || TakePrefix("hs", &folded)) {
    while (!folded.empty() && folded.front() == ' ') folded.remove_prefix(1);
  }
  std::string digits;
  for (size_t i = 0; i < folded.size(); ++i) {
    const char c = folded[i];
    if (IsAsciiDigit(c)) {
      digits.push_back(c);
      continue;
    }
    // Only between pairs: "4.0" is what a spreadsheet made of a number, not chapter 40.
    const bool between = i > 0 && i + 1 < folded.size() && IsAsciiDigit(folded[i - 1]) &&
                         IsAsciiDigit(folded[i + 1]) && digits.size() % 2 == 0;
    if ((c != '.' && c != ' ') || !between) return std::nullopt;
  }
  const size_t size = digits.size();
  if (size != 2 && size != 4 && size != 6 && size != 8 && size != 9 && size != 10) {
    return std::nullopt;
  }
  const int chapter = (digits[0] - '0') * 10 + (digits[1] - '0');
  if (chapter == 0 || chapter > kLastChapter || chapter == kReservedChapter) return std::nullopt;
  ParsedCode parsed;
  parsed.canonical = digits.substr(0, 4);
  for (size_t at = 4; at < size; at += 2) parsed.canonical += "." + digits.substr(at, 2);
  parsed.base = digits.substr(0, 4);
  if (size > kWorldDigits) parsed.space = issuer.empty() ? "?" : SpaceOf(issuer);
  return parsed;
}

}  // namespace comity
