#include "storage/match/nsg.h"

#include <string>
#include <vector>

#include "storage/match/code_text.h"
#include "storage/match/regime_number.h"

namespace comity {

std::optional<ParsedCode> ParseNsg(std::string_view squeezed, std::string_view) {
  constexpr int kSections = 6;
  if (!TakePrefix("nsg", &squeezed) && !TakePrefix("n", &squeezed)) return std::nullopt;
  std::optional<ParsedCode> parsed = ParseRegimeNumber(squeezed, "N", kSections, Dots::kOptional);
  if (parsed.has_value()) parsed->regimes = {{"NSG", parsed->canonical.substr(1), true}};
  return parsed;
}

std::optional<ParsedCode> ParseNsgTrigger(std::string_view squeezed, std::string_view) {
  TakePrefix("nsg", &squeezed);
  if (!TakePrefix("t", &squeezed)) return std::nullopt;
  const bool annex = TakePrefix("a", &squeezed);
  size_t at = 0;
  const std::optional<int> section = TakeNumber(squeezed, &at, 1);
  if (!section.has_value()) return std::nullopt;
  const auto tail = SplitTail(squeezed.substr(at));
  if (!tail.has_value()) return std::nullopt;
  ParsedCode parsed;
  parsed.base = (annex ? "TA" : "T") + std::to_string(*section);
  parsed.canonical = JoinCode(parsed.base, *tail);
  parsed.regimes = {{"NSG", parsed.canonical, true}};
  return parsed;
}

}  // namespace comity
