// What must hold while the roster changes.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/signing/threshold.h"
#include "tests/sim/invariants.h"

namespace comity::sim {

Invariants::Signers Invariants::SignersOf(const std::string& envelope_bytes) {
  Signers signers;
  v1::Envelope envelope;
  v1::Revision revision;
  if (!envelope.ParseFromString(envelope_bytes) || envelope.payload_type() != kRevisionType ||
      !revision.ParseFromString(envelope.payload())) {
    return signers;
  }
  signers.roster_version = revision.roster_version();
  signers.guarded = revision.guard() == v1::GUARD_BULK_REMOVAL;
  for (const v1::Signature& one : envelope.signatures()) signers.key_ids.insert(one.key_id());
  return signers;
}

void Invariants::RosterKept(int daemon, uint64_t version) {
  uint64_t& kept = kept_rosters_[daemon];
  kept = std::max(kept, version);
}

void Invariants::Opened(int daemon, const std::string& name, const Roster& roster) {
  if (const uint64_t kept = kept_rosters_[daemon]; roster.version() < kept) {
    Break("rosters-never-move-back", absl::StrCat(name, " opens under version ", roster.version(),
                                                  " and said that it kept ", kept));
  }
  RosterKept(daemon, roster.version());
  for (uint64_t version = roster.first_version(); version <= roster.version(); ++version) {
    const Roster* one = roster.FindVersion(version);
    if (one == nullptr || version == 0 || version > rosters_.size() ||
        one->digest() != rosters_[version - 1]->digest()) {
      Break("roster-is-the-federations",
            absl::StrCat(name, " has a version ", version, " that the federation did not sign"));
    }
  }
}

// By the text of the rosters alone, and by who signed: the slow twin of Replica::VoidRevoked.
uint64_t Invariants::ServableSize(const Origin& origin, const Roster& roster) const {
  const auto signers = signers_.find(origin);
  if (signers == signers_.end()) return UINT64_MAX;
  const std::string name = origin.ToString();
  for (uint64_t index = 1; index < signers->second.size(); ++index) {
    const Signers& leaf = signers->second[index];
    if (leaf.roster_version == 0 || leaf.roster_version > rosters_.size()) continue;
    const v1::Authority* authority =
        rosters_[leaf.roster_version - 1]->FindAuthority(origin.name.authority);
    if (authority == nullptr) continue;
    size_t count = 0;
    for (const v1::PublicKey& key : authority->officers().keys()) {
      if (!leaf.key_ids.contains(ToBytes(KeyId(key.name(), key.ed25519())))) continue;
      const bool revoked = std::ranges::any_of(
          roster.message().revocations(), [&](const v1::Revocation& one) {
            return one.ed25519() == key.ed25519() && one.origin() == name && one.index() <= index;
          });
      count += !revoked;
    }
    if (count < (leaf.guarded ? authority->guard_threshold() : authority->officers().threshold())) {
      return index;
    }
  }
  return UINT64_MAX;
}

void Invariants::Served(const DaemonFacts& daemon, const Origin& origin) const {
  const auto snapshot = daemon.replica.snapshot();
  const auto view = snapshot->lists().find(origin);
  if (view == snapshot->lists().end() || daemon.replica.BootstrapOf(origin).has_value()) return;
  const uint64_t servable = ServableSize(origin, daemon.replica.roster());
  if (view->second->size.value > servable) {
    Break("revoked-is-void",
          absl::StrCat(daemon.name, ", ", origin.name.ToString(), ": serves leaf ",
                       view->second->size.value - 1, ", void from ", servable, " on"));
  }
}

void Invariants::SameView(const DaemonFacts& one, const DaemonFacts& other) {
  if (one.replica.snapshot()->view_digest() == other.replica.snapshot()->view_digest()) return;
  Break("views-equal", absl::StrCat(one.name, " and ", other.name,
                                    " have the same roster and lists, and other views"));
}

}  // namespace comity::sim
