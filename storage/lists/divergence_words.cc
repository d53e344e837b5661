#include "storage/lists/divergence_words.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/match/word_diff.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

// A row's sentence is no reading of whole texts: beyond so many words they differ widely.
constexpr size_t kRowEdits = 200;
constexpr size_t kShownTermsBytes = 120;
constexpr size_t kMaxNames = 8;

class Explainer {
 public:
  Explainer(const Divergences& divergences, const CodeFinding& finding, const EntryReader& read)
      : divergences_(divergences), finding_(finding), read_(read) {
    for (const HeldEntry& one : finding.entries) {
      if (one.compared) compared_.push_back(&one);
    }
  }

  absl::StatusOr<std::string> Explain(DivergenceKind kind) const {
    switch (kind) {
      case DivergenceKind::kOnlySome:
        return OnlySome();
      case DivergenceKind::kText:
        return Texts();
      case DivergenceKind::kDestinations:
        return Terms();
      case DivergenceKind::kDates:
        return Dates();
      case DivergenceKind::kMapping:
        return Mapping();
      default:
        return Typography();
    }
  }

 private:
  const std::string& NameOf(size_t participant) const {
    return divergences_.participants()[participant];
  }

  // Two lists of one participant are told apart.
  std::string NameOf(const HeldEntry& entry) const {
    const auto same = [&](const HeldEntry* other) {
      return other->participant == entry.participant && other->list != entry.list;
    };
    return std::any_of(compared_.begin(), compared_.end(), same)
               ? entry.list->origin.name.ToString()
               : NameOf(entry.participant);
  }

  std::vector<std::string> Among(const std::function<bool(const Hold&)>& wanted) const {
    std::vector<std::string> names;
    for (size_t i = 0; i < finding_.holds.size(); ++i) {
      if (wanted(finding_.holds[i])) names.push_back(NameOf(i));
    }
    return names;
  }

  std::string OnlySome() const {
    std::vector<std::string> clauses;
    std::vector<std::string> whole =
        Among([](const Hold& one) { return one.state == HoldState::kListed; });
    std::vector<std::string> controllers = std::move(whole);
    for (size_t i = 0; i < finding_.holds.size(); ++i) {
      const Hold& hold = finding_.holds[i];
      if (hold.state == HoldState::kBelow) {
        controllers.push_back(absl::StrCat(NameOf(i), " (in paragraphs below)"));
      } else if (hold.state == HoldState::kLinked) {
        controllers.push_back(absl::StrCat(NameOf(i), " (as ", hold.code, ")"));
      }
    }
    clauses.push_back(absl::StrCat(Enumerate(controllers),
                                   controllers.size() == 1 ? " controls it" : " control it"));
    const std::vector<std::string> absent =
        Among([](const Hold& one) { return one.state == HoldState::kNotListed; });
    if (!absent.empty()) {
      clauses.push_back(absl::StrCat(Enumerate(absent),
                                     absent.size() == 1 ? " does not list it" : " do not list it"));
    }
    for (size_t i = 0; i < finding_.holds.size(); ++i) {
      const Hold& hold = finding_.holds[i];
      const std::string day = hold.day.has_value() ? FormatCivilDay(*hold.day) : "another day";
      if (hold.state == HoldState::kPending) {
        clauses.push_back(absl::StrCat(NameOf(i), " will from ", day));
      } else if (hold.state == HoldState::kEnded) {
        clauses.push_back(absl::StrCat(NameOf(i), " did until ", day));
      } else if (hold.state == HoldState::kReserved) {
        clauses.push_back(absl::StrCat(NameOf(i), " has a placeholder that controls nothing"));
      } else if (hold.state == HoldState::kDecontrolled) {
        clauses.push_back(absl::StrCat(NameOf(i), " says that it is no longer controlled"));
      }
    }
    return absl::StrJoin(clauses, ", ");
  }

