#include "client/import/date_format.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr std::array<const char*, 12> kMonths = {"january",   "february", "march",    "april",
                                                 "may",       "june",     "july",     "august",
                                                 "september", "october",  "november", "december"};
// By how common they are; ISO first.
constexpr std::array<const char*, 10> kUsual = {
    "yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy",  "dd.mm.yyyy",   "dd-mm-yyyy",
    "yyyy/mm/dd", "yyyymmdd",   "dd mmm yyyy", "mmm dd, yyyy", "dd-mmm-yyyy"};

struct DateParts {
  int year = -1, month = -1, day = -1;
};

// Reads at most `most` digits; all of them are needed where nothing parts the numbers.
bool Digits(std::string_view* text, size_t least, size_t most, int* out) {
  size_t length = 0;
  int value = 0;
  while (length < most && length < text->size() &&
         absl::ascii_isdigit(static_cast<unsigned char>((*text)[length]))) {
    value = value * 10 + ((*text)[length++] - '0');
  }
  if (length < least) return false;
  text->remove_prefix(length);
  *out = value;
  return true;
}

bool MonthName(std::string_view* text, int* out) {
  size_t length = 0;
  while (length < text->size() &&
         absl::ascii_isalpha(static_cast<unsigned char>((*text)[length]))) {
    ++length;
  }
  if (length < 3) return false;
  const std::string word = absl::AsciiStrToLower(Absl(text->substr(0, length)));
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (absl::StartsWith(kMonths[i], word)) {
      text->remove_prefix(length);
      if (!text->empty() && text->front() == '.') text->remove_prefix(1);
      *out = static_cast<int>(i) + 1;
      return true;
    }
  }
  return false;
}

bool Take(std::string_view* format, std::string_view token) {
  if (!absl::StartsWith(Absl(*format), Absl(token))) return false;
  format->remove_prefix(token.size());
  return true;
}

bool Read(std::string_view text, std::string_view format, DateParts* parts) {
  // Without anything between them, the numbers have all their digits.
  const size_t least = format == "yyyymmdd" ? 2 : 1;
  while (!format.empty()) {
    if (Take(&format, "yyyy")) {
      if (parts->year >= 0 || !Digits(&text, 4, 4, &parts->year)) return false;
    } else if (Take(&format, "mmm")) {
      if (parts->month >= 0 || !MonthName(&text, &parts->month)) return false;
    } else if (Take(&format, "mm")) {
      if (parts->month >= 0 || !Digits(&text, least, 2, &parts->month)) return false;
    } else if (Take(&format, "dd")) {
      if (parts->day >= 0 || !Digits(&text, least, 2, &parts->day)) return false;
    } else {
      if (text.empty() || text.front() != format.front()) return false;
      text.remove_prefix(1);
      format.remove_prefix(1);
    }
  }
  return text.empty();
}

}  // namespace

bool IsDateFormat(std::string_view format) {
  int years = 0, months = 0, days = 0;
  while (!format.empty()) {
    if (Take(&format, "yyyy")) {
      ++years;
    } else if (Take(&format, "mmm") || Take(&format, "mm")) {
      ++months;
    } else if (Take(&format, "dd")) {
      ++days;
    } else {
      format.remove_prefix(1);
    }
  }
  return years == 1 && months == 1 && days == 1;
}

std::optional<std::string> ReadDate(std::string_view text, std::string_view format) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(Absl(text));
  DateParts parts;
  if (!Read(Std(stripped), format, &parts)) return std::nullopt;
  if (parts.year <= 0 || parts.month < 0 || parts.day < 0) return std::nullopt;
  // "00/00/1980": only the year is known.
  if (parts.day == 0 && parts.month == 0) return absl::StrFormat("%04d", parts.year);
  if (parts.day == 0 && parts.month <= 12) {
    return absl::StrFormat("%04d-%02d", parts.year, parts.month);
  }
  const std::string iso = absl::StrFormat("%04d-%02d-%02d", parts.year, parts.month, parts.day);
  if (!ParseCivilDay(iso).ok()) return std::nullopt;
  return iso;
}

std::string GuessDateFormat(const std::vector<std::string>& texts, std::string* also) {
  std::string found;
  for (const char* format : kUsual) {
    const bool fits = !texts.empty() && std::all_of(texts.begin(), texts.end(), [&](const auto& t) {
      return ReadDate(t, format).has_value();
    });
    if (!fits) continue;
    if (found.empty()) {
      found = format;
    } else if (also->empty() && std::any_of(texts.begin(), texts.end(), [&](const auto& t) {
                 return ReadDate(t, found) != ReadDate(t, format);
               })) {
      *also = format;
    }
  }
  return found;
}

}  // namespace comity
