// The write side of Replica: submissions and ranges from peers, in groups that share
// one sync.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/replica.h"
#include "storage/lists/replica_group.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/signing/note.h"

namespace comity {

using absl::StatusCode;

absl::StatusOr<Submitted> Replica::Submit(const std::vector<std::string>& envelopes,
                                          const Actor& by) {
  if (envelopes.empty()) return absl::InvalidArgumentError("nothing was submitted");
  COMITY_ASSIGN_OR_RETURN(const Origin origin,
                          OriginOfEnvelope(envelopes.back(), options_.schema_level));
  COMITY_RETURN_IF_ERROR(CheckOwn(origin.name));
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope last, ParseEnvelope(envelopes.back()));
  Write write(origin);
  write.by = by;
  write.envelopes = &envelopes;
  queue_.Run(write);
  COMITY_RETURN_IF_ERROR(write.status);
  return Submitted{origin, write.index, EnvelopeLeafHash(last.payload_type(), last.payload()),
                   write.head, write.already_present};
}

absl::Status Replica::Ingest(const LogHead& target, uint64_t begin,
                             const std::vector<std::string>& envelopes,
                             const std::vector<Digest>& consistency, const Actor& by) {
  COMITY_RETURN_IF_ERROR(CheckHead(target));
  Write write(target.origin);
  write.by = by;
  write.envelopes = &envelopes;
  write.target = &target;
  write.begin = begin;
  write.consistency = &consistency;
  queue_.Run(write);
  return write.status;
}

void Replica::HeardFrom(const std::string& participant, const std::vector<LogHead>& heads) {
  Write write{Origin{}};
  write.heard_from = participant;
  write.heard = &heads;
  queue_.Run(write);
}

void Replica::Shown(const std::vector<LogHead>& heads) {
  Write write{Origin{}};
  write.heard = &heads;
  queue_.Run(write);
}

// Everyone tells everyone: most of what comes was verified when another said it.
absl::StatusOr<HeldStatement> Replica::HeldAlready(const Snapshot& known, const HeldNote& note) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note.note));
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(parsed.checkpoint.origin));
  if (const auto view = known.lists().find(origin); view != known.lists().end()) {
    const auto held = view->second->held.find(note.participant);
    if (held != view->second->held.end() && held->second.note == note.note) return held->second;
  }
  return absl::NotFoundError("it is new");
}

absl::StatusOr<size_t> Replica::TakeHeld(const std::vector<HeldNote>& notes) {
  std::vector<HeldStatement> statements;
  absl::Status wrong;
  const std::shared_ptr<const Snapshot> known = snapshot();
  for (const HeldNote& one : notes) {
    absl::StatusOr<HeldStatement> statement = HeldAlready(*known, one);
    if (!statement.ok()) statement = VerifyHeld(one.note, one.participant, *roster_);
    if (!statement.ok()) {
      wrong = statement.status();
      break;
    }
    statements.push_back(*std::move(statement));
  }
  Write write{Origin{}};
  write.held = &statements;
  if (!statements.empty()) queue_.Run(write);
  COMITY_RETURN_IF_ERROR(write.status);
  COMITY_RETURN_IF_ERROR(wrong);
  return write.taken;
}

void Replica::ReleaseSigning() {
  Write write{Origin{}};
  queue_.Run(write);
}

SigningView Replica::signing() const {
  MutexLock lock(write_mutex_);
  SigningView view;
  view.signs = !options_.log_keys.empty();
  view.settled = !view.signs || memory_.Settled({});
  view.released = memory_.released();
  if (view.settled) return view;
  view.awaited = memory_.Awaited({});
  const size_t heard = memory_.Voters({}).size() - view.awaited.size();
  view.needed = memory_.Needed({}) - heard;
  return view;
}

