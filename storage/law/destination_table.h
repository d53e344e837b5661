// Which destinations a column of a country chart or a country group has: lists of rules, one
// for each destination, as the us-country-chart and us-country-groups importers make them.
#ifndef COMITY_STORAGE_LAW_DESTINATION_TABLE_H_
#define COMITY_STORAGE_LAW_DESTINATION_TABLE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"
#include "comity/v1/legal_effect.pb.h"

namespace comity {

// A rule in force, and where it stands. Value type.
struct RuleInForce {
  std::string key;
  uint32_t index = 0;
  std::string citation;
  std::string citation_url;
  // ISO 8601; effective_to empty: no end.
  std::string effective_from;
  std::string effective_to;
  v1::Rule rule;
  // Its end uses and triggers, folded (FoldCase), to be searched; MakeRuleSet fills it.
  std::string folded;
};

// Whether the rule says of one destination which columns or groups it is in, by its triggers, or
// where to look ("As for China"): its heading is the destination's name, and so is the text of
// its destinations.
bool IsDestinationRow(const v1::Rule& rule);

// Whether it says which columns or groups a table has, marked or not: nothing but triggers.
bool IsTableHeader(const v1::Rule& rule);

// A column's or group's name as it is compared: lower case, single blanks.
std::string MarkForm(std::string_view mark);

// Immutable once filled; then safe to share between threads.
class DestinationTable {
 public:
  struct Row {
    RuleInForce source;
    // Of its name; empty if it is no known destination.
    std::string code;
    // By form, as published.
    std::map<std::string, std::string> marks;
    // Whose row applies, by code; empty unless it says "As for ...".
    std::string as_for;
  };

  // `list` is "AUTHORITY/LIST", read at `size` on `as_of` (ISO 8601).
  DestinationTable(std::string list, uint32_t size, std::string as_of)
      : list_(std::move(list)), size_(size), as_of_(std::move(as_of)) {}

  void AddRow(RuleInForce source);
  void AddHeader(const v1::Rule& rule);
  // Not all of the list was read: what is not found may be there.
  void SetCut() { cut_ = true; }

  const std::string& list() const { return list_; }
  bool empty() const { return rows_.empty(); }
  bool cut() const { return cut_; }
  // Whether some row has it, or the table says that there is such a column or group.
  bool HasMark(std::string_view mark) const { return marks_.contains(MarkForm(mark)); }
  // The groups that begin with "GROUP:", in order: "E" stands for E:1 and E:2.
  std::vector<std::string> GroupsOf(std::string_view group) const;
  // In the order of their keys.
  std::vector<const Row*> RowsOf(std::string_view code) const;
  // Rows whose name is no known destination.
  std::vector<const Row*> Unread() const;

  v1::DestinationTableInfo Info() const;

 private:
  std::string list_;
  uint32_t size_;
  std::string as_of_;
  bool cut_ = false;
  std::vector<Row> rows_;
  std::multimap<std::string, size_t> by_code_;
  // By form, as published.
  std::map<std::string, std::string> marks_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_DESTINATION_TABLE_H_
