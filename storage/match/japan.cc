#include "storage/match/japan.h"

#include <array>
#include <string>

#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr int kLastItem = 16;
constexpr int kMaxNumber = 999;

// The digits 0-9 in Chinese numerals, three bytes each.
constexpr std::array<std::string_view, 10> kNumerals = {"〇", "一", "二", "三", "四",
                                                        "五", "六", "七", "八", "九"};
constexpr std::string_view kTen = "十";

// Walks over a text from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool Take(std::string_view word) {
    if (text_.substr(0, word.size()) != word) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  // ASCII or Chinese numerals, by place ("一三") or with a ten ("十三"), 1-999.
  std::optional<int> TakeNumeral() {
    const std::string_view before = text_;
    int number = 0;
    bool any = false;
    while (const std::optional<int> digit = TakeDigit()) {
      if (*digit == 10) {
        // "十三" is 13, "二十" 20; what follows the ten is added to it.
        number = any ? number * 10 : 10;
        if (const std::optional<int> ones = TakeDigit(); ones.has_value() && *ones < 10) {
          number += *ones;
        }
        any = true;
        break;
      }
      number = number * 10 + *digit;
      any = true;
      if (number > kMaxNumber) break;
    }
    if (any && number >= 1 && number <= kMaxNumber) return number;
    text_ = before;
    return std::nullopt;
  }

  // Katakana as paragraphs are marked (イ, ロ, ハ ...): U+30A2..U+30F3.
  std::string TakeKana() {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text_[i]); };
    if (text_.size() < 3 || byte(0) != 0xE3) return "";
    const unsigned rune = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    if (rune < 0x30A2 || rune > 0x30F3) return "";
    const std::string kana(text_.substr(0, 3));
    text_.remove_prefix(3);
    return kana;
  }

 private:
  // 0-9, or 10 for the numeral ten.
  std::optional<int> TakeDigit() {
    if (!text_.empty() && IsAsciiDigit(text_[0])) {
      const int digit = text_[0] - '0';
      text_.remove_prefix(1);
      return digit;
    }
    for (size_t i = 0; i < kNumerals.size(); ++i) {
      if (Take(kNumerals[i])) return static_cast<int>(i);
    }
    if (Take(kTen)) return 10;
    return std::nullopt;
  }

  std::string_view text_;
};

// "(1)", "(1の2)", "(一)", kana with or without brackets; appended to `out` in one spelling.
// False if something else is left.
bool TakeParts(Cursor& cursor, std::string& out) {
  while (!cursor.done()) {
    const bool bracket = cursor.Take("(");
    std::string part;
    if (const std::optional<int> number = bracket ? cursor.TakeNumeral() : std::nullopt) {
      part = std::to_string(*number);
      while (cursor.Take("の")) {
        const std::optional<int> branch = cursor.TakeNumeral();
        if (!branch.has_value()) return false;
        part += "の" + std::to_string(*branch);
      }
    } else {
      part = cursor.TakeKana();
    }
    if (part.empty() || (bracket && !cursor.Take(")"))) return false;
    out += bracket ? "(" + part + ")" : part;
  }
  return true;
}

std::optional<ParsedCode> ParseArticle(Cursor cursor) {
  const bool named = cursor.Take("貨物等省令") || cursor.Take("省令");
  const bool ordinal = cursor.Take("第");
  const std::optional<int> article = cursor.TakeNumeral();
  if (!article.has_value() || !cursor.Take("条") || !(named || ordinal)) return std::nullopt;
  ParsedCode parsed;
  parsed.base = "省令第" + std::to_string(*article) + "条";
  if (cursor.Take("の")) {
    const std::optional<int> branch = cursor.TakeNumeral();
    if (!branch.has_value()) return std::nullopt;
    parsed.base += "の" + std::to_string(*branch);
  }
  parsed.canonical = parsed.base;
  // Paragraph, then number; either may be missing.
  for (const char* unit : {"項", "号"}) {
    Cursor ahead = cursor;
    ahead.Take("第");
    const std::optional<int> number = ahead.TakeNumeral();
    if (!number.has_value() || !ahead.Take(unit)) continue;
    cursor = ahead;
    parsed.canonical += "第" + std::to_string(*number) + unit;
    if (cursor.Take("の")) {
      const std::optional<int> branch = cursor.TakeNumeral();
      if (!branch.has_value()) return std::nullopt;
      parsed.canonical += "の" + std::to_string(*branch);
    }
  }
  if (!TakeParts(cursor, parsed.canonical)) return std::nullopt;
  return parsed;
}

std::optional<ParsedCode> ParseItem(Cursor cursor, bool is_japan) {
  const bool technology = cursor.Take("外為令");
  bool named = technology || cursor.Take("輸出令") || cursor.Take("jp") || cursor.Take("meti");
  if (cursor.Take("別表")) {
    named = true;
    if (cursor.Take("第")) {
      // The only appended table with items is the first; the others hold countries.
      if (cursor.TakeNumeral() != std::optional<int>(1)) return std::nullopt;
    }
    cursor.Take("の");
  }
  const std::optional<int> item = cursor.TakeNumeral();
  if (!item.has_value() || *item > kLastItem) return std::nullopt;
  std::string number = std::to_string(*item);
  bool marked = false;
  while (cursor.Take("の")) {
    marked = true;
    if (cursor.Take("項")) {
      // "9の項": the mark itself, no branch.
      number += "の項";
      break;
    }
    const std::optional<int> branch = cursor.TakeNumeral();
    if (!branch.has_value()) return std::nullopt;
    number += "の" + std::to_string(*branch);
  }
  constexpr std::string_view kMark = "の項";
  if (number.size() < kMark.size() || number.substr(number.size() - kMark.size()) != kMark) {
    marked = cursor.Take("項") || marked;
    number += kMark;
  }
  ParsedCode parsed;
  parsed.base = (technology ? "外為令" : "") + number;
  parsed.canonical = parsed.base;
  if (!TakeParts(cursor, parsed.canonical)) return std::nullopt;
  const bool bracketed = parsed.canonical.find('(') != std::string::npos;
  if (!named && !marked && !bracketed && !is_japan) return std::nullopt;
  return parsed;
}

}  // namespace

std::optional<ParsedCode> ParseJapan(std::string_view squeezed, std::string_view issuer) {
  std::optional<ParsedCode> parsed = ParseArticle(Cursor(squeezed));
  if (!parsed.has_value()) parsed = ParseItem(Cursor(squeezed), issuer.substr(0, 2) == "jp");
  if (parsed.has_value()) parsed->space = "JP";
  return parsed;
}

}  // namespace comity
