#include "storage/lists/entry_proof.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/state_tree.h"
#include "storage/log/roster_chain.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

constexpr std::string_view kMagic = "comity-proof-v1\n";

absl::Status Refused(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF, what);
}

absl::StatusOr<std::vector<Digest>> DigestsOf(
    const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  std::vector<Digest> digests;
  if (static_cast<size_t>(hashes.size()) > kMaxProofHashes) return Refused("over 63 hashes");
  for (const std::string& bytes : hashes) {
    COMITY_ASSIGN_OR_RETURN(digests.emplace_back(), DigestFromBytes(bytes));
  }
  return digests;
}

// The names of the officers who signed; VerifyThreshold has refused all others.
std::vector<std::string> SignersOf(const v1::KeySet& keys, const v1::Envelope& envelope) {
  std::vector<std::string> names;
  for (const v1::Signature& signature : envelope.signatures()) {
    for (const v1::PublicKey& key : keys.keys()) {
      if (ToBytes(KeyId(key.name(), key.ed25519())) == signature.key_id()) {
        names.push_back(key.name());
      }
    }
  }
  return names;
}

// One revision: who signed it, and that it is the leaf that it says it is.
absl::Status VerifyRevision(const v1::ProvenRevision& proven, const Roster& roster,
                            const CosignedCheckpoint& at, v1::Revision* revision,
                            std::vector<std::string>* officers) {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(proven.envelope()));
  if (envelope.payload_type() != kRevisionType) return Refused("it is not a revision");
  COMITY_RETURN_IF_ERROR(ParseStrictLevel(envelope.payload(), kSchemaLevel, revision));
  const Roster* named = roster.FindVersion(revision->roster_version());
  if (named == nullptr || revision->roster_digest() != ToBytes(named->digest())) {
    return Refused(absl::StrCat("it was signed under roster version ", revision->roster_version(),
                                ", which is not in the file"));
  }
  COMITY_RETURN_IF_ERROR(VerifyOfficers(roster, *named, at.origin, revision->index(),
                                        revision->guard() == v1::GUARD_BULK_REMOVAL, envelope));
  *officers = SignersOf(named->FindAuthority(at.origin.name.authority)->officers(), envelope);
  if (revision->origin() != at.checkpoint.origin || revision->index() != proven.index()) {
    return Refused(absl::StrCat("it is leaf ", revision->index(), " of ", revision->origin()));
  }
  COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> hashes, DigestsOf(proven.hashes()));
  return VerifyInclusion(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()),
                         proven.index(), at.checkpoint.size, hashes, at.checkpoint.root);
}

// Whether `version` is what `change` makes; a REDATE takes its entry from the version meant.
bool IsMadeBy(const Version& version, const v1::Change& change) {
  const auto day_is = [](const std::optional<CivilDay>& day, bool present, int32_t days) {
    return day.has_value() == present && (!present || day->days == days);
  };
  if (version.operation != change.operation() ||
      version.effective_from.days != change.effective_from() ||
      !day_is(version.effective_to, change.has_effective_to(), change.effective_to()) ||
      !day_is(version.compliance_from, change.has_compliance_from(), change.compliance_from()) ||
      version.target.has_value() != change.has_target_index() ||
      (version.target.has_value() && version.target->value != change.target_index())) {
    return false;
  }
  if (change.operation() == v1::OPERATION_REDATE) return version.entry_hash.has_value();
  if (change.operation() == v1::OPERATION_REMOVE) return !version.entry_hash.has_value();
  return version.entry_hash == Sha256(change.entry());
}

// The versions of the revision's index are its changes of the key, and none comes later.
absl::Status CheckLastChange(const Timeline& timeline, const v1::Revision& revision,
                             const std::string& key) {
  std::vector<const v1::Change*> changes;
  for (const v1::Change& change : revision.changes()) {
    if (change.key() == key) changes.push_back(&change);
  }
  const std::vector<Version>& versions = timeline.versions();
  const size_t before = versions.size() - changes.size();
  if (changes.empty() || changes.size() > versions.size() ||
      (before > 0 && versions[before - 1].index.value >= revision.index())) {
    return Refused(absl::StrCat("revision ", revision.index(), " is not the one that last changed ",
                                "\"", key, "\""));
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    const Version& version = versions[before + i];
    if (version.index.value != revision.index() || !IsMadeBy(version, *changes[i])) {
      return Refused(absl::StrCat("the change of \"", key, "\" in revision ", revision.index(),
                                  " is not the one that the timeline shows"));
    }
  }
  return absl::OkStatus();
}

