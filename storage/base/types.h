// The small value types that everything else is written in.
#ifndef COMITY_STORAGE_BASE_TYPES_H_
#define COMITY_STORAGE_BASE_TYPES_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace comity {

// A SHA-256 hash.
using Digest = std::array<uint8_t, 32>;

// Lower-case hex of any bytes, and of a digest.
std::string ToHex(std::string_view bytes);
std::string ToHex(const Digest& digest);

// The digest as 32 raw bytes.
std::string ToBytes(const Digest& digest);

// INVALID_ARGUMENT unless `bytes` holds exactly 32 bytes.
absl::StatusOr<Digest> DigestFromBytes(std::string_view bytes);

// INVALID_ARGUMENT unless `hex` holds an even number of hex digits.
absl::StatusOr<std::string> FromHex(std::string_view hex);

// Debian's absl::string_view is a type of its own; these two cross the border.
inline absl::string_view Absl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view Std(absl::string_view s) { return {s.data(), s.size()}; }

// The place of a leaf in a log, from 0.
struct LeafIndex {
  uint64_t value = 0;
  auto operator<=>(const LeafIndex&) const = default;
};

// How many leaves a log has. Reading at size n reads the leaves [0, n).
struct TreeSize {
  uint64_t value = 0;
  auto operator<=>(const TreeSize&) const = default;
};

// A legal date: a civil day counted from 1970-01-01, without a time zone.
struct CivilDay {
  int32_t days = 0;
  auto operator<=>(const CivilDay&) const = default;
};

// A point in time: microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  int64_t micros = 0;
  auto operator<=>(const Instant&) const = default;
};

// "YYYY-MM-DD" (years 0001-9999), INVALID_ARGUMENT for anything else.
absl::StatusOr<CivilDay> ParseCivilDay(std::string_view text);
std::string FormatCivilDay(CivilDay day);

// RFC 3339 with an offset; a bare "YYYY-MM-DD" is its first instant UTC.
absl::StatusOr<Instant> ParseInstant(std::string_view text);
// RFC 3339 in UTC, without a fraction where it is zero.
std::string FormatInstant(Instant instant);

// The civil day that `instant` falls on in an IANA time zone. INVALID_ARGUMENT if
// the zone is not known to this machine.
absl::StatusOr<CivilDay> DayInZone(Instant instant, std::string_view zone);

}  // namespace comity

#endif  // COMITY_STORAGE_BASE_TYPES_H_
