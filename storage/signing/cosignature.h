// Cosignatures on checkpoints (C2SP tlog-cosignature, cosignature/v1): someone other than
// the log says, with a time, that he saw it.
#ifndef COMITY_STORAGE_SIGNING_COSIGNATURE_H_
#define COMITY_STORAGE_SIGNING_COSIGNATURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/signing/ed25519.h"

namespace comity {

// A note with one more signature line, by `key` under `key_name` at `at` (whole seconds
// count). INVALID_ARGUMENT if `note` is no note.
absl::StatusOr<std::string> Cosign(std::string_view note, std::string_view key_name,
                                   const PrivateKey& key, Instant at);

// When the key cosigned. INVALID_ARGUMENT with REASON_BAD_CHECKPOINT if the note is
// malformed, PERMISSION_DENIED with REASON_BAD_SIGNATURE if the key did not.
absl::StatusOr<Instant> VerifyCosignature(std::string_view note, std::string_view key_name,
                                          std::string_view public_key);

}  // namespace comity

#endif  // COMITY_STORAGE_SIGNING_COSIGNATURE_H_
