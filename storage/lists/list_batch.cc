#include "storage/lists/list_batch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/lists/entry_check.h"
#include "storage/lists/succession.h"
#include "storage/log/held.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

using absl::StatusCode;

bool IsLive(const Timeline& timeline) {
  const Version* newest = timeline.Newest();
  return newest != nullptr && newest->entry_hash.has_value();
}

// Whether what stood before is out of force, or ends sooner, after.
bool IsTaken(const Timeline& before, const Timeline& after) {
  if (!IsLive(before)) return false;
  if (!IsLive(after)) return true;
  const std::optional<CivilDay> was = before.Newest()->effective_to;
  const std::optional<CivilDay> is = after.Newest()->effective_to;
  return is.has_value() && (!was.has_value() || *is < *was);
}

absl::Status CheckInstrument(const v1::Instrument& instrument) {
  if (instrument.citation().empty() || instrument.citation().size() > 1024) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                     "the instrument has a citation of 1-1,024 bytes, such as 85 FR 63009");
  }
  if (instrument.url().size() > 4096 || instrument.title().size() > 4096) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                     "the instrument's URL and title have at most 4,096 bytes");
  }
  return absl::OkStatus();
}

// Strictly ascending by (key, effective_from), so that a revision has one form.
absl::Status CheckOrder(const v1::Revision& revision) {
  for (int i = 0; i < revision.changes_size(); ++i) {
    const v1::Change& change = revision.changes(i);
    COMITY_RETURN_IF_ERROR(CheckEntryKey(change.key()));
    if (i == 0) continue;
    const v1::Change& before = revision.changes(i - 1);
    const int order = before.key().compare(change.key());
    if (order < 0 || (order == 0 && before.effective_from() < change.effective_from())) continue;
    if (order == 0 && before.effective_from() == change.effective_from()) {
      return MakeError(
          StatusCode::kInvalidArgument, v1::REASON_DUPLICATE_ENTRY,
          absl::StrCat("entry \"", change.key(), "\" is changed twice from the same day"));
    }
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_NOT_CANONICAL,
                     absl::StrCat("changes must ascend by key and date: \"", change.key(),
                                  "\" follows \"", before.key(), "\""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Origin> OriginOfEnvelope(std::string_view envelope_bytes, uint32_t schema_level) {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelope_bytes));
  if (OpensLog(envelope.payload_type())) {
    v1::Genesis genesis;
    COMITY_RETURN_IF_ERROR(ParseStrictLevel(envelope.payload(), schema_level, &genesis));
    return Origin::Parse(genesis.origin());
  }
  if (envelope.payload_type() == kRevisionType) {
    v1::Revision revision;
    COMITY_RETURN_IF_ERROR(ParseStrictLevel(envelope.payload(), schema_level, &revision));
    return Origin::Parse(revision.origin());
  }
  return absl::InvalidArgumentError(absl::StrCat("an envelope of type \"", envelope.payload_type(),
                                                 "\" is neither a genesis nor a revision"));
}

ListBatch::ListBatch(const Roster* roster, const Store* store, Origin origin,
                     std::optional<ListState> state, uint32_t schema_level)
    : roster_(roster),
      store_(store),
      origin_(std::move(origin)),
      schema_level_(schema_level),
      state_(std::move(state)) {
  for (const Roster* one = roster_; one != nullptr && !authority_known_; one = one->previous()) {
    authority_known_ = one->FindAuthority(origin_.name.authority) != nullptr;
  }
  commit_.origin = origin_;
  commit_.first = LeafIndex{size()};
}

absl::Status ListBatch::CheckPlace(std::string_view origin, uint64_t index) const {
  const std::string name = origin_.ToString();
  if (!authority_known_) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat("the roster has no authority ", origin_.name.authority), name);
  }
  if (origin != name) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat("this leaf was made for ", Absl(origin), ", not for ", name),
                     name);
  }
  if (index > size() && !Planted(Bug::kAcceptGap)) {
    return MakeError(
        StatusCode::kFailedPrecondition, v1::REASON_GAP,
        absl::StrCat(origin_.name.ToString(), ": leaf ", index, " does not follow, the list has ",
                     size(), " leaves: submit what lies between first"),
        name);
  }
  if (index < size()) {
    const std::string winner =
        absl::StrCat("index ", index,
                     state_->citation.empty()
                         ? ""
                         : absl::StrCat(", head is ", size() - 1, " (", state_->citation, ")"));
    return MakeError(StatusCode::kAborted, v1::REASON_STALE_PARENT,
                     absl::StrCat(origin_.name.ToString(), ": another leaf took ", winner,
                                  ": draft again on the list as it is now"),
                     name, winner);
  }
  return absl::OkStatus();
}

