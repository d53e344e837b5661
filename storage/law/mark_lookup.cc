#include "storage/law/mark_lookup.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/types.h"
#include "storage/law/footnote.h"

namespace comity {
namespace {

using Row = DestinationTable::Row;

constexpr size_t kMaxNamesShown = 5;

enum class MarkKind { kColumn, kGroup };

v1::ResolutionGround Ground(const DestinationTable& table, const Row& row, std::string says) {
  v1::ResolutionGround ground;
  ground.set_list(table.list());
  ground.set_key(row.source.key);
  ground.set_index(row.source.index);
  ground.set_citation(row.source.citation);
  ground.set_effective_from(row.source.effective_from);
  ground.set_name(row.source.rule.heading());
  ground.set_says(std::move(says));
  ground.set_text(row.source.rule.text());
  return ground;
}

std::string Where(const DestinationTable& table, const Row& row) {
  return absl::StrCat(table.list(), " revision ", row.source.index);
}

// What one row says of the mark; `depth` counts rows that send to another's.
Finding AskRow(MarkKind kind, std::string_view mark, const DestinationTable& table, const Row& row,
               const ResolutionContext& context, int depth) {
  const v1::Rule& rule = row.source.rule;
  const std::string name(mark);
  if (row.marks.contains(MarkForm(mark))) {
    return {Truth::kYes,
            absl::StrCat(kind == MarkKind::kColumn ? "marked in " : "in ", name, " (",
                         Where(table, row), ")"),
            {Ground(table, row, absl::StrCat(name, ": marked"))}};
  }
  if (!row.as_for.empty() && row.marks.empty()) {
    const std::vector<const Row*> others = table.RowsOf(row.as_for);
    if (depth > 0 || others.size() != 1) {
      return Unknown(absl::StrCat(Where(table, row), " says \"", rule.requirement(),
                                  "\", which names no one row of its"));
    }
    Finding other = AskRow(kind, mark, table, *others[0], context, depth + 1);
    other.why = absl::StrCat(rule.requirement(), " (", Where(table, row), "): ", other.why);
    other.grounds.insert(other.grounds.begin(), Ground(table, row, rule.requirement()));
    return other;
  }
  if (row.marks.empty() && rule.has_requirement()) {
    Finding none = Unknown(absl::StrCat("its row in ", Where(table, row),
                                        " has no mark at all and says: ", rule.requirement()));
    none.grounds.push_back(Ground(table, row, rule.requirement()));
    return none;
  }
  Finding no = {Truth::kNo,
                absl::StrCat(kind == MarkKind::kColumn ? "not marked in " : "not in ", name, " (",
                             Where(table, row), ")"),
                {Ground(table, row, absl::StrCat(name, ": not marked"))}};
  if (kind == MarkKind::kGroup) return no;
  const std::vector<std::string> footnotes = FootnotesThatMayBear(rule.text(), context.base_code);
  if (footnotes.empty()) return no;
  no.truth = Truth::kUnknown;
  no.why = absl::StrCat(no.why,
                        ", but its row has footnotes that may ask for a licence all the "
                        "same: ",
                        absl::StrJoin(footnotes, " "));
  return no;
}

// Why nothing can be said of a destination that no row names.
Finding NoRow(const DestinationTable& table, const ResolutionContext& context) {
  std::vector<std::string> close;
  std::vector<std::string> others;
  for (const Row* row : table.Unread()) {
    const std::string shown = absl::StrCat("\"", row->source.rule.heading(), "\"");
    (Resembles(row->source.rule.heading(), context.destination) ? close : others).push_back(shown);
  }
  std::string why = absl::StrCat(table.list(), " has no row for ", context.destination.ToString());
  if (!close.empty()) {
    absl::StrAppend(&why, "; ", absl::StrJoin(close, ", "), " there may be a misprint of it");
  } else if (!others.empty()) {
    const size_t left = others.size() - std::min(others.size(), kMaxNamesShown);
    others.resize(others.size() - left);
    absl::StrAppend(&why,
                    "; it has names that are no known destination: ", absl::StrJoin(others, ", "),
                    left > 0 ? ", ..." : "");
  }
  return Unknown(std::move(why));
}

// What a group's table without a row for the destination leaves to be read: that another table
// sends it to a state that the group has.
std::string Hint(std::string_view group, const DestinationTable& table,
                 const ResolutionContext& context) {
  for (const DestinationTable* other : context.tables) {
    for (const Row* row : other->RowsOf(context.destination.code)) {
      for (const Row* sovereign : table.RowsOf(row->as_for)) {
        if (!sovereign->marks.contains(MarkForm(group))) continue;
        return absl::StrCat("; ", other->list(), " says \"", row->source.rule.requirement(),
                            "\", and \"", sovereign->source.rule.heading(), "\" is in ",
                            std::string(group), ": read whether that holds for groups");
      }
    }
  }
  return "";
}

// A row of another name that may be the destination's, misprinted, and has the mark.
const Row* Doubtful(std::string_view mark, const DestinationTable& table,
                    const ResolutionContext& context) {
  for (const Row* row : table.Unread()) {
    if (row->marks.contains(MarkForm(mark)) &&
        Resembles(row->source.rule.heading(), context.destination)) {
      return row;
    }
  }
  return nullptr;
}

// What several rows of the destination, or several tables, come to.
Finding Agree(MarkKind kind, std::vector<Finding> findings, const std::string& differ) {
  Finding whole;
  std::vector<std::string> whys;
  bool yes = false, no = false, unknown = false;
  for (Finding& one : findings) {
    yes = yes || one.truth == Truth::kYes;
    no = no || one.truth == Truth::kNo;
    unknown = unknown || one.truth == Truth::kUnknown;
    whys.push_back(std::move(one.why));
    std::move(one.grounds.begin(), one.grounds.end(), std::back_inserter(whole.grounds));
  }
  whole.why = absl::StrJoin(whys, "; ");
  // A group has whom any row puts in it: names of one destination are spelled in several ways.
  if (kind == MarkKind::kGroup && yes) {
    whole.truth = Truth::kYes;
  } else if (unknown || (yes && no)) {
    whole.truth = Truth::kUnknown;
    if (yes && no) whole.why = absl::StrCat(differ, ": ", whole.why);
  } else {
    whole.truth = yes ? Truth::kYes : Truth::kNo;
  }
  return whole;
}

Finding AskTable(MarkKind kind, std::string_view mark, const DestinationTable& table,
                 const ResolutionContext& context) {
  const std::vector<const Row*> rows = table.RowsOf(context.destination.code);
  if (rows.empty()) {
    Finding none = NoRow(table, context);
    if (kind == MarkKind::kGroup) absl::StrAppend(&none.why, Hint(mark, table, context));
    return none;
  }
  std::vector<Finding> findings;
  for (const Row* row : rows) findings.push_back(AskRow(kind, mark, table, *row, context, 0));
  Finding finding = Agree(kind, std::move(findings), "its rows differ");
  if (finding.truth != Truth::kNo) return finding;
  if (const Row* row = Doubtful(mark, table, context); row != nullptr) {
    finding.truth = Truth::kUnknown;
    absl::StrAppend(&finding.why, ", but \"", row->source.rule.heading(),
                    "\" there is, and may be a misprint of it");
  } else if (table.cut()) {
    finding.truth = Truth::kUnknown;
    absl::StrAppend(&finding.why, ", but the list has more rules than could be looked at");
  }
  return finding;
}

Finding LookUp(MarkKind kind, std::string_view mark, const ResolutionContext& context) {
  std::vector<std::string> others;
  std::vector<Finding> findings;
  for (const DestinationTable* table : context.tables) {
    others.push_back(table->list());
    if (table->HasMark(mark)) findings.push_back(AskTable(kind, mark, *table, context));
  }
  const char* const what = kind == MarkKind::kColumn ? "column" : "group";
  if (others.empty()) {
    return Unknown(absl::StrCat("no list of ", context.participant,
                                " in force then that says which "
                                "destinations ",
                                std::string(mark), " has is held here"));
  }
  if (findings.empty()) {
    return Unknown(absl::StrCat(absl::StrJoin(others, ", "), others.size() == 1 ? " has" : " have",
                                " no ", what, " \"", std::string(mark), "\""));
  }
  // Two tables that have it are each whole: where they differ, neither is believed.
  if (findings.size() == 1) return std::move(findings[0]);
  return Agree(MarkKind::kColumn, std::move(findings), "the lists differ");
}

}  // namespace

Finding LookUpColumn(std::string_view column, const ResolutionContext& context) {
  return LookUp(MarkKind::kColumn, column, context);
}

Finding LookUpGroup(std::string_view group, const ResolutionContext& context) {
  return LookUp(MarkKind::kGroup, group, context);
}

bool IsMark(std::string_view mark, const ResolutionContext& context) {
  return std::any_of(context.tables.begin(), context.tables.end(),
                     [&](const DestinationTable* table) { return table->HasMark(mark); });
}

}  // namespace comity
