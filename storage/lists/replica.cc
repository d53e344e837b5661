#include "storage/lists/replica.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/encoder.h"
#include "storage/canonical/envelope.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/merged.h"
#include "storage/lists/succession.h"
#include "storage/lists/timeline.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/signing/note.h"

namespace comity {
namespace {

using absl::StatusCode;

absl::Status UnknownList(const Origin& origin) {
  return MakeError(StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                   absl::StrCat("list ", origin.name.ToString(), " is not held here"),
                   origin.ToString());
}

}  // namespace

Replica::Replica(Options options, const Roster* roster, Store* store, const Clock* clock)
    : options_(std::move(options)),
      roster_(roster),
      store_(store),
      clock_(clock),
      codes_(std::make_shared<CodeIndex>()),
      memory_(roster, options_.participant, options_.peers) {}

absl::StatusOr<std::unique_ptr<Replica>> Replica::Open(Options options, const Roster* roster,
                                                       Store* store, const Clock* clock) {
  StatusBoard::Options statuses{options.participant, std::move(options.statement_key),
                                options.status_tick, options.status_gap};
  auto replica = std::unique_ptr<Replica>(new Replica(std::move(options), roster, store, clock));
  COMITY_ASSIGN_OR_RETURN(std::vector<StoredHead> heads, store->Heads());
  COMITY_ASSIGN_OR_RETURN(replica->evidence_, EvidenceBoard::Open(store, *roster));
  COMITY_ASSIGN_OR_RETURN(replica->statuses_,
                          StatusBoard::Open(std::move(statuses), roster, store));
  MutexLock lock(replica->write_mutex_);
  COMITY_ASSIGN_OR_RETURN(replica->missing_, store->Missing());
  COMITY_RETURN_IF_ERROR(replica->LoadBegun());
  std::map<Origin, std::shared_ptr<const ListView>> views;
  for (const StoredHead& head : heads) {
    COMITY_RETURN_IF_ERROR(replica->VoidRevoked(head));
  }
  COMITY_ASSIGN_OR_RETURN(heads, store->Heads());
  std::vector<ToIndex> versions;  // borrow from `heads`
  for (const StoredHead& head : heads) {
    COMITY_ASSIGN_OR_RETURN(ListState state, replica->LoadList(head, &versions));
    if (state.stop.has_value()) {
      COMITY_RETURN_IF_ERROR(replica->TakeUp(state));
    }
    // A crash between the sync and the signature leaves our own head unsigned until
    // peers were heard (SignAll).
    std::shared_ptr<ListView> view =
        replica->MakeView(state, head.checkpoint, head.checkpoint_size, nullptr);
    COMITY_ASSIGN_OR_RETURN(const auto held, store->ReadHeld(head.origin));
    for (const auto& [participant, note] : held) {
      absl::StatusOr<HeldStatement> statement = VerifyHeld(note, participant, *roster);
      // It left the federation, or its key was revoked.
      if (!statement.ok() && roster->previous() != nullptr) continue;
      COMITY_RETURN_IF_ERROR(statement.status());
      view->held[participant] = *std::move(statement);
    }
    // Signed for, and the process ended before it was stated.
    replica->StateHeld(*view);
    replica->CountCommon(*view);
    views[head.origin] = std::move(view);
    replica->lists_[head.origin] = std::move(state);
  }
  COMITY_RETURN_IF_ERROR(replica->IndexVersions(std::move(versions)));
  replica->Publish(std::move(views));
  return replica;
}

absl::StatusOr<ListState> Replica::LoadList(const StoredHead& head,
                                            std::vector<ToIndex>* versions) {
  const auto corrupt = [&](std::string_view what) {
    return absl::DataLossError(absl::StrCat(head.origin.ToString(),
                                            ": the store contradicts itself: ", Absl(what),
                                            "; rebuild it from peers"));
  };
  ListState state;
  state.origin = head.origin;
  COMITY_ASSIGN_OR_RETURN(
      state.log, TreeAppender::Open(StoreTileReader(store_, head.origin), head.size.value));
  if (state.log.Root() != head.root) return corrupt("the tiles do not make the root of the head");
  COMITY_ASSIGN_OR_RETURN(const TreeSize shown, ShownSize(*store_, head));
  if (shown.value == 0) return corrupt("its genesis is opaque");
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf first, store_->ReadLeaf(head.origin, LeafIndex{0}));
  v1::Envelope envelope;
  if (!envelope.ParseFromString(first.envelope) ||
      !state.genesis.ParseFromString(envelope.payload())) {
    return corrupt("the genesis cannot be read");
  }
  state.roster_version = state.genesis.roster_version();
  if (shown.value > 1) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                            store_->ReadLeaf(head.origin, LeafIndex{shown.value - 1}));
    v1::Revision revision;
    if (!envelope.ParseFromString(last.envelope) || !revision.ParseFromString(envelope.payload())) {
      return corrupt("the last revision cannot be read");
    }
    state.citation = revision.instrument().citation();
    state.roster_version = revision.roster_version();
  }
  if (shown < head.size) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                            store_->ReadLeaf(head.origin, LeafIndex{shown.value - 1}));
    state.stop = {shown, last.root_after, ""};
  }
  state.published_at = head.published_at;

  absl::Status status = absl::OkStatus();
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(head.origin, shown, "", [&](const StoredTimeline& stored) {
        const absl::StatusOr<Timeline> timeline = Timeline::Decode(stored.timeline);
        if (!timeline.ok()) {
          status = timeline.status();
          return false;
        }
        state.tree.Set(stored.key, Sha256(stored.timeline));
        const Version* newest = timeline->Newest();
        if (newest != nullptr && newest->entry_hash.has_value() &&
            !Planted(Bug::kRestartForgetsEntries)) {
          ++state.live_entries;
        }
        for (const Version& version : timeline->versions()) {
          if (versions == nullptr || !BringsEntry(version)) continue;
          versions->push_back({*version.entry_hash, version.index, &head.origin});
        }
        return true;
      }));
  COMITY_RETURN_IF_ERROR(status);
  if (state.tree.Root() != head.state_root) {
    return corrupt("the timelines do not make the state root of the head");
  }
  return state;
}

