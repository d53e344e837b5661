// A small chart and small groups of our own making.
#ifndef COMITY_TESTS_STORAGE_LAW_TABLES_H_
#define COMITY_TESTS_STORAGE_LAW_TABLES_H_

#include <string>
#include <utility>
#include <vector>

#include "storage/law/country_names.h"
#include "storage/law/resolution.h"
#include "storage/law/rule_set.h"

namespace comity {

inline RuleInForce TableRow(const std::string& name, const std::vector<std::string>& marks,
                            const std::string& requirement = "", const std::string& text = "") {
  RuleInForce row;
  row.key = name;
  row.index = 1;
  row.citation = "1 FR 1";
  row.rule.set_article("table");
  row.rule.set_heading(name);
  row.rule.mutable_destinations()->set_text(name);
  for (const std::string& mark : marks) row.rule.add_triggers(mark);
  if (!requirement.empty()) row.rule.set_requirement(requirement);
  if (!text.empty()) row.rule.set_text(text);
  return row;
}

inline RuleInForce TableHeader(const std::vector<std::string>& marks) {
  RuleInForce header;
  header.key = "Columns";
  header.rule.set_article("table");
  header.rule.set_heading("Columns");
  for (const std::string& mark : marks) header.rule.add_triggers(mark);
  return header;
}

inline RuleSet Chart() {
  return MakeRuleSet(
      "us-bis/chart", 2, "2024-01-01",
      {TableHeader({"NS Column 1", "NS Column 2", "AT Column 1"}),
       TableRow("Russia", {"NS Column 1", "NS Column 2"}, "", "[6] See 746.8 for any item."),
       TableRow("France", {"NS Column 1"}, "", "[3] See 742.6 for items of 0A919."),
       TableRow("China", {"NS Column 1", "NS Column 2"}), TableRow("Bhutan", {}),
       TableRow("Canada", {"AT Column 2"}), TableRow("Cuba", {}, "See part 746."),
       TableRow("hong kong", {}, "As for China"), TableRow("Liechtenstein", {"NS Column 1"}),
       TableRow("liechtenstein", {}, "As for France"), TableRow("Malta", {"NS Column 1"}),
       TableRow("malta", {"NS Column 2"}), TableRow("Niue", {}, "As for Atlantis"),
       TableRow("Seycheles", {"NS Column 2"})},
      false);
}

inline RuleSet Groups() {
  return MakeRuleSet("us-bis/groups", 2, "2024-01-01",
                     {TableRow("Russia", {"D:1", "D:5"}), TableRow("France", {"A:1", "A:5", "B"}),
                      TableRow("China (PRC)", {"D:1", "D:5"}), TableRow("Macau", {"D:1"}),
                      TableRow("Israel", {"A:6", "D:4"}), TableRow("Cuba", {"E:2"}),
                      TableRow("Iran", {"E:1", "D:4"}), TableRow("Saint Lucia", {"B"}),
                      TableRow("St. Lucia", {"A:6"}), TableRow("Cote d'lvoire", {"B"}),
                      TableRow("Ivory Coast", {"D:4"}), TableRow("India", {"A:5", "D:4"})},
                     false);
}

class LawContext {
 public:
  explicit LawContext(const std::string& code, std::vector<RuleSet> sets) : sets_(std::move(sets)) {
    context_.destination = {code, CountryTitle(code)};
    context_.participant = "us";
    context_.base_code = "5A001";
    for (const RuleSet& set : sets_) context_.tables.push_back(&set.table);
  }
  explicit LawContext(const std::string& code) : LawContext(code, Both()) {}

  ResolutionContext& context() { return context_; }

  v1::DestinationResolution Column(const std::string& column) {
    v1::Destinations destinations;
    destinations.set_chart_column(column);
    return ResolveDestinations(destinations, context_);
  }
  v1::DestinationResolution Expression(const std::string& expression) {
    v1::Destinations destinations;
    destinations.set_group_expression(expression);
    return ResolveDestinations(destinations, context_);
  }

 private:
  static std::vector<RuleSet> Both() {
    std::vector<RuleSet> sets;
    sets.push_back(Chart());
    sets.push_back(Groups());
    return sets;
  }

  std::vector<RuleSet> sets_;
  ResolutionContext context_;
};

}  // namespace comity

#endif  // COMITY_TESTS_STORAGE_LAW_TABLES_H_
