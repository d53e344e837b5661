#include "storage/match/code_text.h"

namespace comity {
namespace {

// The code point of the three bytes at `at`, if they are one (U+0800..U+FFFF).
std::optional<unsigned> ThreeByteRune(std::string_view text, size_t at) {
  if (at + 2 >= text.size()) return std::nullopt;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if ((byte(0) & 0xF0) != 0xE0 || (byte(1) & 0xC0) != 0x80 || (byte(2) & 0xC0) != 0x80) {
    return std::nullopt;
  }
  return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
}

}  // namespace

std::string FoldWidth(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "\xC2\xA0") {  // no-break space
      out.push_back(' ');
      i += 2;
      continue;
    }
    const std::optional<unsigned> rune = ThreeByteRune(text, i);
    if (rune.has_value() && *rune >= 0xFF01 && *rune <= 0xFF5E) {
      out.push_back(static_cast<char>(*rune - 0xFF01 + '!'));
      i += 3;
    } else if (rune.has_value() &&
               (*rune == 0x3000 || *rune == 0x202F || (*rune >= 0x2000 && *rune <= 0x200A))) {
      out.push_back(' ');
      i += 3;
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

std::string SqueezeCode(std::string_view text) {
  std::string out;
  for (const char c : FoldWidth(text)) {
    if (c == ' ' || c == '\t') continue;
    out.push_back(IsAsciiUpper(c) ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

std::optional<std::vector<std::string>> SplitTail(std::string_view tail) {
  std::vector<std::string> tokens;
  size_t i = 0;
  while (i < tail.size()) {
    if (tail[i] == '.') {
      if (i + 1 < tail.size() && tail[i + 1] == '.') return std::nullopt;
      ++i;
      continue;
    }
    const bool digits = IsAsciiDigit(tail[i]);
    const size_t begin = i;
    while (i < tail.size() && (digits ? IsAsciiDigit(tail[i]) : IsAsciiLower(tail[i]))) ++i;
    if (i == begin) return std::nullopt;
    tokens.emplace_back(tail.substr(begin, i - begin));
  }
  return tokens;
}

std::optional<std::vector<std::string>> SplitAlternatingTail(std::string_view tail) {
  std::optional<std::vector<std::string>> tokens = SplitTail(tail);
  if (!tokens.has_value()) return std::nullopt;
  for (size_t i = 1; i < tokens->size(); ++i) {
    if (IsAsciiDigit((*tokens)[i - 1][0]) == IsAsciiDigit((*tokens)[i][0])) return std::nullopt;
  }
  return tokens;
}

std::string JoinCode(std::string head, const std::vector<std::string>& tail) {
  for (const std::string& token : tail) {
    head += '.';
    head += token;
  }
  return head;
}

std::optional<int> TakeNumber(std::string_view text, size_t* at, size_t max_digits) {
  size_t end = *at;
  int number = 0;
  while (end < text.size() && IsAsciiDigit(text[end])) {
    if (end - *at == max_digits) return std::nullopt;
    number = number * 10 + (text[end] - '0');
    ++end;
  }
  if (end == *at || (text[*at] == '0')) return std::nullopt;
  *at = end;
  return number;
}

bool TakePrefix(std::string_view prefix, std::string_view* text) {
  if (text->substr(0, prefix.size()) != prefix) return false;
  text->remove_prefix(prefix.size());
  if (!text->empty() && text->front() == ':') text->remove_prefix(1);
  return true;
}

}  // namespace comity
