#include "storage/match/uk_rating.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr size_t kPlDigits = 4;
constexpr int kLastMunitions = 22;

std::optional<ParsedCode> WithTail(std::string base, std::string_view tail) {
  const auto tokens = SplitAlternatingTail(tail);
  // A number next to the base would be read as part of it when the dots are gone.
  if (!tokens.has_value() || (!tokens->empty() && IsAsciiDigit((*tokens)[0][0]))) {
    return std::nullopt;
  }
  ParsedCode parsed;
  parsed.canonical = JoinCode(base, *tokens);
  parsed.base = std::move(base);
  return parsed;
}

}  // namespace

std::optional<ParsedCode> ParseUkPl(std::string_view squeezed, std::string_view) {
  if (!TakePrefix("pl", &squeezed)) return std::nullopt;
  const std::string digits(squeezed.substr(0, kPlDigits));
  if (digits.size() != kPlDigits || !std::all_of(digits.begin(), digits.end(), IsAsciiDigit)) {
    return std::nullopt;
  }
  std::optional<ParsedCode> parsed = WithTail("PL" + digits, squeezed.substr(kPlDigits));
  if (parsed.has_value()) parsed->space = "UK";
  return parsed;
}

std::optional<ParsedCode> ParseMilitary(std::string_view squeezed, std::string_view) {
  TakePrefix("wa", &squeezed);
  if (!TakePrefix("ml", &squeezed)) return std::nullopt;
  size_t at = 0;
  const std::optional<int> number = TakeNumber(squeezed, &at, 2);
  if (!number.has_value() || *number > kLastMunitions) return std::nullopt;
  std::optional<ParsedCode> parsed = WithTail("ML" + std::to_string(*number), squeezed.substr(at));
  if (parsed.has_value()) parsed->regimes = {{"WA", parsed->canonical, parsed->is_base()}};
  return parsed;
}

}  // namespace comity
