#include "storage/match/text_search.h"

#include <algorithm>

namespace comity {
namespace {

bool IsBeyondAscii(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || IsBeyondAscii(c);
}

// Shorter words may end in an "s" of their own: "gas", "lens".
constexpr size_t kMinPluralBytes = 5;

// Of an English plural the word itself, or as much of it as both begin with. Words beyond ASCII
// stay.
void DropPlural(std::string* word) {
  if (word->size() < kMinPluralBytes || std::any_of(word->begin(), word->end(), IsBeyondAscii)) {
    return;
  }
  const auto ends_in = [&](std::string_view end) {
    return std::string_view(*word).substr(word->size() - end.size()) == end;
  };
  if (ends_in("ies")) {
    word->replace(word->size() - 3, 3, "y");
  } else if (word->size() >= kMinPluralBytes + 2 &&
             (ends_in("ses") || ends_in("xes") || ends_in("zes") || ends_in("hes"))) {
    word->resize(word->size() - 2);
  } else if (ends_in("s") && !ends_in("ss")) {
    word->pop_back();
  }
}

std::optional<size_t> FindBeginning(std::string_view word, std::string_view text) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (at == 0 || IsBeyondAscii(word[0]) || !IsWordByte(text[at - 1])) return at;
  }
  return std::nullopt;
}

// The second and later bytes of a UTF-8 character.
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] - 'A' + 'a');
    // U+00C0..U+00DE but the multiplication sign: C3 80..9E to C3 A0..BE.
    if (out[i] == '\xC3' && i + 1 < out.size()) {
      const auto next = static_cast<unsigned char>(out[i + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) {
        out[i + 1] = static_cast<char>(next + 0x20);
      }
    }
  }
  return out;
}

std::vector<std::string> SearchWords(std::string_view query) {
  const std::string folded = FoldCase(query);
  std::vector<std::string> words;
  for (size_t i = 0; i < folded.size() && words.size() < kMaxSearchWords;) {
    const size_t begin = i;
    while (i < folded.size() && IsWordByte(folded[i])) ++i;
    if (i == begin) {
      ++i;
      continue;
    }
    std::string word = folded.substr(begin, i - begin);
    DropPlural(&word);
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::optional<size_t> FindWord(std::string_view word, std::string_view text) {
  if (word.empty()) return std::nullopt;
  const std::optional<size_t> found = FindBeginning(word, text);
  // "y" is no beginning of its plural "ies", which may stand before it.
  if (word.size() + 2 < kMinPluralBytes || word.back() != 'y') return found;
  const std::string plural = std::string(word.substr(0, word.size() - 1)) + "ies";
  const std::optional<size_t> other = FindBeginning(plural, text);
  return found.has_value() && other.has_value() ? std::min(found, other)
         : found.has_value()                    ? found
                                                : other;
}

bool HasWords(const std::vector<std::string>& words, std::string_view folded_text) {
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return FindWord(word, folded_text).has_value();
  });
}

std::string Excerpt(std::string_view text, size_t offset, size_t max_bytes) {
  constexpr std::string_view kMore = "...";
  if (max_bytes <= 2 * kMore.size() || text.empty()) return "";
  offset = std::min(offset, text.size());
  const size_t room = max_bytes - 2 * kMore.size();
  // A quarter of the room before the word, the rest after.
  size_t begin = text.size() <= room || offset < room / 4 ? 0 : offset - room / 4;
  size_t end = std::min(text.size(), begin + room);
  while (begin < end && IsContinuation(text[begin])) ++begin;
  while (end > begin && end < text.size() && IsContinuation(text[end])) --end;
  std::string out(text.substr(begin, end - begin));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  if (begin > 0) out.insert(0, kMore);
  if (end < text.size()) out += kMore;
  return out;
}

}  // namespace comity
