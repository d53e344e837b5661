#include "storage/match/wassenaar.h"

#include "storage/match/code_text.h"
#include "storage/match/regime_number.h"

namespace comity {

std::optional<ParsedCode> ParseWassenaar(std::string_view squeezed, std::string_view) {
  constexpr int kCategories = 9;
  TakePrefix("wa", &squeezed);
  std::optional<ParsedCode> parsed = ParseRegimeNumber(squeezed, "", kCategories, Dots::kNeeded);
  if (parsed.has_value()) parsed->regimes = {{"WA", parsed->canonical, true}};
  return parsed;
}

}  // namespace comity
