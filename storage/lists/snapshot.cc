// Which lists, at which sizes: the two times of a read. What is read at them is in
// snapshot_entries.cc and snapshot_log.cc.
#include "storage/lists/snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/lists/entry_check.h"
#include "storage/lists/merged.h"

namespace comity {
namespace {

using absl::StatusCode;

constexpr int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

Snapshot::Snapshot(const Store* store, const Clock* clock, uint32_t rule_set,
                   std::map<Origin, std::shared_ptr<const ListView>> lists,
                   std::shared_ptr<const CodeIndex> codes, std::shared_ptr<ReadCache> cache,
                   std::shared_ptr<const std::atomic<int64_t>> last_exchange,
                   std::shared_ptr<const StatusBoard> statuses)
    : store_(store),
      clock_(clock),
      rule_set_(rule_set),
      lists_(std::move(lists)),
      codes_(std::move(codes)),
      cache_(std::move(cache)),
      last_exchange_(std::move(last_exchange)),
      statuses_(std::move(statuses)) {}

const Snapshot::Whole& Snapshot::whole() const {
  std::call_once(whole_once_, [this] {
    for (const auto& [origin, view] : lists_) whole_.all.heads[origin] = {view->size, view->root};
    whole_.frontier = whole_.all;
    DropSuperseded(&whole_.frontier);
    std::map<Origin, Digest> state_roots;
    for (const auto& [origin, head] : whole_.frontier.heads) {
      state_roots[origin] = lists_.at(origin)->state_root;
      whole_.current.emplace(origin.name, origin);
    }
    whole_.digests = DigestsOf(state_roots);
  });
  return whole_;
}

const Snapshot::Tokens& Snapshot::tokens() const {
  std::call_once(tokens_once_, [this] {
    tokens_.whole = frontier().Token();
    tokens_.shown = PublicToken(frontier());
  });
  return tokens_;
}

std::map<Audience, Digest> Snapshot::DigestsOf(const std::map<Origin, Digest>& state_roots) const {
  return DigestsByAudience(rule_set_, state_roots, [this](const Origin& origin) -> const Audience& {
    return lists_.at(origin)->audience;
  });
}

std::string Snapshot::PublicToken(const Frontier& frontier) const {
  Frontier shown = frontier;
  std::erase_if(shown.heads,
                [this](const auto& head) { return !lists_.at(head.first)->audience.empty(); });
  return shown.heads.size() == frontier.heads.size() ? "" : shown.Token();
}

void AddRestrictedDigests(const std::map<Audience, Digest>& digests,
                          google::protobuf::RepeatedPtrField<v1::AudienceDigest>* out) {
  for (const auto& [audience, digest] : digests) {
    if (audience.empty()) continue;
    v1::AudienceDigest& one = *out->Add();
    one.mutable_audience()->Add(audience.begin(), audience.end());
    one.set_view_digest(ToHex(digest));
  }
}

absl::StatusOr<std::shared_ptr<const ListView>> Snapshot::FindList(std::string_view name) const {
  if (const auto origin = Origin::Parse(name); origin.ok() && lists_.contains(*origin)) {
    return lists_.at(*origin);
  }
  COMITY_ASSIGN_OR_RETURN(const ListName wanted, ListName::Parse(name));
  const auto current = whole().current.find(wanted);
  if (current != whole().current.end()) return lists_.at(current->second);
  std::vector<std::string> held;
  for (const auto& [name, origin] : whole().current) held.push_back(name.ToString());
  return MakeError(StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                   absl::StrCat("there is no list ", wanted.ToString(), " here; ",
                                held.empty() ? "none is held yet"
                                             : absl::StrCat("held: ", absl::StrJoin(held, ", "))),
                   wanted.ToString());
}

absl::StatusOr<Snapshot::ListAt> Snapshot::FindListAt(std::string_view name,
                                                      const ReadTimes& times) const {
  COMITY_ASSIGN_OR_RETURN(auto view, FindList(name));
  auto it = times.known().heads.find(view->origin);
  if (it == times.known().heads.end() && !IsCurrent(view->origin)) {
    // An epoch that was asked for by its name, and that another one follows.
    return ListAt{view, view->size};
  }
  // Another epoch was current then.
  for (auto one = times.known().heads.begin();
       it == times.known().heads.end() && one != times.known().heads.end(); ++one) {
    if (one->first.name == view->origin.name) it = one;
  }
  if (it == times.known().heads.end()) {
    return MakeError(
        StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
        absl::StrCat("list ", view->origin.name.ToString(), " was not known at that known_at"),
        view->origin.ToString());
  }
  return ListAt{lists_.at(it->first), it->second.size};
}

absl::StatusOr<std::shared_ptr<const LeafFacts>> Snapshot::FactsOf(const Origin& origin,
                                                                   LeafIndex index) const {
  COMITY_RETURN_IF_ERROR(CheckKnown(*lists_.at(origin), TreeSize{index.value + 1}));
  return cache_->Facts(*store_, origin, index);
}

absl::Status Snapshot::CheckKnown(const ListView& list, TreeSize size) {
  if (size >= list.since || size <= list.backfilled || Planted(Bug::kAnswerBeforeSnapshot)) {
    return absl::OkStatus();
  }
  const std::string name = list.origin.name.ToString();
  return MakeError(
      StatusCode::kUnknown, v1::REASON_BACKFILLING,
      absl::StrCat(name, ": this daemon began from a snapshot of ", list.since.value,
                   " leaves and cannot say yet what was known at size ", size.value, ": ",
                   list.backfilled.value, " of the leaves before are here, ask again later"),
      name);
}

absl::StatusOr<std::shared_ptr<const LeafFacts>> Snapshot::FactsIfHeld(const Origin& origin,
                                                                       LeafIndex index) const {
  if (!CheckKnown(*lists_.at(origin), TreeSize{index.value + 1}).ok()) return nullptr;
  return FactsOf(origin, index);
}

absl::StatusOr<Frontier> Snapshot::ResolveToken(std::string_view token) const {
  COMITY_ASSIGN_OR_RETURN(Frontier frontier, Frontier::ParseToken(token));
  for (const auto& [origin, head] : frontier.heads) {
    const auto held = lists_.find(origin);
    const auto ahead = [&](std::string_view what) {
      return MakeError(StatusCode::kFailedPrecondition, v1::REASON_NOT_HELD,
                       absl::StrCat(origin.name.ToString(), ": the token names size ",
                                    head.size.value, ", ", Absl(what)),
                       origin.ToString());
    };
    if (held == lists_.end()) return ahead("this daemon does not hold that list yet");
    if (head.size.value == 0 || head.size > held->second->size) {
      return ahead(absl::StrCat("this daemon holds ", held->second->size.value,
                                ": ask again when it has caught up"));
    }
    COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, LeafIndex{head.size.value - 1}));
    if (facts->root_after != head.root) {
      return ahead("but its history differs from the one held here");
    }
  }
  return frontier;
}

