#include "storage/signing/cosignature.h"

#include <limits>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"
#include "storage/signing/note.h"

namespace comity {
namespace {

// The algorithm byte of cosignature/v1 within a key id.
constexpr char kAlgorithm = '\x04';
constexpr size_t kHintBytes = 4;
constexpr size_t kTimeBytes = 8;
constexpr int64_t kMicros = 1'000'000;

std::string Hint(std::string_view name, std::string_view public_key) {
  return ToBytes(
             Sha256(absl::StrCat(Absl(name), "\n", std::string(1, kAlgorithm), Absl(public_key))))
      .substr(0, kHintBytes);
}

std::string Message(std::string_view body, int64_t seconds) {
  return absl::StrCat("cosignature/v1\ntime ", seconds, "\n", Absl(body));
}

}  // namespace

absl::StatusOr<std::string> Cosign(std::string_view note, std::string_view key_name,
                                   const PrivateKey& key, Instant at) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  const int64_t seconds = at.micros / kMicros;
  COMITY_ASSIGN_OR_RETURN(const std::string signature, key.Sign(Message(parsed.body, seconds)));
  Encoder blob;
  blob.Raw(Hint(key_name, key.public_key()));
  blob.I64(seconds);
  blob.Raw(signature);
  return absl::StrCat(Absl(note), SignatureLine(key_name, blob.Take()));
}

absl::StatusOr<Instant> VerifyCosignature(std::string_view note, std::string_view key_name,
                                          std::string_view public_key) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  const std::string hint = Hint(key_name, public_key);
  std::optional<Instant> at;
  for (const NoteSignature& signature : parsed.signatures) {
    if (signature.name != key_name || signature.blob.compare(0, kHintBytes, hint) != 0) continue;
    Decoder decoder(std::string_view(signature.blob).substr(kHintBytes));
    COMITY_ASSIGN_OR_RETURN(const int64_t seconds, decoder.I64());
    if (seconds < 0 || seconds > std::numeric_limits<int64_t>::max() / kMicros) {
      return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                       absl::StrCat("cosignature of ", Absl(key_name), ": an impossible time"),
                       key_name);
    }
    COMITY_RETURN_IF_ERROR(
        Annotate(VerifyEd25519(public_key, Message(parsed.body, seconds),
                               std::string_view(signature.blob).substr(kHintBytes + kTimeBytes)),
                 absl::StrCat("cosignature of ", Absl(key_name))));
    at = Instant{seconds * kMicros};
  }
  if (at.has_value()) return *at;
  return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_BAD_SIGNATURE,
                   absl::StrCat("the checkpoint was not cosigned by ", Absl(key_name)), key_name);
}

}  // namespace comity
