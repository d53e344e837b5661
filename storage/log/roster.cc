#include "storage/log/roster.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/merkle/hash.h"
#include "storage/signing/ed25519.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

constexpr uint32_t kSchemaLevel = 1;
constexpr uint32_t kDefaultRemovalGuardPerMille = 50;

absl::Status BadRoster(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("roster: ", Absl(what)));
}

bool ValidParticipant(std::string_view code) {
  return code.size() == 2 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// Names must ascend, so that one roster has one form and no name stands twice.
template <typename Messages, typename NameOf>
absl::Status CheckAscending(const Messages& messages, NameOf name_of, std::string_view what) {
  for (int i = 1; i < messages.size(); ++i) {
    if (name_of(messages[i - 1]) >= name_of(messages[i])) {
      return BadRoster(absl::StrCat(Absl(what), " must ascend: \"", name_of(messages[i]),
                                    "\" follows \"", name_of(messages[i - 1]), "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckParticipants(const v1::Roster& roster) {
  COMITY_RETURN_IF_ERROR(CheckAscending(
      roster.participants(), [](const v1::Participant& p) { return p.code(); }, "participants"));
  for (const v1::Participant& participant : roster.participants()) {
    if (!ValidParticipant(participant.code())) {
      return BadRoster(absl::StrCat("\"", participant.code(),
                                    "\" is not a participant: two lower-case letters"));
    }
    if (participant.ca_bundle_pem().size() > 256 * 1024) {
      return BadRoster(absl::StrCat(participant.code(), ": the CA bundle is over 256 KiB"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAuthorities(const v1::Roster& roster) {
  COMITY_RETURN_IF_ERROR(CheckAscending(
      roster.authorities(), [](const v1::Authority& a) { return a.name(); }, "authorities"));
  for (const v1::Authority& authority : roster.authorities()) {
    // A list name stands in, so that authorities obey the one rule of names.
    if (!ListName::Parse(authority.name() + "/x").ok()) {
      return BadRoster(absl::StrCat("\"", authority.name(), "\" is not an authority's name"));
    }
    const std::string participant = ParticipantOf(authority.name());
    const bool known =
        std::any_of(roster.participants().begin(), roster.participants().end(),
                    [&](const v1::Participant& p) { return p.code() == participant; });
    if (!known) {
      return BadRoster(
          absl::StrCat(authority.name(), ": \"", participant, "\" is not a participant"));
    }
    COMITY_RETURN_IF_ERROR(ValidateKeySet(authority.officers(),
                                          absl::StrCat("roster: officers of ", authority.name())));
    if (authority.guard_threshold() < authority.officers().threshold() ||
        authority.guard_threshold() > static_cast<uint32_t>(authority.officers().keys_size())) {
      return BadRoster(
          absl::StrCat(authority.name(),
                       ": guard_threshold must lie between the threshold and the number of keys"));
    }
    COMITY_RETURN_IF_ERROR(Annotate(CheckPublicKey(authority.log_key_ed25519()),
                                    absl::StrCat("roster: log key of ", authority.name())));
  }
  return absl::OkStatus();
}

absl::Status CheckArrangements(const v1::Roster& roster) {
  COMITY_RETURN_IF_ERROR(CheckAscending(
      roster.arrangements(), [](const v1::Arrangement& a) { return a.id(); }, "arrangements"));
  for (const v1::Arrangement& arrangement : roster.arrangements()) {
    // A list's name stands in for the one rule of such names.
    if (!ListName::Parse("xx-x/" + arrangement.id()).ok()) {
      return BadRoster(absl::StrCat("\"", arrangement.id(), "\" is not an arrangement's id"));
    }
    if (arrangement.title().size() > 1024 || arrangement.source_url().size() > 2048 ||
        arrangement.roles_size() > 1000) {
      return BadRoster(
          absl::StrCat(arrangement.id(), ": title, source or roles are over their bounds"));
    }
    COMITY_RETURN_IF_ERROR(CheckAscending(
        arrangement.roles(), [](const v1::ArrangementRole& r) { return r.participant(); },
        absl::StrCat("roles of ", arrangement.id())));
    for (const v1::ArrangementRole& role : arrangement.roles()) {
      if (!ValidParticipant(role.participant())) {
        return BadRoster(absl::StrCat(arrangement.id(), ": \"", role.participant(),
                                      "\" is not a participant: two lower-case letters"));
      }
      if (role.role() != "member" && role.role() != "supporter" && role.role() != "observer") {
        return BadRoster(absl::StrCat(arrangement.id(), ": ", role.participant(), " is \"",
                                      role.role(),
                                      "\": there are \"member\", \"supporter\" and \"observer\""));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRevocations(const v1::Roster& roster) {
  if (roster.revocations_size() > 10'000) return BadRoster("more than 10,000 revocations");
  std::set<std::string> revoked;
  for (int i = 0; i < roster.revocations_size(); ++i) {
    const v1::Revocation& one = roster.revocations(i);
    COMITY_RETURN_IF_ERROR(Annotate(CheckPublicKey(one.ed25519()), "roster: a revoked key"));
    if (one.index() == 0)
      return BadRoster("a revocation begins at leaf 1 or later: a genesis stands");
    if (!one.origin().empty()) {
      COMITY_RETURN_IF_ERROR(
          Annotate(Origin::Parse(one.origin()).status(), "roster: a revocation"));
    }
    if (i > 0 &&
        std::tie(roster.revocations(i - 1).ed25519(), roster.revocations(i - 1).origin()) >=
            std::tie(one.ed25519(), one.origin())) {
      return BadRoster("revocations must ascend by key and origin");
    }
    revoked.insert(one.ed25519());
  }
  const auto stands = [&](const std::string& key, std::string_view where) -> absl::Status {
    if (!revoked.contains(key)) return absl::OkStatus();
    return BadRoster(absl::StrCat("the key ", ToHex(key).substr(0, 16),
                                  "... is revoked and stands as ", Absl(where), " all the same"));
  };
  const auto all_stand = [&](const v1::KeySet& keys, std::string_view where) -> absl::Status {
    for (const v1::PublicKey& key : keys.keys()) {
      COMITY_RETURN_IF_ERROR(stands(key.ed25519(), where));
    }
    return absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(all_stand(roster.root(), "a root key"));
  for (const v1::Participant& one : roster.participants()) {
    COMITY_RETURN_IF_ERROR(stands(one.held_key().ed25519(), "the HELD key of " + one.code()));
    COMITY_RETURN_IF_ERROR(
        stands(one.statement_key().ed25519(), "the statement key of " + one.code()));
  }
  for (const v1::Authority& one : roster.authorities()) {
    COMITY_RETURN_IF_ERROR(all_stand(one.officers(), "an officer's key of " + one.name()));
    COMITY_RETURN_IF_ERROR(all_stand(one.root(), "a root key of " + one.name()));
    COMITY_RETURN_IF_ERROR(stands(one.log_key_ed25519(), "the log key of " + one.name()));
  }
  return absl::OkStatus();
}

absl::Status CheckRoster(const v1::Roster& roster) {
  if (roster.version() == 0) return BadRoster("version 0: versions start at 1");
  if (roster.version() == 1 && !roster.previous_digest().empty()) {
    return BadRoster("version 1 must not name a version before it");
  }
  if (roster.version() > 1 && roster.previous_digest().size() != 32) {
    return BadRoster(
        absl::StrCat("version ", roster.version(), " must name the digest of the one before"));
  }
  if (roster.valid_from() >= roster.valid_to()) {
    return BadRoster("valid_to must lie after valid_from");
  }
  if (roster.participants_size() > 1000 || roster.authorities_size() > 1000 ||
      roster.arrangements_size() > 100) {
    return BadRoster("more than 1,000 participants or authorities, or 100 arrangements");
  }
  // An origin stands in, so that federations obey the one rule of names.
  if (!Origin::Parse(roster.federation() + "/xx-x/x/1").ok()) {
    return BadRoster(absl::StrCat("\"", roster.federation(), "\" is not a federation's name"));
  }
  COMITY_RETURN_IF_ERROR(CheckParticipants(roster));
  COMITY_RETURN_IF_ERROR(CheckAuthorities(roster));
  COMITY_RETURN_IF_ERROR(CheckArrangements(roster));
  return ValidateKeySet(roster.root(), "roster: root");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Roster>> Roster::Parse(std::string_view envelope_bytes,
                                                      v1::Envelope* envelope) {
  if (envelope_bytes.size() > kMaxRosterBytes) {
    return BadRoster(absl::StrCat(envelope_bytes.size(), " bytes: the limit is 3 MiB"));
  }
  COMITY_ASSIGN_OR_RETURN(*envelope, ParseEnvelope(envelope_bytes));
  if (envelope->payload_type() != kRosterType) {
    return BadRoster(
        absl::StrCat("the envelope holds \"", envelope->payload_type(), "\", not a roster"));
  }
  auto roster = std::unique_ptr<Roster>(new Roster);
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrictLevel(envelope->payload(), kSchemaLevel, &roster->message_), "roster"));
  const v1::Roster& message = roster->message_;
  COMITY_RETURN_IF_ERROR(CheckRoster(message));
  COMITY_RETURN_IF_ERROR(CheckRevocations(message));
  roster->digest_ = Sha256(envelope->payload());
  roster->envelope_ = std::string(envelope_bytes);
  roster->first_version_ = message.version();
  for (const v1::Participant& p : message.participants()) roster->participants_[p.code()] = &p;
  for (const v1::Authority& a : message.authorities()) roster->authorities_[a.name()] = &a;
  return roster;
}

absl::StatusOr<std::unique_ptr<Roster>> Roster::Load(std::string_view envelope_bytes,
                                                     const Digest& pinned_digest) {
  // The pin comes first: of a file that is not the one meant, nothing else is of interest.
  COMITY_ASSIGN_OR_RETURN(v1::Envelope envelope, ParseEnvelope(envelope_bytes));
  if (envelope.payload_type() != kRosterType) {
    return BadRoster(
        absl::StrCat("the envelope holds \"", envelope.payload_type(), "\", not a roster"));
  }
  const Digest digest = Sha256(envelope.payload());
  if (digest != pinned_digest) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_WRONG_ROSTER,
                     absl::StrCat("roster: its digest is ", ToHex(digest), ", but the pin is ",
                                  ToHex(pinned_digest), ": check where the file came from"));
  }
  COMITY_ASSIGN_OR_RETURN(std::unique_ptr<Roster> roster, Parse(envelope_bytes, &envelope));
  const v1::KeySet& root = roster->message().root();
  COMITY_RETURN_IF_ERROR(VerifyThreshold(root, root.threshold(), envelope, "roster"));
  return roster;
}

const v1::Participant* Roster::FindParticipant(std::string_view code) const {
  const auto it = participants_.find(code);
  return it == participants_.end() ? nullptr : it->second;
}

const v1::Authority* Roster::FindAuthority(std::string_view name) const {
  const auto it = authorities_.find(name);
  return it == authorities_.end() ? nullptr : it->second;
}

uint32_t Roster::RemovalGuardPerMille() const {
  const uint32_t declared = message_.policy().removal_guard_per_mille();
  return declared == 0 ? kDefaultRemovalGuardPerMille : declared;
}

}  // namespace comity
