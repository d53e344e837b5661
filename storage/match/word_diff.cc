#include "storage/match/word_diff.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "storage/match/typography.h"
#include "storage/match/utf8.h"

namespace comity {
namespace {

enum class CharClass { kSpace, kWord, kJoiner, kMark, kIdeograph };

CharClass ClassOf(uint32_t c) {
  if (c < 0x80) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) return CharClass::kWord;
    if (c <= ' ') return CharClass::kSpace;
    // "1.5", "0,5", "fibre-optic", "maker's".
    if (c == '.' || c == ',' || c == '-' || c == '\'') return CharClass::kJoiner;
    return CharClass::kMark;
  }
  if (c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x3000) {
    return CharClass::kSpace;
  }
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2019) return CharClass::kJoiner;
  if ((c >= 0x2018 && c <= 0x2027) || c == 0xAB || c == 0xBB || (c >= 0x3001 && c <= 0x301F)) {
    return CharClass::kMark;
  }
  // Scripts that part no words: each character stands for itself.
  if ((c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
      (c >= 0xF900 && c <= 0xFAFF)) {
    return CharClass::kIdeograph;
  }
  return CharClass::kWord;
}

// A word or mark with the spaces behind it.
struct Token {
  std::string_view bytes;
  uint32_t word = 0;
  bool counts = false;
};

using Words = std::map<std::string, uint32_t>;

// Where the run that begins at `at` ends, spaces not yet taken.
size_t EndOfRun(std::string_view text, size_t at) {
  const Utf8Char first = NextUtf8(text, at);
  at += first.bytes;
  if (ClassOf(first.point) != CharClass::kWord) return at;
  while (at < text.size()) {
    const Utf8Char c = NextUtf8(text, at);
    const CharClass kind = ClassOf(c.point);
    if (kind == CharClass::kJoiner) {
      const Utf8Char after = NextUtf8(text, at + c.bytes);
      if (after.bytes == 0 || ClassOf(after.point) != CharClass::kWord) return at;
    } else if (kind != CharClass::kWord) {
      return at;
    }
    at += c.bytes;
  }
  return at;
}

// The tokens of a text; spaces at its beginning are one of their own. Unset if there are more than
// `limit`.
std::optional<std::vector<Token>> Tokenize(std::string_view text, size_t limit, Words& words) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    if (tokens.size() == limit) return std::nullopt;
    const size_t begin = at;
    const CharClass kind = ClassOf(NextUtf8(text, at).point);
    if (kind != CharClass::kSpace) at = EndOfRun(text, at);
    std::string word = FoldTypography(text.substr(begin, at - begin));
    for (Utf8Char c = NextUtf8(text, at); c.bytes > 0 && ClassOf(c.point) == CharClass::kSpace;
         c = NextUtf8(text, at)) {
      at += c.bytes;
    }
    // By what is compared, so that the same words count on both sides.
    const CharClass folded = ClassOf(NextUtf8(word, 0).point);
    const bool counts =
        !word.empty() && (folded == CharClass::kWord || folded == CharClass::kIdeograph);
    const auto id = words.emplace(std::move(word), static_cast<uint32_t>(words.size())).first;
    tokens.push_back({text.substr(begin, at - begin), id->second, counts});
  }
  return tokens;
}

// Of each token whether it is in both, in the order of the texts.
struct Alignment {
  std::vector<bool> left;
  std::vector<bool> right;
};

// The furthest x on each diagonal after d edits, for every d: what the way back is read from.
using Trace = std::vector<std::vector<int32_t>>;

// Walks from the end to the beginning and marks what the way passes diagonally.
void WalkBack(const Trace& trace, int32_t x, int32_t y, size_t offset, Alignment& alignment) {
  for (auto d = static_cast<int32_t>(trace.size()) - 1; d >= 0; --d) {
    // trace[d] holds diagonals -d..d as they were before the d-th edit was added.
    const auto at = [&](int32_t k) {
      return trace[static_cast<size_t>(d)][static_cast<size_t>(k + d)];
    };
    const int32_t k = x - y;
    const bool down = d > 0 && (k == -d || (k != d && at(k - 1) < at(k + 1)));
    const int32_t from_k = down ? k + 1 : k - 1;
    const int32_t from_x = d == 0 ? 0 : at(from_k);
    const int32_t from_y = d == 0 ? 0 : from_x - from_k;
    while (x > from_x && y > from_y) {
      --x;
      --y;
      alignment.left[offset + static_cast<size_t>(x)] = true;
      alignment.right[offset + static_cast<size_t>(y)] = true;
    }
    x = from_x;
    y = from_y;
  }
}

