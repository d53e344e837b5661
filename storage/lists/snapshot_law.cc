// What each authority's law comes to for a destination and an end use.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/law/control_scope.h"
#include "storage/law/destination.h"
#include "storage/law/resolution.h"
#include "storage/law/rule_bearing.h"
#include "storage/lists/snapshot.h"
#include "storage/match/parsed_code.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr size_t kMaxEndUseBytes = 1024;
// Of one list: what is read once and then kept.
constexpr uint32_t kMaxRules = 20'000;
constexpr size_t kMaxRuleBytes = 16 << 20;
// Of one answer.
constexpr size_t kMaxRuleAnswerBytes = 2 << 20;
constexpr int kMaxControls = 200;

constexpr char kItself[] = "itself";
constexpr char kAbove[] = "above it";

// What is held of one authority.
struct AuthorityLaw {
  std::vector<std::pair<std::string, std::shared_ptr<const RuleSet>>> rules;
  std::vector<v1::AuthorityItem> items;
  std::vector<v1::AuthorityItem> above;
};

// A correlation that says that an article bears on the code.
struct ArticleLink {
  v1::CorrelationSide side;
  std::string by;
  bool held = false;
};

// "Article 5" and "Article 5 of Regulation (EU) 2021/821" are one, "Article 50" is another.
bool IsArticle(const std::string& a, const std::string& b) {
  const std::string one = FoldCase(a.size() < b.size() ? a : b);
  const std::string other = FoldCase(a.size() < b.size() ? b : a);
  if (one.empty() || !absl::StartsWith(other, one)) return false;
  return one.size() == other.size() ||
         !absl::ascii_isalnum(static_cast<unsigned char>(other[one.size()]));
}

v1::ItemEffect EffectOf(const v1::AuthorityItem& item, const char* relation,
                        const std::string& code, const ResolutionContext& context) {
  const v1::ControlledItem& body = item.entry().item();
  v1::ItemEffect effect;
  effect.set_list(item.list());
  effect.set_key(item.entry().key());
  effect.set_code(body.code());
  effect.set_relation(relation);
  effect.set_index(item.index());
  effect.set_citation(item.citation());
  effect.set_effective_from(item.effective_from());
  effect.set_as_of(item.as_of());
  *effect.mutable_exceptions() = body.exceptions();
  for (const v1::Control& control : body.controls()) {
    if (effect.controls_size() == kMaxControls) {
      effect.set_note(absl::StrCat("it has ", body.controls_size(),
                                   " reasons for control, of "
                                   "which the first ",
                                   kMaxControls, " are here: read the entry"));
      return effect;
    }
    v1::ControlEffect& one = *effect.add_controls();
    *one.mutable_control() = control;
    one.set_covers(CoversOf(control, code, body.code()));
    *one.mutable_resolution() = ResolveDestinations(control.destinations(), context);
  }
  return effect;
}

// Keeps of the entries above the code those that stand in the same part of the same list as
// the code's own, or in a list that does not have the code itself.
std::vector<v1::AuthorityItem> OwnAbove(const AuthorityLaw& law) {
  std::vector<v1::AuthorityItem> kept;
  for (const v1::AuthorityItem& above : law.above) {
    const auto same_list = [&](const v1::AuthorityItem& item) {
      return item.list() == above.list();
    };
    const auto same_part = [&](const v1::AuthorityItem& item) {
      return same_list(item) &&
             item.entry().item().supplement() == above.entry().item().supplement();
    };
    if (std::any_of(law.items.begin(), law.items.end(), same_part) ||
        std::none_of(law.items.begin(), law.items.end(), same_list)) {
      kept.push_back(above);
    }
  }
  return kept;
}

