// Country groups and destinations by name, as laws string them together.
#ifndef COMITY_STORAGE_LAW_DESTINATION_EXPRESSION_H_
#define COMITY_STORAGE_LAW_DESTINATION_EXPRESSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/law/mark_lookup.h"

namespace comity {

// An expression, read. Value type.
struct DestinationExpression {
  // "all", "every destination": all but what is excluded.
  bool everywhere = false;
  // Groups and names, still in pieces: "Korea, South" is two until it is looked up, and so is
  // "Trinidad and Tobago".
  std::vector<std::string> included;
  std::vector<std::string> excluded;
};

// Reads "Macau, D:1, D:4 excluding A:5", "all except Canada", "Country Group D:5 or Macau".
// Terms are parted by commas, semicolons, "and", "or" and, between groups, slashes; what follows
// "excluding", "except", "other than" or "but not" is left out. Unset if there is no term, more
// than one of these words, or more than 500 terms.
std::optional<DestinationExpression> ParseDestinationExpression(std::string_view text);

// Whether the destination is in it. A term that is a group of a table in force is looked up
// there (a group's letter alone, "E", stands for E:1 and E:2); any other is a destination's
// name. It is in if a term has it and none that is excluded does; one that is named, and in a group
// that is excluded, is not resolved. What is not known of a term only counts where it would
// change the answer.
Finding LookUpExpression(std::string_view text, const ResolutionContext& context);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_DESTINATION_EXPRESSION_H_