absl::StatusOr<const Roster*> ListBatch::FindRoster(uint64_t version,
                                                    std::string_view digest) const {
  if (Planted(Bug::kSkipRosterCheck)) return roster_;
  COMITY_ASSIGN_OR_RETURN(const Roster* named, NamedRoster(*roster_, version, digest, origin_));
  if (!state_.has_value() || version >= state_->roster_version) return named;
  return MakeError(
      StatusCode::kFailedPrecondition, v1::REASON_WRONG_ROSTER,
      absl::StrCat(origin_.name.ToString(), ": leaf ", size(), " is signed under roster version ",
                   version, ", the leaf before it under version ", state_->roster_version,
                   ": it does not step back"),
      origin_.ToString());
}

absl::Status ListBatch::CheckInstant(int64_t published_at) const {
  if (Planted(Bug::kAcceptTimeStepBack)) return absl::OkStatus();
  if (!state_.has_value() || published_at >= state_->published_at.micros) return absl::OkStatus();
  return MakeError(
      StatusCode::kInvalidArgument, v1::REASON_TIME_STEPS_BACK,
      absl::StrCat(origin_.name.ToString(), ": published_at ", FormatInstant({published_at}),
                   " lies before the leaf before it (", FormatInstant(state_->published_at), ")"),
      origin_.ToString());
}

