#include "storage/lists/replica.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/timeline.h"
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

// Adds what the version's entry can be found by; `read_body` gives an entry's bytes.
template <typename ReadBody>
absl::Status IndexVersion(const ReadBody& read_body, const Origin& origin, const std::string& key,
                          const Version& version, CodeIndex& codes) {
  if (!version.entry_hash.has_value() || version.operation == v1::OPERATION_REDATE) {
    return absl::OkStatus();
  }
  COMITY_ASSIGN_OR_RETURN(const std::string body, read_body(*version.entry_hash));
  v1::Entry entry;
  if (!entry.ParseFromString(body)) {
    return absl::DataLossError(
        absl::StrCat(origin.ToString(), ": entry \"", key, "\" cannot be read"));
  }
  if (entry.has_item()) codes.Add(entry.item().code(), origin, key, version.index);
  return absl::OkStatus();
}

std::shared_ptr<const ListView> MakeView(const ListState& state, std::string checkpoint,
                                         TreeSize checkpoint_size) {
  auto view = std::make_shared<ListView>();
  view->origin = state.origin;
  view->kind = state.genesis.kind();
  view->title = state.genesis.title();
  view->time_zone = state.genesis.time_zone();
  view->audience.assign(state.genesis.audience().begin(), state.genesis.audience().end());
  view->size = state.size();
  view->root = state.log.Root();
  view->state_root = state.tree.Root();
  view->published_at = state.published_at;
  view->citation = state.citation;
  view->checkpoint = std::move(checkpoint);
  view->checkpoint_size = checkpoint_size;
  return view;
}

}  // namespace

Replica::Replica(Options options, const Roster* roster, Store* store, const Clock* clock)
    : options_(std::move(options)),
      roster_(roster),
      store_(store),
      clock_(clock),
      codes_(std::make_shared<CodeIndex>()) {}

absl::StatusOr<std::unique_ptr<Replica>> Replica::Open(Options options, const Roster* roster,
                                                       Store* store, const Clock* clock) {
  auto replica = std::unique_ptr<Replica>(new Replica(std::move(options), roster, store, clock));
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store->Heads());
  MutexLock lock(replica->write_mutex_);
  COMITY_ASSIGN_OR_RETURN(replica->missing_, store->Missing());
  std::map<Origin, std::shared_ptr<const ListView>> views;
  for (const StoredHead& head : heads) {
    COMITY_ASSIGN_OR_RETURN(ListState state, replica->LoadList(head));
    std::string checkpoint = head.checkpoint;
    TreeSize checkpoint_size = head.checkpoint_size;
    // A crash between the sync and the signature leaves our own head unsigned.
    if (checkpoint_size < head.size && replica->Signs(head.origin) &&
        replica->CheckWhole(head.origin, head.size, head.root).ok()) {
      COMITY_ASSIGN_OR_RETURN(checkpoint, replica->SignHead(state));
      checkpoint_size = head.size;
    }
    views[head.origin] = MakeView(state, std::move(checkpoint), checkpoint_size);
    replica->lists_[head.origin] = std::move(state);
  }
  replica->Publish(std::move(views));
  return replica;
}

absl::StatusOr<ListState> Replica::LoadList(const StoredHead& head) {
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
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf first, store_->ReadLeaf(head.origin, LeafIndex{0}));
  v1::Envelope envelope;
  if (!envelope.ParseFromString(first.envelope) ||
      !state.genesis.ParseFromString(envelope.payload())) {
    return corrupt("the genesis cannot be read");
  }
  if (head.size.value > 1) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                            store_->ReadLeaf(head.origin, LeafIndex{head.size.value - 1}));
    v1::Revision revision;
    if (!envelope.ParseFromString(last.envelope) || !revision.ParseFromString(envelope.payload())) {
      return corrupt("the last revision cannot be read");
    }
    state.citation = revision.instrument().citation();
  }
  state.published_at = head.published_at;

  const auto read_body = [this](const Digest& hash) { return store_->ReadBody(hash); };
  absl::Status status = absl::OkStatus();
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(head.origin, head.size, "", [&](const StoredTimeline& stored) {
        const absl::StatusOr<Timeline> timeline = Timeline::Decode(stored.timeline);
        if (!timeline.ok()) {
          status = timeline.status();
          return false;
        }
        state.tree.Set(stored.key, Sha256(stored.timeline));
        const Version* newest = timeline->Newest();
        if (newest != nullptr && newest->entry_hash.has_value()) ++state.live_entries;
        for (const Version& version : timeline->versions()) {
          status = IndexVersion(read_body, head.origin, stored.key, version, *codes_);
          if (!status.ok()) return false;
        }
        return true;
      }));
  COMITY_RETURN_IF_ERROR(status);
  if (state.tree.Root() != head.state_root) {
    return corrupt("the timelines do not make the state root of the head");
  }
  return state;
}

