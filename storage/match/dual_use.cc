#include "storage/match/dual_use.h"

#include <string>

#include "storage/match/code_text.h"

namespace comity {
namespace {

std::vector<RegimeRef> RegimesOf(const ControlCode& code) {
  const bool is_base = code.canonical == code.base;
  switch (code.origin_digit) {
    case 0: {
      // Category 0 of the EU-family lists is the trigger list, numbered in its own way.
      if (code.base[0] == '0') return {{"NSG", code.canonical, false}};
      std::string sequence = code.base.substr(3);
      if (sequence[0] == '0') sequence.erase(0, 1);
      return {{"WA",
               std::string{code.base[0], '.', code.base[1], '.'} + sequence +
                   code.canonical.substr(code.base.size()),
               is_base}};
    }
    case 1:
      return {{"MTCR", code.canonical, is_base}};
    case 2:
      return {{"NSG", code.canonical, is_base}};
    case 3:
      return {{"AG", code.canonical, false}};
    case 4:
      return {{"CWC", code.canonical, false}};
    default:
      return {};
  }
}

}  // namespace

std::string SpaceOf(std::string_view issuer) {
  if (issuer.empty()) return "US";
  // An authority ("us-bis") numbers as its participant does.
  const std::string_view participant = issuer.substr(0, issuer.find('-'));
  if (participant == "gb") return "UK";
  std::string space;
  for (const char c : participant) {
    space.push_back(IsAsciiLower(c) ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return space;
}

bool IsNationalSeries(const ControlCode& code) {
  if (code.origin_digit >= 5) return true;
  const std::string_view digits = std::string_view(code.base).substr(2);
  if (digits == "018" || digits.substr(0, 2) == "09") return true;
  const std::string_view tail = std::string_view(code.canonical).substr(code.base.size());
  const std::string_view first = tail.substr(0, tail.find('.', 1));
  return first == ".x" || first == ".y" || first == ".z";
}

std::optional<ParsedCode> ParseDualUse(std::string_view squeezed, std::string_view issuer) {
  ParsedCode parsed;
  TakePrefix("eccn", &squeezed);
  if (squeezed == "ear99") {
    parsed.space = "US";
    parsed.canonical = parsed.base = "EAR99";
    return parsed;
  }
  std::optional<ControlCode> code = ParseControlCode(squeezed);
  if (!code.has_value()) return std::nullopt;
  parsed.origin_digit = code->origin_digit;
  if (IsNationalSeries(*code)) {
    parsed.space = SpaceOf(issuer);
  } else {
    parsed.regimes = RegimesOf(*code);
  }
  parsed.canonical = std::move(code->canonical);
  parsed.base = std::move(code->base);
  return parsed;
}

std::string SharedCodeOf(const ParsedCode& wassenaar) {
  // "5.A.1" -> "5A001"; from 100 up no shared number is left.
  std::string sequence = wassenaar.base.substr(4);
  if (sequence.size() < 2) sequence.insert(0, "0");
  return std::string{wassenaar.base[0], wassenaar.base[2], '0'} + sequence +
         wassenaar.canonical.substr(wassenaar.base.size());
}

}  // namespace comity
