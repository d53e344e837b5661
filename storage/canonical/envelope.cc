#include "storage/canonical/envelope.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/canonical/strict.h"

namespace comity {

absl::StatusOr<v1::Envelope> ParseEnvelope(std::string_view bytes) {
  const auto bad = [](v1::Reason reason, std::string_view what) {
    return MakeError(absl::StatusCode::kInvalidArgument, reason,
                     absl::StrCat("envelope: ", Absl(what)));
  };
  if (bytes.size() > kMaxEnvelopeBytes) {
    return bad(v1::REASON_LIMIT, absl::StrCat(bytes.size(), " bytes, the limit is 32 MiB"));
  }
  v1::Envelope envelope;
  COMITY_RETURN_IF_ERROR(Annotate(ParseStrict(bytes, &envelope), "envelope"));
  if (envelope.payload_type().empty() || envelope.payload_type().size() > 128) {
    return bad(v1::REASON_NOT_CANONICAL, "payload_type has 1-128 bytes");
  }
  if (envelope.payload().size() > kMaxPayloadBytes) {
    return bad(v1::REASON_LIMIT, "the payload is over 32 MiB");
  }
  if (envelope.signatures_size() > kMaxSignatures) {
    return bad(v1::REASON_LIMIT, "over 64 signatures");
  }
  std::set<std::string> key_ids;
  for (const v1::Signature& signature : envelope.signatures()) {
    if (signature.key_id().size() != 32 || signature.signature().size() != 64) {
      return bad(v1::REASON_BAD_SIGNATURE, "a key id has 32 bytes and a signature 64");
    }
    if (!key_ids.insert(signature.key_id()).second) {
      return bad(v1::REASON_DUPLICATE_KEY, "one key signed twice: each key counts once");
    }
  }
  return envelope;
}

std::string SerializeEnvelope(const v1::Envelope& envelope) {
  // Singular fields and one repeated message of two fields: protobuf writes the
  // one form that the strict reader takes.
  return envelope.SerializeAsString();
}

}  // namespace comity