void Replica::CarryOut(std::span<CommitWork* const> works) {
  std::function<void(const News&)> notify;
  Group group;
  {
    MutexLock lock(write_mutex_);
    group.views = snapshot()->lists();
    for (CommitWork* work : works) {
      Write& write = static_cast<Write&>(*work);
      write.status = Prepare(write, group);
    }
    if (!group.prepared.empty()) {
      std::vector<const ListCommit*> commits;
      for (Group::Prepared& one : group.prepared) {
        one.commit.audit.push_back(RecordOf(one.commit, one.write->by));
        commits.push_back(&one.commit);
      }
      const absl::Status stored = store_->CommitGroup(commits);
      for (Group::Prepared& one : group.prepared) {
        if (!stored.ok() && !Planted(Bug::kAckBeforeSync)) {
          one.write->status = stored;
          continue;
        }
        if (one.commit.kind != ListCommit::Kind::kAppend) {
          one.write->status = one.batch.has_value() ? FinishBackfill(*one.batch, one.commit, group)
                                                    : FinishPage(*one.write, one.commit, group);
          continue;
        }
        absl::StatusOr<LogHead> head = Finish(*one.batch, one.commit, group);
        one.write->status = head.status();
        if (head.ok()) one.write->head = *std::move(head);
      }
    }
    if (group.changed && !Planted(Bug::kViewNotMoved)) Publish(std::move(group.views));
    notify = on_commit_;
  }
  if (notify && !group.news.empty()) notify(group.news);
}

v1::AuditRecord Replica::RecordOf(const ListCommit& commit, const Actor& by) const {
  v1::AuditRecord record;
  record.set_at(clock_->Now().micros);
  record.set_caller(by.caller);
  record.set_serial(by.serial);
  record.set_action(by.action);
  record.set_subject(commit.origin.ToString());
  const auto held = lists_.find(commit.origin);
  record.set_before(held == lists_.end() ? 0 : held->second.size().value);
  // Parts of a snapshot and leaves before it do not move the list's end.
  const bool moves = commit.kind == ListCommit::Kind::kAppend;
  record.set_after(moves ? commit.first.value + commit.leaves.size() : record.before());
  if (commit.kind == ListCommit::Kind::kOpen) record.set_after(commit.first.value + 1);
  record.set_decision(v1::AUDIT_DECISION_DONE);
  return record;
}

absl::Status Replica::Take(Write& write, Group& group) {
  absl::Status contradiction;
  for (const HeldStatement& statement : *write.held) {
    // Of our own lists, what a peer holds and we do not was lost here.
    NoteMissing({statement.origin, statement.size, statement.root, ""});
    const auto it = group.views.find(statement.origin);
    if (it == group.views.end()) {
      // Its leaves are on their way.
      HeldBy& early = early_held_[statement.origin];
      if (early_held_.size() > kMaxEarlyLists)
        early_held_.erase(statement.origin);
      else if (early[statement.participant].size < statement.size)
        early[statement.participant] = statement;
      continue;
    }
    auto next = std::make_shared<ListView>(*it->second);
    const absl::StatusOr<bool> taken = TakeOne(statement, *next, group);
    contradiction.Update(taken.status());
    const bool took = taken.ok() && *taken;
    if (!took && next->contested == it->second->contested) continue;
    CountCommon(*next);
    it->second = std::move(next);
    group.changed = true;
    write.taken += took ? 1 : 0;
  }
  return contradiction;
}

absl::StatusOr<bool> Replica::TakeOne(const HeldStatement& statement, ListView& view,
                                      Group& group) {
  HeldStatement& known = view.held[statement.participant];
  const std::string list = statement.origin.name.ToString();
  const LogHead stated{statement.origin, statement.size, statement.root, statement.note};
  if (known.size == statement.size && known.root != statement.root) {
    // It holds both, or says so.
    if (const auto proof = MakeVerified(known.note, statement.note, {}, statement.participant)) {
      COMITY_RETURN_IF_ERROR(Accuse(*proof, view, group));
    }
  }
  if (known.size >= statement.size) return false;
  if (!InAudience(view.audience, statement.participant)) {
    view.held.erase(statement.participant);
    return MakeError(StatusCode::kFailedPrecondition, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat(list, ": \"", statement.participant,
                                  "\" states that it holds a list that is not for it"),
                     statement.origin.ToString());
  }
  if (statement.size.value > 0 && statement.size <= view.log_size) {
    const absl::StatusOr<StoredLeaf> leaf =
        store_->ReadLeaf(statement.origin, LeafIndex{statement.size.value - 1});
    const bool still_to_come = absl::IsNotFound(leaf.status()) && statement.size < view.since;
    if (!still_to_come) COMITY_RETURN_IF_ERROR(leaf.status());
    if (!still_to_come && leaf->root_after != statement.root) {
      if (known.size.value == 0) view.held.erase(statement.participant);
      if (view.contested) return false;  // said before
      if (const auto fork = FindFork(stated, view)) {
        COMITY_RETURN_IF_ERROR(Accuse(*fork, view, group));
      }
      return MakeError(
          StatusCode::kFailedPrecondition, v1::REASON_BAD_CHECKPOINT,
          absl::StrCat(list, ": \"", statement.participant, "\" holds another history at size ",
                       statement.size.value, ", and the authority signed both"),
          statement.origin.ToString());
    }
  }
  COMITY_RETURN_IF_ERROR(store_->PutHeld(statement.origin, statement.participant, statement.note));
  known = statement;
  group.news.held.push_back(statement);
  return true;
}

