// Whether a rule that names no item bears on what is asked.
#ifndef COMITY_STORAGE_LAW_RULE_BEARING_H_
#define COMITY_STORAGE_LAW_RULE_BEARING_H_

#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/legal_effect.pb.h"
#include "storage/law/destination_table.h"
#include "storage/law/resolution.h"

namespace comity {

inline constexpr char kMatches[] = "matches";
inline constexpr char kMayApply[] = "may apply";
inline constexpr char kDoesNotMatch[] = "does not match";

// The order in which rules are shown.
enum class BearingRank { kMatches, kMayApply, kNoneOfTheWords, kDoesNotMatch };

struct RankedBearing {
  v1::RuleBearing said;
  BearingRank rank = BearingRank::kMayApply;
};

// The words of an end use that say something: as SearchWords (text_search.h), without small
// words such as "the" and "for" and without "end" and "use".
std::vector<std::string> EndUseWords(std::string_view end_use);

// What the words are looked for in: the rule's end uses and triggers, folded.
std::string FoldedEndUses(const v1::Rule& rule);

// What a rule says, by end use (its words in `end_uses` and `triggers`) and destination, with
// `linked_by` the correlations that link the item to its article. "matches" if all of `words`
// are in it and its destinations apply; "does not match" if its destinations do not; else "may
// apply": so does a rule that names no end use, or a query without one. One that has none of
// `words` (of four bytes and more) may speak of the same in others, and is only ranked last. Items
// play no part in it: a rule bears whether the item is listed or not. `rule.folded` must be filled.
RankedBearing BearingOf(const RuleInForce& rule, std::string_view list,
                        const std::vector<std::string>& words,
                        const std::vector<std::string>& linked_by,
                        const ResolutionContext& context);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_RULE_BEARING_H_
