#include "storage/match/code_text.h"

#include <algorithm>

#include "storage/match/utf8.h"

namespace comity {

std::string FoldWidth(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = NextUtf8(text, at);
    if (c.point >= 0xFF01 && c.point <= 0xFF5E) {
      out.push_back(static_cast<char>(c.point - 0xFF01 + '!'));
    } else if (c.point == 0xA0 || c.point == 0x3000 || c.point == 0x202F ||
               (c.point >= 0x2000 && c.point <= 0x200A)) {
      out.push_back(' ');
    } else if (!HasNoWidth(c.point)) {
      out += text.substr(at, c.bytes);
    }
    at += c.bytes;
  }
  return out;
}

std::string FoldCodeSpaces(std::string_view text) {
  std::string out = FoldWidth(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
  return out;
}

std::string SqueezeCode(std::string_view text) {
  std::string out;
  for (const char c : FoldCodeSpaces(text)) {
    if (c == ' ') continue;
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