absl::Status ListBatch::CheckGenesis(const v1::Genesis& genesis, const Roster& roster) const {
  const auto bad = [&](std::string_view what) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                     absl::StrCat(origin_.name.ToString(), ": genesis: ", Absl(what)),
                     origin_.ToString());
  };
  if (genesis.kind() == v1::LIST_KIND_UNSPECIFIED) return bad("it must name the kind of list");
  if (genesis.title().size() > 1024) return bad("the title is over 1,024 bytes");
  if (const auto day = DayInZone({genesis.published_at()}, genesis.time_zone()); !day.ok()) {
    return bad(Std(day.status().message()));
  }
  if (origin_.epoch == 1 && genesis.has_previous_epoch()) {
    return bad("the first epoch follows no other");
  }
  if (origin_.epoch > 1) {
    const v1::PreviousEpoch& previous = genesis.previous_epoch();
    Origin before = origin_;
    --before.epoch;
    if (previous.origin() != before.ToString()) {
      return bad(absl::StrCat("it must follow ", before.ToString()));
    }
    if (previous.size() == 0 || !DigestFromBytes(previous.root()).ok() ||
        !DigestFromBytes(previous.state_root()).ok()) {
      return bad("it must name the size, root and state root that it follows");
    }
  }
  for (int i = 0; i < genesis.audience_size(); ++i) {
    if (roster.FindParticipant(genesis.audience(i)) == nullptr) {
      return bad(absl::StrCat("\"", genesis.audience(i), "\" is not a participant"));
    }
    if (i > 0 && genesis.audience(i - 1) >= genesis.audience(i)) return bad("audience must ascend");
  }
  if (!InAudience({genesis.audience().begin(), genesis.audience().end()},
                  ParticipantOf(origin_.name.authority))) {
    return bad("the audience must name the list's own participant");
  }
  for (int i = 1; i < genesis.authentic_languages_size(); ++i) {
    if (genesis.authentic_languages(i - 1) >= genesis.authentic_languages(i)) {
      return bad("authentic languages must ascend");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Timeline> ListBatch::TimelineOf(std::string_view key) const {
  if (const auto it = changed_.find(key); it != changed_.end()) return it->second;
  if (commit_.first.value == 0) return Timeline();
  COMITY_ASSIGN_OR_RETURN(const std::optional<StoredTimeline> stored,
                          store_->ReadTimeline(origin_, key, TreeSize{commit_.first.value}));
  if (!stored.has_value()) return Timeline();
  return Timeline::Decode(stored->timeline);
}

absl::StatusOr<bool> ListBatch::IsControlled(const Version& version,
                                             const std::vector<Body>& coming) const {
  if (!version.entry_hash.has_value()) return false;
  v1::Entry entry;
  // Only what the revision at hand gave is looked for among what it brings.
  const auto body = version.index == LeafIndex{size()}
                        ? std::ranges::find(coming, *version.entry_hash, &Body::hash)
                        : coming.end();
  if (body != coming.end()) {
    entry.ParseFromString(body->bytes);
  } else if (const auto it = new_bodies_.find(*version.entry_hash); it != new_bodies_.end()) {
    entry.ParseFromString(it->second);
  } else {
    COMITY_ASSIGN_OR_RETURN(const std::string body, store_->ReadBody(*version.entry_hash));
    entry.ParseFromString(body);
  }
  return entry.item().status() != v1::ITEM_STATUS_DECONTROLLED;
}

absl::StatusOr<ListBatch::Effect> ListBatch::Evaluate(const v1::Revision& revision) const {
  if (revision.changes().empty()) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                     "a revision has at least one change");
  }
  if (revision.changes_size() > kMaxChanges) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                     absl::StrCat("a revision of ", revision.changes_size(),
                                  " changes: the limit is 100,000, publish it in parts"));
  }
  COMITY_RETURN_IF_ERROR(CheckInstrument(revision.instrument()));
  COMITY_RETURN_IF_ERROR(CheckOrder(revision));

  Effect effect;
  std::map<std::string, Timeline> before;
  std::map<std::string, bool> decontrolled;
  for (const v1::Change& change : revision.changes()) {
    std::optional<Digest> entry_hash;
    bool says_decontrolled = false;
    const bool carries_entry =
        change.operation() == v1::OPERATION_ADD || change.operation() == v1::OPERATION_REVISE;
    if (carries_entry) {
      COMITY_ASSIGN_OR_RETURN(const v1::Entry entry,
                              CheckEntry(change.entry(), state_->genesis.kind()));
      if (entry.key() != change.key()) {
        return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                         absl::StrCat("the change of \"", change.key(), "\" carries the entry \"",
                                      entry.key(), "\""));
      }
      says_decontrolled = entry.item().status() == v1::ITEM_STATUS_DECONTROLLED;
      entry_hash = Sha256(change.entry());
      effect.bodies.push_back({*entry_hash, change.entry()});
    } else if (!change.entry().empty()) {
      return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                       absl::StrCat("the change of \"", change.key(),
                                    "\" carries an entry, which only ADD and REVISE do"));
    }
    auto [it, inserted] = effect.timelines.try_emplace(change.key());
    if (inserted) {
      COMITY_ASSIGN_OR_RETURN(it->second, TimelineOf(change.key()));
      before[change.key()] = it->second;
    }
    if (says_decontrolled && it->second.Newest() != nullptr) {
      COMITY_ASSIGN_OR_RETURN(const bool was_controlled,
                              IsControlled(*it->second.Newest(), effect.bodies));
      decontrolled[change.key()] = was_controlled;
    }
    COMITY_RETURN_IF_ERROR(it->second.Apply(change, LeafIndex{size()}, entry_hash));
  }
  for (const auto& [key, after] : effect.timelines) {
    const Timeline& was = before[key];
    effect.live_delta += (IsLive(after) ? 1 : 0) - (IsLive(was) ? 1 : 0);
    if (IsTaken(was, after) || decontrolled[key]) ++effect.taken;
  }
  return effect;
}

absl::StatusOr<uint64_t> ListBatch::CountTaken(const v1::Revision& revision) const {
  COMITY_ASSIGN_OR_RETURN(const Effect effect, Evaluate(revision));
  return effect.taken;
}

bool ListBatch::NeedsGuard(uint64_t taken, const Roster& roster) const {
  const uint64_t live = state_.has_value() ? state_->live_entries : 0;
  return taken * 1000 > live * roster.RemovalGuardPerMille();
}

Digest ListBatch::ApplyToTree(Effect& effect) const {
  effect.tree = state_->tree;
  for (const auto& [key, timeline] : effect.timelines) {
    std::string encoded = timeline.Encode();
    effect.tree.Set(key, Sha256(encoded));
    effect.stored.push_back({key, LeafIndex{size()}, std::move(encoded)});
  }
  return effect.tree.Root();
}

absl::Status ListBatch::AppendOpaque(std::string_view envelope_bytes, const std::string& why) {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelope_bytes));
  if (!state_->stop.has_value()) state_->stop = {state_->size(), state_->log.Root(), why};
  PushLeaf(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()),
           std::string(envelope_bytes));
  return absl::OkStatus();
}

absl::Status ListBatch::AppendProven(std::string_view envelope_bytes) {
  if (!state_.has_value()) return Append(envelope_bytes);
  if (state_->stop.has_value()) return AppendOpaque(envelope_bytes, "");
  absl::Status taken = Append(envelope_bytes);
  if (ReasonOf(taken) != v1::REASON_UNSUPPORTED_LEVEL &&
      ReasonOf(taken) != v1::REASON_KEY_REVOKED) {
    return taken;
  }
  return AppendOpaque(envelope_bytes, absl::StrCat("leaf ", size(), ": ", taken.message()));
}