// Says of entries without a reason for control where it is to be looked for.
void NoteSilence(v1::AuthorityEffect* authority) {
  const auto& items = authority->items();
  const bool stated_above = std::any_of(items.begin(), items.end(), [](const v1::ItemEffect& one) {
    return one.relation() == kAbove && !one.controls().empty();
  });
  for (v1::ItemEffect& one : *authority->mutable_items()) {
    if (!one.controls().empty()) continue;
    one.set_note(stated_above ? "its reasons for control are stated for the entry above it"
                              : "the entry states no reason for control and no destinations: the "
                                "list leaves them to other law of the authority");
  }
}

// `judged`: an items list of the authority is held, whatever stands in it.
void AddListing(const std::map<std::string, Hold>& holds, bool judged,
                v1::AuthorityEffect* authority) {
  const auto it = holds.find(authority->authority());
  const Hold hold = it == holds.end() ? Hold() : it->second;
  if (judged && it == holds.end()) {
    authority->set_listing("cannot say");
    authority->add_notes(
        "more entries are held than are looked at for one answer: whether it "
        "lists the code cannot be said");
    return;
  }
  switch (hold.state) {
    case HoldState::kListed:
      authority->set_listing("listed");
      break;
    case HoldState::kBelow:
      authority->set_listing("listed below it");
      break;
    case HoldState::kLinked:
      authority->set_listing("listed under another number");
      authority->add_notes(absl::StrCat("its number for it is ", hold.code));
      break;
    case HoldState::kWithin:
      authority->set_listing("listed above it");
      break;
    case HoldState::kRule:
      authority->set_listing("cannot say");
      authority->add_notes(absl::StrCat("it has no entry, and ", hold.code, " bears on it"));
      break;
    case HoldState::kOtherNumbering:
      authority->set_listing("cannot say");
      authority->add_notes(
          "its lists number in another way there, and nothing links the code: "
          "look for what the item is");
      break;
    case HoldState::kNoList:
      authority->set_listing("no items list held");
      break;
    default:
      authority->set_listing("not listed");
      if (hold.state == HoldState::kReserved) {
        authority->add_notes("its entry is a placeholder that controls nothing");
      } else if (hold.state == HoldState::kDecontrolled) {
        authority->add_notes("its entry says that the item is no longer controlled");
      } else if (hold.state == HoldState::kPending) {
        authority->add_notes(
            absl::StrCat("its entry comes into force on ", FormatCivilDay(*hold.day)));
      } else if (hold.state == HoldState::kEnded && hold.day.has_value()) {
        authority->add_notes(
            absl::StrCat("its entry was in force until ", FormatCivilDay(*hold.day)));
      }
  }
}

// The rules of one authority, those that match first.
std::vector<RankedBearing> BearingsOf(const std::string& authority, const AuthorityLaw& law,
                                      const std::vector<std::string>& words,
                                      std::vector<ArticleLink>& links,
                                      const ResolutionContext& context) {
  std::vector<RankedBearing> bearings;
  for (const auto& [list, set] : law.rules) {
    for (const RuleInForce& rule : set->rules) {
      std::vector<std::string> linked_by;
      for (ArticleLink& link : links) {
        if (!IsOfIssuer(link.side, authority) ||
            !IsArticle(link.side.article(), rule.rule.article())) {
          continue;
        }
        link.held = true;
        linked_by.push_back(link.by);
      }
      bearings.push_back(BearingOf(rule, list, words, linked_by, context));
    }
  }
  std::stable_sort(bearings.begin(), bearings.end(),
                   [](const RankedBearing& a, const RankedBearing& b) { return a.rank < b.rank; });
  return bearings;
}

// An article that a correlation names and of which no rule is held.
v1::RuleBearing BearingOfLink(const ArticleLink& link) {
  v1::RuleBearing bearing;
  bearing.set_bearing(kMayApply);
  bearing.set_article(link.side.article());
  bearing.set_why(absl::StrCat(link.by,
                               " links the code to it; the rule itself is not held here: "
                               "read it"));
  bearing.add_linked_by(link.by);
  return bearing;
}

// Takes what there is room for.
class RuleRoom {
 public:
  explicit RuleRoom(v1::LegalEffect* effect) : effect_(effect) {}

