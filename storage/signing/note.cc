#include "storage/signing/note.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/errors.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

// An em dash and a space open a signature line.
constexpr std::string_view kDash = "\xe2\x80\x94 ";
constexpr size_t kMaxNoteSignatures = 64;

std::string KeyHint(std::string_view name, std::string_view public_key) {
  return ToBytes(KeyId(name, public_key)).substr(0, 4);
}

absl::Status Malformed(std::string_view name, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                   absl::StrCat("checkpoint of ", Absl(name), ": ", Absl(what)), name);
}

}  // namespace

std::string CheckpointBody(const Checkpoint& checkpoint) {
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                      absl::Base64Escape(ToBytes(checkpoint.root)), "\n");
}

absl::StatusOr<std::string> SignNote(std::string_view body, std::string_view key_name,
                                     const PrivateKey& key) {
  COMITY_ASSIGN_OR_RETURN(const std::string signature, key.Sign(body));
  return absl::StrCat(
      Absl(body), "\n", Absl(kDash), Absl(key_name), " ",
      absl::Base64Escape(absl::StrCat(KeyHint(key_name, key.public_key()), signature)), "\n");
}

absl::StatusOr<Checkpoint> VerifyCheckpointNote(std::string_view note, std::string_view key_name,
                                                std::string_view public_key) {
  if (note.size() > kMaxNoteBytes) return Malformed(key_name, "over 64 KiB");
  const size_t gap = note.find("\n\n");
  if (gap == std::string_view::npos || note.back() != '\n') {
    return Malformed(key_name, "it has no signatures");
  }
  const std::string_view body = note.substr(0, gap + 1);
  const std::vector<std::string> lines = absl::StrSplit(Absl(body.substr(0, gap)), '\n');
  Checkpoint checkpoint;
  std::string root;
  const auto all_digits = [](const std::string& s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (lines.size() != 3) return Malformed(key_name, "it must have three lines");
  if (lines[0] != key_name) return Malformed(key_name, "it is of another origin");
  if (lines[1].empty() || !all_digits(lines[1]) || (lines[1][0] == '0' && lines[1] != "0") ||
      !absl::SimpleAtoi(lines[1], &checkpoint.size)) {
    return Malformed(key_name, "the size is not a plain decimal number");
  }
  if (!absl::Base64Unescape(lines[2], &root) || root.size() != 32 ||
      absl::Base64Escape(root) != lines[2]) {
    return Malformed(key_name, "the root is not base64 of 32 bytes");
  }
  checkpoint.origin = lines[0];
  checkpoint.root = *DigestFromBytes(root);

  const std::string_view tail = note.substr(gap + 2);
  const std::vector<std::string> signatures =
      absl::StrSplit(Absl(tail.substr(0, tail.empty() ? 0 : tail.size() - 1)), '\n');
  if (signatures.size() > kMaxNoteSignatures) return Malformed(key_name, "over 64 signatures");
  const std::string hint = KeyHint(key_name, public_key);
  bool verified = false;
  for (const std::string& line : signatures) {
    std::vector<std::string> parts;
    std::string raw;
    if (line.rfind(std::string(kDash), 0) == 0) {
      parts = absl::StrSplit(line.substr(kDash.size()), ' ');
    }
    if (parts.size() != 2 || parts[0].empty() || !absl::Base64Unescape(parts[1], &raw) ||
        raw.size() < 5) {
      return Malformed(key_name, "a signature line is malformed");
    }
    if (parts[0] != key_name || raw.compare(0, 4, hint) != 0) continue;
    COMITY_RETURN_IF_ERROR(Annotate(VerifyEd25519(public_key, body, raw.substr(4)),
                                    absl::StrCat("checkpoint of ", Absl(key_name))));
    verified = true;
  }
  if (!verified) {
    return MakeError(
        absl::StatusCode::kPermissionDenied, v1::REASON_BAD_SIGNATURE,
        absl::StrCat("checkpoint of ", Absl(key_name), ": its log key did not sign it"), key_name);
  }
  return checkpoint;
}

std::string NoteVerifierKey(std::string_view key_name, std::string_view public_key) {
  return absl::StrCat(Absl(key_name), "+", ToHex(KeyHint(key_name, public_key)), "+",
                      absl::Base64Escape(absl::StrCat("\x01", Absl(public_key))));
}

}  // namespace comity