absl::Status Replica::TakeUp(ListState& state) {
  const TreeSize size = state.size();
  ListState before = state;
  before.stop.reset();
  COMITY_ASSIGN_OR_RETURN(before.log, TreeAppender::Open(StoreTileReader(store_, state.origin),
                                                         state.stop->shown.value));
  ListBatch batch(roster_, store_, state.origin, std::move(before), options_.schema_level);
  for (uint64_t index = state.stop->shown.value; index < size.value; ++index) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf,
                            store_->ReadLeaf(state.origin, LeafIndex{index}));
    const absl::Status taken = batch.AppendProven(leaf.envelope);
    // Understood, and wrong: the view stays where it is, and says why.
    if (!taken.ok()) {
      COMITY_RETURN_IF_ERROR(
          batch.AppendOpaque(leaf.envelope, absl::StrCat("leaf ", index, ": ", taken.message())));
    }
  }
  const bool further = batch.state()->shown() > state.shown();
  state = *batch.state();
  if (!further) return absl::OkStatus();
  ListCommit commit = batch.TakeCommit();
  commit.kind = ListCommit::Kind::kAgain;
  commit.audit.push_back(RecordOf(commit, {"comityd", "", "list.upgrade"}));
  COMITY_RETURN_IF_ERROR(store_->Commit(commit));
  return IndexCommit(commit);
}

