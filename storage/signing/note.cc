#include "storage/signing/note.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
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

std::string SignatureLine(std::string_view name, std::string_view blob) {
  return absl::StrCat(Absl(kDash), Absl(name), " ", absl::Base64Escape(Absl(blob)), "\n");
}

bool HasOneForm(const ParsedNote& parsed, std::string_view note, size_t lines) {
  return parsed.signatures.size() == lines &&
         parsed.signatures.front().name == parsed.checkpoint.origin && WriteNote(parsed) == note;
}

std::string WriteNote(const ParsedNote& note) {
  std::string written = absl::StrCat(Absl(note.body), "\n");
  for (const NoteSignature& line : note.signatures) {
    written += SignatureLine(line.name, line.blob);
  }
  return written;
}

absl::StatusOr<std::string> SignNote(std::string_view body, std::string_view key_name,
                                     const PrivateKey& key) {
  COMITY_ASSIGN_OR_RETURN(const std::string signature, key.Sign(body));
  return absl::StrCat(
      Absl(body), "\n",
      SignatureLine(key_name, absl::StrCat(KeyHint(key_name, key.public_key()), signature)));
}

absl::StatusOr<ParsedNote> ParseNote(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return Malformed("a log", "over 64 KiB");
  const size_t gap = note.find("\n\n");
  if (gap == std::string_view::npos || note.back() != '\n') {
    return Malformed("a log", "it has no signatures");
  }
  ParsedNote parsed;
  parsed.body = note.substr(0, gap + 1);
  const std::vector<std::string> lines = absl::StrSplit(Absl(note.substr(0, gap)), '\n');
  const std::string& name = parsed.checkpoint.origin = lines[0];
  std::string root;
  const auto all_digits = [](const std::string& s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (lines.size() != 3) return Malformed(name, "it must have three lines");
  if (lines[1].empty() || !all_digits(lines[1]) || (lines[1][0] == '0' && lines[1] != "0") ||
      !absl::SimpleAtoi(lines[1], &parsed.checkpoint.size)) {
    return Malformed(name, "the size is not a plain decimal number");
  }
  if (!absl::Base64Unescape(lines[2], &root) || root.size() != 32 ||
      absl::Base64Escape(root) != lines[2]) {
    return Malformed(name, "the root is not base64 of 32 bytes");
  }
  parsed.checkpoint.root = *DigestFromBytes(root);

  const std::string_view tail = note.substr(gap + 2);
  const std::vector<std::string> signatures =
      absl::StrSplit(Absl(tail.substr(0, tail.empty() ? 0 : tail.size() - 1)), '\n');
  if (signatures.size() > kMaxNoteSignatures) return Malformed(name, "over 64 signatures");
  for (const std::string& line : signatures) {
    std::vector<std::string> parts;
    NoteSignature signature;
    if (line.rfind(std::string(kDash), 0) == 0) {
      parts = absl::StrSplit(line.substr(kDash.size()), ' ');
    }
    if (parts.size() != 2 || parts[0].empty() || !absl::Base64Unescape(parts[1], &signature.blob) ||
        signature.blob.size() < 5) {
      return Malformed(name, "a signature line is malformed");
    }
    signature.name = parts[0];
    parsed.signatures.push_back(std::move(signature));
  }
  return parsed;
}

absl::StatusOr<Checkpoint> VerifyCheckpointNote(std::string_view note, std::string_view key_name,
                                                std::string_view public_key) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  if (parsed.checkpoint.origin != key_name) return Malformed(key_name, "it is of another origin");
  const std::string hint = KeyHint(key_name, public_key);
  bool verified = false;
  if (Planted(Bug::kSkipCheckpointSignature)) return parsed.checkpoint;
  for (const NoteSignature& signature : parsed.signatures) {
    if (signature.name != key_name || signature.blob.compare(0, 4, hint) != 0) continue;
    COMITY_RETURN_IF_ERROR(
        Annotate(VerifyEd25519(public_key, parsed.body, signature.blob.substr(4)),
                 absl::StrCat("checkpoint of ", Absl(key_name))));
    verified = true;
  }
  if (!verified) {
    return MakeError(
        absl::StatusCode::kPermissionDenied, v1::REASON_BAD_SIGNATURE,
        absl::StrCat("checkpoint of ", Absl(key_name), ": its log key did not sign it"), key_name);
  }
  return parsed.checkpoint;
}

std::string NoteVerifierKey(std::string_view key_name, std::string_view public_key) {
  return absl::StrCat(Absl(key_name), "+", ToHex(KeyHint(key_name, public_key)), "+",
                      absl::Base64Escape(absl::StrCat("\x01", Absl(public_key))));
}

}  // namespace comity
