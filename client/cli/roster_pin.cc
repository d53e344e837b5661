#include "client/cli/roster_pin.h"

#include "absl/strings/str_cat.h"

namespace comity::cli {

absl::StatusOr<Digest> RosterPin(const Globals& globals, const std::string& given) {
  std::string hex = given;
  if (hex.empty()) {
    const absl::StatusOr<Context> context = globals.OpenContext(AnyRole());
    if (!context.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("which roster do you trust? Give --roster-digest HEX, or a context that "
                       "pins one: ",
                       context.status().message()));
    }
    hex = context->message.roster().digest();
  }
  const absl::StatusOr<std::string> bytes = FromHex(hex);
  if (!bytes.ok() || bytes->size() != Digest().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", hex, "\" is not a roster's digest, which has 64 hex digits"));
  }
  return DigestFromBytes(*bytes);
}

}  // namespace comity::cli
