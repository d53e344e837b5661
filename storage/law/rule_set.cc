#include "storage/law/rule_set.h"

#include <algorithm>
#include <utility>

#include "storage/law/rule_bearing.h"

namespace comity {

RuleSet MakeRuleSet(const std::string& list, uint32_t size, const std::string& as_of,
                    std::vector<RuleInForce> rules, bool cut) {
  RuleSet set{DestinationTable(list, size, as_of), {}, cut, 0};
  const auto rows =
      static_cast<size_t>(std::count_if(rules.begin(), rules.end(), [](const RuleInForce& one) {
        return IsDestinationRow(one.rule);
      }));
  const bool is_table = rows > 0 && rows * 2 >= rules.size();
  for (RuleInForce& one : rules) {
    // A row's marks and its rule's texts are each there about twice.
    set.bytes += sizeof(DestinationTable::Row) + 2 * one.rule.ByteSizeLong();
    if (is_table && IsDestinationRow(one.rule)) {
      set.table.AddRow(std::move(one));
    } else if (is_table && IsTableHeader(one.rule)) {
      set.table.AddHeader(one.rule);
    } else {
      one.folded = FoldedEndUses(one.rule);
      set.rules.push_back(std::move(one));
    }
  }
  if (cut) set.table.SetCut();
  return set;
}

}  // namespace comity
