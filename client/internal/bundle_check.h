// A bundle read by itself: what is in it, and whether the authorities signed it.
#ifndef COMITY_CLIENT_INTERNAL_BUNDLE_CHECK_H_
#define COMITY_CLIENT_INTERNAL_BUNDLE_CHECK_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "comity/v1/bundle_service.pb.h"
#include "storage/log/roster.h"

namespace comity {

// Reads the whole file through `read` (empty at its end) and verifies its form, each
// checkpoint and HELD statement by the roster, and the leaves where they begin at 0; a range
// that continues what the receiver holds is proven there. INVALID_ARGUMENT if it is no
// bundle, is cut short or altered, PERMISSION_DENIED if a signature in it is not good.
absl::StatusOr<v1::BundleSummary> CheckBundle(
    const Roster& roster, const std::function<absl::StatusOr<std::string>()>& read);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_BUNDLE_CHECK_H_