absl::Status VerifyState(const v1::EntryProof& proof, const v1::Revision& head) {
  std::vector<StateStep> steps;
  for (const v1::StateStep& step : proof.state().steps()) {
    if (step.bit() > 255) return Refused("state proof: a bit above 255");
    COMITY_ASSIGN_OR_RETURN(const Digest sibling, DigestFromBytes(step.sibling()));
    steps.push_back({static_cast<int>(step.bit()), sibling});
  }
  COMITY_ASSIGN_OR_RETURN(const Digest root, DigestFromBytes(head.state_root_after()));
  return VerifyStateProof(proof.key(), Sha256(proof.timeline()), steps, root);
}

}  // namespace

std::string EntryProofFile(std::string_view serialised) {
  return absl::StrCat(Absl(kMagic), Absl(serialised));
}

absl::StatusOr<v1::EntryProof> ParseEntryProof(std::string_view file) {
  if (file.substr(0, kMagic.size()) != kMagic) {
    return absl::InvalidArgumentError(
        "this is not a proof of an entry: `comity proof entry` makes one");
  }
  v1::EntryProof proof;
  COMITY_RETURN_IF_ERROR(Annotate(ParseStrict(file.substr(kMagic.size()), &proof),
                                  "the proof is damaged and cannot be read"));
  // What each holds is verified; how many there are is the file's form.
  if (proof.rosters().empty() || proof.revisions().empty() || proof.revisions_size() > 2 ||
      !proof.has_state()) {
    return absl::InvalidArgumentError("the proof is damaged: a part of it is missing");
  }
  return proof;
}

const Version* VersionToShow(const Timeline& timeline) {
  const Version* newest = timeline.Newest();
  if (newest != nullptr && newest->entry_hash.has_value()) return newest;
  for (auto it = timeline.versions().rbegin(); it != timeline.versions().rend(); ++it) {
    if (it->entry_hash.has_value()) return &*it;
  }
  return nullptr;
}

absl::StatusOr<ProvenEntry> VerifyEntryProof(const v1::EntryProof& proof,
                                             const Digest& roster_pin) {
  if (proof.rosters().empty() || proof.revisions().empty() || proof.revisions_size() > 2) {
    return Refused("a part of the proof is missing");
  }
  v1::RosterChain chain;
  *chain.mutable_rosters() = proof.rosters();
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster,
                          LoadRosterChain(chain, roster_pin));
  ProvenEntry proven;
  proven.roster_version = roster->version();
  proven.roster_digest = roster->digest();
  COMITY_ASSIGN_OR_RETURN(proven.checkpoint, VerifyCosigned(proof.checkpoint(), *roster));
  const uint64_t size = proven.checkpoint.checkpoint.size;

  const auto verify = [&](int i, v1::Revision* revision, std::vector<std::string>* officers) {
    const v1::ProvenRevision& one = proof.revisions(i);
    return Annotate(VerifyRevision(one, *roster, proven.checkpoint, revision, officers),
                    absl::StrCat("revision ", one.index()));
  };
  COMITY_RETURN_IF_ERROR(verify(0, &proven.revision, &proven.officers));
  v1::Revision head = proven.revision;
  if (proof.revisions_size() == 2) {
    std::vector<std::string> officers;
    COMITY_RETURN_IF_ERROR(verify(1, &head, &officers));
    if (head.index() <= proven.revision.index()) return Refused("its revisions do not ascend");
  }
  if (head.index() + 1 != size) {
    return Refused(absl::StrCat("leaf ", size - 1, ", the checkpoint's last, is missing: a later ",
                                "change could have been left out"));
  }

  COMITY_RETURN_IF_ERROR(VerifyState(proof, head));
  COMITY_ASSIGN_OR_RETURN(proven.timeline, Timeline::Decode(proof.timeline()));
  COMITY_RETURN_IF_ERROR(CheckLastChange(proven.timeline, proven.revision, proof.key()));
  const Version* shown = VersionToShow(proven.timeline);
  if (shown == nullptr || Sha256(proof.entry()) != *shown->entry_hash) {
    return Refused(absl::StrCat("the entry shown is not the one that the officers signed as \"",
                                proof.key(), "\""));
  }
  COMITY_RETURN_IF_ERROR(ParseStrict(proof.entry(), &proven.entry));
  if (proven.entry.key() != proof.key()) return Refused("the entry shown has another key");
  return proven;
}

}  // namespace comity
