#include "storage/base/types.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace comity {
namespace {

constexpr absl::CivilDay kEpochDay(1970, 1, 1);

bool AllDigits(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int ToInt(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::string ToHex(std::string_view bytes) { return absl::BytesToHexString(Absl(bytes)); }

std::string ToHex(const Digest& digest) { return ToHex(ToBytes(digest)); }

std::string ToBytes(const Digest& digest) { return std::string(digest.begin(), digest.end()); }

absl::StatusOr<Digest> DigestFromBytes(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a hash has 32 bytes, this one has ", bytes.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

absl::StatusOr<std::string> FromHex(std::string_view hex) {
  const bool valid = hex.size() % 2 == 0 && std::all_of(hex.begin(), hex.end(), [](char c) {
                       return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                     });
  if (!valid) {
    return absl::InvalidArgumentError(absl::StrCat("\"", Absl(hex), "\" is not hexadecimal"));
  }
  return absl::HexStringToBytes(Absl(hex));
}

absl::StatusOr<CivilDay> ParseCivilDay(std::string_view text) {
  const auto error = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(Absl(text.substr(0, 64))),
                     "\" is not a date: write YYYY-MM-DD, such as 2020-10-06"));
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !AllDigits(text.substr(0, 4)) ||
      !AllDigits(text.substr(5, 2)) || !AllDigits(text.substr(8, 2))) {
    return error();
  }
  const int year = ToInt(text.substr(0, 4));
  const int month = ToInt(text.substr(5, 2));
  const int day = ToInt(text.substr(8, 2));
  const absl::CivilDay civil(year, month, day);
  if (year < 1 || civil.month() != month || civil.day() != day) return error();
  return CivilDay{static_cast<int32_t>(civil - kEpochDay)};
}

std::string FormatCivilDay(CivilDay day) {
  const absl::CivilDay civil = kEpochDay + day.days;
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

absl::StatusOr<Instant> ParseInstant(std::string_view text) {
  if (text.size() == 10) {
    absl::StatusOr<CivilDay> day = ParseCivilDay(text);
    if (!day.ok()) return day.status();
    return Instant{int64_t{day->days} * 86'400'000'000};
  }
  absl::Time time;
  std::string error;
  if (text.size() < 20 || text.size() > 40 ||
      !absl::ParseTime(absl::RFC3339_full, Absl(text), &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(Absl(text.substr(0, 64))),
                     "\" is not an instant: write RFC 3339, such as 2020-10-06T00:00:00Z"));
  }
  return Instant{absl::ToUnixMicros(time)};
}

std::string FormatInstant(Instant instant) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", absl::FromUnixMicros(instant.micros),
                          absl::UTCTimeZone());
}

absl::StatusOr<CivilDay> DayInZone(Instant instant, std::string_view zone) {
  absl::TimeZone tz;
  if (!absl::LoadTimeZone(std::string(zone), &tz)) {
    return absl::InvalidArgumentError(
        absl::StrCat("time zone \"", absl::CHexEscape(Absl(zone.substr(0, 64))),
                     "\" is not known: give an IANA name, such as Europe/Oslo"));
  }
  const absl::CivilDay civil = absl::ToCivilDay(absl::FromUnixMicros(instant.micros), tz);
  return CivilDay{static_cast<int32_t>(civil - kEpochDay)};
}

}  // namespace comity
