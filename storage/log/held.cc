#include "storage/log/held.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/log/signers.h"
#include "storage/signing/cosignature.h"
#include "storage/signing/note.h"

namespace comity {
namespace {

// By the HELD key that the roster names, or named once: what was said before the key changed
// was said. A key that was revoked counts up to there.
absl::StatusOr<Instant> VerifyHeldKey(std::string_view note, const std::string& participant,
                                      const Origin& origin, const Checkpoint& checkpoint,
                                      const Roster& roster) {
  absl::Status first;
  for (const Roster* one = &roster; one != nullptr; one = one->previous()) {
    const v1::Participant* signer = one->FindParticipant(participant);
    if (signer == nullptr) continue;
    const v1::PublicKey& key = signer->held_key();
    absl::StatusOr<Instant> at = VerifyCosignature(note, key.name(), key.ed25519());
    if (!at.ok()) {
      first.Update(at.status());
      continue;
    }
    if (checkpoint.size > 0 &&
        roster.Revokes(key.ed25519(), origin.ToString(), checkpoint.size - 1)) {
      return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_KEY_REVOKED,
                       absl::StrCat("HELD by \"", participant, "\" of ", origin.ToString(),
                                    ": its key is revoked below size ", checkpoint.size),
                       participant);
    }
    return at;
  }
  return first;
}

}  // namespace

absl::StatusOr<HeldStatement> SignHeld(std::string_view checkpoint, const std::string& participant,
                                       const PrivateKey& key, const Roster& roster, Instant now) {
  const v1::Participant* signer = roster.FindParticipant(participant);
  if (signer == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the roster has no participant \"", participant, "\""));
  }
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(checkpoint));
  HeldStatement statement;
  COMITY_ASSIGN_OR_RETURN(statement.origin, Origin::Parse(parsed.checkpoint.origin));
  statement.participant = participant;
  statement.size = TreeSize{parsed.checkpoint.size};
  statement.root = parsed.checkpoint.root;
  statement.at = now;
  COMITY_ASSIGN_OR_RETURN(statement.note, Cosign(checkpoint, signer->held_key().name(), key, now));
  return statement;
}

absl::StatusOr<HeldStatement> VerifyHeld(std::string_view note, const std::string& participant,
                                         const Roster& roster) {
  const v1::Participant* signer = roster.FindParticipant(participant);
  if (signer == nullptr) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_UNKNOWN_KEY,
                     absl::StrCat("HELD by \"", participant, "\": not a participant"), participant);
  }
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  const std::string& name = parsed.checkpoint.origin;
  HeldStatement statement;
  COMITY_ASSIGN_OR_RETURN(statement.origin, Origin::Parse(name));
  if (!HasOneForm(parsed, note, 2) || parsed.checkpoint.size == 0) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                     absl::StrCat("HELD by \"", participant, "\" of ", name,
                                  ": it has other lines than the two that it needs, is in "
                                  "another form, or states an empty log"),
                     participant);
  }
  COMITY_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                          VerifyLogNote(note, statement.origin, roster));
  COMITY_ASSIGN_OR_RETURN(statement.at,
                          VerifyHeldKey(note, participant, statement.origin, checkpoint, roster));
  statement.participant = participant;
  statement.size = TreeSize{checkpoint.size};
  statement.root = checkpoint.root;
  statement.note = std::string(note);
  return statement;
}

bool InAudience(const std::vector<std::string>& audience, std::string_view participant) {
  return audience.empty() || Planted(Bug::kIgnoreAudience) ||
         std::ranges::find(audience, participant) != audience.end();
}

std::vector<std::string> AudienceOf(const Roster& roster,
                                    const std::vector<std::string>& audience) {
  std::vector<std::string> all;
  if (!audience.empty()) {
    // Whoever left the federation is not waited for.
    std::ranges::copy_if(audience, std::back_inserter(all), [&](const std::string& one) {
      return roster.FindParticipant(one) != nullptr;
    });
    return all;
  }
  for (const v1::Participant& one : roster.message().participants()) all.push_back(one.code());
  return all;
}

size_t QuorumOf(const Roster& roster, size_t members) {
  return std::clamp<size_t>(roster.message().policy().quorum(), 1, std::max<size_t>(members, 1));
}

TreeSize CommonSize(const Roster& roster, const std::vector<std::string>& audience,
                    const HeldBy& held) {
  const std::vector<std::string> members = AudienceOf(roster, audience);
  std::vector<TreeSize> sizes;
  for (const std::string& member : members) {
    const auto statement = held.find(member);
    sizes.push_back(statement == held.end() ? TreeSize{} : statement->second.size);
  }
  if (sizes.empty()) return TreeSize{};
  std::ranges::sort(sizes, std::greater<>());
  const size_t quorum = QuorumOf(roster, members.size());
  if (Planted(Bug::kCommonOffByOne) && quorum > 1) return sizes[quorum - 2];
  return sizes[quorum - 1];
}

}  // namespace comity
