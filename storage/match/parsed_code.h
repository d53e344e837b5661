// A code of any numbering, read.
#ifndef COMITY_STORAGE_MATCH_PARSED_CODE_H_
#define COMITY_STORAGE_MATCH_PARSED_CODE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

// The numberings that are told apart by form.
enum class CodeScheme {
  kDualUse,     // "5A001.f.1": EU, UK, Norway, US (ECCN), Australia and others
  kUkPl,        // "PL5001.b": the UK's own series
  kMilitary,    // "ML10.e.1": Wassenaar's munitions list as EU, UK, Norway, Australia number it
  kWassenaar,   // "5.A.1.b.3"
  kMtcr,        // "M11.A.3.b.2"
  kNsg,         // "N1.A.3.a.1": INFCIRC/254 part 2, dual-use
  kNsgTrigger,  // "T1.10": INFCIRC/254 part 1, trigger list
  kJapan,       // "9の項(1)", and articles of the ordinance
  kHs,          // "8517.62"
};

// "dual-use", "uk-pl", "military", "wassenaar", "mtcr", "nsg", "nsg-trigger", "japan", "hs":
// what CorrelationSide.scheme says.
const char* CodeSchemeName(CodeScheme scheme);
std::optional<CodeScheme> CodeSchemeOfName(std::string_view name);

// A reference into a regime's own list.
struct RegimeRef {
  // "WA", "MTCR", "NSG", "AG", "CWC".
  std::string regime;
  // "5.A.1.f.1" for WA; for the others the shared number, because the regime's own item
  // number needs a published table.
  std::string reference;
  // Whether the rule is sure of it; else it is a candidate.
  bool sure = false;

  // "WA:5.A.1.f.1".
  std::string ToString() const { return regime + ":" + reference; }
  bool operator==(const RegimeRef&) const = default;
};

// Value type.
struct ParsedCode {
  CodeScheme scheme = CodeScheme::kDualUse;
  // Empty: the numbering is shared. Else whose series it is: "US", "UK", "JP", ...
  std::string space;
  // The one spelling: "5A001.f.1".
  std::string canonical;
  // Without sub-paragraphs: "5A001", "PL5001", "ML10", "5.A.1", "M11.A.3", "9の項", "8517".
  std::string base;
  // Of the shared numbering only: the first of its three digits; -1 elsewhere.
  int origin_digit = -1;
  std::vector<RegimeRef> regimes;

  bool is_base() const { return canonical == base; }
  // "US:9A515.x"; the canonical form alone if the numbering is shared.
  std::string Qualified() const { return space.empty() ? canonical : space + ":" + canonical; }
};

// Reads a code as published. With `scheme` only as one of that numbering, else by its form;
// where forms of two numberings overlap ("1.A.1" is Wassenaar's and MTCR's) the prefix tells
// ("MTCR 1.A.1", "M1A1"), and without one Wassenaar is meant. `issuer` (a participant, or
// empty) names the space of national series; the US if it is not known.
// Unset if the text is no such code: legal in a list all the same, only unlinked.
std::optional<ParsedCode> ParseCode(std::string_view text, std::string_view issuer = "",
                                    std::optional<CodeScheme> scheme = std::nullopt);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_PARSED_CODE_H_