  void Add(v1::RuleBearing bearing, v1::AuthorityEffect* to) {
    bytes_ += bearing.ByteSizeLong();
    if (bytes_ > kMaxRuleAnswerBytes) {
      effect_->set_rules_left_out(effect_->rules_left_out() + 1);
    } else {
      *to->add_rules() = std::move(bearing);
    }
  }

 private:
  v1::LegalEffect* const effect_;
  size_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const RuleSet>> Snapshot::RulesOf(const ListView& list,
                                                                 TreeSize size,
                                                                 const ReadTimes& times) const {
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
  if (auto kept = cache_->Rules(list.origin, size, day); kept != nullptr) return kept;
  std::vector<RuleInForce> rules;
  size_t bytes = 0;
  uint32_t scanned = 0;
  bool cut = false;
  // While history is still coming, citations may be missing: then it is not kept.
  bool whole = true;
  const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = timeline.InForce(day);
    if (version == nullptr) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(v1::AuthorityItem item, MakeItem(list, *version, day));
    whole = whole && !item.published_at().empty();
    bytes += item.entry().ByteSizeLong();
    RuleInForce rule;
    rule.key = stored.key;
    rule.index = item.index();
    rule.citation = item.citation();
    rule.citation_url = item.citation_url();
    rule.effective_from = item.effective_from();
    rule.effective_to = item.effective_to();
    rule.rule = std::move(*item.mutable_entry()->mutable_rule());
    rules.push_back(std::move(rule));
    return absl::OkStatus();
  };
  absl::Status status = absl::OkStatus();
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list.origin, size, "", [&](const StoredTimeline& stored) {
        cut = scanned == kMaxRules || bytes > kMaxRuleBytes;
        if (cut) return false;
        ++scanned;
        status = visit(stored);
        return status.ok();
      }));
  COMITY_RETURN_IF_ERROR(status);
  auto made = std::make_shared<const RuleSet>(
      MakeRuleSet(list.origin.name.ToString(), static_cast<uint32_t>(size.value),
                  FormatCivilDay(day), std::move(rules), cut));
  if (whole) cache_->PutRules(list.origin, size, day, made);
  return made;
}

