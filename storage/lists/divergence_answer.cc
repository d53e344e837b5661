#include "storage/lists/divergence_answer.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/arrangement.h"
#include "storage/lists/divergence_page.h"
#include "storage/lists/divergence_row.h"
#include "storage/match/code_order.h"
#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr int kMaxBetween = 64;
constexpr int kMaxKinds = 16;
constexpr uint32_t kDefaultRows = 50;
constexpr uint32_t kMaxRows = 200;
constexpr size_t kMaxAnswerBytes = 2 << 20;
constexpr int kMaxBelow = 50;
constexpr size_t kMaxBelowBytes = 512 << 10;

absl::StatusOr<KindSet> KindsOf(const v1::DivergenceScope& scope) {
  if (scope.kinds().empty()) return KindSet::All();
  if (scope.kinds_size() > kMaxKinds) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMaxKinds, " kinds can be asked for"));
  }
  KindSet kinds;
  for (const std::string& name : scope.kinds()) {
    COMITY_ASSIGN_OR_RETURN(const DivergenceKind kind, DivergenceKindOf(name));
    kinds.Add(kind);
  }
  return kinds;
}

// All that one question is answered from.
struct Asked {
  ReadTimes times;
  KindSet kinds;
  std::unique_ptr<const Divergences> divergences;
  // In the spelling of those who have it; empty: all codes.
  std::string code;
  std::vector<std::string> left_out;
  uint32_t scanned = 0;
};

absl::StatusOr<Asked> Ask(const Snapshot& snapshot, const v1::Roster& roster,
                          const v1::DivergenceScope& scope, ReadTimes times,
                          const KeepGoing& keep_going) {
  Asked asked;
  if (scope.code().size() > kMaxCodeBytes) {
    return absl::InvalidArgumentError("a control code has 1-128 bytes, such as 5A001.f.1");
  }
  COMITY_ASSIGN_OR_RETURN(asked.kinds, KindsOf(scope));
  asked.times = std::move(times);
  // One instant for all that the answer says of today.
  if (!asked.times.now.has_value()) asked.times.now = snapshot.Now();
  COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> participants,
                          ParticipantsOf(snapshot, roster, scope, asked.times));
  COMITY_ASSIGN_OR_RETURN(
      ComparedLists lists,
      snapshot.ReadCompared(asked.times, {participants.begin(), participants.end()}, keep_going));
  asked.left_out = std::move(lists.left_out);
  asked.scanned = lists.scanned;
  asked.divergences =
      std::make_unique<Divergences>(participants, lists.lists, std::move(lists.correlations));
  if (!scope.code().empty()) asked.code = asked.divergences->SpellingOf(scope.code());
  return asked;
}

absl::StatusOr<std::vector<Divergences::Row>> Compute(const Asked& asked,
                                                      const KeepGoing& keep_going,
                                                      v1::DivergenceSummary* summary) {
  COMITY_ASSIGN_OR_RETURN(std::vector<Divergences::Row> rows,
                          asked.divergences->Compute(asked.code, keep_going, summary));
  for (const std::string& list : asked.left_out) summary->add_left_out_lists(list);
  summary->set_scanned(asked.scanned);
  std::erase_if(rows,
                [&](const Divergences::Row& row) { return !row.kinds.HasAnyOf(asked.kinds); });
  return rows;
}

// The times of a page token, or else of the request.
absl::StatusOr<ReadTimes> TimesOf(const Snapshot& snapshot, const v1::ReadAt& at,
                                  const std::optional<DivergencePage>& page) {
  if (!page.has_value()) return snapshot.Resolve(at);
  v1::ReadAt pinned;
  pinned.set_as_of(page->as_of);
  pinned.set_known_at(page->frontier_token);
  // Cut to COMMON as the first page was: that only grows.
  pinned.set_tier(page->common ? "common" : "latest");
  COMITY_ASSIGN_OR_RETURN(ReadTimes times, snapshot.Resolve(pinned));
  times.now = page->now;
  return times;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParticipantsOf(const Snapshot& snapshot,
                                                        const v1::Roster& roster,
                                                        const v1::DivergenceScope& scope,
                                                        const ReadTimes& times) {
  std::set<std::string> all;
  if (!scope.arrangement().empty()) {
    COMITY_ASSIGN_OR_RETURN(const v1::Arrangement* const arrangement,
                            FindArrangement(roster, scope.arrangement()));
    all = MembersOf(*arrangement);
  } else {
    for (const v1::Participant& one : roster.participants()) all.insert(one.code());
    for (const auto& [origin, head] : times.known().heads) {
      if (snapshot.lists().at(origin)->kind == v1::LIST_KIND_ITEMS) {
        all.insert(ParticipantOf(origin.name.authority));
      }
    }
  }
  if (scope.between().empty()) return std::vector<std::string>(all.begin(), all.end());
  if (scope.between_size() > kMaxBetween) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMaxBetween, " participants can be compared by name"));
  }
  std::set<std::string> between;
  for (const std::string& one : scope.between()) {
    if (!all.contains(one)) {
      return absl::NotFoundError(absl::StrCat("\"", one.substr(0, 64), "\" is no ",
                                              scope.arrangement().empty()
                                                  ? "participant of the roster"
                                                  : absl::StrCat("member of ", scope.arrangement()),
                                              "; there are ", absl::StrJoin(all, ", ")));
    }
    between.insert(one);
  }
  if (between.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "only ", *between.begin(), " is named: two participants or more are compared"));
  }
  return std::vector<std::string>(between.begin(), between.end());
}

