#include "storage/match/mtcr.h"

#include "storage/match/code_text.h"
#include "storage/match/regime_number.h"

namespace comity {

std::optional<ParsedCode> ParseMtcr(std::string_view squeezed, std::string_view) {
  constexpr int kItems = 20;
  const bool named = TakePrefix("mtcr", &squeezed) || TakePrefix("m", &squeezed);
  // Below 10 and without a name the number is as good as Wassenaar's.
  if (!named && (squeezed.size() < 2 || !IsAsciiDigit(squeezed[1]))) return std::nullopt;
  std::optional<ParsedCode> parsed =
      ParseRegimeNumber(squeezed, "M", kItems, named ? Dots::kOptional : Dots::kNeeded);
  if (parsed.has_value()) parsed->regimes = {{"MTCR", parsed->canonical.substr(1), true}};
  return parsed;
}

}  // namespace comity