absl::Status Replica::CheckWhole(const Origin& origin, TreeSize size, const Digest& root) const {
  const auto missing = missing_.heads.find(origin);
  if (missing == missing_.heads.end()) return absl::OkStatus();
  const FrontierHead& head = missing->second;
  if (size > head.size || (size == head.size && root == head.root)) return absl::OkStatus();
  return MakeError(StatusCode::kFailedPrecondition, v1::REASON_NOT_HELD,
                   absl::StrCat(origin.name.ToString(), ": this daemon acknowledged ",
                                head.size.value, " leaves and holds ", size.value,
                                " (an old copy was put back, or files were lost): it fetches the "
                                "rest from peers and signs nothing until then"),
                   origin.ToString());
}

bool Replica::Signs(const Origin& origin) const {
  return options_.log_keys.contains(origin.name.authority);
}

absl::StatusOr<std::string> Replica::SignHead(const ListState& state) {
  const Origin& origin = state.origin;
  // Read back what was synced and hash it again: what is signed is what is stored.
  COMITY_ASSIGN_OR_RETURN(const Digest stored_root,
                          RootAt(StoreTileReader(store_, origin), state.size().value));
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf last,
                          store_->ReadLeaf(origin, LeafIndex{state.size().value - 1}));
  v1::Envelope envelope;
  const bool readable = envelope.ParseFromString(last.envelope);
  if (!readable || stored_root != state.log.Root() ||
      EnvelopeLeafHash(envelope.payload_type(), envelope.payload()) != last.leaf_hash) {
    return absl::DataLossError(absl::StrCat(
        origin.ToString(), ": what was read back is not what was stored: nothing is signed"));
  }
  const std::string body = CheckpointBody({origin.ToString(), state.size().value, stored_root});
  COMITY_ASSIGN_OR_RETURN(std::string note, SignNote(body, origin.ToString(),
                                                     options_.log_keys.at(origin.name.authority)));
  COMITY_RETURN_IF_ERROR(store_->PutCheckpoint(origin, state.size(), note));
  return note;
}

void Replica::Publish(std::map<Origin, std::shared_ptr<const ListView>> views) {
  auto next = std::make_shared<const Snapshot>(store_, clock_, RuleSet(), std::move(views), codes_,
                                               read_cache_);
  MutexLock lock(snapshot_mutex_);
  snapshot_ = std::move(next);
}

uint32_t Replica::RuleSet() const {
  return std::max<uint32_t>(1, roster_->message().policy().rule_set());
}

std::shared_ptr<const Snapshot> Replica::snapshot() const {
  MutexLock lock(snapshot_mutex_);
  return snapshot_;
}

void Replica::OnCommit(std::function<void(const LogHead&)> callback) {
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

// Whether the leaf stands in the log already, and where.
absl::StatusOr<std::optional<LeafIndex>> Replica::FindLeaf(
    const ListState& state, const std::string& envelope_bytes) const {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelope_bytes));
  uint64_t index = 0;
  if (envelope.payload_type() == kRevisionType) {
    v1::Revision revision;
    if (!revision.ParseFromString(envelope.payload())) return std::nullopt;
    index = revision.index();
  }
  if (index >= state.size().value) return std::nullopt;
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf, store_->ReadLeaf(state.origin, LeafIndex{index}));
  const Digest hash = EnvelopeLeafHash(envelope.payload_type(), envelope.payload());
  if (leaf.leaf_hash != hash) return std::nullopt;
  return LeafIndex{index};
}