  // Compared entries that say the same, each group by its first; wordings in the order of
  // participants.
  std::vector<std::vector<const HeldEntry*>> Wordings() const {
    std::vector<std::vector<const HeldEntry*>> groups;
    for (const HeldEntry* one : compared_) {
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& others) {
        const TextDifference text = CompareTexts(*others.front()->item, *one->item);
        return text == TextDifference::kSame || text == TextDifference::kTypography;
      });
      if (group == groups.end()) {
        groups.push_back({one});
      } else {
        group->push_back(one);
      }
    }
    return groups;
  }

  std::string NamesOf(const std::vector<const HeldEntry*>& group) const {
    std::vector<std::string> names;
    for (const HeldEntry* one : group) names.push_back(NameOf(*one));
    return Enumerate(names);
  }

  absl::StatusOr<std::string> Texts() const {
    const auto groups = Wordings();
    if (groups.size() != 2) {
      std::vector<std::string> names;
      for (const auto& group : groups) names.push_back(NamesOf(group));
      return absl::StrCat(groups.size(), " wordings: ", absl::StrJoin(names, " | "));
    }
    const HeldEntry& left = *groups[0].front();
    const HeldEntry& right = *groups[1].front();
    const std::string left_names = NamesOf(groups[0]);
    const std::string right_names = NamesOf(groups[1]);
    const auto common = CommonLanguage(*left.item, *right.item);
    if (!common.has_value()) {
      return absl::StrCat("the texts of ", left_names, " (", left.item->texts[0].lang, ") and ",
                          right_names, " (", right.item->texts[0].lang,
                          ") have no language in common and are not compared");
    }
    const Digest nothing = Sha256("");
    if (left.item->texts[common->first].folded == nothing) {
      return absl::StrCat(left_names, " gives no text under this code, ", right_names, " does");
    }
    if (right.item->texts[common->second].folded == nothing) {
      return absl::StrCat(right_names, " gives no text under this code, ", left_names, " does");
    }
    COMITY_ASSIGN_OR_RETURN(const v1::Entry left_entry, read_(*left.item));
    COMITY_ASSIGN_OR_RETURN(const v1::Entry right_entry, read_(*right.item));
    const WordDiff diff =
        DiffWords(TextToCompare(left_entry, left.item->texts[common->first].lang),
                  TextToCompare(right_entry, right.item->texts[common->second].lang), kRowEdits);
    const std::string texts =
        absl::StrCat("the texts of ", left_names, " and ", right_names, " differ");
    if (diff.coarse) return absl::StrCat(texts, " widely");
    if (diff.left == 0 && diff.right == 0) {
      return absl::StrCat(texts, " in punctuation (", diff.same, " words the same)");
    }
    return absl::StrCat(texts, ": ", diff.same, diff.same == 1 ? " word" : " words", " the same, ",
                        diff.left, " only in ", left_names, ", ", diff.right, " only in ",
                        right_names);
  }

  std::string Typography() const {
    std::vector<std::string> names;
    for (const HeldEntry* one : compared_) names.push_back(NameOf(*one));
    const bool text_too = finding_.kinds.Has(DivergenceKind::kText);
    return absl::StrCat("the texts of ", text_too ? "some of " : "", Enumerate(names),
                        " differ in typography alone (case, spacing, quotation marks, ends of "
                        "lines)");
  }

  static std::string TermsOf(const v1::ControlledItem& item) {
    std::vector<std::string> terms;
    for (const v1::Control& control : item.controls()) {
      const std::string where = DestinationsText(control.destinations());
      std::string term = control.reason();
      if (!where.empty()) absl::StrAppend(&term, term.empty() ? "" : ": ", where);
      if (!term.empty() && std::find(terms.begin(), terms.end(), term) == terms.end()) {
        terms.push_back(std::move(term));
      }
    }
    if (*SensitivityName(item.sensitivity()) != '\0') {
      terms.push_back(SensitivityName(item.sensitivity()));
    }
    return absl::StrJoin(terms, "; ");
  }

  absl::StatusOr<std::string> Terms() const {
    std::vector<std::string> stated;
    std::vector<std::string> silent;
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;
    for (const HeldEntry* one : compared_) {
      COMITY_ASSIGN_OR_RETURN(const v1::Entry entry, read_(*one->item));
      const std::string terms = TermsOf(entry.item());
      if (terms.empty() && !one->item->controls.has_value()) {
        silent.push_back(NameOf(*one));
        continue;
      }
      const auto group = std::find_if(groups.begin(), groups.end(),
                                      [&](const auto& other) { return other.first == terms; });
      if (group == groups.end()) {
        groups.push_back({terms, {NameOf(*one)}});
      } else {
        group->second.push_back(NameOf(*one));
      }
    }
    for (const auto& [terms, names] : groups) {
      stated.push_back(absl::StrCat(Enumerate(names), names.size() == 1 ? " states " : " state ",
                                    CutText(terms, kShownTermsBytes)));
    }
    if (groups.size() == 1 && silent.empty()) stated.push_back("for different parts of the item");
    if (!silent.empty()) {
      stated.push_back(absl::StrCat(Enumerate(silent), silent.size() == 1 ? " states" : " state",
                                    " none in this entry"));
    }
    return absl::StrJoin(stated, ", ");
  }

  std::string Dates() const {
    std::map<std::string, std::vector<std::string>> by_dates;
    for (const HeldEntry* one : compared_) {
      const ComparedItem& item = *one->item;
      std::string dates = absl::StrCat("from ", FormatCivilDay(item.from));
      if (item.to.has_value()) absl::StrAppend(&dates, " until ", FormatCivilDay(*item.to));
      if (item.compliance_from.has_value()) {
        absl::StrAppend(&dates, " (to be complied with from ",
                        FormatCivilDay(*item.compliance_from), ")");
      }
      by_dates[dates].push_back(NameOf(*one));
    }
    std::vector<std::string> parts;
    for (const auto& [dates, names] : by_dates) {
      parts.push_back(absl::StrCat(dates, " in ", Enumerate(names)));
    }
    for (size_t i = 0; i < finding_.holds.size(); ++i) {
      const Hold& hold = finding_.holds[i];
      const std::string day = hold.day.has_value() ? FormatCivilDay(*hold.day) : "another day";
      if (hold.state == HoldState::kPending) {
        parts.push_back(absl::StrCat("not before ", day, " in ", NameOf(i)));
      } else if (hold.state == HoldState::kEnded) {
        parts.push_back(absl::StrCat("ended on ", day, " in ", NameOf(i)));
      }
    }
    return absl::StrCat("in force ", absl::StrJoin(parts, ", "));
  }

  std::string Mapping() const {
    std::vector<std::string> clauses;
    // One reason for several pairs is said once.
    std::vector<std::pair<std::string, std::set<std::string>>> whys;
    for (const PairLink& link : finding_.links) {
      if (link.against != nullptr) {
        const std::string other =
            absl::StrCat(link.against->source->list, " ", link.against->source->key);
        clauses.push_back(
            link.against->to != CodeLink::To::kCode
                ? absl::StrCat("a correlation (", other, ") says that it is not listed, and it is")
                : absl::StrCat("correlations contradict each other: ", link.by->source->list, " ",
                               link.by->source->key, " and ", other));
      }
      if (link.link.degree == LinkDegree::kIdentical) continue;
      const std::string why = LinkText(link);
      auto one = std::find_if(whys.begin(), whys.end(),
                              [&](const auto& other) { return other.first == why; });
      if (one == whys.end()) one = whys.insert(whys.end(), {why, {}});
      one->second.insert(NameOf(link.left));
      one->second.insert(NameOf(link.right));
    }
    for (const auto& [why, names] : whys) {
      clauses.push_back(
          absl::StrCat(Enumerate(std::vector<std::string>(names.begin(), names.end())), ": ", why));
    }
    std::map<std::string, std::vector<std::string>> elsewhere;
    for (size_t i = 0; i < finding_.holds.size(); ++i) {
      const Hold& hold = finding_.holds[i];
      if (hold.state == HoldState::kWithin) {
        elsewhere[absl::StrCat("an undivided entry ", hold.code, " may cover it in ")].push_back(
            NameOf(i));
      } else if (hold.state == HoldState::kRule) {
        elsewhere[absl::StrCat(hold.code, " bears on it, which no list of items names, in ")]
            .push_back(NameOf(i));
      } else if (hold.state == HoldState::kOtherNumbering && !hold.code.empty()) {
        elsewhere[absl::StrCat("paragraphs of ", hold.code, " have numbers of their own in ")]
            .push_back(NameOf(i));
      } else if (hold.state == HoldState::kOtherNumbering) {
        elsewhere["another numbering, and no correlation that links the code, in "].push_back(
            NameOf(i));
      }
    }
    for (const auto& [what, names] : elsewhere) clauses.push_back(what + Enumerate(names));
    if (finding_.base_apart != nullptr) clauses.push_back(finding_.base_apart);
    const bool absent = finding_.kinds.Has(DivergenceKind::kOnlySome);
    if (finding_.national && absent) {
      clauses.push_back(absl::StrCat("a national series of ", finding_.parsed->space,
                                     ": others may control the same goods under numbers of their "
                                     "own"));
    }
    return absl::StrJoin(clauses, "; ");
  }

  const Divergences& divergences_;
  const CodeFinding& finding_;
  const EntryReader& read_;
  std::vector<const HeldEntry*> compared_;
};

}  // namespace