absl::StatusOr<v1::GetDivergenceSummaryResponse> SummariseDivergences(
    const Snapshot& snapshot, const v1::Roster& roster,
    const v1::GetDivergenceSummaryRequest& request, const KeepGoing& keep_going) {
  COMITY_ASSIGN_OR_RETURN(ReadTimes times, snapshot.Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const Asked asked,
                          Ask(snapshot, roster, request.scope(), std::move(times), keep_going));
  v1::GetDivergenceSummaryResponse response;
  COMITY_RETURN_IF_ERROR(Compute(asked, keep_going, response.mutable_summary()).status());
  *response.mutable_basis() = snapshot.Basis(asked.times);
  return response;
}

absl::StatusOr<v1::ListDivergencesResponse> ListDivergences(
    const Snapshot& snapshot, const v1::Roster& roster, const v1::ListDivergencesRequest& request,
    const KeepGoing& keep_going) {
  std::optional<DivergencePage> page;
  if (!request.page_token().empty()) {
    COMITY_ASSIGN_OR_RETURN(page, DivergencePage::Parse(request.page_token(), request.scope()));
  }
  COMITY_ASSIGN_OR_RETURN(ReadTimes times, TimesOf(snapshot, request.at(), page));
  COMITY_ASSIGN_OR_RETURN(const Asked asked,
                          Ask(snapshot, roster, request.scope(), std::move(times), keep_going));
  v1::ListDivergencesResponse response;
  v1::DivergenceSummary summary;
  COMITY_ASSIGN_OR_RETURN(const std::vector<Divergences::Row> rows,
                          Compute(asked, keep_going, &summary));
  response.set_rows_in_all(static_cast<uint32_t>(rows.size()));
  if (!page.has_value()) *response.mutable_summary() = std::move(summary);
  auto row = rows.begin();
  if (page.has_value()) {
    row = std::upper_bound(rows.begin(), rows.end(), page->after,
                           [](const std::string& after, const Divergences::Row& one) {
                             return CompareCodes(after, one.code) < 0;
                           });
  }
  const uint32_t size =
      request.page_size() == 0 ? kDefaultRows : std::min(request.page_size(), kMaxRows);
  size_t bytes = 0;
  for (; row != rows.end() && static_cast<uint32_t>(response.rows_size()) < size &&
         bytes < kMaxAnswerBytes;
       ++row) {
    COMITY_RETURN_IF_ERROR(keep_going());
    COMITY_ASSIGN_OR_RETURN(*response.add_rows(),
                            MakeDivergenceRow(snapshot, *asked.divergences,
                                              asked.divergences->Judge(row->code), false));
    bytes += response.rows(response.rows_size() - 1).ByteSizeLong();
  }
  *response.mutable_basis() = snapshot.Basis(asked.times);
  if (row != rows.end()) {
    DivergencePage next;
    next.as_of = response.basis().as_of();
    if (next.as_of.empty()) next.now = *asked.times.now;
    next.frontier_token = response.basis().frontier_token();
    next.common = response.basis().tier() == "common";
    next.scope = ScopeDigest(request.scope());
    next.after = std::prev(row)->code;
    response.set_next_page_token(next.Token());
  }
  return response;
}

absl::StatusOr<v1::GetDivergenceResponse> GetDivergence(const Snapshot& snapshot,
                                                        const v1::Roster& roster,
                                                        const v1::GetDivergenceRequest& request,
                                                        const KeepGoing& keep_going) {
  if (request.scope().code().empty()) {
    return absl::InvalidArgumentError("a control code has 1-128 bytes, such as 5A001.f.1");
  }
  COMITY_ASSIGN_OR_RETURN(ReadTimes times, snapshot.Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const Asked asked,
                          Ask(snapshot, roster, request.scope(), std::move(times), keep_going));
  const Divergences& divergences = *asked.divergences;
  v1::GetDivergenceResponse response;
  const CodeFinding finding = divergences.Judge(asked.code);
  COMITY_ASSIGN_OR_RETURN(*response.mutable_row(),
                          MakeDivergenceRow(snapshot, divergences, finding, true));
  COMITY_RETURN_IF_ERROR(
      AddDivergenceDetail(snapshot, divergences, finding, keep_going, &response));
  v1::DivergenceSummary unused;
  COMITY_ASSIGN_OR_RETURN(const std::vector<Divergences::Row> rows,
                          Compute(asked, keep_going, &unused));
  size_t bytes = 0;
  for (const Divergences::Row& row : rows) {
    if (row.code == asked.code) continue;
    response.set_below_in_all(response.below_in_all() + 1);
    if (response.below_size() == kMaxBelow || bytes > kMaxBelowBytes) continue;
    COMITY_ASSIGN_OR_RETURN(
        *response.add_below(),
        MakeDivergenceRow(snapshot, divergences, divergences.Judge(row.code), false));
    bytes += response.below(response.below_size() - 1).ByteSizeLong();
  }
  *response.mutable_basis() = snapshot.Basis(asked.times);
  return response;
}

}  // namespace comity
