#include "storage/signing/threshold.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/hash.h"

namespace comity {

Digest KeyId(std::string_view name, std::string_view public_key) {
  return Sha256({name, "\n", "\x01", public_key});
}

absl::Status ValidateKeySet(const v1::KeySet& keys, std::string_view subject) {
  const auto bad = [&](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(Absl(subject), ": ", Absl(what)));
  };
  if (keys.keys().empty() || keys.keys_size() > 64) return bad("a key set has 1-64 keys");
  if (keys.threshold() == 0 || keys.threshold() > static_cast<uint32_t>(keys.keys_size())) {
    return bad(absl::StrCat("threshold ", keys.threshold(), " of ", keys.keys_size(), " keys"));
  }
  std::set<std::string> points;
  Digest last{};
  for (const v1::PublicKey& key : keys.keys()) {
    if (key.name().empty() || key.name().size() > 255 ||
        key.name().find_first_of(" +\n") != std::string::npos) {
      return bad(absl::StrCat("\"", key.name(), "\" is not a key's name"));
    }
    COMITY_RETURN_IF_ERROR(
        Annotate(CheckPublicKey(key.ed25519()), absl::StrCat(Absl(subject), ": ", key.name())));
    if (!points.insert(key.ed25519()).second) {
      return bad(absl::StrCat("key ", key.name(), " is there under another name too"));
    }
    const Digest id = KeyId(key.name(), key.ed25519());
    if (id <= last) return bad("keys must ascend by key id");
    last = id;
  }
  return absl::OkStatus();
}

absl::Status VerifyThreshold(const v1::KeySet& keys, uint32_t threshold,
                             const v1::Envelope& envelope, std::string_view subject) {
  const auto denied = [&](v1::Reason reason, std::string_view what) {
    return MakeError(absl::StatusCode::kPermissionDenied, reason,
                     absl::StrCat(Absl(subject), ": ", Absl(what)), subject);
  };
  std::map<std::string, const v1::PublicKey*> by_id;
  for (const v1::PublicKey& key : keys.keys()) {
    by_id[ToBytes(KeyId(key.name(), key.ed25519()))] = &key;
  }
  const std::string message = Pae(envelope.payload_type(), envelope.payload());
  // Distinct public keys count, not ids or names: one key under two names is one.
  std::set<std::string> signers;
  for (const v1::Signature& signature : envelope.signatures()) {
    const auto it = by_id.find(signature.key_id());
    if (it == by_id.end()) {
      return denied(v1::REASON_UNKNOWN_KEY,
                    absl::StrCat("signed by key ", ToHex(signature.key_id()).substr(0, 16),
                                 "..., which is not one of its officers' in the roster"));
    }
    const v1::PublicKey& key = *it->second;
    if (!VerifyEd25519(key.ed25519(), message, signature.signature()).ok()) {
      return denied(
          v1::REASON_BAD_SIGNATURE,
          absl::StrCat("the signature of ", key.name(),
                       " is not over these bytes: they were altered after they were signed"));
    }
    if (!signers.insert(key.ed25519()).second) {
      return denied(v1::REASON_DUPLICATE_KEY,
                    absl::StrCat("the key of ", key.name(), " signed twice: it counts once"));
    }
  }
  size_t count = signers.size();
  if (Planted(Bug::kThresholdOffByOne)) ++count;
  if (Planted(Bug::kSkipOfficerSignatures)) count = threshold;
  if (threshold == 0 || count < threshold) {
    return denied(v1::REASON_TOO_FEW_SIGNATURES,
                  absl::StrCat("it has ", signers.size(), " of the ", threshold,
                               " officers' signatures it needs"));
  }
  return absl::OkStatus();
}

absl::Status AddSignature(v1::Envelope* envelope, std::string_view name, const PrivateKey& key) {
  COMITY_ASSIGN_OR_RETURN(const std::string signature,
                          key.Sign(Pae(envelope->payload_type(), envelope->payload())));
  v1::Signature* added = envelope->add_signatures();
  added->set_key_id(ToBytes(KeyId(name, key.public_key())));
  added->set_signature(signature);
  return absl::OkStatus();
}

}  // namespace comity
