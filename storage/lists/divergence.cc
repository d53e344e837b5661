#include "storage/lists/divergence.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/code_index.h"
#include "storage/lists/divergence_compare.h"
#include "storage/match/code_order.h"

namespace comity {
namespace {

constexpr std::array<const char*, kDivergenceKinds> kKindNames = {
    "only-some", "text", "destinations", "dates", "mapping", "typography"};

constexpr size_t kCodesBetweenLooks = 256;

}  // namespace

const char* DivergenceKindName(DivergenceKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

absl::StatusOr<DivergenceKind> DivergenceKindOf(std::string_view name) {
  for (size_t i = 0; i < kKindNames.size(); ++i) {
    if (name == kKindNames[i]) return static_cast<DivergenceKind>(i);
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no kind of divergence \"",
                                                 Absl(name.substr(0, 64)), "\"; there are ",
                                                 absl::StrJoin(kKindNames, ", ")));
}

const char* HoldStateName(HoldState state) {
  switch (state) {
    case HoldState::kListed:
      return "listed";
    case HoldState::kLinked:
      return "linked";
    case HoldState::kBelow:
      return "below";
    case HoldState::kWithin:
      return "within";
    case HoldState::kRule:
      return "rule";
    case HoldState::kPending:
      return "pending";
    case HoldState::kEnded:
      return "ended";
    case HoldState::kReserved:
      return "reserved";
    case HoldState::kDecontrolled:
      return "decontrolled";
    case HoldState::kNotListed:
      return "not listed";
    case HoldState::kOtherNumbering:
      return "other numbering";
    default:
      return "no list held";
  }
}

bool Controls(HoldState state) {
  return state == HoldState::kListed || state == HoldState::kLinked || state == HoldState::kBelow;
}

bool ControlsNot(HoldState state) {
  switch (state) {
    case HoldState::kPending:
    case HoldState::kEnded:
    case HoldState::kReserved:
    case HoldState::kDecontrolled:
    case HoldState::kNotListed:
      return true;
    default:
      return false;
  }
}

bool LiesBelow(std::string_view code, std::string_view above) {
  return code.size() > above.size() && code.substr(0, above.size()) == above &&
         code[above.size()] == '.';
}

std::string_view StepUp(std::string_view code, std::string_view base) {
  if (code.size() <= base.size()) return "";
  const size_t dot = code.rfind('.');
  return dot == std::string_view::npos || dot < base.size() ? "" : code.substr(0, dot);
}

bool Divergences::Holder::ListsInForce(std::string_view code) const {
  const auto it = entries.find(Absl(code));
  if (it == entries.end()) return false;
  return std::any_of(it->second.begin(), it->second.end(),
                     [](const HeldEntry& one) { return one.item->standing == Standing::kInForce; });
}

bool Divergences::Holder::HasBelow(std::string_view code) const {
  const std::string below = absl::StrCat(Absl(code), ".");
  const auto it = std::lower_bound(controlled.begin(), controlled.end(), below);
  return it != controlled.end() && it->substr(0, below.size()) == below;
}

Divergences::Divergences(std::vector<std::string> participants,
                         const std::vector<std::shared_ptr<const ComparedList>>& lists,
                         std::vector<std::shared_ptr<const CorrelationTable>> correlations)
    : participants_(std::move(participants)), links_(std::move(correlations)) {
  holders_.resize(participants_.size());
  for (const auto& list : lists) {
    for (const std::string& name : {list->origin.name.authority, list->participant}) {
      const auto at = std::lower_bound(participants_.begin(), participants_.end(), name);
      if (at == participants_.end() || *at != name) continue;
      holders_[static_cast<size_t>(at - participants_.begin())].lists.push_back(list);
      break;
    }
  }
  for (size_t i = 0; i < holders_.size(); ++i) {
    Holder& holder = holders_[i];
    std::sort(holder.lists.begin(), holder.lists.end(),
              [](const auto& a, const auto& b) { return a->origin < b->origin; });
    for (const auto& list : holder.lists) {
      holder.schemes.insert(list->schemes.begin(), list->schemes.end());
      for (const ComparedItem& item : list->items) {
        holder.entries[item.code].push_back({i, list.get(), &item, false});
        const Standing standing = item.standing;
        holder.in_force =
            holder.in_force || (standing != Standing::kPending && standing != Standing::kEnded);
        if (standing == Standing::kInForce) holder.controlled.push_back(item.code);
      }
    }
    std::sort(holder.controlled.begin(), holder.controlled.end());
    holder.controlled.erase(std::unique(holder.controlled.begin(), holder.controlled.end()),
                            holder.controlled.end());
  }
}

std::optional<Hold> Divergences::LinkedHold(size_t participant, const std::string& code) const {
  const Holder& holder = holders_[participant];
  std::optional<Hold> rule;
  for (const CodeLink& link : links_.Of(code)) {
    if (!IsIssuerOf(link.to_issuer, participants_[participant])) continue;
    if (link.to == CodeLink::To::kArticle && !rule.has_value()) {
      rule = Hold{HoldState::kRule, link.to_code, std::nullopt};
    }
    if (link.to == CodeLink::To::kCode && link.to_code != code &&
        holder.ListsInForce(link.to_code)) {
      return Hold{HoldState::kLinked, link.to_code, std::nullopt};
    }
  }
  return rule;
}

Hold Divergences::AbsentHold(const Holder& holder, const std::string& code,
                             const std::optional<ParsedCode>& parsed) const {
  if (!parsed.has_value() || !holder.schemes.contains(parsed->scheme)) {
    return {HoldState::kOtherNumbering, "", std::nullopt};
  }
  for (std::string_view up = StepUp(code, parsed->base); !up.empty();
       up = StepUp(up, parsed->base)) {
    if (holder.HasBelow(up)) break;
    if (holder.ListsInForce(up)) return {HoldState::kWithin, std::string(up), std::nullopt};
  }
  return {HoldState::kNotListed, "", std::nullopt};
}

Hold Divergences::HoldOf(size_t participant, const std::string& code,
                         const std::optional<ParsedCode>& parsed) const {
  const Holder& holder = holders_[participant];
  if (!holder.in_force) return {HoldState::kNoList, "", std::nullopt};
  if (holder.ListsInForce(code)) return {HoldState::kListed, "", std::nullopt};
  std::optional<Hold> linked = LinkedHold(participant, code);
  if (linked.has_value() && linked->state == HoldState::kLinked) return *linked;
  if (holder.HasBelow(code)) return {HoldState::kBelow, "", std::nullopt};
  // What is there and controls nothing: what stands in force says more than what ended.
  std::optional<Hold> idle;
  if (const auto it = holder.entries.find(code); it != holder.entries.end()) {
    for (const HeldEntry& one : it->second) {
      switch (one.item->standing) {
        case Standing::kReserved:
          return {HoldState::kReserved, "", std::nullopt};
        case Standing::kDecontrolled:
          return {HoldState::kDecontrolled, "", std::nullopt};
        case Standing::kPending:
          if (!idle.has_value() || idle->state == HoldState::kEnded ||
              one.item->from < *idle->day) {
            idle = Hold{HoldState::kPending, "", one.item->from};
          }
          break;
        default:
          if (!idle.has_value() || (idle->state == HoldState::kEnded && idle->day < one.item->to)) {
            idle = Hold{HoldState::kEnded, "", one.item->to};
          }
      }
    }
  }
  if (idle.has_value()) return *idle;
  if (linked.has_value()) return *linked;
  return AbsentHold(holder, code, parsed);
}

// Where the rule tells the code apart for everybody who has it, its absence elsewhere says nothing
// as long as that list has the base entry: what it lists there has numbers of its own.
void Divergences::JudgeNumbering(CodeFinding& finding) const {
  if (!finding.parsed.has_value() || finding.parsed->is_base() || finding.national) return;
  const ParsedCode& code = *finding.parsed;
  for (size_t i = 0; i < participants_.size(); ++i) {
    Hold& hold = finding.holds[i];
    if (hold.state != HoldState::kNotListed) continue;
    const Holder& holder = holders_[i];
    if (!holder.ListsInForce(code.base) && !holder.HasBelow(code.base)) continue;
    const auto same_as = [&](std::string_view other) {
      return LinkByRule(code, participants_[i], code, other).degree != LinkDegree::kNone;
    };
    bool some = false;
    bool same = false;
    for (size_t j = 0; j < participants_.size(); ++j) {
      if (!Controls(finding.holds[j].state)) continue;
      some = true;
      same = same || same_as(participants_[j]);
    }
    // Where none of them has it, it is the code of somebody else.
    if (!some) same = same_as("");
    if (!same) hold = {HoldState::kOtherNumbering, code.base, std::nullopt};
  }
}

// Who does not list a code may have what it stands for elsewhere if even the base entries of the
// two lists are no more than candidates.
void Divergences::JudgeBase(CodeFinding& finding) const {
  if (!finding.parsed.has_value() || finding.national) return;
  for (size_t i = 0; i < participants_.size(); ++i) {
    if (finding.holds[i].state != HoldState::kNotListed) continue;
    const auto base = ParseCode(finding.parsed->base, participants_[i]);
    for (size_t j = 0; j < participants_.size() && base.has_value(); ++j) {
      if (!Controls(finding.holds[j].state)) continue;
      const Link link = LinkByRule(*base, participants_[i], *base, participants_[j]);
      if (link.degree == LinkDegree::kIdentical) continue;
      finding.base_apart = link.why;
      return;
    }
  }
}

void Divergences::GatherEntries(CodeFinding& finding) const {
  for (size_t i = 0; i < participants_.size(); ++i) {
    const Hold& hold = finding.holds[i];
    if (hold.state == HoldState::kNoList) continue;
    const bool linked = hold.state == HoldState::kLinked;
    const auto it = holders_[i].entries.find(linked ? hold.code : finding.code);
    if (it == holders_[i].entries.end()) continue;
    const ComparedList* compared = nullptr;
    for (HeldEntry one : it->second) {
      // Items of a list stand in the order of its parts: the first one in force speaks for it.
      if (one.item->standing == Standing::kInForce && one.list != compared) {
        one.compared = true;
        compared = one.list;
      }
      finding.entries.push_back(one);
    }
  }
}

PairLink Divergences::LinkPair(const CodeFinding& finding, size_t left, size_t right) const {
  PairLink pair;
  pair.left = left;
  pair.right = right;
  const auto code_of = [&](size_t i) {
    const Hold& hold = finding.holds[i];
    return hold.state == HoldState::kLinked ? hold.code : finding.code;
  };
  pair.left_code = code_of(left);
  pair.right_code = code_of(right);
  for (const CodeLink& link : links_.Of(pair.left_code)) {
    if (link.to != CodeLink::To::kCode || link.to_code != pair.right_code ||
        !IsIssuerOf(link.from_issuer, participants_[left]) ||
        !IsIssuerOf(link.to_issuer, participants_[right])) {
      continue;
    }
    if (pair.by == nullptr) {
      pair.by = &link;
      pair.link = {link.degree, link.origin, ""};
    } else if (pair.by->degree != link.degree && pair.against == nullptr) {
      pair.against = &link;
    }
  }
  // Both list it: what says that one of them does not contradicts its list. Such a line has a code
  // on one side alone, and is read from there.
  const auto look_for_denial = [&](const std::string& code, size_t from, size_t to) {
    for (const CodeLink& link : links_.Of(code)) {
      if (pair.against == nullptr && link.to != CodeLink::To::kCode && !link.to_issuer.empty() &&
          IsIssuerOf(link.from_issuer, participants_[from]) &&
          IsIssuerOf(link.to_issuer, participants_[to])) {
        pair.against = &link;
      }
    }
  };
  look_for_denial(pair.left_code, left, right);
  look_for_denial(pair.right_code, right, left);
  if (pair.by != nullptr) return pair;
  const auto left_parsed = ParseCode(pair.left_code, participants_[left]);
  const auto right_parsed = ParseCode(pair.right_code, participants_[right]);
  if (pair.left_code != pair.right_code) {
    pair.link = {LinkDegree::kCandidate, LinkOrigin::kRule,
                 "linked by way of a third list's number: both must be read"};
  } else if (left_parsed.has_value() && right_parsed.has_value()) {
    pair.link = LinkByRule(*left_parsed, participants_[left], *right_parsed, participants_[right]);
  } else {
    pair.link.why = "a number that no rule reads";
  }
  return pair;
}

PairDifference Divergences::ComparePair(const CodeFinding& finding, const PairLink& link) const {
  PairDifference pair;
  pair.left = link.left;
  pair.right = link.right;
  bool differ = false;
  bool one_sided = false;
  for (const HeldEntry& left : finding.entries) {
    if (left.participant != link.left || !left.compared) continue;
    for (const HeldEntry& right : finding.entries) {
      if (right.participant != link.right || !right.compared) continue;
      pair.compared = true;
      const TextDifference text = CompareTexts(*left.item, *right.item);
      if (text == TextDifference::kTypography) pair.kinds.Add(DivergenceKind::kTypography);
      if (text == TextDifference::kWords || text == TextDifference::kNoCommonLanguage) {
        pair.kinds.Add(DivergenceKind::kText);
      }
      const TermsDifference terms = CompareTerms(*left.item, *right.item);
      differ = differ || terms == TermsDifference::kDiffer;
      one_sided = one_sided || terms == TermsDifference::kOneSided;
      if (DatesDiffer(*left.item, *right.item)) pair.kinds.Add(DivergenceKind::kDates);
    }
  }
  if (differ || one_sided) pair.kinds.Add(DivergenceKind::kDestinations);
  pair.terms_one_sided = one_sided && !differ;
  if (link.link.degree != LinkDegree::kIdentical || link.against != nullptr) {
    pair.kinds.Add(DivergenceKind::kMapping);
  }
  return pair;
}

bool Divergences::IsNational(const CodeFinding& finding) const {
  if (!finding.parsed.has_value() || finding.parsed->space.empty()) return false;
  for (size_t i = 0; i < participants_.size(); ++i) {
    const bool held = finding.holds[i].state != HoldState::kNoList;
    if (held && !InEuSeries(*finding.parsed, participants_[i], participants_[i])) return true;
  }
  return false;
}

void Divergences::JudgePairs(CodeFinding& finding) const {
  for (size_t i = 0; i < participants_.size(); ++i) {
    if (!Controls(finding.holds[i].state)) continue;
    for (size_t j = i + 1; j < participants_.size(); ++j) {
      if (!Controls(finding.holds[j].state)) continue;
      finding.links.push_back(LinkPair(finding, i, j));
      finding.differences.push_back(ComparePair(finding, finding.links.back()));
      finding.kinds.Add(finding.differences.back().kinds);
    }
  }
}

CodeFinding Divergences::Judge(const std::string& code) const {
  CodeFinding finding;
  finding.code = code;
  for (size_t i = 0; i < participants_.size() && !finding.parsed.has_value(); ++i) {
    // The numbering may be told by who lists it.
    const auto it = holders_[i].entries.find(code);
    if (it != holders_[i].entries.end()) finding.parsed = it->second.front().item->parsed;
  }
  if (!finding.parsed.has_value()) finding.parsed = ParseCode(code);
  bool some = false;
  bool others = false;
  bool unsure = false;
  for (size_t i = 0; i < participants_.size(); ++i) {
    finding.holds.push_back(HoldOf(i, code, finding.parsed));
  }
  finding.national = IsNational(finding);
  JudgeNumbering(finding);
  for (const Hold& hold : finding.holds) {
    some = some || Controls(hold.state);
    others = others || ControlsNot(hold.state);
    unsure = unsure || hold.state == HoldState::kWithin || hold.state == HoldState::kRule ||
             hold.state == HoldState::kOtherNumbering;
  }
  finding.national = finding.national && (others || unsure);
  GatherEntries(finding);
  if (!some) return finding;
  if (others) finding.kinds.Add(DivergenceKind::kOnlySome);
  for (const Hold& hold : finding.holds) {
    if (hold.state == HoldState::kPending || hold.state == HoldState::kEnded) {
      finding.kinds.Add(DivergenceKind::kDates);
    }
  }
  JudgeBase(finding);
  if (unsure || (finding.national && others) || finding.base_apart != nullptr) {
    finding.kinds.Add(DivergenceKind::kMapping);
  }
  JudgePairs(finding);
  return finding;
}

std::string Divergences::SpellingOf(std::string_view code) const {
  for (const std::string& participant : participants_) {
    for (const std::string& form : LookupForms(code, ParticipantOf(participant))) {
      if (!Judge(form).entries.empty()) return form;
    }
  }
  return LookupForm(code);
}

void Divergences::Count(const CodeFinding& finding, v1::DivergenceSummary* summary) const {
  int pair = 0;
  size_t difference = 0;
  const auto up = [](uint32_t now) { return now + 1; };
  for (size_t i = 0; i < participants_.size(); ++i) {
    const HoldState left = finding.holds[i].state;
    if (Controls(left)) {
      auto& own = *summary->mutable_participants(static_cast<int>(i));
      own.set_codes(up(own.codes()));
    }
    if (!holders_[i].in_force) continue;
    for (size_t j = i + 1; j < participants_.size(); ++j) {
      if (!holders_[j].in_force) continue;
      v1::DivergencePair& row = *summary->mutable_pairs(pair++);
      const HoldState right = finding.holds[j].state;
      if (!Controls(left) && !Controls(right)) continue;
      if (Controls(left) && Controls(right)) {
        // In the order in which JudgePairs made them.
        CountPair(finding.differences[difference++], row);
      } else if (Controls(left) && ControlsNot(right)) {
        row.set_only_left(up(row.only_left()));
        if (finding.national) row.set_only_left_national(up(row.only_left_national()));
      } else if (Controls(right) && ControlsNot(left)) {
        row.set_only_right(up(row.only_right()));
        if (finding.national) row.set_only_right_national(up(row.only_right_national()));
      } else {
        row.set_cannot_say(up(row.cannot_say()));
      }
    }
  }
  const bool base = finding.parsed.has_value() && finding.parsed->is_base();
  for (size_t kind = 0; kind < kDivergenceKinds; ++kind) {
    if (!finding.kinds.Has(static_cast<DivergenceKind>(kind))) continue;
    v1::DivergenceCount& count = *summary->mutable_counts(static_cast<int>(kind));
    count.set_codes(up(count.codes()));
    if (base) count.set_base_codes(up(count.base_codes()));
  }
  summary->set_codes(up(summary->codes()));
  if (finding.kinds.empty()) summary->set_without_divergence(up(summary->without_divergence()));
}

absl::StatusOr<std::vector<Divergences::Row>> Divergences::Compute(
    std::string_view code, const KeepGoing& keep_going, v1::DivergenceSummary* summary) const {
  std::set<std::string_view, CodeLess> codes;
  for (size_t i = 0; i < participants_.size(); ++i) {
    const Holder& holder = holders_[i];
    v1::DivergenceParticipant& own = *summary->add_participants();
    own.set_participant(participants_[i]);
    own.set_state(holder.in_force ? "compared" : HoldStateName(HoldState::kNoList));
    for (const auto& list : holder.lists) own.add_lists(list->origin.name.ToString());
    for (size_t j = i + 1; j < participants_.size() && holder.in_force; ++j) {
      if (!holders_[j].in_force) continue;
      v1::DivergencePair& pair = *summary->add_pairs();
      pair.set_left(participants_[i]);
      pair.set_right(participants_[j]);
    }
    for (const std::string_view one : holder.controlled) {
      if (code.empty() || one == code || LiesBelow(one, code)) codes.insert(one);
    }
  }
  for (size_t kind = 0; kind < kDivergenceKinds; ++kind) {
    summary->add_counts()->set_kind(kKindNames[kind]);
  }
  std::vector<Row> rows;
  size_t judged = 0;
  for (const std::string_view one : codes) {
    if (judged++ % kCodesBetweenLooks == 0) COMITY_RETURN_IF_ERROR(keep_going());
    CodeFinding finding = Judge(std::string(one));
    Count(finding, summary);
    if (!finding.kinds.empty()) rows.push_back({std::move(finding.code), finding.kinds});
  }
  return rows;
}

const ComparedItem* Divergences::StatesControlsAbove(const ComparedList& list,
                                                     std::string_view code) {
  const auto find = [&](std::string_view wanted) -> const ComparedItem* {
    auto it = std::lower_bound(list.items.begin(), list.items.end(), wanted,
                               [](const ComparedItem& item, std::string_view other) {
                                 return CompareCodes(item.code, other) < 0;
                               });
    for (; it != list.items.end() && it->code == wanted; ++it) {
      if (it->standing == Standing::kInForce && it->controls.has_value()) return &*it;
    }
    return nullptr;
  };
  const std::optional<ParsedCode> parsed = ParseCode(code, list.participant);
  if (!parsed.has_value()) return nullptr;
  for (std::string_view up = StepUp(code, parsed->base); !up.empty();
       up = StepUp(up, parsed->base)) {
    if (const ComparedItem* item = find(up); item != nullptr) return item;
  }
  return nullptr;
}

}  // namespace comity