void Replica::Show(std::shared_ptr<ListView> view, Group& group) {
  if (std::optional<HeldStatement> own = StateHeld(*view)) {
    // A statement that is not kept is made again after the next start.
    store_->PutHeld(own->origin, own->participant, own->note).IgnoreError();
    group.news.held.push_back(*std::move(own));
  }
  if (const auto early = early_held_.find(view->origin); early != early_held_.end()) {
    for (const auto& [participant, statement] : early->second) {
      // A contradiction is said when the statement comes again.
      TakeOne(statement, *view, group).IgnoreError();
    }
    early_held_.erase(early);
  }
  const auto before = group.views.find(view->origin);
  JudgeHeld(*view, before == group.views.end() ? nullptr : before->second.get(), group);
  CountCommon(*view);
  const bool is_signed = view->checkpoint_size == view->log_size;
  group.news.heads.push_back({view->origin, view->log_size, lists_.at(view->origin).log.Root(),
                              is_signed ? view->checkpoint : ""});
  group.views[view->origin] = std::move(view);
  group.changed = true;
}

absl::Status Replica::Prepare(Write& write, Group& group) {
  if (write.held != nullptr) return Take(write, group);
  if (write.evidence != nullptr) return Accuse(write, group);
  if (write.page != nullptr) return PreparePage(write, group);
  if (Begun* begun = BegunFor(write)) return PrepareBackfill(*begun, write, group);
  if (write.envelopes == nullptr) {
    Hear(write);
    SignAll(group);
    return absl::OkStatus();
  }
  COMITY_ASSIGN_OR_RETURN(std::optional<ListBatch> batch,
                          write.target == nullptr ? PrepareSubmission(write) : PrepareRange(write));
  if (!batch.has_value()) return absl::OkStatus();
  ListCommit commit = batch->TakeCommit();
  if (write.target != nullptr &&
      (batch->size() == write.target->size.value || Planted(Bug::kCheckpointTooEarly))) {
    commit.checkpoint = write.target->checkpoint;
  }
  // A snapshot that nobody could go on with is given up: its parts are what these leaves make.
  if (begun_.contains(write.origin) && commit.first.value == 0) commit.bootstrap = "";
  group.prepared.push_back({&write, std::move(batch), std::move(commit)});
  return absl::OkStatus();
}

void Replica::Hear(const Write& write) {
  if (write.heard == nullptr) {
    memory_.Release();
    return;
  }
  for (const LogHead& head : *write.heard) NoteMissing(head);
  if (write.heard_from.empty()) return;
  memory_.Hear(write.heard_from);
  last_exchange_->store(clock_->Now().micros);
}

void Replica::NoteMissing(const LogHead& head) {
  if (!Signs(head.origin)) return;
  const auto held = lists_.find(head.origin);
  const TreeSize size = held == lists_.end() ? TreeSize{} : held->second.size();
  if (head.size <= size) return;
  FrontierHead& missing = missing_.heads[head.origin];
  if (missing.size < head.size) missing = {head.size, head.root};
}

