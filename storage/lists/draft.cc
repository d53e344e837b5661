#include "storage/lists/draft.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/timeline.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

using absl::StatusCode;

// How many pending changes a draft lists one by one.
constexpr size_t kMaxWarnings = 100;

absl::Status BadInput(std::string_view what, v1::Reason reason = v1::REASON_BAD_CHANGE) {
  return MakeError(StatusCode::kInvalidArgument, reason, what);
}

// The edition's entries by key, checked.
absl::StatusOr<std::map<std::string, std::string>> IndexEntries(
    const std::vector<std::string>& entries, v1::ListKind kind) {
  std::map<std::string, std::string> by_key;
  for (const std::string& bytes : entries) {
    COMITY_ASSIGN_OR_RETURN(const v1::Entry entry, CheckEntry(bytes, kind));
    if (!by_key.emplace(entry.key(), bytes).second) {
      return BadInput(absl::StrCat("the edition has the entry \"", entry.key(), "\" twice"),
                      v1::REASON_DUPLICATE_ENTRY);
    }
  }
  return by_key;
}

v1::Change MakeChange(std::string_view key, v1::Operation operation, CivilDay effective_from) {
  v1::Change change;
  change.set_key(std::string(key));
  change.set_operation(operation);
  change.set_effective_from(effective_from.days);
  return change;
}

// What makes the state in force on `day` equal to the edition.
class EditionDiff {
 public:
  EditionDiff(std::map<std::string, std::string> edition, const v1::DraftHeader& header,
              CivilDay day)
      : edition_(std::move(edition)),
        refused_(header.refused_keys().begin(), header.refused_keys().end()),
        keep_missing_(header.keep_missing()),
        day_(day) {}

  absl::Status CompareWith(const Store& store, const ListState& state) {
    absl::Status status = absl::OkStatus();
    COMITY_RETURN_IF_ERROR(
        store.ScanTimelines(state.origin, state.size(), "", [&](const StoredTimeline& stored) {
          status = CompareKey(stored);
          return status.ok();
        }));
    return status;
  }

  // Call after CompareWith: what the list does not know is added.
  void AddTheRest() {
    for (auto& [key, bytes] : edition_) {
      v1::Change change = MakeChange(key, v1::OPERATION_ADD, day_);
      change.set_entry(std::move(bytes));
      changes_.push_back(std::move(change));
    }
    edition_.clear();
    std::sort(changes_.begin(), changes_.end(),
              [](const v1::Change& a, const v1::Change& b) { return a.key() < b.key(); });
  }

  std::vector<v1::Change> TakeChanges() { return std::move(changes_); }

  std::vector<std::string> TakeWarnings() {
    if (pending_ > warnings_.size()) {
      warnings_.push_back(
          absl::StrCat("and ", pending_ - warnings_.size(), " more pending changes"));
    }
    return std::move(warnings_);
  }

 private:
  absl::Status CompareKey(const StoredTimeline& stored) {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* in_force = timeline.InForce(day_);
    NotePending(stored.key, timeline);
    const auto it = edition_.find(stored.key);
    if (it == edition_.end()) {
      // A line that could not be read never repeals law.
      if (in_force != nullptr && !keep_missing_ && !refused_.contains(stored.key)) {
        changes_.push_back(MakeChange(stored.key, v1::OPERATION_REMOVE, day_));
      }
      return absl::OkStatus();
    }
    if (in_force == nullptr || *in_force->entry_hash != Sha256(it->second)) {
      v1::Change change = MakeChange(
          stored.key, in_force == nullptr ? v1::OPERATION_ADD : v1::OPERATION_REVISE, day_);
      change.set_entry(std::move(it->second));
      changes_.push_back(std::move(change));
    }
    edition_.erase(it);
    return absl::OkStatus();
  }

  void NotePending(const std::string& key, const Timeline& timeline) {
    for (const Version& version : timeline.versions()) {
      if (version.superseded || version.effective_from <= day_) continue;
      if (++pending_ <= kMaxWarnings) {
        warnings_.push_back(absl::StrCat("\"", key, "\" changes again on ",
                                         FormatCivilDay(version.effective_from), " (revision ",
                                         version.index.value, "): that stays as it is"));
      }
    }
  }

