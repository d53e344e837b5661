// Whole lists made ready for comparison (divergence.h).
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/snapshot.h"

namespace comity {
namespace {

// Of items, and of correlations: what is in memory for one answer at once.
constexpr size_t kMaxCompared = 200'000;
constexpr size_t kEntriesBetweenLooks = 512;

absl::Status TooMany(const char* what) {
  return absl::ResourceExhaustedError(
      absl::StrCat("there are more than ", kMaxCompared, " ", what,
                   " to compare: ask for fewer participants (--between, --arrangement)"));
}

// Tables of tariff headings are no control lists.
bool IsControlCode(const ComparedItem& item) {
  return !item.parsed.has_value() || item.parsed->scheme != CodeScheme::kHs;
}

bool HasEntriesInForce(const ComparedList& list) {
  return list.headings > 0 ||
         std::any_of(list.items.begin(), list.items.end(),
                     [](const ComparedItem& item) { return item.standing == Standing::kInForce; });
}

}  // namespace

absl::Status Snapshot::ScanWhole(
    const ListView& list, TreeSize size, const KeepGoing& keep_going,
    const std::function<absl::Status(const StoredTimeline&)>& visit) const {
  absl::Status status = absl::OkStatus();
  size_t seen = 0;
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list.origin, size, "", [&](const StoredTimeline& stored) {
        if (seen++ % kEntriesBetweenLooks == 0) status = keep_going();
        if (status.ok()) status = visit(stored);
        return status.ok();
      }));
  return status;
}

absl::StatusOr<std::shared_ptr<const ComparedList>> Snapshot::ComparedOf(
    const ListView& list, TreeSize size, CivilDay day, const KeepGoing& keep_going) const {
  if (auto known = cache_->Compared(list.origin, size, day); known != nullptr) return known;
  auto compared = std::make_shared<ComparedList>();
  compared->origin = list.origin;
  compared->participant = ParticipantOf(list.origin.name.authority);
  compared->day = day;
  compared->size = size;
  const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = VersionToCompare(timeline, day);
    if (version == nullptr) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(const v1::Entry entry, ReadEntry(*version));
    ComparedItem item = MakeComparedItem(entry, timeline, *version, day, compared->participant);
    if (IsControlCode(item)) {
      compared->items.push_back(std::move(item));
    } else if (item.standing == Standing::kInForce) {
      ++compared->headings;
    }
    return compared->items.size() > kMaxCompared ? TooMany("entries of items lists")
                                                 : absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(ScanWhole(list, size, keep_going, visit));
  FinishComparedList(compared.get());
  cache_->PutCompared(compared);
  return std::shared_ptr<const ComparedList>(std::move(compared));
}

absl::StatusOr<std::shared_ptr<const CorrelationTable>> Snapshot::CorrelationsOf(
    const ListView& list, TreeSize size, CivilDay day, const KeepGoing& keep_going) const {
  if (auto known = cache_->Correlations(list.origin, size, day); known != nullptr) return known;
  auto table = std::make_shared<CorrelationTable>();
  const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = timeline.InForce(day);
    if (version == nullptr) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(v1::Entry entry, ReadEntry(*version));
    // A citation of the leaf is not needed to judge by, and may not be here yet.
    table->push_back(
        {list.origin.name.ToString(), entry.key(), "", std::move(*entry.mutable_correlation())});
    return table->size() > kMaxCompared ? TooMany("correlations") : absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(ScanWhole(list, size, keep_going, visit));
  cache_->PutCorrelations(list.origin, size, day, table);
  return std::shared_ptr<const CorrelationTable>(std::move(table));
}