absl::Status Replica::CheckMaySign(const Origin& origin,
                                   const std::optional<ListState>& state) const {
  const std::string name = origin.name.ToString();
  const TreeSize size = state.has_value() ? state->size() : TreeSize{};
  if (const auto missing = missing_.heads.find(origin);
      missing != missing_.heads.end() && !Planted(Bug::kIgnoreMissing)) {
    const FrontierHead& head = missing->second;
    if (size < head.size || (size == head.size && state->log.Root() != head.root)) {
      return MakeError(StatusCode::kFailedPrecondition, v1::REASON_NOT_HELD,
                       absl::StrCat(name, ": this daemon acknowledged ", head.size.value,
                                    " leaves and holds ", size.value,
                                    " (an old copy was put back, or files were lost): it fetches "
                                    "the rest from peers and signs nothing until then"),
                       origin.ToString());
    }
  }
  std::vector<std::string> audience;
  if (state.has_value()) {
    audience.assign(state->genesis.audience().begin(), state->genesis.audience().end());
  }
  if (memory_.Settled(audience)) return absl::OkStatus();
  return MakeError(StatusCode::kUnavailable, v1::REASON_SIGNING_WAITS,
                   absl::StrCat(name, ": this daemon was started and signs nothing until ",
                                memory_.Needed(audience),
                                " peers have said what it had signed; nothing was heard yet of ",
                                absl::StrJoin(memory_.Awaited(audience), ", "),
                                "; try again, or have an admin run `comity signing release`"),
                   origin.ToString());
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

absl::StatusOr<std::optional<ListBatch>> Replica::PrepareSubmission(Write& write) const {
  std::optional<ListState> state;
  if (const auto it = lists_.find(write.origin); it != lists_.end()) state = it->second;
  if (state.has_value()) {
    std::optional<LeafIndex> at;
    for (const std::string& envelope : *write.envelopes) {
      COMITY_ASSIGN_OR_RETURN(at, FindLeaf(*state, envelope));
      if (!at.has_value()) break;
    }
    if (at.has_value()) {
      write.index = *at;
      write.already_present = true;
      COMITY_ASSIGN_OR_RETURN(write.head, HeadOf(write.origin));
      return std::nullopt;
    }
  }
  COMITY_RETURN_IF_ERROR(CheckNotContested(write.origin));
  if (const auto next = lists_.upper_bound(write.origin);
      next != lists_.end() && next->first.name == write.origin.name) {
    return MakeError(StatusCode::kAborted, v1::REASON_STALE_PARENT,
                     absl::StrCat(write.origin.name.ToString(), ": epoch ", next->first.epoch,
                                  " follows this one: draft again on the list as it is now"),
                     write.origin.ToString());
  }
  COMITY_RETURN_IF_ERROR(CheckMaySign(write.origin, state));
  ListBatch batch(roster_, store_, write.origin, std::move(state), options_.schema_level);
  for (const std::string& envelope : *write.envelopes) {
    COMITY_RETURN_IF_ERROR(batch.Append(envelope));
  }
  // Peers take any version that does not step back; here a key that was taken out signs
  // nothing more from the day on that the roster is known.
  if (batch.state()->roster_version != roster_->version() && !Planted(Bug::kSkipRosterCheck)) {
    return MakeError(
        StatusCode::kAborted, v1::REASON_WRONG_ROSTER,
        absl::StrCat(write.origin.name.ToString(), ": signed under roster version ",
                     batch.state()->roster_version, ", in force is version ", roster_->version(),
                     ": carry the draft over with `comity revision rebase` and have it signed "
                     "again"),
        write.origin.ToString());
  }
  COMITY_RETURN_IF_ERROR(CheckNotAhead(batch.state()->published_at, clock_->Now()));
  write.index = LeafIndex{batch.size() - 1};
  return batch;
}

absl::Status Replica::CheckRange(const Write& write, const std::optional<ListState>& state,
                                 uint64_t held) const {
  const LogHead& target = *write.target;
  const std::vector<std::string>& envelopes = *write.envelopes;
  const uint64_t end = write.begin + envelopes.size();
  // The proof comes first: it is cheap, and what fails it is not looked at.
  TreeAppender log = state.has_value() ? state->log : TreeAppender();
  for (uint64_t i = held - write.begin; i < envelopes.size(); ++i) {
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(envelopes[i]));
    log.Append(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()));
  }
  if (Planted(Bug::kSkipProof)) return absl::OkStatus();
  return Annotate(
      VerifyConsistency(end, log.Root(), target.size.value, target.root, *write.consistency),
      write.origin.ToString());
}

absl::Status Replica::NotForUs(const std::string& list) const {
  return MakeError(
      StatusCode::kPermissionDenied, v1::REASON_WRONG_ORIGIN,
      absl::StrCat(list, ": this list is not for \"", options_.participant, "\"; it is not kept"),
      list);
}

