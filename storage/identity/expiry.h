// Until when certificates hold.
#ifndef COMITY_STORAGE_IDENTITY_EXPIRY_H_
#define COMITY_STORAGE_IDENTITY_EXPIRY_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

// The earliest end of the PEM certificates. INVALID_ARGUMENT if there is none, or one that
// cannot be read.
absl::StatusOr<Instant> FirstExpiry(std::string_view pem);

}  // namespace comity

#endif  // COMITY_STORAGE_IDENTITY_EXPIRY_H_