absl::StatusOr<Frontier> Snapshot::ResolveInstant(Instant instant) const {
  Frontier known;
  for (const auto& [origin, view] : lists_) {
    // published_at never decreases along a log: the first leaf after the instant.
    uint64_t low = 0;
    uint64_t high = view->size.value;
    if (view->since.value > 0) {
      // The leaves between are not here: it is known on which side of them to look.
      const LeafIndex newest{view->since.value - 1};
      COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, newest));
      if (facts->published_at <= instant) {
        low = view->since.value;
      } else {
        high = view->backfilled.value;
      }
    }
    const bool before_gap = view->since.value > 0 && low == 0;
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, LeafIndex{middle}));
      if (facts->published_at <= instant) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // Whatever comes next may have been published before the instant too.
    if (before_gap && low == view->backfilled.value) {
      COMITY_RETURN_IF_ERROR(CheckKnown(*view, TreeSize{low + 1}));
    }
    if (low == 0) continue;
    COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, LeafIndex{low - 1}));
    known.heads[origin] = {TreeSize{low}, facts->root_after};
  }
  return known;
}

absl::StatusOr<ReadTimes> Snapshot::Resolve(const v1::ReadAt& at) const {
  ReadTimes times;
  if (!at.as_of().empty()) {
    COMITY_ASSIGN_OR_RETURN(times.as_of, ParseCivilDay(at.as_of()));
  }
  const bool common = at.tier() == "common";
  if (!common && !at.tier().empty() && at.tier() != "latest") {
    return absl::InvalidArgumentError(
        absl::StrCat("tier \"", at.tier(), "\": there are \"latest\" and \"common\""));
  }
  const std::pair key(at.known_at(), common);
  {
    MutexLock lock(resolved_mutex_);
    const auto known = resolved_.find(key);
    if (known != resolved_.end()) times.at = known->second;
  }
  if (times.at != nullptr) return times;
  COMITY_ASSIGN_OR_RETURN(times.at, ResolveKnown(at.known_at(), common));
  MutexLock lock(resolved_mutex_);
  if (resolved_.size() >= kMaxResolved) resolved_.clear();
  resolved_.emplace(key, times.at);
  return times;
}

