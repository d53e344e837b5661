#include "storage/law/footnote.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// The word itself, not one that begins with it.
bool HasWholeWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !IsAlnum(text[at - 1]);
    const size_t end = at + word.size();
    if (begins && (end == text.size() || !IsAlnum(text[end]))) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> BaseCodesIn(std::string_view text) {
  std::vector<std::string> codes;
  for (size_t at = 0; at + 5 <= text.size(); ++at) {
    if (at > 0 && IsAlnum(text[at - 1])) continue;
    const std::string_view word = text.substr(at, 5);
    const bool code = IsDigit(word[0]) && word[1] >= 'A' && word[1] <= 'E' && IsDigit(word[2]) &&
                      IsDigit(word[3]) && IsDigit(word[4]);
    if (!code || (at + 5 < text.size() && IsAlnum(text[at + 5]))) continue;
    if (std::find(codes.begin(), codes.end(), word) == codes.end()) codes.emplace_back(word);
  }
  return codes;
}

std::vector<std::string> FootnotesThatMayBear(std::string_view text, std::string_view base_code) {
  std::vector<std::string> bearing;
  for (absl::string_view line : absl::StrSplit(Absl(text), '\n', absl::SkipWhitespace())) {
    const std::vector<std::string> codes = BaseCodesIn(Std(line));
    const std::string folded = FoldCase(Std(line));
    const bool general = HasWholeWord(folded, "any") || HasWholeWord(folded, "all");
    if (codes.empty() || general || base_code.empty() ||
        std::find(codes.begin(), codes.end(), base_code) != codes.end()) {
      bearing.emplace_back(line);
    }
  }
  return bearing;
}

}  // namespace comity
