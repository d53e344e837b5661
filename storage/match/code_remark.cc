#include "storage/match/code_remark.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "storage/match/code_text.h"
#include "storage/match/control_code.h"
#include "storage/match/parsed_code.h"

namespace comity {
namespace {

std::string Quoted(std::string_view text) {
  constexpr size_t kShown = 64;
  return "\"" + std::string(text.substr(0, kShown)) + "\"";
}

CodeRemark Remark(Misprint misprint, std::string_view text, std::string_view is,
                  std::string meant = "") {
  std::string sentence = Quoted(text) + " " + std::string(is);
  if (!meant.empty()) sentence += "; perhaps " + meant + " is meant";
  return {misprint, std::move(meant), std::move(sentence)};
}

std::string CanonicalOf(const std::string& text) {
  const std::optional<ParsedCode> code = ParseCode(text);
  return code.has_value() ? code->canonical : "";
}

// "5AO01" -> "5A001", in the places of the head where digits stand. Squeezed text is lower case.
std::string WithDigits(std::string squeezed) {
  constexpr std::array<size_t, 4> kDigitPlaces = {0, 2, 3, 4};
  for (const size_t i : kDigitPlaces) {
    if (i >= squeezed.size()) continue;
    if (squeezed[i] == 'o') squeezed[i] = '0';
    if (squeezed[i] == 'l' || squeezed[i] == 'i') squeezed[i] = '1';
  }
  return squeezed;
}

// Capitals and small letters that look like Latin ones and occur in codes.
std::string WithLatinLetters(std::string text) {
  constexpr std::array<std::pair<std::string_view, char>, 12> kTwins = {{
      {"А", 'A'},
      {"В", 'B'},
      {"С", 'C'},
      {"Е", 'E'},
      {"а", 'a'},
      {"с", 'c'},
      {"е", 'e'},
      {"О", 'O'},
      {"о", 'o'},
      {"Α", 'A'},
      {"Β", 'B'},
      {"Ε", 'E'},
  }};
  for (const auto& [twin, latin] : kTwins) {
    for (size_t at = text.find(twin); at != std::string::npos; at = text.find(twin, at)) {
      text.replace(at, twin.size(), 1, latin);
    }
  }
  return text;
}

// "4.0", "12.00".
bool IsWholeFloat(std::string_view text) {
  const size_t dot = text.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
         std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(dot), IsAsciiDigit) &&
         text.find_first_not_of('0', dot + 1) == std::string_view::npos;
}

// "9.00e+03" was 9E003. Empty if it is no such number. Squeezed text is lower case.
std::string FromExponent(std::string_view text) {
  const size_t e = text.find("e+");
  if (e == std::string_view::npos || e == 0 || !IsAsciiDigit(text[0])) return "";
  const std::string_view mantissa = text.substr(1, e - 1);
  if (mantissa.find_first_not_of(".0") != std::string_view::npos) return "";
  std::string exponent(text.substr(e + 2));
  if (exponent.empty() || exponent.size() > 3 ||
      !std::all_of(exponent.begin(), exponent.end(), IsAsciiDigit)) {
    return "";
  }
  exponent.insert(0, 3 - exponent.size(), '0');
  return std::string{text[0], 'E'} + exponent;
}

// "cc1", "ns2", "at.": reasons for control of the US list, with or without a column.
bool IsReason(std::string_view squeezed) {
  constexpr std::array<std::string_view, 15> kReasons = {
      "at", "cb", "cc", "cw", "ei", "fc", "mt", "np", "ns", "rs", "si", "sl", "ss", "un", "nsmt"};
  while (!squeezed.empty() && (IsAsciiDigit(squeezed.back()) || squeezed.back() == '.')) {
    squeezed.remove_suffix(1);
  }
  return std::find(kReasons.begin(), kReasons.end(), squeezed) != kReasons.end();
}

bool IsHeading(std::string_view squeezed) {
  if (!squeezed.empty() && squeezed.back() == '.') squeezed.remove_suffix(1);
  if (squeezed.empty() || !IsAsciiDigit(squeezed[0])) return false;
  return squeezed.size() == 1 || (squeezed.size() == 2 && squeezed[1] >= 'a' && squeezed[1] <= 'e');
}

}  // namespace

std::optional<CodeRemark> RemarkOnCode(std::string_view text) {
  if (text.size() > kMaxCodeBytes || ParseCode(text).has_value()) return std::nullopt;
  const std::string squeezed = SqueezeCode(text);
  if (IsWholeFloat(squeezed)) {
    return Remark(Misprint::kSpreadsheetNumber, text,
                  "is what a spreadsheet makes of a number, not a code");
  }
  if (const std::string meant = FromExponent(squeezed); !meant.empty()) {
    return Remark(Misprint::kSpreadsheetNumber, text,
                  "is what a spreadsheet makes of a code that looks like a number", meant);
  }
  if (IsReason(squeezed)) {
    return Remark(Misprint::kReason, text, "is a reason for control, not a code");
  }
  if (IsHeading(squeezed)) {
    return Remark(Misprint::kHeading, text, "is a category or a group of it, not an entry");
  }
  if (const std::string meant = CanonicalOf(WithDigits(squeezed)); !meant.empty()) {
    return Remark(Misprint::kLetterForDigit, text, "has a letter where a digit belongs", meant);
  }
  if (const std::string latin = WithLatinLetters(std::string(text)); latin != text) {
    if (const std::string meant = CanonicalOf(latin); !meant.empty()) {
      return Remark(Misprint::kOtherScript, text,
                    "has a letter of another script that looks like a Latin one", meant);
    }
  }
  return std::nullopt;
}

std::optional<CodeRemark> RemarkOnBase(std::string_view code,
                                       const std::function<bool(const std::string&)>& has_base) {
  const std::optional<ControlCode> parsed = ParseControlCode(code);
  if (!parsed.has_value() || has_base(parsed->base)) return std::nullopt;
  std::string digits = parsed->base.substr(2);
  std::sort(digits.begin(), digits.end());
  std::set<std::string> there;
  do {
    const std::string other = parsed->base.substr(0, kBaseBytes - 3) + digits;
    if (other != parsed->base && has_base(other)) there.insert(other);
  } while (std::next_permutation(digits.begin(), digits.end()));
  if (there.size() != 1) return std::nullopt;
  return Remark(Misprint::kTransposedDigits, parsed->canonical,
                "has a base entry that no other list has",
                *there.begin() + parsed->canonical.substr(parsed->base.size()));
}

}  // namespace comity