absl::StatusOr<std::shared_ptr<const KnownLists>> Snapshot::ResolveKnown(
    const std::string& known_at, bool common) const {
  auto known = std::make_shared<KnownLists>();
  Frontier& lists = known->frontier;
  const bool token = known_at.compare(0, 3, "f1.") == 0;
  if (known_at.empty()) {
    lists = common ? all() : frontier();
  } else if (token) {
    COMITY_ASSIGN_OR_RETURN(lists, ResolveToken(known_at));
  } else {
    COMITY_ASSIGN_OR_RETURN(const Instant instant, ParseInstant(known_at));
    COMITY_ASSIGN_OR_RETURN(lists, ResolveInstant(instant));
  }
  if (common) COMITY_RETURN_IF_ERROR(CutToCommon(&lists));
  // A token names the epochs that were current where it was made.
  if (!token) DropSuperseded(&lists);

  v1::ReadBasis& basis = known->basis;
  basis.set_tier(common ? "common" : "latest");
  for (const auto& [origin, head] : lists.heads) {
    const ListView& view = *lists_.at(origin);
    if (!view.stopped.empty() && head.size == view.size) {
      basis.add_stopped_lists(origin.name.ToString());
    }
    if (view.since.value > 0) basis.add_backfilling_lists(origin.name.ToString());
    if (view.contested) basis.add_contested_lists(origin.name.ToString());
  }
  if (lists == frontier()) {
    basis.set_frontier_token(tokens().whole);
    basis.set_public_frontier_token(tokens().shown);
    basis.set_view_digest(ToHex(view_digest()));
    AddRestrictedDigests(view_digests(), basis.mutable_restricted_digests());
    return known;
  }
  std::map<Origin, Digest> state_roots;
  for (const auto& [origin, head] : lists.heads) {
    COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, LeafIndex{head.size.value - 1}));
    state_roots[origin] = facts->state_root_after;
  }
  basis.set_frontier_token(lists.Token());
  basis.set_public_frontier_token(PublicToken(lists));
  const std::map<Audience, Digest> digests = DigestsOf(state_roots);
  basis.set_view_digest(ToHex(digests.at({})));
  AddRestrictedDigests(digests, basis.mutable_restricted_digests());
  return known;
}

absl::Status Snapshot::CutToCommon(Frontier* known) const {
  for (auto it = known->heads.begin(); it != known->heads.end();) {
    const TreeSize common = lists_.at(it->first)->common;
    if (common.value == 0) {
      it = known->heads.erase(it);
      continue;
    }
    if (common < it->second.size) {
      COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(it->first, LeafIndex{common.value - 1}));
      it->second = {common, facts->root_after};
    }
    ++it;
  }
  return absl::OkStatus();
}

v1::ReadBasis Snapshot::Basis(const ReadTimes& times) const {
  v1::ReadBasis basis = times.at->basis;
  if (times.as_of.has_value()) basis.set_as_of(FormatCivilDay(*times.as_of));
  if (const int64_t last = last_exchange_->load(); last != 0) {
    basis.set_last_exchange_at(FormatInstant(Instant{last}));
    const int64_t age = (clock_->Now().micros - last) / kMicrosPerSecond;
    basis.set_age_s(
        static_cast<uint32_t>(std::clamp<int64_t>(age, 0, std::numeric_limits<uint32_t>::max())));
  }
  if (roster_valid_to_.micros != 0 && clock_->Now() >= roster_valid_to_) {
    basis.set_roster_alarm(absl::StrCat("roster version ", roster_version_, " expired at ",
                                        FormatInstant(roster_valid_to_),
                                        " and stays in force until a newer one is signed"));
  }
  AddFreshness(times.known(), basis);
  return basis;
}

