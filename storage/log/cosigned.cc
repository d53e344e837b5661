#include "storage/log/cosigned.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/log/signers.h"

namespace comity {
namespace {

absl::Status Refused(const std::string& origin, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                   absl::StrCat("checkpoint of ", origin, ": ", Absl(what)), origin);
}

}  // namespace

absl::StatusOr<std::string> WithCosignatures(std::string_view checkpoint, const HeldBy& held) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(checkpoint));
  std::string note = WriteNote({parsed.body, parsed.checkpoint, {parsed.signatures.front()}});
  size_t added_lines = 0;
  for (const auto& [participant, statement] : held) {
    if (added_lines == kMaxCosignatures) break;
    if (statement.size.value != parsed.checkpoint.size ||
        statement.root != parsed.checkpoint.root) {
      continue;
    }
    COMITY_ASSIGN_OR_RETURN(const ParsedNote stated, ParseNote(statement.note));
    // The authority's own line comes first, then the participant's.
    if (stated.body != parsed.body || stated.signatures.size() != 2) continue;
    const NoteSignature& added = stated.signatures.back();
    note += SignatureLine(added.name, added.blob);
    ++added_lines;
  }
  return note;
}

absl::StatusOr<CosignedCheckpoint> VerifyCosigned(std::string_view note, const Roster& roster) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  const std::string& name = parsed.checkpoint.origin;
  CosignedCheckpoint cosigned;
  COMITY_ASSIGN_OR_RETURN(cosigned.origin, Origin::Parse(name));
  if (WriteNote(parsed) != note) return Refused(name, "it is not written as notes are");
  const std::string own = WriteNote({parsed.body, parsed.checkpoint, {parsed.signatures.front()}});
  COMITY_ASSIGN_OR_RETURN(cosigned.checkpoint, VerifyLogNote(own, cosigned.origin, roster));

  std::map<std::string, std::string> by_key_name;
  for (const Roster* version = &roster; version != nullptr; version = version->previous()) {
    for (const v1::Participant& one : version->message().participants()) {
      by_key_name.emplace(one.held_key().name(), one.code());
    }
  }
  HeldBy held;
  for (size_t i = 1; i < parsed.signatures.size(); ++i) {
    const NoteSignature& line = parsed.signatures[i];
    const auto participant = by_key_name.find(line.name);
    if (participant == by_key_name.end()) {
      return Refused(name, absl::StrCat("\"", line.name, "\" cosigned, who is not in the roster"));
    }
    COMITY_ASSIGN_OR_RETURN(
        HeldStatement statement,
        VerifyHeld(own + SignatureLine(line.name, line.blob), participant->second, roster));
    if (!held.empty() && held.rbegin()->first >= participant->second) {
      return Refused(name, "its cosignatures do not ascend by participant");
    }
    held.emplace(participant->second, std::move(statement));
  }
  for (auto& [participant, statement] : held) cosigned.held.push_back(std::move(statement));
  return cosigned;
}

}  // namespace comity