// Marks what [begin, end of each) have in common; false if they differ in more than `max_edits`.
bool Align(const std::vector<Token>& left, size_t left_end, const std::vector<Token>& right,
           size_t right_end, size_t begin, size_t max_edits, Alignment& alignment) {
  const auto n = static_cast<int32_t>(left_end - begin);
  const auto m = static_cast<int32_t>(right_end - begin);
  const int32_t most = std::min(n + m, static_cast<int32_t>(std::min(max_edits, kMaxDiffEdits)));
  // furthest[k + most + 1] on diagonal k.
  std::vector<int32_t> furthest(2 * static_cast<size_t>(most) + 3, 0);
  const auto at = [&](int32_t k) -> int32_t& {
    return furthest[static_cast<size_t>(k + most + 1)];
  };
  Trace trace;
  for (int32_t d = 0; d <= most; ++d) {
    std::vector<int32_t>& before = trace.emplace_back();
    before.reserve(2 * static_cast<size_t>(d) + 1);
    for (int32_t k = -d; k <= d; ++k) before.push_back(at(k));
    for (int32_t k = -d; k <= d; k += 2) {
      int32_t x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      int32_t y = x - k;
      while (x < n && y < m &&
             left[begin + static_cast<size_t>(x)].word ==
                 right[begin + static_cast<size_t>(y)].word) {
        ++x;
        ++y;
      }
      at(k) = x;
      if (x >= n && y >= m) {
        WalkBack(trace, n, m, begin, alignment);
        return true;
      }
    }
  }
  return false;
}

void Append(DiffPart::Kind kind, std::string_view left, std::string_view right, WordDiff& diff) {
  if (left.empty() && right.empty()) return;
  if (diff.parts.empty() || diff.parts.back().kind != kind) diff.parts.push_back({kind, "", ""});
  diff.parts.back().left += left;
  diff.parts.back().right += right;
}

WordDiff Assemble(const std::vector<Token>& left, const std::vector<Token>& right,
                  const Alignment& alignment) {
  WordDiff diff;
  for (size_t i = 0, j = 0; i < left.size() || j < right.size();) {
    if (i < left.size() && !alignment.left[i]) {
      diff.left += left[i].counts ? 1 : 0;
      Append(DiffPart::Kind::kLeft, left[i++].bytes, "", diff);
    } else if (j < right.size() && !alignment.right[j]) {
      diff.right += right[j].counts ? 1 : 0;
      Append(DiffPart::Kind::kRight, "", right[j++].bytes, diff);
    } else {
      diff.same += left[i].counts ? 1 : 0;
      Append(DiffPart::Kind::kSame, left[i].bytes, right[j].bytes, diff);
      ++i;
      ++j;
    }
  }
  return diff;
}

}  // namespace

WordDiff DiffWords(std::string_view left, std::string_view right, size_t max_edits) {
  Words words;
  const auto left_tokens = Tokenize(left, kMaxDiffTokens, words);
  const auto right_tokens = left_tokens.has_value()
                                ? Tokenize(right, kMaxDiffTokens - left_tokens->size(), words)
                                : std::nullopt;
  if (!right_tokens.has_value()) {
    WordDiff whole;
    whole.coarse = true;
    Append(DiffPart::Kind::kLeft, left, "", whole);
    Append(DiffPart::Kind::kRight, "", right, whole);
    return whole;
  }
  Alignment alignment{std::vector<bool>(left_tokens->size()),
                      std::vector<bool>(right_tokens->size())};
  size_t begin = 0;
  size_t left_end = left_tokens->size();
  size_t right_end = right_tokens->size();
  while (begin < std::min(left_end, right_end) &&
         (*left_tokens)[begin].word == (*right_tokens)[begin].word) {
    alignment.left[begin] = alignment.right[begin] = true;
    ++begin;
  }
  while (left_end > begin && right_end > begin &&
         (*left_tokens)[left_end - 1].word == (*right_tokens)[right_end - 1].word) {
    alignment.left[--left_end] = true;
    alignment.right[--right_end] = true;
  }
  const bool aligned =
      Align(*left_tokens, left_end, *right_tokens, right_end, begin, max_edits, alignment);
  WordDiff diff = Assemble(*left_tokens, *right_tokens, alignment);
  diff.coarse = !aligned;
  return diff;
}

}  // namespace comity
