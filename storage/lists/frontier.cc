#include "storage/lists/frontier.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr std::string_view kPrefix = "f1.";
constexpr size_t kChecksumBytes = 4;
constexpr size_t kMaxOrigins = 1000;
constexpr size_t kMaxTokenBytes = 512 * 1024;

std::string EncodeHeads(const Frontier& frontier) {
  Encoder encoder;
  encoder.U32(static_cast<uint32_t>(frontier.heads.size()));
  for (const auto& [origin, head] : frontier.heads) {
    encoder.Bytes(origin.ToString());
    encoder.U64(head.size.value);
    encoder.Hash(head.root);
  }
  return encoder.Take();
}

absl::Status BadToken(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_TOKEN,
                   absl::StrCat("frontier token: ", Absl(what),
                                ": copy it whole from an answer's frontierToken"));
}

absl::StatusOr<Frontier> DecodeHeads(std::string_view bytes) {
  Decoder decoder(bytes);
  Frontier frontier;
  COMITY_ASSIGN_OR_RETURN(const uint32_t count, decoder.U32());
  if (count > kMaxOrigins) return absl::InvalidArgumentError("over 1,000 origins");
  for (uint32_t i = 0; i < count; ++i) {
    COMITY_ASSIGN_OR_RETURN(const std::string_view name, decoder.Bytes());
    COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(name));
    FrontierHead head;
    COMITY_ASSIGN_OR_RETURN(head.size.value, decoder.U64());
    COMITY_ASSIGN_OR_RETURN(head.root, decoder.Hash());
    if (head.size.value == 0 ||
        (!frontier.heads.empty() && frontier.heads.rbegin()->first >= origin)) {
      return absl::InvalidArgumentError("its origins do not ascend");
    }
    frontier.heads[origin] = head;
  }
  if (!decoder.done()) return absl::InvalidArgumentError("it is too long");
  return frontier;
}

}  // namespace

std::string Frontier::Token() const {
  std::string bytes = EncodeHeads(*this);
  bytes += ToBytes(Sha256(bytes)).substr(0, kChecksumBytes);
  return absl::StrCat(Absl(kPrefix), absl::WebSafeBase64Escape(bytes));
}

absl::StatusOr<Frontier> Frontier::ParseToken(std::string_view token) {
  std::string bytes;
  if (token.size() > kMaxTokenBytes || token.substr(0, kPrefix.size()) != kPrefix ||
      !absl::WebSafeBase64Unescape(Absl(token.substr(kPrefix.size())), &bytes) ||
      bytes.size() < kChecksumBytes) {
    return BadToken("it is not one");
  }
  const std::string body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (ToBytes(Sha256(body)).substr(0, kChecksumBytes) != bytes.substr(body.size())) {
    return BadToken("it is damaged");
  }
  absl::StatusOr<Frontier> frontier = DecodeHeads(body);
  if (!frontier.ok()) return BadToken(Std(frontier.status().message()));
  return frontier;
}

Digest Frontier::FrontierDigest() const {
  return Sha256({"comity frontier v1\n", EncodeHeads(*this)});
}

Digest ViewDigest(uint32_t rule_set, const std::map<Origin, Digest>& state_roots) {
  Encoder encoder;
  encoder.Raw("comity view v1\n");
  encoder.U32(rule_set);
  encoder.U32(static_cast<uint32_t>(state_roots.size()));
  for (const auto& [origin, root] : state_roots) {
    encoder.Bytes(origin.ToString());
    encoder.Hash(root);
  }
  return Sha256(encoder.Take());
}

}  // namespace comity