absl::StatusOr<CivilDay> Snapshot::DayFor(const ListView& list, const ReadTimes& times) const {
  if (times.as_of.has_value()) return *times.as_of;
  return DayInZone(times.now.value_or(clock_->Now()), list.time_zone);
}

absl::StatusOr<v1::ListSummary> Snapshot::Summarise(const ListView& list, TreeSize size,
                                                    const ReadTimes& times) const {
  COMITY_ASSIGN_OR_RETURN(const auto last, FactsOf(list.origin, LeafIndex{size.value - 1}));
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
  COMITY_ASSIGN_OR_RETURN(const uint32_t entries, CountInForce(list, size, day));
  v1::ListSummary summary;
  summary.set_list(list.origin.name.ToString());
  summary.set_origin(list.origin.ToString());
  summary.set_kind(ListKindName(list.kind));
  summary.set_title(list.title);
  summary.set_size(static_cast<uint32_t>(size.value));
  summary.set_root(ToHex(last->root_after));
  summary.set_state_root(ToHex(last->state_root_after));
  summary.set_entries(entries);
  summary.set_published_at(FormatInstant(last->published_at));
  summary.set_citation(last->citation);
  summary.set_time_zone(list.time_zone);
  summary.set_common_size(static_cast<uint32_t>(list.common.value));
  summary.set_stopped(list.stopped);
  summary.set_contested(list.contested);
  *summary.mutable_freshness() = FreshnessOf(list);
  return summary;
}

absl::StatusOr<v1::ListListsResponse> Snapshot::ListLists(
    const v1::ListListsRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  v1::ListListsResponse response;
  for (const auto& [origin, head] : times.known().heads) {
    COMITY_ASSIGN_OR_RETURN(*response.add_lists(), Summarise(*lists_.at(origin), head.size, times));
  }
  *response.mutable_basis() = Basis(times);
  return response;
}

absl::StatusOr<v1::GetListResponse> Snapshot::GetList(const v1::GetListRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const ListAt at, FindListAt(request.list(), times));
  COMITY_ASSIGN_OR_RETURN(const v1::ListSummary summary, Summarise(*at.view, at.size, times));
  v1::GetListResponse response;
  response.set_list(summary.list());
  response.set_origin(summary.origin());
  response.set_kind(summary.kind());
  response.set_title(summary.title());
  response.set_size(summary.size());
  response.set_root(summary.root());
  response.set_state_root(summary.state_root());
  response.set_entries(summary.entries());
  response.set_published_at(summary.published_at());
  response.set_citation(summary.citation());
  response.set_time_zone(summary.time_zone());
  response.mutable_audience()->Add(at.view->audience.begin(), at.view->audience.end());
  response.set_common_size(summary.common_size());
  response.set_stopped(summary.stopped());
  response.set_contested(summary.contested());
  *response.mutable_freshness() = summary.freshness();
  response.set_history(at.view->since.value > 0 ? "BACKFILLING" : "COMPLETE");
  response.set_backfilled(static_cast<uint32_t>(at.view->backfilled.value));
  response.set_since(static_cast<uint32_t>(at.view->since.value));
  for (const auto& [participant, statement] : at.view->held) {
    v1::HeldRow& row = *response.add_held();
    row.set_participant(participant);
    row.set_size(static_cast<uint32_t>(statement.size.value));
    row.set_root(ToHex(statement.root));
    row.set_stated_at(FormatInstant(statement.at));
    row.set_note(statement.note);
  }
  if (at.view->checkpoint_size >= at.size) response.set_checkpoint(at.view->checkpoint);
  *response.mutable_basis() = Basis(times);
  return response;
}

absl::StatusOr<uint32_t> Snapshot::CountInForce(const ListView& list, TreeSize size,
                                                CivilDay day) const {
  if (const auto known = cache_->Count(list.origin, size, day); known.has_value()) return *known;
  uint32_t count = 0;
  absl::Status status = absl::OkStatus();
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list.origin, size, "", [&](const StoredTimeline& stored) {
        const absl::StatusOr<Timeline> timeline = Timeline::Decode(stored.timeline);
        status = timeline.status();
        if (status.ok() && timeline->InForce(day) != nullptr) ++count;
        return status.ok();
      }));
  COMITY_RETURN_IF_ERROR(status);
  cache_->PutCount(list.origin, size, day, count);
  return count;
}

}  // namespace comity