absl::StatusOr<ComparedLists> Snapshot::ReadCompared(const ReadTimes& times,
                                                     const std::set<std::string>& participants,
                                                     const KeepGoing& keep_going) const {
  ComparedLists compared;
  size_t items = 0;
  size_t lines = 0;
  for (const auto& [origin, head] : times.known().heads) {
    const ListView& view = *lists_.at(origin);
    const bool wanted = participants.contains(ParticipantOf(origin.name.authority));
    if (view.kind == v1::LIST_KIND_ITEMS && wanted) {
      COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(view, times));
      COMITY_ASSIGN_OR_RETURN(auto list, ComparedOf(view, head.size, day, keep_going));
      items += list->items.size();
      if (items > kMaxCompared) return TooMany("entries of items lists");
      if (list->schemes.empty() && HasEntriesInForce(*list)) {
        compared.left_out.push_back(origin.name.ToString());
      } else {
        compared.lists.push_back(std::move(list));
      }
    } else if (view.kind == v1::LIST_KIND_CORRELATIONS) {
      COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(view, times));
      COMITY_ASSIGN_OR_RETURN(auto table, CorrelationsOf(view, head.size, day, keep_going));
      lines += table->size();
      if (lines > kMaxCompared) return TooMany("correlations");
      compared.correlations.push_back(std::move(table));
    }
  }
  std::sort(compared.left_out.begin(), compared.left_out.end());
  compared.scanned = static_cast<uint32_t>(items + lines);
  return compared;
}

std::shared_ptr<const Divergences> Snapshot::JudgeOf(const std::set<std::string>& names,
                                                     const ComparedLists& lists) const {
  if (auto known = cache_->Judge(names, lists.lists, lists.correlations); known != nullptr) {
    return known;
  }
  auto judge = std::make_shared<const Divergences>(
      std::vector<std::string>(names.begin(), names.end()), lists.lists, lists.correlations);
  cache_->PutJudge(names, lists.lists, lists.correlations, judge);
  return judge;
}

absl::StatusOr<std::map<std::string, Hold>> Snapshot::HoldsOf(std::string_view code,
                                                              const ReadTimes& times,
                                                              const std::set<std::string>& names,
                                                              const KeepGoing& keep_going) const {
  std::map<std::string, Hold> holds;
  std::set<std::string> participants;
  for (const std::string& name : names) participants.insert(ParticipantOf(name));
  const absl::StatusOr<ComparedLists> lists = ReadCompared(times, participants, keep_going);
  if (absl::IsResourceExhausted(lists.status())) {
    // What is there can still be said.
    COMITY_ASSIGN_OR_RETURN(const std::vector<v1::AuthorityItem> items, ItemsUnder(code, times));
    for (const v1::AuthorityItem& item : items) {
      const v1::ItemStatus status = item.entry().item().status();
      if (status == v1::ITEM_STATUS_RESERVED || status == v1::ITEM_STATUS_DECONTROLLED) continue;
      for (const std::string& name : {item.authority(), ParticipantOf(item.authority())}) {
        if (names.contains(name)) holds[name] = {HoldState::kListed, "", std::nullopt};
      }
    }
    return holds;
  }
  COMITY_RETURN_IF_ERROR(lists.status());
  const std::shared_ptr<const Divergences> judge = JudgeOf(names, *lists);
  const std::vector<Hold> judged = judge->Judge(judge->SpellingOf(code)).holds;
  for (size_t i = 0; i < judged.size(); ++i) holds[judge->participants()[i]] = judged[i];
  // Lists have the shared number that a regime's own number leads to by rule.
  for (const v1::LinkedItem& link : LinkRegimeNumber(code)) {
    const std::vector<Hold> shared = judge->Judge(link.to().code()).holds;
    for (size_t i = 0; i < shared.size(); ++i) {
      Hold& hold = holds[judge->participants()[i]];
      if (hold.state != HoldState::kOtherNumbering || !Controls(shared[i].state)) continue;
      hold = {HoldState::kLinked, shared[i].code.empty() ? link.to().code() : shared[i].code,
              std::nullopt};
    }
  }
  return holds;
}

absl::StatusOr<v1::Entry> Snapshot::ReadCompared(const ComparedItem& item) const {
  Version version;
  version.entry_hash = item.entry_hash;
  return ReadEntry(version);
}

absl::StatusOr<v1::AuthorityItem> Snapshot::ShowCompared(const ComparedList& list,
                                                         const ComparedItem& item) const {
  Version version;
  version.index = item.index;
  version.effective_from = item.from;
  version.effective_to = item.to;
  version.compliance_from = item.compliance_from;
  version.entry_hash = item.entry_hash;
  return MakeItem(*lists_.at(list.origin), version, list.day);
}

}  // namespace comity
