// k-of-n signatures over an envelope.
#ifndef COMITY_STORAGE_SIGNING_THRESHOLD_H_
#define COMITY_STORAGE_SIGNING_THRESHOLD_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/roster.pb.h"
#include "storage/base/types.h"
#include "storage/signing/ed25519.h"

namespace comity {

// SHA-256 of (name, LF, 0x01, public key): the full key id, of which C2SP's four
// bytes are the beginning.
Digest KeyId(std::string_view name, std::string_view public_key);

// Whether keys are well-formed, distinct, ascending by key id, and the threshold
// lies between 1 and their number. INVALID_ARGUMENT says which is wrong.
absl::Status ValidateKeySet(const v1::KeySet& keys, std::string_view subject);

// Whether at least `threshold` distinct public keys of the set signed, and nobody
// else did. PERMISSION_DENIED with REASON_UNKNOWN_KEY, REASON_BAD_SIGNATURE,
// REASON_DUPLICATE_KEY or REASON_TOO_FEW_SIGNATURES; `subject` names the list.
absl::Status VerifyThreshold(const v1::KeySet& keys, uint32_t threshold,
                             const v1::Envelope& envelope, std::string_view subject);

// Adds a signature by `key` under `name`.
absl::Status AddSignature(v1::Envelope* envelope, std::string_view name, const PrivateKey& key);

}  // namespace comity

#endif  // COMITY_STORAGE_SIGNING_THRESHOLD_H_
