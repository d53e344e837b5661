#include "daemon/sync/wire_version.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace comity::sync {

absl::StatusOr<uint32_t> NegotiateWireVersion(WireVersions ours, WireVersions theirs) {
  if (theirs.oldest == 0 || theirs.oldest > theirs.newest) {
    return absl::InvalidArgumentError(
        absl::StrCat("wire versions ", theirs.oldest, " to ", theirs.newest, " are no range"));
  }
  if (theirs.newest >= ours.oldest && theirs.oldest <= ours.newest) {
    return std::min(ours.newest, theirs.newest);
  }
  const bool they_are_old = theirs.newest < ours.oldest;
  return absl::FailedPreconditionError(absl::StrCat(
      "this daemon speaks wire versions ", ours.oldest, " to ", ours.newest, ", the other ",
      theirs.oldest, " to ", theirs.newest, ": upgrade ", they_are_old ? "the other" : "this one"));
}

}  // namespace comity::sync