absl::Status ListBatch::Append(std::string_view envelope_bytes) {
  if (state_.has_value() && state_->stop.has_value()) {
    return MakeError(StatusCode::kFailedPrecondition, v1::REASON_UNSUPPORTED_LEVEL,
                     absl::StrCat(origin_.name.ToString(), " stopped: ", state_->stop->why),
                     origin_.ToString());
  }
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelope_bytes));
  const Digest leaf_hash = EnvelopeLeafHash(envelope.payload_type(), envelope.payload());
  const std::string name = origin_.name.ToString();
  if (OpensLog(envelope.payload_type())) {
    v1::Genesis genesis;
    COMITY_RETURN_IF_ERROR(
        Annotate(ParseStrictLevel(envelope.payload(), schema_level_, &genesis), name));
    COMITY_RETURN_IF_ERROR(CheckPlace(genesis.origin(), 0));
    COMITY_ASSIGN_OR_RETURN(const Roster* named,
                            FindRoster(genesis.roster_version(), genesis.roster_digest()));
    const bool succession = envelope.payload_type() == kSuccessionType;
    if (succession != (origin_.epoch > 1)) {
      return MakeError(StatusCode::kPermissionDenied, v1::REASON_BAD_SUCCESSION,
                       absl::StrCat(genesis.origin(),
                                    ": the first epoch is opened by officers, "
                                    "each later one by a succession"),
                       genesis.origin());
    }
    if (succession) {
      const v1::Authority* authority = named->FindAuthority(origin_.name.authority);
      if (authority == nullptr) return CheckPlace("", 0);
      COMITY_RETURN_IF_ERROR(VerifySuccession(envelope, genesis, *authority, *named));
    } else {
      COMITY_RETURN_IF_ERROR(VerifyOfficers(*roster_, *named, origin_, 0, false, envelope));
    }
    COMITY_RETURN_IF_ERROR(CheckGenesis(genesis, *named));
    TakeGenesis(std::move(genesis), leaf_hash, std::string(envelope_bytes));
    return absl::OkStatus();
  }
  if (envelope.payload_type() != kRevisionType) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_NOT_CANONICAL,
                     absl::StrCat(name, ": a leaf of type \"", envelope.payload_type(),
                                  "\" is neither a genesis nor a revision"),
                     origin_.ToString());
  }
  v1::Revision revision;
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrictLevel(envelope.payload(), schema_level_, &revision), name));
  if (revision.index() == 0) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_NOT_CANONICAL,
                     absl::StrCat(name, ": a revision cannot be leaf 0, which is the genesis"),
                     origin_.ToString());
  }
  COMITY_RETURN_IF_ERROR(CheckPlace(revision.origin(), revision.index()));
  if (revision.parent_root() != ToBytes(state_->log.Root()) &&
      !Planted(Bug::kAcceptWrongParentRoot)) {
    const std::string winner = absl::StrCat("index ", size() - 1, " (", state_->citation, ")");
    return MakeError(
        StatusCode::kAborted, v1::REASON_WRONG_PARENT_ROOT,
        absl::StrCat(name, ": the revision continues another history, the head here is ", winner,
                     ": draft again on the list as it is now"),
        origin_.ToString(), winner);
  }
  COMITY_ASSIGN_OR_RETURN(const Roster* named,
                          FindRoster(revision.roster_version(), revision.roster_digest()));
  const bool guarded = revision.guard() == v1::GUARD_BULK_REMOVAL;
  COMITY_RETURN_IF_ERROR(VerifyOfficers(pass_revoked_ ? *named : *roster_, *named, origin_,
                                        revision.index(), guarded, envelope));
  COMITY_RETURN_IF_ERROR(CheckInstant(revision.published_at()));
  absl::StatusOr<Effect> effect = Evaluate(revision);
  if (!effect.ok()) return Annotate(effect.status(), name);
  if (NeedsGuard(effect->taken, *named) && !guarded && !Planted(Bug::kIgnoreRemovalGuard)) {
    return MakeError(
        StatusCode::kFailedPrecondition, v1::REASON_UNDECLARED_BULK_REMOVAL,
        absl::StrCat(name, ": the revision takes ", effect->taken, " of ", state_->live_entries,
                     " entries out of force, more than ", named->RemovalGuardPerMille(),
                     " in 1,000, and does not declare guard BULK_REMOVAL"),
        origin_.ToString());
  }
  if (const Digest root = ApplyToTree(*effect);
      revision.state_root_after() != ToBytes(root) && !Planted(Bug::kIgnoreStateRoot)) {
    return MakeError(
        StatusCode::kFailedPrecondition, v1::REASON_WRONG_STATE_ROOT,
        absl::StrCat(name, ": revision ", revision.index(), " says state root ",
                     ToHex(revision.state_root_after()), ", this daemon computes ", ToHex(root)),
        origin_.ToString());
  }
  TakeRevision(revision, *std::move(effect), leaf_hash, std::string(envelope_bytes));
  return absl::OkStatus();
}

