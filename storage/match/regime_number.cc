#include "storage/match/regime_number.h"

#include <string>

#include "storage/match/code_text.h"

namespace comity {

std::optional<ParsedCode> ParseRegimeNumber(std::string_view squeezed, std::string_view prefix,
                                            int last, Dots dots) {
  size_t at = 0;
  const std::optional<int> item = TakeNumber(squeezed, &at, 2);
  if (!item.has_value() || *item > last) return std::nullopt;
  const auto take_dot = [&] {
    const bool dot = at < squeezed.size() && squeezed[at] == '.';
    if (dot) ++at;
    return dot || dots == Dots::kOptional;
  };
  if (!take_dot() || at >= squeezed.size() || squeezed[at] < 'a' || squeezed[at] > 'e') {
    return std::nullopt;
  }
  const char group = static_cast<char>(squeezed[at++] - 'a' + 'A');
  if (!take_dot()) return std::nullopt;
  const std::optional<int> number = TakeNumber(squeezed, &at, 3);
  if (!number.has_value()) return std::nullopt;
  const auto tail = SplitAlternatingTail(squeezed.substr(at));
  if (!tail.has_value() || (!tail->empty() && IsAsciiDigit((*tail)[0][0]))) return std::nullopt;
  ParsedCode parsed;
  parsed.base =
      std::string(prefix) + std::to_string(*item) + "." + group + "." + std::to_string(*number);
  parsed.canonical = JoinCode(parsed.base, *tail);
  return parsed;
}

}  // namespace comity
