// What two codes in two participants' lists say by themselves. Everything beyond it needs a
// published table (a correlation) or a person.
#ifndef COMITY_STORAGE_MATCH_CODE_LINK_H_
#define COMITY_STORAGE_MATCH_CODE_LINK_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/match/parsed_code.h"

namespace comity {

enum class LinkDegree {
  kNone,       // apart: nothing follows from the codes
  kCandidate,  // likely the same: read both texts
  kIdentical,
  kBroader,   // the right covers all of the left and more
  kNarrower,  // the left covers all of the right and more
  kOverlaps,
};

enum class LinkOrigin {
  kRule,   // it follows from the numbering
  kTable,  // a published table says it
  kHuman,  // a person judged it
};

// Value type.
struct Link {
  LinkDegree degree = LinkDegree::kNone;
  LinkOrigin origin = LinkOrigin::kRule;
  // Why, for people; a literal.
  const char* why = "";
};

// "none", "candidate", "identical", "broader", "narrower", "overlaps".
const char* LinkDegreeName(LinkDegree degree);
// "rule", "table", "human".
const char* LinkOriginName(LinkOrigin origin);

// The same link read from right to left.
LinkDegree Reversed(LinkDegree degree);

// The issuers are participants or authorities; empty where it is not known, which is taken
// for any country that uses the numbering. Never gives more than this:
//
//  - Shared numbering, one code: base entries of Wassenaar, MTCR and NSG origin (digits 0-2)
//    are identical, their paragraphs candidates. Base entries of digits 3 and 4 are
//    candidates and what lies below them apart: the US orders those lists in its own way.
//  - Category 0 with digit 0 between the US and others is a candidate: the US left the trigger
//    list to other agencies and numbers what remained.
//  - Known false friends (false_friend.h) are apart.
//  - National series are apart from everybody else's. The 500 series is also the EU's: between two
//    lists of its family base entries are candidates and what lies below them apart.
//  - Countries that are not known to use the shared numbering give candidates at best; those
//    with another one (Japan, China) are apart.
//  - A Wassenaar number and the shared number made of it: as the shared number itself.
//  - Military list numbers are candidates. Japan's items and HS codes are apart from all.
Link LinkByRule(const ParsedCode& left, std::string_view left_issuer, const ParsedCode& right,
                std::string_view right_issuer);

// Whether the code is of the 500 series that the EU's Annex I has since Delegated Regulation (EU)
// 2025/2003, in two lists of its family. Elsewhere, as in the US, a 500 series is a country's own.
bool InEuSeries(const ParsedCode& code, std::string_view left_issuer,
                std::string_view right_issuer);

// The weakest link between any two of `participants` that have `code`; unset for fewer than
// two.
std::optional<Link> LinkAmong(const ParsedCode& code, const std::set<std::string>& participants);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_CODE_LINK_H_
