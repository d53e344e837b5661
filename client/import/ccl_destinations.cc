// CclDestinations: the right-hand cells of licence-requirement tables.
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/import/ccl_controls.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr std::array<const char*, 8> kChartReasons = {"CB", "NP", "NS", "MT",
                                                      "RS", "FC", "CC", "AT"};
// Words of a destination's name: "the United Arab Emirates" has three.
constexpr size_t kMaxNameWords = 4;

// "NS Column 1", whatever its case and final stop; else empty.
std::string ChartColumn(absl::string_view cell) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(absl::StripSuffix(cell, "."), ' ', absl::SkipEmpty());
  if (words.size() != 3 || !absl::EqualsIgnoreCase(words[1], "column")) return "";
  if (words[2].size() != 1 || words[2][0] < '1' || words[2][0] > '3') return "";
  for (const char* reason : kChartReasons) {
    if (absl::EqualsIgnoreCase(words[0], reason)) return absl::StrCat(reason, " Column ", words[2]);
  }
  return "";
}

// "D:1", "A:5", "B".
bool IsGroup(absl::string_view word) {
  if (word.size() == 1) return word == "B";
  return word.size() == 3 && word[0] >= 'A' && word[0] <= 'E' && word[1] == ':' &&
         absl::ascii_isdigit(static_cast<unsigned char>(word[2]));
}

bool IsName(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  if (words.empty() || words.size() > kMaxNameWords) return false;
  for (absl::string_view word : words) {
    if (!absl::ascii_isupper(static_cast<unsigned char>(word[0]))) return false;
    for (char c : word.substr(1)) {
      if (absl::ascii_isdigit(static_cast<unsigned char>(c)) || absl::ascii_ispunct(c)) {
        return false;
      }
    }
  }
  return true;
}

std::vector<absl::string_view> Listed(absl::string_view text) {
  std::vector<absl::string_view> terms;
  for (absl::string_view term : absl::StrSplit(text, ',')) {
    term = absl::StripAsciiWhitespace(term);
    for (const char* joint : {"and ", "or ", "the ", "destinations specified in ",
                              "a destination specified in ", "Country Groups ", "Country Group "}) {
      term = absl::StripAsciiWhitespace(absl::StripPrefix(term, joint));
    }
    if (!term.empty()) terms.push_back(term);
  }
  return terms;
}

// "Macau, D:5" from the source's wording; empty if a term is neither a group nor a name.
std::string Terms(absl::string_view text, bool* group) {
  const std::string folded = absl::StrReplaceAll(text, {{" or ", ", "}, {" and ", ", "}});
  std::vector<absl::string_view> terms = Listed(folded);
  for (absl::string_view term : terms) {
    if (IsGroup(term)) {
      *group = true;
    } else if (!IsName(term)) {
      return "";
    }
  }
  return absl::StrJoin(terms, ", ");
}

// Expressions: terms parted by commas, then perhaps " excluding " and terms. A term is a
// country group or a destination's name.
std::string Expression(absl::string_view cell) {
  absl::string_view text = cell;
  // The reference to the section that explains it is no part of the expression.
  for (const char* end : {". See §", " (see §", ", see §"}) text = text.substr(0, text.find(end));
  const bool referred = text.size() < cell.size();
  text = absl::StripSuffix(absl::StripAsciiWhitespace(text), ".");
  const bool to = absl::ConsumePrefix(&text, "To or within ");
  const std::string plain =
      absl::StrReplaceAll(text, {{" of supplement no. 1 to part 740 of the EAR", ""},
                                 {" of Supplement No. 1 to part 740 of the EAR", ""},
                                 {" (See Supplement No. 1 to part 740 of the EAR)", ""}});
  constexpr char kExcluding[] = " excluding any destination also specified in ";
  const size_t excluding = plain.find(kExcluding);
  bool group = false;
  const std::string included =
      Terms(absl::StripSuffix(absl::string_view(plain).substr(0, excluding), ","), &group);
  // Capital letters alone do not make a destination of a word.
  if (included.empty() || !(group || to || referred)) return "";
  if (excluding == std::string::npos) return included;
  const std::string excluded =
      Terms(absl::string_view(plain).substr(excluding + sizeof(kExcluding) - 1), &group);
  return excluded.empty() ? "" : absl::StrCat(included, " excluding ", excluded);
}

bool IsEverywhere(absl::string_view cell) {
  const std::string lower = absl::AsciiStrToLower(cell);
  const bool everywhere = absl::StartsWith(lower, "worldwide control") ||
                          absl::StartsWith(lower, "to or within any destination worldwide") ||
                          absl::StartsWith(lower, "a license is required for all destinations");
  return everywhere && !absl::StrContains(lower, "except") && !absl::StrContains(lower, "exclud");
}

}  // namespace

v1::Destinations CclDestinations(std::string_view cell) {
  v1::Destinations destinations;
  const absl::string_view text = absl::StripAsciiWhitespace(Absl(cell));
  if (std::string column = ChartColumn(text); !column.empty()) {
    destinations.set_chart_column(std::move(column));
  } else if (IsEverywhere(text)) {
    destinations.set_all(true);
    destinations.set_words(std::string(text));
  } else if (std::string expression = Expression(text); !expression.empty()) {
    destinations.set_group_expression(std::move(expression));
    destinations.set_words(std::string(text));
  } else {
    destinations.set_text(std::string(text));
  }
  return destinations;
}

}  // namespace comity