std::shared_ptr<ListView> Replica::MakeView(const ListState& state, std::string checkpoint,
                                            TreeSize checkpoint_size,
                                            const ListView* before) const {
  auto view = std::make_shared<ListView>();
  view->origin = state.origin;
  view->kind = state.genesis.kind();
  view->title = state.genesis.title();
  view->time_zone = state.genesis.time_zone();
  view->audience.assign(state.genesis.audience().begin(), state.genesis.audience().end());
  view->size = state.shown();
  view->root = state.stop.has_value() ? state.stop->root : state.log.Root();
  view->log_size = state.size();
  if (state.stop.has_value()) view->stopped = state.stop->why;
  if (const auto begun = begun_.find(state.origin); begun != begun_.end()) {
    view->since = begun->second.head.size;
    view->backfilled = TreeSize{begun->second.record.backfilled()};
  }
  view->state_root = state.tree.Root();
  view->published_at = state.published_at;
  view->citation = state.citation;
  view->checkpoint = std::move(checkpoint);
  view->checkpoint_size = checkpoint_size;
  if (before != nullptr) view->held = before->held;
  view->contested = evidence_->Contested(state.origin);
  view->authentic_languages.assign(state.genesis.authentic_languages().begin(),
                                   state.genesis.authentic_languages().end());
  view->opens_at = OpensAt(state.genesis);
  return view;
}

std::optional<HeldStatement> Replica::StateHeld(ListView& view) const {
  if (!options_.held_key.has_value()) return std::nullopt;
  // Of a stopped list not all that is held was verified, of another not all is held yet.
  if (view.checkpoint_size != view.size || !view.stopped.empty()) return std::nullopt;
  if (view.since.value > 0 && !Planted(Bug::kHeldBeforeHistory)) return std::nullopt;
  HeldStatement& own = view.held[options_.participant];
  if (own.size >= view.size) return std::nullopt;
  absl::StatusOr<HeldStatement> statement =
      SignHeld(view.checkpoint, options_.participant, *options_.held_key, *roster_, clock_->Now());
  if (!statement.ok()) return std::nullopt;  // a key that is not the roster's: LoadConfig saw to it
  own = *std::move(statement);
  return own;
}

void Replica::CountCommon(ListView& view) const {
  if (view.contested) {
    // What says more than is held here may speak of the other history.
    HeldBy ours = view.held;
    std::erase_if(ours, [&](const auto& one) { return one.second.size > view.log_size; });
    view.common = std::min(view.size, CommonSize(*roster_, view.audience, ours));
    return;
  }
  view.common = std::min(view.size, CommonSize(*roster_, view.audience, view.held));
}

absl::Status Replica::IndexVersion(const Origin& origin, LeafIndex first, const std::string& body) {
  v1::Entry entry;
  if (!entry.ParseFromString(body)) {
    return absl::DataLossError(
        absl::StrCat(origin.ToString(), ": an entry of leaf ", first.value, " cannot be read"));
  }
  codes_->Add(entry, origin, first);
  return absl::OkStatus();
}

absl::Status Replica::IndexVersions(std::vector<ToIndex> versions) {
  // The store keeps bodies by their hash: in that order one reading of a block serves all that
  // it holds.
  std::sort(versions.begin(), versions.end(), [](const ToIndex& one, const ToIndex& other) {
    return one.entry_hash < other.entry_hash;
  });
  for (const ToIndex& version : versions) {
    COMITY_ASSIGN_OR_RETURN(const std::string body, store_->ReadBody(version.entry_hash));
    COMITY_RETURN_IF_ERROR(IndexVersion(*version.origin, version.first, body));
  }
  return absl::OkStatus();
}

bool Replica::Signs(const Origin& origin) const {
  return options_.log_keys.contains(origin.name.authority);
}

void Replica::Publish(std::map<Origin, std::shared_ptr<const ListView>> views) {
  auto next = std::make_shared<Snapshot>(store_, clock_, RuleSet(), std::move(views), codes_,
                                         read_cache_, last_exchange_, statuses_);
  next->SetRosterEnd(roster_->version(), Instant{roster_->message().valid_to()});
  MutexLock lock(snapshot_mutex_);
  snapshot_ = std::move(next);
}