  std::map<std::string, std::string> edition_;
  const std::set<std::string> refused_;
  const bool keep_missing_;
  const CivilDay day_;
  std::vector<v1::Change> changes_;
  std::vector<std::string> warnings_;
  size_t pending_ = 0;
};

v1::Genesis MakeGenesis(const v1::DraftHeader& header, const std::string& participant,
                        Instant published_at) {
  v1::Genesis genesis;
  std::set<std::string> audience(header.audience().begin(), header.audience().end());
  if (!audience.empty()) audience.insert(participant);
  for (const std::string& member : audience) genesis.add_audience(member);
  genesis.set_kind(header.kind());
  genesis.set_title(header.title());
  genesis.set_time_zone(header.time_zone().empty() ? "UTC" : header.time_zone());
  const std::set<std::string> languages(header.authentic_languages().begin(),
                                        header.authentic_languages().end());
  for (const std::string& language : languages) genesis.add_authentic_languages(language);
  genesis.set_published_at(published_at.micros);
  return genesis;
}

v1::Revision MakeRevision(const v1::DraftHeader& header, Instant published_at,
                          std::vector<v1::Change> changes) {
  v1::Revision revision;
  *revision.mutable_instrument() = header.instrument();
  revision.set_published_at(published_at.micros);
  revision.set_mode(header.mode() == v1::REVISION_MODE_UNSPECIFIED ? v1::REVISION_MODE_FULL
                                                                   : header.mode());
  revision.set_source_sha256(header.source_sha256());
  for (v1::Change& change : changes) *revision.add_changes() = std::move(change);
  return revision;
}

void CountChanges(const v1::Revision& revision, v1::DraftFile& file) {
  for (const v1::Change& change : revision.changes()) {
    switch (change.operation()) {
      case v1::OPERATION_ADD:
        file.set_added(file.added() + 1);
        break;
      case v1::OPERATION_REVISE:
        file.set_revised(file.revised() + 1);
        break;
      case v1::OPERATION_REMOVE:
        file.set_removed(file.removed() + 1);
        break;
      default:
        file.set_redated(file.redated() + 1);
    }
  }
}

// The published instant of the draft: as asked, never before the predecessor's.
absl::StatusOr<Instant> PublishedAt(const v1::DraftHeader& header,
                                    const std::optional<ListState>& state, Instant now) {
  Instant published_at = now;
  if (!header.published_at().empty()) {
    COMITY_ASSIGN_OR_RETURN(published_at, ParseInstant(header.published_at()));
  }
  COMITY_RETURN_IF_ERROR(CheckNotAhead(published_at, now));
  if (state.has_value()) published_at = std::max(published_at, state->published_at);
  return published_at;
}

