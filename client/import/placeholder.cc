#include "client/import/placeholder.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/base/types.h"

namespace comity {
namespace {

// A mark is a few letters or digits with dots and hyphens: "w.", ".x", "a.5.", "d-e.".
bool IsMark(absl::string_view word) {
  constexpr size_t kLongestPart = 2;
  for (absl::string_view part : absl::StrSplit(word, absl::ByAnyChar(".-"))) {
    if (part.size() > kLongestPart) return false;
    if (!std::all_of(part.begin(), part.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); })) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool IsPlaceholder(std::string_view text) {
  const std::string folded = absl::AsciiStrToLower(Absl(text.substr(0, text.find('\n'))));
  absl::string_view line = absl::StripAsciiWhitespace(absl::string_view(folded));
  // A heading of the next part that was run into the text follows a full stop.
  if (absl::StartsWith(line, "not used.")) return true;
  for (const char* last : {" or", " and"}) absl::ConsumeSuffix(&line, last);
  while (!line.empty() && absl::StrContains(".;, ", line.back())) line.remove_suffix(1);
  if (line == "reserved" || line == "not used") return true;
  if (!absl::ConsumeSuffix(&line, "[reserved]")) return false;
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (word != "through" && word != "to" && word != "and" && word != "or" && !IsMark(word)) {
      return false;
    }
  }
  return true;
}

void MarkPlaceholder(v1::ControlledItem* item) {
  if (IsPlaceholder(item->has_heading() ? item->heading() : item->text())) {
    item->set_status(v1::ITEM_STATUS_RESERVED);
  }
}

}  // namespace comity
