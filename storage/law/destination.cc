#include "storage/law/destination.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

constexpr size_t kMaxBytes = 128;
// Names within so many edits are close; shorter ones than kMinClose are close to too many.
constexpr size_t kCloseEdits = 2;
constexpr size_t kMinClose = 5;
constexpr size_t kMaxSuggestions = 3;

// A state that is no more, by folded names, and what became of it (ISO 3166-3).
struct Former {
  const char* names;
  // Codes parted by blanks.
  const char* successors;
};
constexpr Former kFormer[] = {
    {"yugoslavia|socialist federal republic yugoslavia", "BA HR ME MK RS SI XK"},
    {"federal republic yugoslavia|serbia montenegro", "ME RS XK"},
    {"ussr|u s s r|soviet union|union soviet socialist republics",
     "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ"},
    {"czechoslovakia", "CZ SK"},
    {"german democratic republic|east germany", "DE"},
    {"netherlands antilles", "BQ CW SX"},
    {"pacific islands trust territory|trust territory pacific islands", "FM MH MP PW"},
    {"french territory afars issas", "DJ"},
    {"gilbert ellice islands", "KI TV"},
    {"democratic yemen|yemen democratic|south yemen|north yemen|yemen arab republic", "YE"},
    {"viet nam democratic republic|north vietnam|south vietnam", "VN"},
    {"rhodesia|southern rhodesia", "ZW"},
    {"upper volta", "BF"},
    {"dahomey", "BJ"},
    {"kampuchea|democratic kampuchea", "KH"},
};

// ISO 3166-1 entries that are another's territory; what is disputed is left out.
struct Territories {
  const char* sovereign;
  const char* codes;
};
constexpr Territories kTerritories[] = {
    {"AU", "CC CX HM NF"},
    {"CN", "HK MO"},
    {"DK", "FO GL"},
    {"FI", "AX"},
    {"FR", "BL GF GP MF MQ NC PF PM RE TF WF YT"},
    {"GB", "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG"},
    {"NL", "AN AW BQ CW SX"},
    {"NO", "BV SJ"},
    {"NZ", "CK NU TK"},
    {"US", "AS GU MP PR UM VI"},
};

constexpr char kEuMembers[] =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

bool HasCode(absl::string_view codes, absl::string_view code) {
  const std::vector<absl::string_view> all = absl::StrSplit(codes, ' ');
  return std::find(all.begin(), all.end(), code) != all.end();
}

const Former* FindFormer(const std::string& folded) {
  for (const Former& former : kFormer) {
    const std::vector<absl::string_view> names = absl::StrSplit(former.names, '|');
    if (std::find(names.begin(), names.end(), absl::string_view(folded)) != names.end()) {
      return &former;
    }
  }
  return nullptr;
}

// Levenshtein's distance, or anything above `limit` once it is above.
size_t Edits(std::string_view a, std::string_view b, size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = above;
    }
  }
  return row.back();
}

// The edits to the closest of the country's names; above kCloseEdits if none is close.
size_t Closeness(const std::string& folded, const std::string& code) {
  size_t best = kCloseEdits + 1;
  for (const std::string& name : CountryNames(code)) {
    if (std::min(name.size(), folded.size()) < kMinClose) continue;
    best = std::min(best, Edits(folded, name, kCloseEdits));
  }
  return best;
}

// "; did you mean Russia (RU)?", or how it is written.
std::string Suggest(const std::string& folded) {
  std::vector<std::pair<size_t, std::string>> close;
  for (const std::string& code : CountryCodes()) {
    const size_t edits = Closeness(folded, code);
    if (edits <= kCloseEdits) {
      close.emplace_back(edits, absl::StrCat(CountryTitle(code), " (", code, ")"));
    }
  }
  std::sort(close.begin(), close.end());
  if (close.empty()) return "it is an ISO 3166-1 alpha-2 code (RU) or an English name (Russia)";
  if (close.size() > kMaxSuggestions) close.resize(kMaxSuggestions);
  return absl::StrCat(
      "did you mean ",
      absl::StrJoin(close, " or ",
                    [](std::string* out, const auto& one) { absl::StrAppend(out, one.second); }),
      "?");
}

}  // namespace

std::string SovereignOf(std::string_view code) {
  for (const Territories& one : kTerritories) {
    if (HasCode(one.codes, Absl(code))) return one.sovereign;
  }
  return "";
}

absl::StatusOr<Destination> ParseDestination(std::string_view text) {
  const std::string name(absl::StripAsciiWhitespace(Absl(text)));
  if (name.empty() || name.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        "a destination has 1-128 bytes: an ISO 3166-1 alpha-2 code (RU) or an English name "
        "(Russia)");
  }
  std::string code = absl::AsciiStrToUpper(name);
  if (!IsCountryCode(code)) code = CodeOfName(name);
  if (!code.empty()) return Destination{code, CountryTitle(code)};
  const std::string folded = FoldCountryName(name);
  if (const Former* former = FindFormer(folded); former != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the destination \"", name, "\" is no more: ask for one of what became of it, ",
        absl::StrJoin(absl::StrSplit(former->successors, ' '), ", ")));
  }
  if (folded == "eu" || folded == "european union") {
    return absl::InvalidArgumentError(
        "the destination \"EU\" is no country: ask for a member state, such as DE");
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the destination \"", name, "\" is no country that is known; ", Suggest(folded)));
}

std::string CodeOfName(std::string_view published) {
  std::string code = CountryCode(published);
  if (!code.empty()) return code;
  // "China (PRC)": both the name and what explains it are names of one country. What explains
  // it in other words may part it from another ("Guinea (Spanish)"): then it is not known.
  const size_t open = published.find('(');
  const size_t close = published.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "";
  code = CountryCode(published.substr(0, open));
  const std::string inside = CountryCode(published.substr(open + 1, close - open - 1));
  return code == inside ? code : "";
}

NameReading ReadName(std::string_view published, const Destination& destination) {
  const std::string shown = absl::StrCat("\"", Absl(published), "\"");
  const std::string code = CodeOfName(published);
  if (!code.empty() && code == destination.code) return {NameStands::kSame, ""};
  const std::string folded = FoldCountryName(published);
  if (const Former* former = FindFormer(folded); former != nullptr) {
    if (!HasCode(former->successors, destination.code)) return {NameStands::kOther, ""};
    return {NameStands::kRelated,
            absl::StrCat(shown, " is the name of a state that is no more, which ",
                         destination.ToString(),
                         " succeeds, wholly or in part: read whether it is meant")};
  }
  if (code.empty()) {
    return {NameStands::kUnknown, absl::StrCat(shown, " is no destination that is known")};
  }
  // What was the Netherlands Antilles is told by both codes.
  for (const Former& former : kFormer) {
    if (FindFormer(FoldCountryName(destination.title)) == &former &&
        HasCode(former.successors, code)) {
      return {NameStands::kRelated, absl::StrCat(shown, " was a part of ", destination.ToString(),
                                                 ": read whether it is meant")};
    }
  }
  if (SovereignOf(destination.code) == code) {
    return {NameStands::kRelated, absl::StrCat(destination.ToString(), " is a territory of ", shown,
                                               ": read whether it is meant with it")};
  }
  return {NameStands::kOther, ""};
}

bool IsOwn(std::string_view participant, std::string_view code) {
  if (participant == "eu") return HasCode(kEuMembers, Absl(code));
  return absl::AsciiStrToUpper(Absl(participant)) == Absl(code);
}

bool Resembles(std::string_view published, const Destination& destination) {
  return Closeness(FoldCountryName(published), destination.code) <= kCloseEdits;
}

}  // namespace comity