// Adds the revision, which takes `taken` entries out of force, to the batch and the file;
// with the guard where it needs it.
absl::Status AppendRevision(v1::Revision revision, uint64_t taken, bool declared,
                            const v1::Authority& authority, const Roster& roster, ListBatch& batch,
                            v1::DraftFile& file) {
  file.set_signatures_needed(std::max(file.signatures_needed(), authority.officers().threshold()));
  if (batch.NeedsGuard(taken)) {
    if (!declared) {
      return MakeError(
          StatusCode::kFailedPrecondition, v1::REASON_UNDECLARED_BULK_REMOVAL,
          absl::StrCat(file.list(), ": this takes ", taken, " of ", batch.state()->live_entries,
                       " entries out of force, more than ", roster.RemovalGuardPerMille(),
                       " in 1,000: check the edition; if it is right, declare the bulk removal (",
                       authority.guard_threshold(), " officers must sign it)"),
          file.list());
    }
    revision.set_guard(v1::GUARD_BULK_REMOVAL);
    file.set_signatures_needed(authority.guard_threshold());
  }
  CountChanges(revision, file);
  COMITY_ASSIGN_OR_RETURN(*file.add_leaves(), batch.AppendDraft(std::move(revision)));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckNotAhead(Instant published_at, Instant now) {
  if (published_at.micros <= now.micros + kMaxAheadMicros) return absl::OkStatus();
  return MakeError(StatusCode::kInvalidArgument, v1::REASON_TIME_AHEAD,
                   absl::StrCat("published_at ", FormatInstant(published_at),
                                " is more than ten minutes ahead of this daemon's clock (",
                                FormatInstant(now), ")"));
}

absl::StatusOr<v1::DraftFile> MakeDraft(const DraftInput& input, const Roster* roster,
                                        const Store* store, const Origin& origin,
                                        const std::optional<ListState>& state, Instant now) {
  const v1::DraftHeader& header = input.header;
  const v1::Authority* authority = roster->FindAuthority(origin.name.authority);
  if (authority == nullptr) {
    return BadInput(absl::StrCat("the roster has no authority ", origin.name.authority));
  }
  const bool explicit_changes = header.mode() == v1::REVISION_MODE_CHANGES;
  if (explicit_changes ? input.changes.empty() : input.entries.empty()) {
    return BadInput("the edition has no entries: to end a list, remove them by explicit changes");
  }
  if (state.has_value() && state->stop.has_value()) {
    return MakeError(StatusCode::kFailedPrecondition, v1::REASON_UNSUPPORTED_LEVEL,
                     absl::StrCat(origin.name.ToString(), " stopped: ", state->stop->why),
                     origin.ToString());
  }
  if (!state.has_value() && header.kind() == v1::LIST_KIND_UNSPECIFIED) {
    return BadInput(absl::StrCat(origin.name.ToString(),
                                 " does not exist yet: say its kind (items, parties, rules, ",
                                 "denials or correlations)"));
  }
  if (state.has_value() && header.kind() != v1::LIST_KIND_UNSPECIFIED &&
      header.kind() != state->genesis.kind()) {
    return BadInput(
        absl::StrCat(origin.name.ToString(), " is another kind of list than this edition"));
  }
  if (state.has_value() && header.audience_size() > 0) {
    return BadInput(absl::StrCat(origin.name.ToString(),
                                 " is open already: its audience was pinned then, and can not be "
                                 "changed"));
  }
  COMITY_ASSIGN_OR_RETURN(const Instant published_at, PublishedAt(header, state, now));

  v1::DraftFile file;
  file.set_list(origin.name.ToString());
  ListBatch batch(roster, store, origin, state);
  if (!state.has_value()) {
    COMITY_ASSIGN_OR_RETURN(
        *file.add_leaves(),
        batch.AppendDraft(MakeGenesis(header, ParticipantOf(origin.name.authority), published_at)));
  }

  std::vector<v1::Change> changes = input.changes;
  if (!explicit_changes) {
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(header.effective_from()));
    COMITY_ASSIGN_OR_RETURN(auto edition,
                            IndexEntries(input.entries, batch.state()->genesis.kind()));
    EditionDiff diff(std::move(edition), header, day);
    if (state.has_value()) COMITY_RETURN_IF_ERROR(diff.CompareWith(*store, *state));
    diff.AddTheRest();
    changes = diff.TakeChanges();
    for (std::string& warning : diff.TakeWarnings()) file.add_warnings(std::move(warning));
  }
  if (changes.empty()) {
    file.clear_leaves();
    file.set_no_changes(true);
    return file;
  }

  const bool declared = header.declare_bulk_removal();
  v1::Revision all = MakeRevision(header, published_at, changes);
  COMITY_ASSIGN_OR_RETURN(const uint64_t taken, batch.CountTaken(all));
  if (!batch.NeedsGuard(taken) || !declared) {
    COMITY_RETURN_IF_ERROR(
        AppendRevision(std::move(all), taken, declared, *authority, *roster, batch, file));
    return file;
  }
  // Above the guard the removals go into a leaf of their own, so that the rest can
  // be read, and signed, without them.
  const auto removals = std::stable_partition(
      changes.begin(), changes.end(),
      [](const v1::Change& change) { return change.operation() != v1::OPERATION_REMOVE; });
  for (std::vector<v1::Change> part : {std::vector<v1::Change>(changes.begin(), removals),
                                       std::vector<v1::Change>(removals, changes.end())}) {
    if (part.empty()) continue;
    v1::Revision revision = MakeRevision(header, published_at, std::move(part));
    COMITY_ASSIGN_OR_RETURN(const uint64_t part_taken, batch.CountTaken(revision));
    COMITY_RETURN_IF_ERROR(AppendRevision(std::move(revision), part_taken, declared, *authority,
                                          *roster, batch, file));
  }
  return file;
}

}  // namespace comity
