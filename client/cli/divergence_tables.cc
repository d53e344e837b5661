#include "client/cli/divergence_tables.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/law/destination_scope.h"

namespace comity::cli {
namespace {

// What is counted of each pair.
struct Measure {
  const char* column;
  const char* words;
  uint32_t (*count)(const v1::DivergencePair&);
};

constexpr Measure kMeasures[] = {
    {"BOTH", "both control it", [](const v1::DivergencePair& p) { return p.both(); }},
    {"COMPARED", "  entries compared", [](const v1::DivergencePair& p) { return p.compared(); }},
    {"SAME", "  no divergence", [](const v1::DivergencePair& p) { return p.same(); }},
    {"TEXT", "  text", [](const v1::DivergencePair& p) { return p.text(); }},
    {"TYPOGRAPHY", "  typography alone",
     [](const v1::DivergencePair& p) { return p.typography(); }},
    {"DESTINATIONS", "  destinations",
     [](const v1::DivergencePair& p) { return p.destinations(); }},
    {"ONE SIDED", "    stated by one alone",
     [](const v1::DivergencePair& p) { return p.destinations_one_sided(); }},
    {"DATES", "  dates", [](const v1::DivergencePair& p) { return p.dates(); }},
    {"MAPPING", "  mapping", [](const v1::DivergencePair& p) { return p.mapping(); }},
    {"ONLY LEFT", "only the first does", [](const v1::DivergencePair& p) { return p.only_left(); }},
    {"NATIONAL LEFT", "  in a national series",
     [](const v1::DivergencePair& p) { return p.only_left_national(); }},
    {"ONLY RIGHT", "only the second does",
     [](const v1::DivergencePair& p) { return p.only_right(); }},
    {"NATIONAL RIGHT", "  in a national series",
     [](const v1::DivergencePair& p) { return p.only_right_national(); }},
    {"CANNOT SAY", "one does, the other cannot be said",
     [](const v1::DivergencePair& p) { return p.cannot_say(); }},
};

// The same, a column for each pair: a few pairs are read more easily so.
Table PairsInColumns(const v1::DivergenceSummary& summary) {
  Table table{{"TWO BY TWO"}, {}, {}, {}};
  for (const v1::DivergencePair& pair : summary.pairs()) {
    table.columns.push_back(absl::StrCat(pair.left(), ", ", pair.right()));
    table.numbers.push_back(table.columns.back());
  }
  for (const Measure& measure : kMeasures) {
    std::vector<std::string> cells = {measure.words};
    for (const v1::DivergencePair& pair : summary.pairs()) {
      cells.push_back(Grouped(measure.count(pair)));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

// What each participant controls that the one in the column does not; on the diagonal all that it
// controls.
Table Matrix(const v1::DivergenceSummary& summary) {
  Table table{{"ONLY ROW CONTROLS"}, {}, {}, {}};
  std::map<std::pair<std::string, std::string>, uint32_t> only;
  for (const v1::DivergencePair& pair : summary.pairs()) {
    only[{pair.left(), pair.right()}] = pair.only_left();
    only[{pair.right(), pair.left()}] = pair.only_right();
  }
  std::vector<const v1::DivergenceParticipant*> compared;
  for (const v1::DivergenceParticipant& one : summary.participants()) {
    if (one.state() == "compared") compared.push_back(&one);
  }
  for (const auto* column : compared) {
    table.columns.push_back(column->participant());
    table.numbers.push_back(column->participant());
  }
  for (const auto* row : compared) {
    std::vector<std::string> cells = {row->participant()};
    for (const auto* column : compared) {
      cells.push_back(row == column ? absl::StrCat("(", Grouped(row->codes()), ")")
                                    : Grouped(only[{row->participant(), column->participant()}]));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

// "no 2022-10-24, us 2018-11-02; jp: no list held".
std::string WhoHasIt(const v1::DivergenceRow& row) {
  std::map<std::string, std::string> since;
  for (const v1::DivergenceEntry& entry : row.entries()) {
    if (entry.compared()) since.emplace(entry.participant(), entry.effective_from());
  }
  std::vector<std::string> who;
  std::vector<std::string> others;
  for (const v1::DivergenceState& state : row.states()) {
    const std::string& name = state.participant();
    if (state.state() == "listed" || state.state() == "linked") {
      who.push_back(absl::StrCat(name, state.state() == "linked" ? " (" + state.code() + ") " : " ",
                                 since[name]));
    } else if (state.state() == "within" || state.state() == "rule") {
      others.push_back(absl::StrCat(name, ": ", state.state(), " ", state.code()));
    } else if (!state.day().empty()) {
      others.push_back(absl::StrCat(name, ": ", state.state(), " ", state.day()));
    } else {
      others.push_back(absl::StrCat(name, ": ", state.state()));
    }
  }
  return absl::StrCat(absl::StrJoin(who, ", "), who.empty() || others.empty() ? "" : "; ",
                      absl::StrJoin(others, ", "));
}

std::vector<std::string> KindsOf(const v1::DivergenceRow& row) {
  std::vector<std::string> kinds;
  for (const v1::DivergenceReason& reason : row.reasons()) kinds.push_back(reason.kind());
  return kinds;
}

void AddTerms(const v1::DivergenceEntry& entry,
              const google::protobuf::RepeatedPtrField<v1::Control>& controls,
              const std::string& stated_at, Table* table) {
  for (const v1::Control& control : controls) {
    table->rows.push_back({entry.list(), stated_at, control.reason(), control.scope_text(),
                           DestinationScope(control.destinations(), "all destinations",
                                            "no destinations named")});
  }
}

// Reasons and destinations as each list states them.
Table TermsTable(const v1::DivergenceRow& row) {
  Table table{
      {"LIST", "STATED AT", "REASON", "FOR", "DESTINATIONS"}, {}, {"FOR", "DESTINATIONS"}, {}};
  for (const v1::DivergenceEntry& entry : row.entries()) {
    if (!entry.compared()) continue;
    AddTerms(entry, entry.controls(), entry.code(), &table);
    AddTerms(entry, entry.controls_above(), entry.controls_at(), &table);
    if (!entry.sensitivity().empty()) {
      table.rows.push_back({entry.list(), entry.code(), "", "sensitivity", entry.sensitivity()});
    }
    for (const v1::LicenceException& exception : entry.exceptions()) {
      table.rows.push_back({entry.list(), entry.code(), exception.name(), "exception",
                            absl::StrCat(exception.value(), exception.value().empty() ? "" : " ",
                                         exception.condition())});
    }
    if (entry.terms_left_out()) {
      table.rows.push_back(
          {entry.list(), entry.code(), "", "", "too long: see `comity entry get`"});
    } else if (entry.controls().empty() && entry.controls_above().empty()) {
      table.rows.push_back({entry.list(), "", "", "", "none stated in this list's entries"});
    }
  }
  return table;
}

std::string DiffTitle(const v1::TextDiff& diff) {
  std::string title =
      absl::StrCat("Texts of ", diff.left_list(), " ", diff.left_key(), " [-", "-] and ",
                   diff.right_list(), " ", diff.right_key(), " {+", "+}: ");
  if (diff.difference() == "not compared") return absl::StrCat(title, diff.note());
  if (diff.difference() == "typography") absl::StrAppend(&title, "typography alone differs, ");
  absl::StrAppend(&title, diff.words_same(),
                  diff.words_same() == 1 ? " word the same, " : " words the same, ",
                  diff.words_left(), " and ", diff.words_right(), " only there",
                  diff.coarse() ? " (too different to be put side by side word by word)" : "");
  return title;
}

}  // namespace

Table DivergencePairsTable(const v1::DivergenceSummary& summary) {
  Table table{{"LEFT", "RIGHT"}, {}, {}, {}};
  for (const Measure& measure : kMeasures) {
    table.columns.push_back(measure.column);
    table.numbers.push_back(measure.column);
  }
  for (const v1::DivergencePair& pair : summary.pairs()) {
    std::vector<std::string> cells = {pair.left(), pair.right()};
    for (const Measure& measure : kMeasures) cells.push_back(absl::StrCat(measure.count(pair)));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void ShowDivergenceSummary(const v1::DivergenceSummary& summary, const Output& output) {
  if (output.csv()) return;
  std::vector<std::string> compared;
  std::vector<std::string> missing;
  for (const v1::DivergenceParticipant& one : summary.participants()) {
    if (one.state() == "compared") {
      compared.push_back(
          absl::StrCat(one.participant(), " (", absl::StrJoin(one.lists(), ", "), ")"));
    } else {
      missing.push_back(one.participant());
    }
  }
  if (compared.empty()) {
    output.Line("No items list of these participants has anything in force here on that day.");
  } else {
    output.Line(absl::StrCat("Compared: ", absl::StrJoin(compared, ", "),
                             compared.size() == 1 ? ", which stands alone" : ""));
  }
  if (!missing.empty()) {
    output.Line(
        absl::StrCat("No list held, or nothing of it in force on that day (which says "
                     "nothing of what they control): ",
                     absl::StrJoin(missing, ", ")));
  }
  if (!summary.left_out_lists().empty()) {
    output.Line(absl::StrCat("Left out, no control codes in them: ",
                             absl::StrJoin(summary.left_out_lists(), ", ")));
  }
  if (compared.size() < 2) return;
  output.Line(absl::StrCat("Codes that anyone controls: ", Grouped(summary.codes()), "; of them ",
                           Grouped(summary.without_divergence()), " without any divergence"));
  output.Line("");
  Table counts{{"KIND", "CODES", "BASE ENTRIES"}, {}, {}, {"CODES", "BASE ENTRIES"}};
  for (const v1::DivergenceCount& count : summary.counts()) {
    counts.rows.push_back({count.kind(), Grouped(count.codes()), Grouped(count.base_codes())});
  }
  output.Show(counts);
  output.Line("");
  output.Show(Matrix(summary));
  output.Line("");
  constexpr int kPairsInColumns = 6;
  output.Show(summary.pairs_size() <= kPairsInColumns ? PairsInColumns(summary)
                                                      : DivergencePairsTable(summary));
}

Table DivergenceRowsTable(const google::protobuf::RepeatedPtrField<v1::DivergenceRow>& rows) {
  Table table{{"CODE", "KINDS", "WHO HAS IT", "WHY"}, {}, {"WHY"}, {}};
  for (const v1::DivergenceRow& row : rows) {
    std::vector<std::string> why;
    for (const v1::DivergenceReason& reason : row.reasons()) why.push_back(reason.explanation());
    table.rows.push_back(
        {row.code(), absl::StrJoin(KindsOf(row), " "), WhoHasIt(row), absl::StrJoin(why, "; ")});
  }
  return table;
}

Table DivergenceEntriesTable(const v1::DivergenceRow& row) {
  Table table{{"LIST", "CODE", "PART", "STATUS", "FROM", "TO", "COMPLY FROM", "PUBLISHED",
               "NEXT CHANGE", "CITATION", "TEXT"},
              {},
              {"TEXT"},
              {}};
  for (const v1::DivergenceEntry& entry : row.entries()) {
    table.rows.push_back({entry.list(), entry.code(), entry.supplement(), entry.status(),
                          entry.effective_from(), entry.effective_to(), entry.compliance_from(),
                          entry.published_at(), entry.next_change_on(), entry.citation(),
                          entry.excerpt()});
  }
  return table;
}

std::string DiffText(const v1::TextDiff& diff) {
  std::string text;
  // Spaces behind a changed word stay outside its marks.
  const auto mark = [&](const std::string& words, const char* open, const char* close) {
    const size_t end = words.find_last_not_of(" \n\t") + 1;
    if (end > 0) absl::StrAppend(&text, open, words.substr(0, end), close);
    text += words.substr(end);
    if (end == words.size()) text += ' ';
  };
  for (const v1::DiffSegment& segment : diff.segments()) {
    if (segment.kind() == "left") {
      mark(segment.left(), "[-", "-]");
    } else if (segment.kind() == "right") {
      mark(segment.right(), "{+", "+}");
    } else {
      text += segment.left();
    }
  }
  return text;
}

void ShowDivergence(const v1::GetDivergenceResponse& response, const std::string& as_of,
                    const Output& output) {
  const v1::DivergenceRow& row = response.row();
  if (row.entries().empty()) {
    output.Line(absl::StrCat(row.code(), ": no list that is held here has an entry under it",
                             as_of.empty() ? "" : absl::StrCat(" on ", as_of),
                             " (which does not say that it is uncontrolled)"));
  }
  output.Line(absl::StrCat(row.code(), ": ", WhoHasIt(row)));
  for (const v1::DivergenceReason& reason : row.reasons()) {
    output.Line(absl::StrCat("  ", reason.kind(), ": ", reason.explanation()));
  }
  if (row.reasons().empty() && !row.entries().empty()) {
    std::vector<std::string> below;
    for (const v1::DivergenceState& state : row.states()) {
      if (state.state() == "below") below.push_back(state.participant());
    }
    output.Line(below.empty() ? "  no divergence between those whose lists are held"
                              : absl::StrCat("  nothing to compare at this level: ",
                                             absl::StrJoin(below, ", "),
                                             " has its entries in the paragraphs below"));
  }
  if (!row.entries().empty()) {
    output.Line("");
    output.Show(DivergenceEntriesTable(row));
    if (row.entries_left_out() > 0) {
      output.Line(absl::StrCat(row.entries_left_out(), " more entries are left out."));
    }
    const Table terms = TermsTable(row);
    if (!terms.rows.empty()) {
      output.Line("");
      output.Line("As each list states it (nothing is merged):");
      output.Show(terms);
    }
  }
  for (const v1::TextDiff& diff : response.diffs()) {
    output.Line("");
    output.Line(DiffTitle(diff));
    if (!diff.segments().empty()) output.Line(DiffText(diff));
  }
  if (response.diffs_left_out() > 0) {
    output.Line(
        absl::StrCat(response.diffs_left_out(),
                     " more texts differ and are left out: --between shows two at a time."));
  }
  if (!response.below().empty()) {
    output.Line("");
    output.Line("Below it:");
    output.Show(DivergenceRowsTable(response.below()));
    if (static_cast<int>(response.below_in_all()) > response.below_size()) {
      output.Line(
          absl::StrCat(response.below_size(), " of ", response.below_in_all(), " codes below it."));
    }
  }
  if (!row.entries().empty()) output.Line("");
}

}  // namespace comity::cli
