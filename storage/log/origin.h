// The identity of one log: FEDERATION/AUTHORITY/LIST/EPOCH.
#ifndef COMITY_STORAGE_LOG_ORIGIN_H_
#define COMITY_STORAGE_LOG_ORIGIN_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comity {

// A list's name as people write it: AUTHORITY/LIST. Value type.
struct ListName {
  std::string authority;
  std::string list;
  auto operator<=>(const ListName&) const = default;

  // "us-bis/ccl". INVALID_ARGUMENT if either part breaks the rules of names:
  // authority [a-z]{2}-[a-z0-9-]{1,30}, list [a-z0-9][a-z0-9-]{0,62}.
  static absl::StatusOr<ListName> Parse(std::string_view text);
  std::string ToString() const;
};

// Value type, ordered as its text form's parts are.
struct Origin {
  std::string federation;
  ListName name;
  uint32_t epoch = 1;
  auto operator<=>(const Origin&) const = default;

  // "echri.example/us-bis/ccl/1". INVALID_ARGUMENT otherwise; at most 256 bytes.
  static absl::StatusOr<Origin> Parse(std::string_view text);
  std::string ToString() const;
};

// The participant that an authority belongs to: what stands before the dash.
std::string ParticipantOf(std::string_view authority);

// INVALID_ARGUMENT unless `key` is 1-256 printable ASCII bytes without space.
absl::Status CheckEntryKey(std::string_view key);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_ORIGIN_H_