absl::StatusOr<Submitted> Replica::Submit(const std::vector<std::string>& envelopes) {
  if (envelopes.empty()) return absl::InvalidArgumentError("nothing was submitted");
  COMITY_ASSIGN_OR_RETURN(const Origin origin, OriginOfEnvelope(envelopes.back()));
  COMITY_RETURN_IF_ERROR(CheckOwn(origin.name));
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope last, ParseEnvelope(envelopes.back()));
  Submitted submitted;
  submitted.origin = origin;
  submitted.leaf_hash = EnvelopeLeafHash(last.payload_type(), last.payload());
  std::function<void(const LogHead&)> notify;
  {
    MutexLock lock(write_mutex_);
    const auto it = lists_.find(origin);
    std::optional<ListState> state;
    if (it != lists_.end()) state = it->second;

    if (state.has_value()) {
      std::optional<LeafIndex> at;
      for (const std::string& envelope : envelopes) {
        COMITY_ASSIGN_OR_RETURN(at, FindLeaf(*state, envelope));
        if (!at.has_value()) break;
      }
      if (at.has_value()) {
        submitted.index = *at;
        submitted.already_present = true;
        COMITY_ASSIGN_OR_RETURN(submitted.head, HeadOf(origin));
        return submitted;
      }
    }
    COMITY_RETURN_IF_ERROR(CheckWhole(origin, state.has_value() ? state->size() : TreeSize{0},
                                      state.has_value() ? state->log.Root() : EmptyRoot()));
    ListBatch batch(roster_, store_, origin, state);
    for (const std::string& envelope : envelopes) COMITY_RETURN_IF_ERROR(batch.Append(envelope));
    COMITY_RETURN_IF_ERROR(CheckNotAhead(batch.state()->published_at, clock_->Now()));
    submitted.index = LeafIndex{batch.size() - 1};
    COMITY_ASSIGN_OR_RETURN(submitted.head, CommitBatch(batch, ""));
    notify = on_commit_;
  }
  if (notify) notify(submitted.head);
  return submitted;
}

absl::StatusOr<LogHead> Replica::CommitBatch(ListBatch& batch, const std::string& checkpoint) {
  ListCommit commit = batch.TakeCommit();
  commit.checkpoint = checkpoint;
  const Origin origin = commit.origin;
  COMITY_RETURN_IF_ERROR(store_->Commit(commit));
  const ListState& state = *batch.state();

  std::string note = checkpoint;
  TreeSize note_size = state.size();
  if (note.empty() && Signs(origin) && CheckWhole(origin, state.size(), state.log.Root()).ok()) {
    COMITY_ASSIGN_OR_RETURN(note, SignHead(state));
  }
  auto views = snapshot()->lists();
  if (note.empty()) {
    // Proven by a larger checkpoint, whose leaves have not all come yet.
    note_size = TreeSize{0};
    if (const auto before = views.find(origin); before != views.end()) {
      note = before->second->checkpoint;
      note_size = before->second->checkpoint_size;
    }
  }
  // What a leaf adds or revises came with it.
  std::map<Digest, const std::string*> bodies;
  for (const Body& body : commit.bodies) bodies[body.hash] = &body.bytes;
  const auto read_body = [&](const Digest& hash) -> absl::StatusOr<std::string> {
    const auto body = bodies.find(hash);
    if (body == bodies.end()) return absl::InternalError("no entry body " + ToHex(hash));
    return *body->second;
  };
  for (const StoredTimeline& stored : commit.timelines) {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    for (const Version& version : timeline.versions()) {
      if (version.index != stored.index) continue;
      COMITY_RETURN_IF_ERROR(IndexVersion(read_body, origin, stored.key, version, *codes_));
    }
  }
  const auto view = MakeView(state, note, note_size);
  views[origin] = view;
  lists_[origin] = state;
  Publish(std::move(views));
  return LogHead{origin, view->size, view->root, note_size == view->size ? note : ""};
}

