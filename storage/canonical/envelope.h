// Reading and writing envelopes (envelope.proto).
#ifndef COMITY_STORAGE_CANONICAL_ENVELOPE_H_
#define COMITY_STORAGE_CANONICAL_ENVELOPE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "comity/v1/envelope.pb.h"

namespace comity {

inline constexpr size_t kMaxPayloadBytes = 32 << 20;
inline constexpr int kMaxSignatures = 64;
// A payload at its limit with all signatures and framing.
inline constexpr size_t kMaxEnvelopeBytes = kMaxPayloadBytes + 64 * 1024;

// Reads an envelope strictly and within its limits; verifies no signature.
// INVALID_ARGUMENT; REASON_DUPLICATE_KEY if one key id signs twice.
absl::StatusOr<v1::Envelope> ParseEnvelope(std::string_view bytes);

std::string SerializeEnvelope(const v1::Envelope& envelope);

}  // namespace comity

#endif  // COMITY_STORAGE_CANONICAL_ENVELOPE_H_
