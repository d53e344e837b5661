#include "storage/lists/succession.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/timeline.h"
#include "storage/log/held.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

using absl::StatusCode;

// Of one revision that brings back: well below the limits of a revision.
constexpr size_t kMaxChanges = 50'000;
constexpr size_t kMaxBytes = 16 << 20;

// The versions of one key that stand, as changes to a new list, oldest date first.
absl::StatusOr<std::vector<v1::Change>> Standing(const Store& store, const StoredTimeline& stored) {
  COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
  // Of two from one day the later one stands.
  std::map<CivilDay, const Version*> by_day;
  for (const Version& version : timeline.versions()) {
    if (version.superseded) continue;
    const Version*& known = by_day[version.effective_from];
    if (known == nullptr || known->index <= version.index) known = &version;
  }
  std::vector<v1::Change> changes;
  Timeline made;
  for (const auto& [day, version] : by_day) {
    v1::Change change;
    change.set_key(stored.key);
    change.set_effective_from(day.days);
    const bool in_force = made.InForce(day) != nullptr;
    if (!version->entry_hash.has_value()) {
      if (!in_force) continue;  // what it ended had ended by itself
      change.set_operation(v1::OPERATION_REMOVE);
    } else {
      change.set_operation(in_force ? v1::OPERATION_REVISE : v1::OPERATION_ADD);
      COMITY_ASSIGN_OR_RETURN(*change.mutable_entry(), store.ReadBody(*version->entry_hash));
      if (version->effective_to.has_value()) change.set_effective_to(version->effective_to->days);
      if (version->compliance_from.has_value()) {
        change.set_compliance_from(version->compliance_from->days);
      }
    }
    COMITY_RETURN_IF_ERROR(made.Apply(change, LeafIndex{changes.size() + 1}, version->entry_hash));
    changes.push_back(std::move(change));
  }
  return changes;
}

// By layer: the k-th standing version of each key, keys ascending.
absl::StatusOr<std::vector<std::vector<v1::Change>>> Layers(const Store& store,
                                                            const Origin& origin, TreeSize size) {
  std::vector<std::vector<v1::Change>> layers;
  absl::Status status;
  COMITY_RETURN_IF_ERROR(store.ScanTimelines(origin, size, "", [&](const StoredTimeline& stored) {
    absl::StatusOr<std::vector<v1::Change>> changes = Standing(store, stored);
    status = changes.status();
    if (!status.ok()) return false;
    if (layers.size() < changes->size()) layers.resize(changes->size());
    for (size_t i = 0; i < changes->size(); ++i) {
      layers[i].push_back(std::move((*changes)[i]));
    }
    return true;
  }));
  COMITY_RETURN_IF_ERROR(status);
  return layers;
}

// The same in parts that each fit a revision.
std::vector<std::vector<v1::Change>> Parts(std::vector<std::vector<v1::Change>> layers) {
  std::vector<std::vector<v1::Change>> parts;
  for (std::vector<v1::Change>& layer : layers) {
    size_t bytes = 0;
    bool open = false;
    for (v1::Change& change : layer) {
      const size_t size = change.ByteSizeLong();
      if (!open || parts.back().size() == kMaxChanges || bytes + size > kMaxBytes) {
        parts.emplace_back();
        bytes = 0;
        open = true;
      }
      bytes += size;
      parts.back().push_back(std::move(change));
    }
  }
  return parts;
}

}  // namespace

TreeSize OpensAt(const v1::Genesis& genesis) {
  return TreeSize{1 + uint64_t{genesis.previous_epoch().carried_revisions()}};
}

absl::StatusOr<v1::DraftFile> MakeSuccession(const v1::DraftHeader& header, const Roster& roster,
                                             const Store& store, const ListView& old, Instant now) {
  const std::string list = old.origin.name.ToString();
  const TreeSize size{header.succession_size()};
  if (size.value == 0 || size > old.size) {
    return absl::InvalidArgumentError(absl::StrCat(list, ": a succession from size ", size.value,
                                                   " was asked for, ", old.size.value,
                                                   " leaves are held and shown here"));
  }
  if (header.instrument().citation().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(list, ": a succession cites what it is done by, as a revision does"));
  }
  const v1::Authority* authority = roster.FindAuthority(old.origin.name.authority);
  if (authority == nullptr || authority->root().keys().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(list, ": the roster names no root keys of ", old.origin.name.authority,
                     ": without them no succession can be signed"));
  }
  if (old.since.value > 0) {
    return MakeError(StatusCode::kUnknown, v1::REASON_BACKFILLING,
                     absl::StrCat(list, ": its history is still coming, ask again later"), list);
  }
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                          store.ReadLeaf(old.origin, LeafIndex{size.value - 1}));
  COMITY_ASSIGN_OR_RETURN(auto layers, Layers(store, old.origin, size));
  const std::vector<std::vector<v1::Change>> parts = Parts(std::move(layers));

  Origin origin = old.origin;
  ++origin.epoch;
  const int64_t published_at = std::max(now, last.published_at).micros;
  v1::Genesis genesis;
  genesis.set_kind(old.kind);
  genesis.set_title(old.title);
  for (const std::string& one : old.audience) genesis.add_audience(one);
  genesis.set_time_zone(old.time_zone);
  for (const std::string& one : old.authentic_languages) genesis.add_authentic_languages(one);
  genesis.set_published_at(published_at);
  v1::PreviousEpoch& previous = *genesis.mutable_previous_epoch();
  previous.set_origin(old.origin.ToString());
  previous.set_size(size.value);
  previous.set_root(ToBytes(last.root_after));
  previous.set_state_root(ToBytes(last.state_root_after));
  previous.set_carried_revisions(static_cast<uint32_t>(parts.size()));

  ListBatch batch(&roster, &store, origin, std::nullopt);
  v1::DraftFile file;
  file.set_list(list);
  COMITY_ASSIGN_OR_RETURN(*file.add_leaves(), batch.AppendDraft(std::move(genesis)));
  for (const std::vector<v1::Change>& part : parts) {
    v1::Revision revision;
    revision.set_mode(v1::REVISION_MODE_CHANGES);
    *revision.mutable_instrument() = header.instrument();
    revision.set_published_at(published_at);
    for (const v1::Change& change : part) {
      file.set_added(file.added() + (change.operation() == v1::OPERATION_ADD ? 1 : 0));
      file.set_revised(file.revised() + (change.operation() == v1::OPERATION_REVISE ? 1 : 0));
      file.set_removed(file.removed() + (change.operation() == v1::OPERATION_REMOVE ? 1 : 0));
      *revision.add_changes() = change;
    }
    // What the old log took out of force is taken again.
    COMITY_ASSIGN_OR_RETURN(const uint64_t taken, batch.CountTaken(revision));
    if (batch.NeedsGuard(taken)) revision.set_guard(v1::GUARD_BULK_REMOVAL);
    COMITY_ASSIGN_OR_RETURN(*file.add_leaves(), batch.AppendDraft(std::move(revision)));
  }
  file.set_signatures_needed(authority->guard_threshold());
  file.add_warnings(SuccessionNeeds(batch.state()->genesis, *authority, roster));
  return file;
}