absl::StatusOr<std::optional<ListBatch>> Replica::PrepareRange(const Write& write) const {
  const LogHead& target = *write.target;
  const std::vector<std::string>& envelopes = *write.envelopes;
  const std::string name = write.origin.ToString();
  std::optional<ListState> state;
  if (const auto it = lists_.find(write.origin); it != lists_.end()) state = it->second;
  const uint64_t held = state.has_value() ? state->size().value : 0;
  const uint64_t end = write.begin + envelopes.size();
  if (write.begin > held || end < write.begin || end > target.size.value) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                     absl::StrCat(name, ": leaves [", write.begin, ", ", end,
                                  ") do not continue the ", held, " that are held"),
                     name);
  }
  if (end <= held && !Planted(Bug::kApplyTwice)) return std::nullopt;
  COMITY_RETURN_IF_ERROR(CheckNotContested(write.origin));

  COMITY_RETURN_IF_ERROR(CheckRange(write, state, held));

  ListBatch batch(roster_, store_, write.origin, std::move(state), options_.schema_level);
  for (uint64_t i = Planted(Bug::kIgnoreOverlap) ? 0 : held - write.begin; i < envelopes.size();
       ++i) {
    const absl::Status taken = batch.AppendProven(envelopes[i]);
    if (!taken.ok() && Planted(Bug::kKeepPartOfRefusedRange) && batch.size() > held) break;
    COMITY_RETURN_IF_ERROR(taken);
  }
  const v1::Genesis& genesis = batch.state()->genesis;
  if (!InAudience({genesis.audience().begin(), genesis.audience().end()}, options_.participant)) {
    return NotForUs(name);
  }
  return batch;
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
  if (Planted(Bug::kSkipReadBack)) {
    // Whatever is there now.
  } else if (!readable || stored_root != state.log.Root() ||
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

void Replica::SignAll(Group& group) {
  if (Planted(Bug::kNeverSignAfterCrash)) return;
  for (const auto& [origin, state] : lists_) {
    const ListView& view = *group.views.at(origin);
    if (view.checkpoint_size == view.log_size || !Signs(origin)) continue;
    if (!CheckMaySign(origin, state).ok()) continue;
    // What cannot be read back stays unsigned; the next publication says why.
    absl::StatusOr<std::string> note = SignHead(state);
    if (!note.ok()) continue;
    Show(MakeView(state, *std::move(note), state.size(), &view), group);
  }
}

absl::Status Replica::IndexCommit(const ListCommit& commit) {
  // What a leaf adds or revises came with it.
  std::map<Digest, const std::string*> bodies;
  for (const Body& body : commit.bodies) bodies[body.hash] = &body.bytes;
  for (const StoredTimeline& stored : commit.timelines) {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    for (const Version& version : timeline.versions()) {
      if (version.index != stored.index || !BringsEntry(version)) continue;
      const auto body = bodies.find(*version.entry_hash);
      if (body == bodies.end()) {
        return absl::InternalError("no entry body " + ToHex(*version.entry_hash));
      }
      COMITY_RETURN_IF_ERROR(IndexVersion(commit.origin, version.index, *body->second));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LogHead> Replica::Finish(const ListBatch& batch, const ListCommit& commit,
                                        Group& group) {
  const Origin& origin = commit.origin;
  const ListState& state = *batch.state();
  std::string note = commit.checkpoint;
  TreeSize note_size = state.size();
  absl::Status unsigned_because;
  if (note.empty() && Signs(origin) && CheckMaySign(origin, state).ok()) {
    absl::StatusOr<std::string> fresh = SignHead(state);
    unsigned_because = fresh.status();
    if (fresh.ok()) note = *std::move(fresh);
  }
  if (note.empty()) {
    // Proven by a larger checkpoint, whose leaves have not all come yet.
    note_size = TreeSize{0};
    if (const auto before = group.views.find(origin); before != group.views.end()) {
      note = before->second->checkpoint;
      note_size = before->second->checkpoint_size;
    }
  }
  COMITY_RETURN_IF_ERROR(IndexCommit(commit));
  lists_[origin] = state;
  if (commit.bootstrap.has_value()) {
    begun_.erase(origin);
    ShowBegun(origin);
  }
  const auto before = group.views.find(origin);
  Show(MakeView(state, note, note_size,
                before == group.views.end() ? nullptr : before->second.get()),
       group);
  COMITY_RETURN_IF_ERROR(unsigned_because);
  return group.news.heads.back();
}

}  // namespace comity
