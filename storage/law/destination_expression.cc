#include "storage/law/destination_expression.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/base/types.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr size_t kMaxTerms = 500;
// "Sao Tome and Principe", "Korea, Democratic People's Republic of": pieces of one name.
constexpr size_t kMaxPieces = 4;

constexpr std::array<std::string_view, 6> kExclusions = {" excluding ", " except for ",
                                                         " except ",    " other than ",
                                                         " but not ",   " with the exception of "};

// What stands before a group or a name and says nothing of it.
constexpr std::array<std::string_view, 11> kLeads = {"and ",
                                                     "or ",
                                                     "any destination also specified in ",
                                                     "any destination specified in ",
                                                     "destinations specified in ",
                                                     "a destination specified in ",
                                                     "countries in ",
                                                     "country groups ",
                                                     "country group ",
                                                     "to or within ",
                                                     "to "};

constexpr std::array<std::string_view, 10> kEverywhere = {
    "all",         "all destinations", "all countries", "every destination",   "every country",
    "any country", "any destination",  "worldwide",     "all third countries", "everywhere"};

// "B", "D:1": the form of a group, whether there is one or not.
bool IsGroupForm(std::string_view term) {
  if (term.empty() || !absl::ascii_isupper(static_cast<unsigned char>(term[0]))) return false;
  if (term.size() == 1) return true;
  return term.size() > 2 && term[1] == ':' && std::all_of(term.begin() + 2, term.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

std::string_view WithoutLead(std::string_view term) {
  absl::string_view rest = absl::StripAsciiWhitespace(Absl(term));
  for (std::string_view lead : kLeads) {
    if (absl::StartsWithIgnoreCase(rest, Absl(lead))) {
      rest = absl::StripLeadingAsciiWhitespace(rest.substr(lead.size()));
    }
  }
  return Std(rest);
}

// Parts at a word between two pieces, in any case.
std::vector<std::string> PartAt(const std::string& text, std::string_view word) {
  const std::string folded = FoldCase(text);
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at = folded.find(word); at != std::string::npos; at = folded.find(word, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + word.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<std::string> PiecesOf(std::string_view text) {
  std::vector<std::string> pieces;
  for (absl::string_view part : absl::StrSplit(Absl(text), absl::ByAnyChar(",;\n"))) {
    for (const std::string& either : PartAt(std::string(part), " or ")) {
      for (const std::string& one : PartAt(either, " and ")) {
        const std::string piece(WithoutLead(one));
        const std::vector<absl::string_view> slashed = absl::StrSplit(piece, '/');
        const bool groups =
            std::all_of(slashed.begin(), slashed.end(),
                        [](absl::string_view group) { return IsGroupForm(Std(group)); });
        if (groups) {
          for (absl::string_view group : slashed) pieces.emplace_back(group);
        } else if (!piece.empty()) {
          pieces.push_back(piece);
        }
      }
    }
  }
  return pieces;
}

// Of a name that is another's; told together, however many there are.
constexpr char kNotNamed[] = "not named";

// Whether a table of the law's own has a row of the destination's own: then it is apart from
// the state whose territory it is.
bool StandsApart(const ResolutionContext& context) {
  for (const DestinationTable* table : context.tables) {
    for (const DestinationTable::Row* row : table->RowsOf(context.destination.code)) {
      if (row->as_for.empty()) return true;
    }
  }
  return false;
}

Finding LookUpName(const std::string& name, const ResolutionContext& context) {
  NameReading reading = ReadName(name, context.destination);
  const std::string code = CodeOfName(name);
  switch (reading.stands) {
    case NameStands::kSame:
      return {Truth::kYes, absl::StrCat("named: ", name), {}};
    case NameStands::kOther:
      break;
    case NameStands::kRelated:
      if (SovereignOf(context.destination.code) == code && StandsApart(context)) break;
      return Unknown(std::move(reading.why));
    case NameStands::kUnknown:
      if (Resembles(name, context.destination)) {
        absl::StrAppend(&reading.why, ", and may be a misprint of ",
                        context.destination.ToString());
      }
      return Unknown(std::move(reading.why));
  }
  if (!StandsApart(context)) {
    for (const DestinationTable* table : context.tables) {
      for (const DestinationTable::Row* row : table->RowsOf(context.destination.code)) {
        if (row->as_for != code || code.empty()) continue;
        return Unknown(absl::StrCat(table->list(), " says of it \"", row->source.rule.requirement(),
                                    "\": read whether ", name, " means it too"));
      }
    }
  }
  return {Truth::kNo, kNotNamed, {}};
}

// One of several findings that are each enough.
Finding AnyOf(std::vector<Finding> findings) {
  Finding any;
  any.truth = Truth::kNo;
  for (const Finding& one : findings) {
    if (one.truth == Truth::kYes) any.truth = Truth::kYes;
    if (one.truth == Truth::kUnknown && any.truth == Truth::kNo) any.truth = Truth::kUnknown;
  }
  std::vector<std::string> whys;
  for (Finding& one : findings) {
    // What decides; of a no, every part does.
    if (one.truth != any.truth) continue;
    if (one.why == kNotNamed && std::find(whys.begin(), whys.end(), kNotNamed) != whys.end()) {
      continue;
    }
    whys.push_back(std::move(one.why));
    std::move(one.grounds.begin(), one.grounds.end(), std::back_inserter(any.grounds));
  }
  constexpr size_t kMaxShown = 12;
  const size_t left = whys.size() - std::min(whys.size(), kMaxShown);
  whys.resize(whys.size() - left);
  any.why = absl::StrJoin(whys, "; ");
  if (left > 0) absl::StrAppend(&any.why, "; and ", left, " more");
  return any;
}

Finding LookUpGroupTerm(const std::string& term, const ResolutionContext& context) {
  if (IsMark(term, context) || term.find(':') != std::string::npos) {
    return LookUpGroup(term, context);
  }
  std::vector<Finding> parts;
  for (const DestinationTable* table : context.tables) {
    for (const std::string& group : table->GroupsOf(term)) {
      parts.push_back(LookUpGroup(group, context));
    }
  }
  if (parts.empty()) return LookUpGroup(term, context);
  return AnyOf(std::move(parts));
}

// Terms from pieces, the longest name first.
std::vector<Finding> LookUpTerms(const std::vector<std::string>& pieces,
                                 const ResolutionContext& context) {
  std::vector<Finding> findings;
  for (size_t i = 0; i < pieces.size();) {
    size_t taken = 0;
    for (size_t n = std::min(kMaxPieces, pieces.size() - i); n > 1 && taken == 0; --n) {
      const std::string joined = absl::StrJoin(pieces.begin() + static_cast<long>(i),
                                               pieces.begin() + static_cast<long>(i + n), ", ");
      if (CodeOfName(joined).empty()) continue;
      findings.push_back(LookUpName(joined, context));
      taken = n;
    }
    if (taken == 0) {
      const std::string& piece = pieces[i];
      findings.push_back(IsMark(piece, context) || IsGroupForm(piece)
                             ? LookUpGroupTerm(piece, context)
                             : LookUpName(piece, context));
      taken = 1;
    }
    i += taken;
  }
  return findings;
}

}  // namespace

std::optional<DestinationExpression> ParseDestinationExpression(std::string_view text) {
  // Blanks around, so that a word at either end is found like any other.
  std::string words =
      absl::StrCat(" ", absl::StripSuffix(absl::StripAsciiWhitespace(Absl(text)), "."), " ");
  const std::string folded = FoldCase(words);
  DestinationExpression expression;
  for (std::string_view exclusion : kExclusions) {
    const size_t at = folded.find(exclusion);
    if (at == std::string::npos) continue;
    const std::string rest = folded.substr(at + exclusion.size() - 1);
    for (std::string_view again : kExclusions) {
      if (rest.find(again) != std::string::npos || folded.find(again) < at) return std::nullopt;
    }
    expression.excluded = PiecesOf(std::string_view(words).substr(at + exclusion.size()));
    if (expression.excluded.empty()) return std::nullopt;
    words = std::string(absl::StripSuffix(words.substr(0, at), ","));
    break;
  }
  const std::string plain(WithoutLead(words));
  if (std::find(kEverywhere.begin(), kEverywhere.end(), FoldCase(plain)) != kEverywhere.end()) {
    expression.everywhere = true;
  } else {
    expression.included = PiecesOf(plain);
    if (expression.included.empty()) return std::nullopt;
  }
  if (expression.included.size() + expression.excluded.size() > kMaxTerms) return std::nullopt;
  return expression;
}

Finding LookUpExpression(std::string_view text, const ResolutionContext& context) {
  const auto expression = ParseDestinationExpression(text);
  if (!expression.has_value()) {
    return Unknown("the expression is of a form that is not known: read the words");
  }
  std::vector<Finding> terms;
  if (!expression->everywhere) terms = LookUpTerms(expression->included, context);
  // Names rest on no row.
  const bool named = std::any_of(terms.begin(), terms.end(), [](const Finding& one) {
    return one.truth == Truth::kYes && one.grounds.empty();
  });
  Finding in = expression->everywhere ? Finding{Truth::kYes, "every destination", {}}
                                      : AnyOf(std::move(terms));
  if (in.truth == Truth::kNo || expression->excluded.empty()) return in;
  Finding out = AnyOf(LookUpTerms(expression->excluded, context));
  const bool by_group = !out.grounds.empty();
  std::move(out.grounds.begin(), out.grounds.end(), std::back_inserter(in.grounds));
  if (out.truth == Truth::kYes && named && by_group) {
    // Who is named is perhaps meant to stay in: "the United Arab Emirates or D:4, excluding A:5".
    in.truth = Truth::kUnknown;
    in.why = absl::StrCat(in.why, ", but also ", out.why, ", which is excluded: read the words");
  } else if (out.truth == Truth::kYes) {
    in.truth = Truth::kNo;
    in.why = absl::StrCat("excluded: ", out.why);
  } else if (out.truth == Truth::kUnknown) {
    in.truth = Truth::kUnknown;
    in.why = absl::StrCat(in.why, "; whether it is excluded: ", out.why);
  } else {
    in.why = absl::StrCat(in.why, "; not excluded: ", out.why);
  }
  return in;
}

}  // namespace comity