uint32_t Replica::RuleSet() const { return RuleSetOf(*roster_); }

std::shared_ptr<const Snapshot> Replica::snapshot() const {
  MutexLock lock(snapshot_mutex_);
  return snapshot_;
}

void Replica::OnCommit(std::function<void(const News&)> callback) {
  MutexLock lock(write_mutex_);
  on_commit_ = std::move(callback);
}

std::optional<ListState> Replica::StateOf(const Origin& origin) const {
  MutexLock lock(write_mutex_);
  const auto it = lists_.find(origin);
  if (it == lists_.end()) return std::nullopt;
  return it->second;
}

absl::StatusOr<v1::DraftFile> Replica::Draft(const DraftInput& input) const {
  COMITY_ASSIGN_OR_RETURN(const ListName name, ListName::Parse(input.header.list()));
  COMITY_RETURN_IF_ERROR(CheckOwn(name));
  const Origin origin = CurrentOrigin(name);
  if (input.header.has_succession_size()) {
    COMITY_ASSIGN_OR_RETURN(const auto old, snapshot()->FindList(name.ToString()));
    return MakeSuccession(input.header, *roster_, *store_, *old, clock_->Now());
  }
  return MakeDraft(input, roster_, store_, origin, StateOf(origin), clock_->Now());
}

absl::Status Replica::CheckOwn(const ListName& name) const {
  if (ParticipantOf(name.authority) == options_.participant && Signs({"", name, 1})) {
    return absl::OkStatus();
  }
  return MakeError(StatusCode::kPermissionDenied, v1::REASON_NOT_YOUR_AUTHORITY,
                   absl::StrCat(name.ToString(), " is not published here: this is the daemon of \"",
                                options_.participant, "\", submit to the daemon of \"",
                                ParticipantOf(name.authority), "\""),
                   name.ToString());
}

Origin Replica::CurrentOrigin(const ListName& name) const {
  Origin origin{roster_->federation(), name, 1};
  const std::shared_ptr<const Snapshot> held = snapshot();
  if (const auto view = held->FindList(name.ToString()); view.ok()) origin = (*view)->origin;
  return origin;
}

bool Replica::MayHold(std::string_view participant, const Origin& origin) const {
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto it = held->lists().find(origin);
  if (it == held->lists().end()) return false;
  return InAudience(it->second->audience, participant);
}

std::vector<LogHead> Replica::HeadsFor(std::string_view participant) const {
  std::vector<LogHead> heads;
  const std::shared_ptr<const Snapshot> held = snapshot();
  for (const auto& [origin, view] : held->lists()) {
    if (!MayHold(participant, origin)) continue;
    if (const auto head = HeadOf(origin); head.ok()) heads.push_back(*head);
  }
  return heads;
}

std::vector<HeldStatement> Replica::HeldFor(std::string_view participant) const {
  std::vector<HeldStatement> statements;
  const std::shared_ptr<const Snapshot> held = snapshot();
  for (const auto& [origin, view] : held->lists()) {
    if (!MayHold(participant, origin)) continue;
    for (const auto& [by, statement] : view->held) statements.push_back(statement);
  }
  return statements;
}

Digest Replica::HeldDigestFor(std::string_view participant) const {
  Encoder encoder;
  for (const HeldStatement& statement : HeldFor(participant)) {
    encoder.Bytes(statement.origin.ToString());
    encoder.Bytes(statement.participant);
    encoder.U64(statement.size.value);
  }
  return Sha256(encoder.Take());
}

