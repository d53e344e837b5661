#include "storage/law/destination_table.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/base/types.h"
#include "storage/law/destination.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr char kAsFor[] = "As for ";
constexpr int kMaxUnreadShown = 20;

}  // namespace

bool IsDestinationRow(const v1::Rule& rule) {
  return !rule.heading().empty() && rule.end_uses().empty() &&
         rule.destinations().scope_case() == v1::Destinations::kText &&
         rule.destinations().text() == rule.heading();
}

bool IsTableHeader(const v1::Rule& rule) {
  return !rule.triggers().empty() && !rule.has_destinations() && rule.end_uses().empty() &&
         !rule.has_text() && !rule.has_requirement() && !rule.has_licence_policy();
}

std::string MarkForm(std::string_view mark) {
  const std::string folded = FoldCase(mark);
  const std::vector<absl::string_view> words =
      absl::StrSplit(folded, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
  return absl::StrJoin(words, " ");
}

void DestinationTable::AddRow(RuleInForce source) {
  Row row;
  row.code = CodeOfName(source.rule.heading());
  for (const std::string& mark : source.rule.triggers()) {
    row.marks.emplace(MarkForm(mark), mark);
    marks_.emplace(MarkForm(mark), mark);
  }
  absl::string_view requirement = source.rule.requirement();
  if (absl::ConsumePrefix(&requirement, kAsFor)) row.as_for = CodeOfName(Std(requirement));
  row.source = std::move(source);
  by_code_.emplace(row.code, rows_.size());
  rows_.push_back(std::move(row));
}

void DestinationTable::AddHeader(const v1::Rule& rule) {
  for (const std::string& mark : rule.triggers()) marks_.emplace(MarkForm(mark), mark);
}

std::vector<std::string> DestinationTable::GroupsOf(std::string_view group) const {
  const std::string prefix = MarkForm(group) + ":";
  std::vector<std::string> groups;
  for (auto it = marks_.lower_bound(prefix);
       it != marks_.end() && absl::StartsWith(it->first, prefix); ++it) {
    groups.push_back(it->second);
  }
  return groups;
}

std::vector<const DestinationTable::Row*> DestinationTable::RowsOf(std::string_view code) const {
  std::vector<const Row*> rows;
  if (code.empty()) return rows;
  const auto range = by_code_.equal_range(std::string(code));
  for (auto it = range.first; it != range.second; ++it) rows.push_back(&rows_[it->second]);
  return rows;
}

std::vector<const DestinationTable::Row*> DestinationTable::Unread() const {
  std::vector<const Row*> rows;
  const auto range = by_code_.equal_range("");
  for (auto it = range.first; it != range.second; ++it) rows.push_back(&rows_[it->second]);
  return rows;
}

v1::DestinationTableInfo DestinationTable::Info() const {
  v1::DestinationTableInfo info;
  info.set_list(list_);
  info.set_size(size_);
  info.set_as_of(as_of_);
  info.set_rows(static_cast<uint32_t>(rows_.size()));
  info.set_marks(static_cast<uint32_t>(marks_.size()));
  for (const Row* row : Unread()) {
    if (info.unread_names_size() == kMaxUnreadShown) break;
    info.add_unread_names(row->source.rule.heading());
  }
  return info;
}

}  // namespace comity