absl::Status Snapshot::AddLegalEffect(const v1::GetItemRequest& request, const ReadTimes& times,
                                      const std::set<std::string>* participants,
                                      const KeepGoing& keep_going,
                                      v1::GetItemResponse* response) const {
  if (request.end_use().size() > kMaxEndUseBytes) {
    return absl::InvalidArgumentError("an end use has at most 1,024 bytes");
  }
  COMITY_ASSIGN_OR_RETURN(const Destination destination, ParseDestination(request.destination()));
  v1::LegalEffect& effect = *response->mutable_legal_effect();
  effect.mutable_destination()->set_country(destination.code);
  effect.mutable_destination()->set_name(destination.title);
  effect.mutable_destination()->set_given(request.destination());
  effect.set_end_use(request.end_use());

  std::map<std::string, AuthorityLaw> laws;
  std::set<std::string> judged;
  // Tables serve the participant: one agency's chart binds another's items.
  std::map<std::string, std::vector<const DestinationTable*>> tables;
  for (const auto& [origin, head] : times.known().heads) {
    const ListView& list = *lists_.at(origin);
    const std::string& authority = origin.name.authority;
    if (list.kind == v1::LIST_KIND_ITEMS) {
      laws[authority];
      if (participants == nullptr || participants->contains(ParticipantOf(authority))) {
        judged.insert(authority);
      }
    }
    if (list.kind != v1::LIST_KIND_RULES) continue;
    COMITY_ASSIGN_OR_RETURN(auto set, RulesOf(list, head.size, times));
    if (!set->table.empty()) {
      tables[ParticipantOf(authority)].push_back(&set->table);
      *effect.add_tables() = set->table.Info();
    }
    laws[authority].rules.emplace_back(origin.name.ToString(), std::move(set));
  }
  COMITY_ASSIGN_OR_RETURN(const auto holds, HoldsOf(request.code(), times, judged, keep_going));
  for (const v1::AuthorityItem& item : response->authorities()) {
    laws[item.authority()].items.push_back(item);
  }
  for (const std::string& above : CodesAbove(request.code())) {
    COMITY_ASSIGN_OR_RETURN(std::vector<v1::AuthorityItem> items, ItemsUnder(above, times));
    for (v1::AuthorityItem& item : items) {
      laws[item.authority()].above.push_back(std::move(item));
    }
  }
  std::vector<ArticleLink> links;
  for (const v1::LinkedItem& link : response->linked()) {
    if (link.to().what_case() != v1::CorrelationSide::kArticle) continue;
    links.push_back({link.to(), absl::StrCat(link.list(), " ", link.key())});
  }

  const std::vector<std::string> words = EndUseWords(request.end_use());
  ResolutionContext context;
  context.destination = destination;
  if (const auto parsed = ParseCode(request.code()); parsed.has_value()) {
    context.base_code = parsed->base;
  }
  std::map<std::string, std::vector<RankedBearing>> bearings;
  for (auto& [authority, law] : laws) {
    context.participant = ParticipantOf(authority);
    context.tables = tables[context.participant];
    v1::AuthorityEffect& one = *effect.add_authorities();
    one.set_authority(authority);
    const std::vector<v1::AuthorityItem> above = OwnAbove(law);
    AddListing(holds, judged.contains(authority), &one);
    for (const v1::AuthorityItem& item : law.items) {
      *one.add_items() = EffectOf(item, kItself, response->code(), context);
    }
    for (const v1::AuthorityItem& item : above) {
      const v1::ControlledItem& body = item.entry().item();
      // One that says nothing of law is only in the way, unless it is all that there is.
      if (body.controls().empty() && body.exceptions().empty() && !law.items.empty()) continue;
      *one.add_items() = EffectOf(item, kAbove, response->code(), context);
    }
    NoteSilence(&one);
    if (IsOwn(context.participant, destination.code)) {
      one.add_notes(absl::StrCat(destination.ToString(),
                                 " is the authority's own territory: what applies to other "
                                 "destinations need not apply to it"));
    }
    for (const auto& [list, set] : law.rules) {
      if (!set->cut) continue;
      one.add_notes(absl::StrCat(list,
                                 " has more rules than an answer looks at: `comity list "
                                 "export ",
                                 list, "` gives them all"));
    }
    bearings[authority] = BearingsOf(authority, law, words, links, context);
  }
  for (const ArticleLink& link : links) {
    if (link.held) continue;
    // With the issuer's own authority where it is known, else under its name.
    std::string under = link.side.issuer();
    for (const auto& [authority, law] : laws) {
      if (IsOfIssuer(link.side, authority) && !link.side.issuer().empty()) {
        under = authority;
        break;
      }
    }
    if (!laws.contains(under)) {
      laws[under];
      v1::AuthorityEffect& one = *effect.add_authorities();
      one.set_authority(under);
      one.set_listing("no items list held");
    }
    std::vector<RankedBearing>& own = bearings[under];
    own.insert(
        std::find_if(own.begin(), own.end(),
                     [](const RankedBearing& rule) { return rule.rank > BearingRank::kMayApply; }),
        {BearingOfLink(link), BearingRank::kMayApply});
  }
  RuleRoom room(&effect);
  // What matches anywhere comes before what may apply, should there be no room for all. The
  // bearings of each authority are in that order already.
  std::map<std::string, size_t> next;
  for (const BearingRank rank : {BearingRank::kMatches, BearingRank::kMayApply,
                                 BearingRank::kNoneOfTheWords, BearingRank::kDoesNotMatch}) {
    for (v1::AuthorityEffect& one : *effect.mutable_authorities()) {
      std::vector<RankedBearing>& own = bearings[one.authority()];
      size_t& at = next[one.authority()];
      for (; at < own.size() && own[at].rank == rank; ++at) {
        room.Add(std::move(own[at].said), &one);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace comity