absl::StatusOr<LogHead> Replica::HeadOf(const Origin& origin) const {
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto it = held->lists().find(origin);
  if (it == held->lists().end() || it->second->checkpoint.empty()) return UnknownList(origin);
  const ListView& view = *it->second;
  LogHead head{origin, view.checkpoint_size, view.root, view.checkpoint};
  if (view.checkpoint_size != view.size) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf,
                            store_->ReadLeaf(origin, LeafIndex{view.checkpoint_size.value - 1}));
    head.root = leaf.root_after;
  }
  return head;
}

absl::StatusOr<TreeSize> Replica::SizeOf(const Origin& origin) const {
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto it = held->lists().find(origin);
  if (it == held->lists().end()) return UnknownList(origin);
  return it->second->log_size;
}

absl::Status Replica::CheckServable(const Origin& origin, uint64_t begin, uint64_t end,
                                    uint64_t tree_size) const {
  COMITY_ASSIGN_OR_RETURN(const TreeSize size, SizeOf(origin));
  if (begin < end && end <= tree_size && tree_size <= size.value) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(origin.ToString(), ": leaves [", begin, ", ", end,
                                            ") of ", tree_size, " were asked for, ", size.value,
                                            " are held"));
}

absl::StatusOr<std::string> Replica::ReadEnvelope(const Origin& origin, LeafIndex index) const {
  absl::StatusOr<StoredLeaf> read = store_->ReadLeaf(origin, index);
  if (absl::IsNotFound(read.status()) && BootstrapOf(origin).has_value()) {
    return absl::UnavailableError(
        absl::StrCat(origin.ToString(), ": leaf ", index.value,
                     " is before the snapshot that this daemon began "
                     "from, and has not come yet: ask again later, or another"));
  }
  COMITY_ASSIGN_OR_RETURN(StoredLeaf leaf, std::move(read));
  return std::move(leaf.envelope);
}

absl::StatusOr<std::vector<Digest>> Replica::ReadConsistency(const Origin& origin, uint64_t end,
                                                             uint64_t tree_size) const {
  return ConsistencyProof(StoreTileReader(store_, origin), end, tree_size);
}

absl::StatusOr<Replica::Range> Replica::ReadRange(const Origin& origin, uint64_t begin,
                                                  uint64_t end, uint64_t tree_size,
                                                  uint64_t max_bytes) const {
  COMITY_RETURN_IF_ERROR(CheckServable(origin, begin, end, tree_size));
  Range range;
  uint64_t bytes = 0;
  for (range.end = begin; range.end < end && bytes < max_bytes; ++range.end) {
    COMITY_ASSIGN_OR_RETURN(std::string envelope, ReadEnvelope(origin, LeafIndex{range.end}));
    bytes += envelope.size();
    range.envelopes.push_back(std::move(envelope));
  }
  COMITY_ASSIGN_OR_RETURN(range.consistency, ReadConsistency(origin, range.end, tree_size));
  return range;
}

absl::Status Replica::CheckHead(const LogHead& head) const {
  const std::string name = head.origin.ToString();
  // What is held here under the very same note needs no second look.
  const std::shared_ptr<const Snapshot> held = snapshot();
  if (held != nullptr) {
    const auto it = held->lists().find(head.origin);
    if (it != held->lists().end() && it->second->checkpoint == head.checkpoint &&
        it->second->checkpoint_size == head.size && it->second->size == head.size &&
        it->second->root == head.root) {
      return absl::OkStatus();
    }
  }
  COMITY_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                          VerifyLogNote(head.checkpoint, head.origin, *roster_));
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(head.checkpoint));
  if (!HasOneForm(parsed, head.checkpoint, 1)) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                     absl::StrCat(name,
                                  ": the head's checkpoint has other lines than its log's, "
                                  "or is in another form"),
                     name);
  }
  if (checkpoint.size != head.size.value || checkpoint.root != head.root) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                     absl::StrCat(name, ": the head names size ", head.size.value,
                                  ", its checkpoint says ", checkpoint.size),
                     name);
  }
  return absl::OkStatus();
}

}  // namespace comity