std::string SuccessionNeeds(const v1::Genesis& genesis, const v1::Authority& authority,
                            const Roster& roster) {
  const std::vector<std::string> members =
      AudienceOf(roster, {genesis.audience().begin(), genesis.audience().end()});
  return absl::StrCat("the genesis needs ", authority.root().threshold(), " of ",
                      authority.root().keys_size(), " root keys of ", authority.name(), " and ",
                      QuorumOf(roster, members.size()), " of ", members.size(),
                      " participants by their statement keys; the revisions need its officers");
}

absl::Status VerifySuccession(const v1::Envelope& envelope, const v1::Genesis& genesis,
                              const v1::Authority& authority, const Roster& roster) {
  const auto denied = [&](v1::Reason reason, std::string_view what) {
    return MakeError(StatusCode::kPermissionDenied, reason,
                     absl::StrCat(genesis.origin(), ": the succession ", Absl(what)),
                     genesis.origin());
  };
  struct Signer {
    const v1::PublicKey* key;
    // Empty: the authority's root.
    std::string participant;
  };
  std::map<std::string, Signer> signers;
  for (const v1::PublicKey& key : authority.root().keys()) {
    signers[ToBytes(KeyId(key.name(), key.ed25519()))] = {&key, ""};
  }
  const std::vector<std::string> members =
      AudienceOf(roster, {genesis.audience().begin(), genesis.audience().end()});
  for (const std::string& member : members) {
    const v1::Participant* participant = roster.FindParticipant(member);
    if (participant == nullptr || participant->statement_key().ed25519().empty()) continue;
    const v1::PublicKey& key = participant->statement_key();
    signers[ToBytes(KeyId(key.name(), key.ed25519()))] = {&key, member};
  }
  const std::string message = Pae(envelope.payload_type(), envelope.payload());
  // Distinct keys count, and each for one side: one key in two places speaks once.
  std::set<std::string> keys;
  size_t roots = 0;
  std::set<std::string> participants;
  for (const v1::Signature& signature : envelope.signatures()) {
    const auto it = signers.find(signature.key_id());
    if (it == signers.end()) {
      return denied(v1::REASON_UNKNOWN_KEY,
                    absl::StrCat("is signed by key ", ToHex(signature.key_id()).substr(0, 16),
                                 "..., which is neither a root key of ", authority.name(),
                                 " nor a participant's statement key"));
    }
    const v1::PublicKey& key = *it->second.key;
    if (!VerifyEd25519(key.ed25519(), message, signature.signature()).ok()) {
      return denied(v1::REASON_BAD_SIGNATURE,
                    absl::StrCat("was altered after ", key.name(), " signed it"));
    }
    if (!keys.insert(key.ed25519()).second) {
      return denied(v1::REASON_DUPLICATE_KEY, absl::StrCat("is signed twice by ", key.name()));
    }
    if (it->second.participant.empty()) {
      ++roots;
    } else {
      participants.insert(it->second.participant);
    }
  }
  const size_t quorum = QuorumOf(roster, members.size());
  const uint32_t threshold = authority.root().threshold();
  if (threshold == 0 || roots < threshold) {
    return denied(v1::REASON_BAD_SUCCESSION,
                  absl::StrCat("has ", roots, " of the ", threshold, " root signatures of ",
                               authority.name(), " that it needs"));
  }
  if (participants.size() < quorum && !Planted(Bug::kSuccessionWithoutQuorum)) {
    return denied(v1::REASON_BAD_SUCCESSION,
                  absl::StrCat("is signed by ", participants.size(), " of the ", quorum,
                               " participants that it needs"));
  }
  return absl::OkStatus();
}

}  // namespace comity