bool Replica::MayHold(std::string_view participant, const Origin& origin) const {
  const std::shared_ptr<const Snapshot> held = snapshot();
  const auto it = held->lists().find(origin);
  if (it == held->lists().end()) return false;
  const std::vector<std::string>& audience = it->second->audience;
  return audience.empty() ||
         std::find(audience.begin(), audience.end(), participant) != audience.end();
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
  return it->second->size;
}

absl::StatusOr<Replica::Range> Replica::ReadRange(const Origin& origin, uint64_t begin,
                                                  uint64_t end, uint64_t tree_size,
                                                  uint64_t max_bytes) const {
  COMITY_ASSIGN_OR_RETURN(const TreeSize size, SizeOf(origin));
  if (begin >= end || end > tree_size || tree_size > size.value) {
    return absl::OutOfRangeError(absl::StrCat(origin.ToString(), ": leaves [", begin, ", ", end,
                                              ") of ", tree_size, " were asked for, ", size.value,
                                              " are held"));
  }
  Range range;
  uint64_t bytes = 0;
  for (range.end = begin; range.end < end && bytes < max_bytes; ++range.end) {
    COMITY_ASSIGN_OR_RETURN(StoredLeaf leaf, store_->ReadLeaf(origin, LeafIndex{range.end}));
    bytes += leaf.envelope.size();
    range.envelopes.push_back(std::move(leaf.envelope));
  }
  COMITY_ASSIGN_OR_RETURN(range.consistency,
                          ConsistencyProof(StoreTileReader(store_, origin), range.end, tree_size));
  return range;
}

absl::Status Replica::CheckHead(const LogHead& head) const {
  const std::string name = head.origin.ToString();
  const v1::Authority* authority = roster_->FindAuthority(head.origin.name.authority);
  if (authority == nullptr || head.origin.federation != roster_->federation()) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat("the roster has no authority for ", name), name);
  }
  COMITY_ASSIGN_OR_RETURN(
      const Checkpoint checkpoint,
      VerifyCheckpointNote(head.checkpoint, name, authority->log_key_ed25519()));
  if (checkpoint.size != head.size.value || checkpoint.root != head.root) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_CHECKPOINT,
                     absl::StrCat(name, ": the head names size ", head.size.value,
                                  ", its checkpoint says ", checkpoint.size),
                     name);
  }
  return absl::OkStatus();
}

absl::Status Replica::Ingest(const LogHead& target, uint64_t begin,
                             const std::vector<std::string>& envelopes,
                             const std::vector<Digest>& consistency) {
  COMITY_RETURN_IF_ERROR(CheckHead(target));
  const Origin& origin = target.origin;
  const std::string name = origin.ToString();
  const auto bad_proof = [&](std::string_view what) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                     absl::StrCat(name, ": ", Absl(what)), name);
  };
  LogHead head;
  std::function<void(const LogHead&)> notify;
  {
    MutexLock lock(write_mutex_);
    std::optional<ListState> state;
    if (const auto it = lists_.find(origin); it != lists_.end()) state = it->second;
    const uint64_t held = state.has_value() ? state->size().value : 0;
    const uint64_t end = begin + envelopes.size();
    if (begin > held || end < begin || end > target.size.value) {
      return bad_proof(absl::StrCat("leaves [", begin, ", ", end, ") do not continue the ", held,
                                    " that are held"));
    }
    if (end <= held) return absl::OkStatus();

    // The proof comes first: it is cheap, and what fails it is not looked at.
    TreeAppender log = state.has_value() ? state->log : TreeAppender();
    for (uint64_t i = held - begin; i < envelopes.size(); ++i) {
      COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelopes[i]));
      log.Append(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()));
    }
    COMITY_RETURN_IF_ERROR(Annotate(
        VerifyConsistency(end, log.Root(), target.size.value, target.root, consistency), name));

    ListBatch batch(roster_, store_, origin, state);
    for (uint64_t i = held - begin; i < envelopes.size(); ++i) {
      COMITY_RETURN_IF_ERROR(batch.Append(envelopes[i]));
    }
    COMITY_ASSIGN_OR_RETURN(head,
                            CommitBatch(batch, end == target.size.value ? target.checkpoint : ""));
    notify = on_commit_;
  }
  if (notify) notify(head);
  return absl::OkStatus();
}

}  // namespace comity
