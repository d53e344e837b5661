#include "storage/log/origin.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"

namespace comity {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameChar(char c) { return IsLower(c) || IsDigit(c) || c == '-'; }

bool ValidAuthority(std::string_view s) {
  return s.size() >= 4 && s.size() <= 33 && IsLower(s[0]) && IsLower(s[1]) && s[2] == '-' &&
         std::all_of(s.begin() + 3, s.end(), IsNameChar);
}

bool ValidList(std::string_view s) {
  return !s.empty() && s.size() <= 63 && s[0] != '-' && std::all_of(s.begin(), s.end(), IsNameChar);
}

bool ValidFederation(std::string_view s) {
  return !s.empty() && s.size() <= 253 &&
         std::all_of(s.begin(), s.end(), [](char c) { return IsNameChar(c) || c == '.'; });
}

std::string Shown(std::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(Absl(text.substr(0, 80))), "\"");
}

}  // namespace

absl::StatusOr<ListName> ListName::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view authority = text.substr(0, slash);
    const std::string_view list = text.substr(slash + 1);
    if (ValidAuthority(authority) && ValidList(list)) {
      return ListName{std::string(authority), std::string(list)};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(Shown(text), " does not name a list: write AUTHORITY/LIST, such as us-bis/ccl"));
}

std::string ListName::ToString() const { return absl::StrCat(authority, "/", list); }

absl::StatusOr<Origin> Origin::Parse(std::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(Absl(text.substr(0, 512)), '/');
  uint32_t epoch = 0;
  if (text.size() <= 256 && parts.size() == 4 && ValidFederation(parts[0]) &&
      ValidAuthority(parts[1]) && ValidList(parts[2]) && !parts[3].empty() && parts[3][0] != '0' &&
      std::all_of(parts[3].begin(), parts[3].end(), IsDigit) &&
      absl::SimpleAtoi(parts[3], &epoch)) {
    return Origin{parts[0], ListName{parts[1], parts[2]}, epoch};
  }
  return absl::InvalidArgumentError(
      absl::StrCat(Shown(text), " is not an origin: FEDERATION/AUTHORITY/LIST/EPOCH"));
}

std::string Origin::ToString() const {
  return absl::StrCat(federation, "/", name.ToString(), "/", epoch);
}

std::string ParticipantOf(std::string_view authority) {
  return std::string(authority.substr(0, authority.find('-')));
}

absl::Status CheckEntryKey(std::string_view key) {
  const bool valid =
      !key.empty() && key.size() <= 256 &&
      std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (valid) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      Shown(key), " is not an entry key: 1-256 printable ASCII characters without space"));
}

}  // namespace comity