absl::StatusOr<v1::DraftLeaf> ListBatch::AppendDraft(v1::Genesis genesis) {
  genesis.set_schema_level(kSchemaLevel);
  genesis.set_origin(origin_.ToString());
  genesis.set_roster_version(roster_->version());
  genesis.set_roster_digest(ToBytes(roster_->digest()));
  COMITY_RETURN_IF_ERROR(CheckPlace(genesis.origin(), 0));
  COMITY_RETURN_IF_ERROR(CheckGenesis(genesis, *roster_));
  v1::DraftLeaf leaf;
  leaf.set_payload_type(origin_.epoch > 1 ? kSuccessionType : kGenesisType);
  leaf.set_payload(genesis.SerializeAsString());
  TakeGenesis(std::move(genesis), EnvelopeLeafHash(leaf.payload_type(), leaf.payload()), "");
  return leaf;
}

absl::StatusOr<v1::DraftLeaf> ListBatch::AppendDraft(v1::Revision revision) {
  revision.set_schema_level(kSchemaLevel);
  revision.set_origin(origin_.ToString());
  revision.set_index(size());
  revision.set_parent_root(ToBytes(state_->log.Root()));
  revision.set_roster_version(roster_->version());
  revision.set_roster_digest(ToBytes(roster_->digest()));
  COMITY_RETURN_IF_ERROR(CheckInstant(revision.published_at()));
  COMITY_ASSIGN_OR_RETURN(Effect effect, Evaluate(revision));
  revision.set_state_root_after(ToBytes(ApplyToTree(effect)));
  v1::DraftLeaf leaf;
  leaf.set_payload_type(kRevisionType);
  leaf.set_payload(revision.SerializeAsString());
  if (leaf.payload().size() > kMaxRevisionBytes) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                     absl::StrCat("a revision of ", leaf.payload().size(),
                                  " bytes: the limit is 32 MiB, publish it in parts"));
  }
  TakeRevision(revision, std::move(effect), EnvelopeLeafHash(leaf.payload_type(), leaf.payload()),
               "");
  return leaf;
}

void ListBatch::TakeGenesis(v1::Genesis genesis, const Digest& leaf_hash, std::string envelope) {
  const int64_t published_at = genesis.published_at();
  state_.emplace();
  state_->origin = origin_;
  state_->roster_version = genesis.roster_version();
  state_->genesis = std::move(genesis);
  state_->published_at = Instant{published_at};
  PushLeaf(leaf_hash, std::move(envelope));
}

void ListBatch::TakeRevision(const v1::Revision& revision, Effect effect, const Digest& leaf_hash,
                             std::string envelope) {
  state_->tree = std::move(effect.tree);
  std::move(effect.stored.begin(), effect.stored.end(), std::back_inserter(commit_.timelines));
  for (auto& [key, timeline] : effect.timelines) changed_[key] = std::move(timeline);
  for (Body& body : effect.bodies) {
    if (new_bodies_.emplace(body.hash, body.bytes).second)
      commit_.bodies.push_back(std::move(body));
  }
  state_->live_entries += effect.live_delta;
  state_->citation = revision.instrument().citation();
  state_->roster_version = revision.roster_version();
  state_->published_at = Instant{revision.published_at()};
  PushLeaf(leaf_hash, std::move(envelope));
}

void ListBatch::PushLeaf(const Digest& leaf_hash, std::string envelope) {
  state_->log.Append(leaf_hash);
  commit_.leaves.push_back({std::move(envelope), leaf_hash, state_->log.Root(), state_->tree.Root(),
                            state_->published_at, state_->stop.has_value()});
}

ListCommit ListBatch::TakeCommit() {
  commit_.tiles = state_->log.TakeDirtyTiles();
  return std::move(commit_);
}

}  // namespace comity
