#include "storage/law/rule_bearing.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/types.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr std::array<std::string_view, 26> kSmallWords = {
    "a",  "an", "and", "are", "as", "at",  "be",  "by", "end", "for",  "from", "in",   "into",
    "is", "it", "of",  "on",  "or", "our", "the", "to", "use", "used", "uses", "will", "with"};

// Shorter words are found in too many texts to say anything alone.
constexpr size_t kTellingBytes = 4;

// How the end use asked for stands to the rule's words.
enum class EndUseStands { kNotAsked, kNoneNamed, kAllWords, kSomeWords, kNoWords };

EndUseStands CompareEndUse(const RuleInForce& rule, const std::vector<std::string>& words,
                           v1::RuleBearing& bearing) {
  if (rule.rule.end_uses().empty() && rule.rule.triggers().empty()) {
    return EndUseStands::kNoneNamed;
  }
  if (words.empty()) return EndUseStands::kNotAsked;
  size_t found = 0;
  bool telling = false;
  for (const std::string& word : words) {
    if (!FindWord(word, rule.folded).has_value()) continue;
    ++found;
    telling = telling || word.size() >= kTellingBytes;
    bearing.add_words(word);
  }
  if (found == words.size()) return EndUseStands::kAllWords;
  if (telling) return EndUseStands::kSomeWords;
  bearing.clear_words();
  return EndUseStands::kNoWords;
}

std::string WhyEndUse(EndUseStands stands, const v1::RuleBearing& bearing) {
  switch (stands) {
    case EndUseStands::kNotAsked:
      return "no end use was given: it applies for those that it names";
    case EndUseStands::kNoneNamed:
      return "it names no end use";
    case EndUseStands::kAllWords:
      return absl::StrCat("it names the end use (", absl::StrJoin(bearing.words(), ", "), ")");
    case EndUseStands::kSomeWords:
      return absl::StrCat("it has words of the end use (", absl::StrJoin(bearing.words(), ", "),
                          ") and not all of them: read it");
    default:
      return "it has none of the words of the end use: read it";
  }
}

std::string WhyDestination(const v1::Rule& rule, const v1::DestinationResolution& resolution) {
  if (!rule.has_destinations()) return "it does not say for which destinations";
  return absl::StrCat("destination ", resolution.outcome(), ": ", resolution.why());
}

}  // namespace

std::vector<std::string> EndUseWords(std::string_view end_use) {
  std::vector<std::string> words = SearchWords(end_use);
  const auto small = [](const std::string& word) {
    return std::find(kSmallWords.begin(), kSmallWords.end(), word) != kSmallWords.end();
  };
  words.erase(std::remove_if(words.begin(), words.end(), small), words.end());
  return words;
}

std::string FoldedEndUses(const v1::Rule& rule) {
  return FoldCase(absl::StrCat(absl::StrJoin(rule.end_uses(), "\n"), "\n",
                               absl::StrJoin(rule.triggers(), "\n")));
}

RankedBearing BearingOf(const RuleInForce& rule, std::string_view list,
                        const std::vector<std::string>& words,
                        const std::vector<std::string>& linked_by,
                        const ResolutionContext& context) {
  RankedBearing ranked;
  v1::RuleBearing& bearing = ranked.said;
  bearing.set_list(std::string(list));
  bearing.set_key(rule.key);
  bearing.set_index(rule.index);
  bearing.set_citation(rule.citation);
  bearing.set_citation_url(rule.citation_url);
  bearing.set_effective_from(rule.effective_from);
  bearing.set_effective_to(rule.effective_to);
  *bearing.mutable_resolution() = ResolveDestinations(rule.rule.destinations(), context);
  const EndUseStands end_use = CompareEndUse(rule, words, bearing);
  const std::string& outcome = bearing.resolution().outcome();
  std::vector<std::string> whys = {WhyEndUse(end_use, bearing),
                                   WhyDestination(rule.rule, bearing.resolution())};
  for (const std::string& link : linked_by) {
    bearing.add_linked_by(link);
    whys.push_back(absl::StrCat(link, " links the code to it"));
  }
  if (outcome == kDoesNotApply) {
    bearing.set_bearing(kDoesNotMatch);
    ranked.rank = BearingRank::kDoesNotMatch;
  } else if (end_use == EndUseStands::kAllWords && outcome == kApplies) {
    bearing.set_bearing(kMatches);
    ranked.rank = BearingRank::kMatches;
  } else {
    bearing.set_bearing(kMayApply);
    const bool none = end_use == EndUseStands::kNoWords && linked_by.empty();
    ranked.rank = none ? BearingRank::kNoneOfTheWords : BearingRank::kMayApply;
  }
  bearing.set_why(absl::StrJoin(whys, "; "));
  if (bearing.bearing() != kDoesNotMatch) {
    *bearing.mutable_rule() = rule.rule;
    return ranked;
  }
  // What does not match is named, not told.
  v1::Rule& named = *bearing.mutable_rule();
  named.set_article(rule.rule.article());
  if (rule.rule.has_heading()) named.set_heading(rule.rule.heading());
  if (rule.rule.has_destinations()) *named.mutable_destinations() = rule.rule.destinations();
  return ranked;
}

}  // namespace comity
