// Checkpoints as signed notes (C2SP signed-note and tlog-checkpoint).
#ifndef COMITY_STORAGE_SIGNING_NOTE_H_
#define COMITY_STORAGE_SIGNING_NOTE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/signing/ed25519.h"

namespace comity {

inline constexpr size_t kMaxNoteBytes = 64 * 1024;

// The size and root of a log, as its key signs them. Value type.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root{};
};

// One line of signatures: a name, and a key's hint with what it signed. Value type.
struct NoteSignature {
  std::string name;
  std::string blob;
};
// A note taken apart; nothing is verified. Borrows the note's bytes.
struct ParsedNote {
  // With its last line feed.
  std::string_view body;
  Checkpoint checkpoint;
  std::vector<NoteSignature> signatures;
};
// INVALID_ARGUMENT with REASON_BAD_CHECKPOINT.
absl::StatusOr<ParsedNote> ParseNote(std::string_view note);
// "— NAME BASE64" and a line feed.
std::string SignatureLine(std::string_view name, std::string_view blob);
// As our own notes are written. ParseNote(WriteNote(x)) is x; the reverse need not be.
std::string WriteNote(const ParsedNote& note);
// Whether `note` is as WriteNote has it, of just `lines` signatures, the first in its log's name:
// so that nobody on the way can add what is then kept and relayed as part of it.
bool HasOneForm(const ParsedNote& parsed, std::string_view note, size_t lines);

// The three lines that are signed; no extension lines.
std::string CheckpointBody(const Checkpoint& checkpoint);

// The note: the body, an empty line and one signature line.
absl::StatusOr<std::string> SignNote(std::string_view body, std::string_view key_name,
                                     const PrivateKey& key);

// Reads a note whose origin is `key_name` and that this key signed; other lines of
// signatures are passed over. INVALID_ARGUMENT with REASON_BAD_CHECKPOINT if it is
// malformed, PERMISSION_DENIED with REASON_BAD_SIGNATURE if the key did not sign.
absl::StatusOr<Checkpoint> VerifyCheckpointNote(std::string_view note, std::string_view key_name,
                                                std::string_view public_key);

// "NAME+HASH+KEY", as other tools take a note's key.
std::string NoteVerifierKey(std::string_view key_name, std::string_view public_key);

}  // namespace comity

#endif  // COMITY_STORAGE_SIGNING_NOTE_H_