std::string CutText(std::string text, size_t max_bytes) {
  constexpr std::string_view kMore = "...";
  if (text.size() <= max_bytes || max_bytes < kMore.size()) return text;
  size_t end = max_bytes - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  text += kMore;
  return text;
}

std::string Enumerate(const std::vector<std::string>& names) {
  if (names.empty()) return "nobody";
  if (names.size() == 1) return names[0];
  if (names.size() > kMaxNames) {
    return absl::StrCat(absl::StrJoin(names.begin(), names.begin() + kMaxNames - 1, ", "), " and ",
                        names.size() - kMaxNames + 1, " more");
  }
  return absl::StrCat(absl::StrJoin(names.begin(), names.end() - 1, ", "), " and ", names.back());
}

std::string LinkText(const PairLink& link) {
  if (link.by == nullptr) return link.link.why;
  const v1::Correlation& correlation = link.by->source->correlation;
  return absl::StrCat(
      LinkDegreeName(link.link.degree), " by ", correlation.source_citation(),
      correlation.note().empty() ? "" : absl::StrCat(" (", correlation.note(), ")"));
}

absl::StatusOr<std::vector<v1::DivergenceReason>> ExplainDivergence(const Divergences& divergences,
                                                                    const CodeFinding& finding,
                                                                    const EntryReader& read) {
  const Explainer explainer(divergences, finding, read);
  std::vector<v1::DivergenceReason> reasons;
  for (size_t i = 0; i < kDivergenceKinds; ++i) {
    const auto kind = static_cast<DivergenceKind>(i);
    if (!finding.kinds.Has(kind)) continue;
    COMITY_ASSIGN_OR_RETURN(std::string explanation, explainer.Explain(kind));
    v1::DivergenceReason& reason = reasons.emplace_back();
    reason.set_kind(DivergenceKindName(kind));
    reason.set_explanation(CutText(std::move(explanation), kMaxExplanation));
  }
  return reasons;
}

}  // namespace comity
