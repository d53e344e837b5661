// The rules of one list in force on one day, ready to be asked.
#ifndef COMITY_STORAGE_LAW_RULE_SET_H_
#define COMITY_STORAGE_LAW_RULE_SET_H_

#include <cstddef>
#include <string>
#include <vector>

#include "storage/law/destination_table.h"

namespace comity {

// Immutable once made; then safe to share between threads.
struct RuleSet {
  // Empty if the list is no table of destinations.
  DestinationTable table;
  // All others, by key.
  std::vector<RuleInForce> rules;
  // Not all of the list was read.
  bool cut = false;
  // About what it takes in memory.
  size_t bytes = 0;
};

// Makes a table of the rows if at least half of the rules are rows: a catch-all that happens
// to look like one does not make its list a table. `rules` by key.
RuleSet MakeRuleSet(const std::string& list, uint32_t size, const std::string& as_of,
                    std::vector<RuleInForce> rules, bool cut);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_RULE_SET_H_
