#include "client/import/fr_citations.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/party_fields.h"
#include "storage/base/types.h"

namespace comity {
namespace {

bool Digit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && Digit(text[at])) ++at;
  return at;
}

size_t SkipSpace(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

struct Citation {
  std::string volume;
  std::string page;
};

// Whether "82 F.R. 48792", "82 FR 48792" or "83F.R. 28801" begins at `at`.
bool Begins(std::string_view text, size_t at, Citation* out) {
  if (at > 0 && (Digit(text[at - 1]) || text[at - 1] == '/')) return false;
  const size_t volume = SkipDigits(text, at);
  if (volume == at || volume - at > 3) return false;
  size_t next = SkipSpace(text, volume);
  for (char letter : {'F', 'R'}) {
    if (next >= text.size() ||
        absl::ascii_toupper(static_cast<unsigned char>(text[next])) != letter)
      return false;
    ++next;
    if (next < text.size() && text[next] == '.') ++next;
    next = SkipSpace(text, next);
  }
  const size_t page = SkipDigits(text, next);
  if (page == next) return false;
  *out = {std::string(text.substr(at, volume - at)), std::string(text.substr(next, page - next))};
  return true;
}

// Takes what parts citations off the end.
std::string WithoutSeparator(std::string_view text) {
  std::string trimmed = Trimmed(text);
  for (;;) {
    const size_t before = trimmed.size();
    if (trimmed.size() > 4 && trimmed.substr(trimmed.size() - 4) == " and") {
      trimmed.resize(trimmed.size() - 4);
    }
    while (!trimmed.empty() && (trimmed.back() == ',' || trimmed.back() == ';' ||
                                trimmed.back() == '&' || trimmed.back() == ' ')) {
      trimmed.pop_back();
    }
    if (trimmed.size() == before) return trimmed;
  }
}

}  // namespace

std::vector<std::string> SplitCitations(std::string_view text) {
  std::vector<size_t> starts;
  Citation unused;
  for (size_t at = 0; at < text.size(); ++at) {
    if (Digit(text[at]) && Begins(text, at, &unused)) starts.push_back(at);
  }
  std::vector<std::string> citations;
  // Words before the first belong to it.
  if (!starts.empty()) starts[0] = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    const size_t end = i + 1 < starts.size() ? starts[i + 1] : text.size();
    std::string one = WithoutSeparator(text.substr(starts[i], end - starts[i]));
    if (!one.empty()) citations.push_back(std::move(one));
  }
  if (starts.empty() && !Trimmed(text).empty()) citations.push_back(Trimmed(text));
  return citations;
}

std::string CitationName(std::string_view citation) {
  Citation found;
  for (size_t at = 0; at < citation.size(); ++at) {
    if (Digit(citation[at]) && Begins(citation, at, &found)) {
      return absl::StrCat(found.volume, " FR ", found.page);
    }
  }
  return absl::StrJoin(Parts(citation, " "), " ");
}

}  // namespace comity
