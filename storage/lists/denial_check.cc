#include "storage/lists/denial_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr size_t kMaxReferenceBytes = 128;
constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxAddressBytes = 4096;
constexpr size_t kMaxCountryBytes = 128;
constexpr int kMaxCodes = 100;

absl::Status BadDenial(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE, what);
}

absl::Status TooLong(std::string_view what, size_t bytes) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                   absl::StrCat(Absl(what), " is over ", bytes, " bytes"));
}

}  // namespace

bool IsPartialDate(std::string_view text) {
  // What is left out is taken as a January or a first.
  constexpr std::string_view kWhole = "0000-01-01";
  if (text.size() != 4 && text.size() != 7 && text.size() != kWhole.size()) return false;
  return ParseCivilDay(std::string(text) + std::string(kWhole.substr(text.size()))).ok();
}

bool IsParticipantCode(std::string_view text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

absl::Status CheckDenial(const v1::Denial& denial) {
  if (denial.reference().empty()) return BadDenial("a denial has a reference");
  if (denial.reference().size() > kMaxReferenceBytes) {
    return TooLong("the reference", kMaxReferenceBytes);
  }
  if (denial.regime_reference().size() > kMaxReferenceBytes) {
    return TooLong("the regime's reference", kMaxReferenceBytes);
  }
  if (denial.party_name().empty()) return BadDenial("a denial names the party that was refused");
  if (denial.party_name().size() > kMaxNameBytes) return TooLong("the party's name", kMaxNameBytes);
  if (denial.address().size() > kMaxAddressBytes) return TooLong("the address", kMaxAddressBytes);
  if (!IsParticipantCode(denial.notifying_government())) {
    return BadDenial(
        "a denial names the notifying government by two lower-case letters, such as \"no\"");
  }
  if (denial.destination_country().size() > kMaxCountryBytes) {
    return TooLong("the destination country", kMaxCountryBytes);
  }
  if (denial.control_codes_size() > kMaxCodes) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                     "a denial has at most 100 control codes");
  }
  for (const std::string& code : denial.control_codes()) {
    if (code.empty() || code.size() > kMaxCodeBytes)
      return BadDenial("a control code has 1-128 bytes");
  }
  if (denial.has_denied_on() && !IsPartialDate(denial.denied_on())) {
    return BadDenial("denied_on must be YYYY-MM-DD, YYYY-MM or YYYY");
  }
  return absl::OkStatus();
}

}  // namespace comity
