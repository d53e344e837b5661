// What correlations in force say of a code or a term. Pure: the snapshot gives the
// correlations, and looks up what they point to.
#ifndef COMITY_STORAGE_LISTS_CORRELATIONS_H_
#define COMITY_STORAGE_LISTS_CORRELATIONS_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/query_service.pb.h"

namespace comity {

// A correlation that is in force, and where it stands.
struct CorrelationInForce {
  // "AUTHORITY/LIST".
  std::string list;
  std::string key;
  // The instrument that gave this version.
  std::string citation;
  v1::Correlation correlation;
};

// What they say of `code` (in any spelling), read from the side that it stands on: left to
// right as published, right to left with the degree turned round. A correlation with the code
// on both sides (the same number of two countries) is said twice. The items are not filled in.
std::vector<v1::LinkedItem> LinkCode(std::string_view code,
                                     const std::vector<CorrelationInForce>& correlations);

// As LinkCode for correlations that have a term, or one synonym of it, with all `words`
// (SearchWords). Read from left to right; from the right only if the term stands there.
std::vector<v1::LinkedItem> LinkTerm(const std::vector<std::string>& words,
                                     const std::vector<CorrelationInForce>& correlations);

// Whether an entry of `authority` is of the side's issuer: any if it names none.
bool IsOfIssuer(const v1::CorrelationSide& side, std::string_view authority);

// From a Wassenaar number to the code that lists make of it, by rule. Empty if `code` is no
// such number.
std::vector<v1::LinkedItem> LinkRegimeNumber(std::string_view code);

// What `code` by itself says of the entries of these participants that have it: the weakest
// link between any two, "identical", "candidate" or "none"; empty for fewer than two.
std::string LinkOf(std::string_view code, const std::set<std::string>& participants);

// "identical", "broader", "narrower", "overlaps"; empty for unspecified.
std::string DegreeName(v1::CorrelationDegree degree);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CORRELATIONS_H_
