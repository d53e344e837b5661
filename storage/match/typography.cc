#include "storage/match/typography.h"

#include <cstdint>

#include "storage/match/code_text.h"
#include "storage/match/text_search.h"
#include "storage/match/utf8.h"

namespace comity {
namespace {

bool IsSpace(uint32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool IsDash(uint32_t c) { return (c >= 0x2010 && c <= 0x2015) || c == 0x2212; }
bool IsSingleQuote(uint32_t c) {
  return (c >= 0x2018 && c <= 0x201B) || c == 0x2032 || c == '`' || c == 0xB4;
}
bool IsDoubleQuote(uint32_t c) {
  return (c >= 0x201C && c <= 0x201F) || c == 0x2033 || c == 0xAB || c == 0xBB;
}

bool EndsLine(char c) { return c == '.' || c == ',' || c == ';' || c == ':'; }

// Takes what ends the line off it.
void TrimLine(size_t begin, std::string& out) {
  while (out.size() > begin && EndsLine(out.back())) out.pop_back();
}

}  // namespace

std::string FoldTypography(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool space = false;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = NextUtf8(text, at);
    const std::string_view bytes = text.substr(at, c.bytes);
    at += c.bytes;
    if (IsSpace(c.point)) {
      if (!space) out.push_back(' ');
      space = true;
      continue;
    }
    if (HasNoWidth(c.point)) continue;
    space = false;
    if (c.point < 0x80 && c.point != '`') {
      out += bytes;
    } else if (IsDash(c.point)) {
      out.push_back('-');
    } else if (IsSingleQuote(c.point)) {
      out.push_back('\'');
    } else if (IsDoubleQuote(c.point)) {
      out.push_back('"');
    } else {
      out += bytes;
    }
  }
  return FoldCase(FoldWidth(out));
}

std::string TypographyFreeForm(std::string_view text) {
  std::string out;
  size_t line = 0;
  for (const char c : FoldTypography(text)) {
    if (c == ' ') continue;
    if (c == '\n') {
      TrimLine(line, out);
      line = out.size();
      continue;
    }
    out.push_back(c);
  }
  TrimLine(line, out);
  return out;
}

}  // namespace comity
