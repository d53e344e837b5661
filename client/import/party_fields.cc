#include "client/import/party_fields.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"

namespace comity {
namespace {

// The code point at `at`, which moves behind it; 0 for what is not UTF-8.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const unsigned char lead = static_cast<unsigned char>(text[*at]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t point = size == 1 ? lead : lead & (0xff >> (size + 1));
  if (*at + size > text.size()) {
    *at = text.size();
    return 0;
  }
  for (size_t i = 1; i < size; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[*at + i]) & 0x3f);
  }
  *at += size;
  return point;
}

struct Block {
  uint32_t first;
  uint32_t last;
  const char* script;
};

// The blocks of Unicode in which names of lists are written.
constexpr Block kBlocks[] = {
    {0x0370, 0x03ff, "Grek"}, {0x0400, 0x052f, "Cyrl"},  {0x0530, 0x058f, "Armn"},
    {0x0590, 0x05ff, "Hebr"}, {0x0600, 0x06ff, "Arab"},  {0x0750, 0x077f, "Arab"},
    {0x08a0, 0x08ff, "Arab"}, {0x0900, 0x097f, "Deva"},  {0x0980, 0x09ff, "Beng"},
    {0x0e00, 0x0e7f, "Thai"}, {0x0e80, 0x0eff, "Laoo"},  {0x1000, 0x109f, "Mymr"},
    {0x10a0, 0x10ff, "Geor"}, {0x1200, 0x137f, "Ethi"},  {0x1780, 0x17ff, "Khmr"},
    {0x1100, 0x11ff, "Hang"}, {0x3040, 0x30ff, "Jpan"},  {0x3400, 0x9fff, "Hani"},
    {0xac00, 0xd7af, "Hang"}, {0xf900, 0xfaff, "Hani"},  {0xfb50, 0xfdff, "Arab"},
    {0xfe70, 0xfeff, "Arab"}, {0x20000, 0x2fa1f, "Hani"}};

int MonthOf(std::string_view word) {
  constexpr std::array<const char*, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
  const std::string lower = absl::AsciiStrToLower(Absl(word.substr(0, 3)));
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word.size() >= 3 && lower == kMonths[i]) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool Number(std::string_view digits, size_t least, size_t most, int* out) {
  return digits.size() >= least && digits.size() <= most &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         absl::SimpleAtoi(Absl(digits), out);
}

std::optional<std::string> Day(int year, int month, int day) {
  const std::string text = absl::StrFormat("%04d-%02d-%02d", year, month, day);
  if (!ParseCivilDay(text).ok()) return std::nullopt;
  return text;
}

}  // namespace

std::string Trimmed(std::string_view text) {
  for (;;) {
    const std::string_view before = text;
    while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) {
      text.remove_prefix(1);
    }
    while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) {
      text.remove_suffix(1);
    }
    if (text.substr(0, 2) == "\xc2\xa0") text.remove_prefix(2);
    if (text.size() >= 2 && text.substr(text.size() - 2) == "\xc2\xa0") text.remove_suffix(2);
    if (text == before) return std::string(text);
  }
}

std::vector<std::string> Parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (absl::string_view one : absl::StrSplit(Absl(text), Absl(separator))) {
    std::string part = Trimmed({one.data(), one.size()});
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

v1::PartyName* AddName(std::string_view text, v1::NameType type, v1::NameQuality quality,
                       v1::ListedParty* party) {
  const std::string trimmed = Trimmed(text);
  if (trimmed.empty()) return nullptr;
  for (v1::PartyName& name : *party->mutable_names()) {
    if (party->names_size() > kMaxCompared) break;
    if (name.text() != trimmed || name.type() != type) continue;
    // Given twice, it is as strong as the stronger.
    if (quality == v1::NAME_QUALITY_STRONG) name.set_quality(quality);
    return nullptr;
  }
  v1::PartyName* name = party->add_names();
  name->set_text(trimmed);
  name->set_script(ScriptOf(trimmed));
  name->set_type(type);
  name->set_quality(quality);
  return name;
}

void AddUnique(std::string_view value, google::protobuf::RepeatedPtrField<std::string>* values) {
  std::string trimmed = Trimmed(value);
  if (trimmed.empty()) return;
  const bool compared = values->size() <= kMaxCompared;
  if (compared && std::find(values->begin(), values->end(), trimmed) != values->end()) return;
  *values->Add() = std::move(trimmed);
}

std::string ScriptOf(std::string_view text) {
  bool latin = false;
  std::string first;
  for (size_t at = 0; at < text.size();) {
    const uint32_t point = NextCodePoint(text, &at);
    latin = latin || (point < 0x80 && absl::ascii_isalpha(static_cast<unsigned char>(point))) ||
            (point >= 0xc0 && point <= 0x24f) || (point >= 0x1e00 && point <= 0x1eff);
    for (const Block& block : kBlocks) {
      if (point < block.first || point > block.last) continue;
      // Kana tell that the characters beside them are Japanese.
      if (first.empty() || std::string_view(block.script) == "Jpan") first = block.script;
    }
  }
  return !first.empty() ? first : latin ? "Latn" : "";
}

v1::PartyKind PartyKindOf(std::string_view word) {
  const std::string lower = absl::AsciiStrToLower(Absl(word));
  if (lower == "individual" || lower == "person") return v1::PARTY_KIND_PERSON;
  if (lower == "entity" || lower == "enterprise" || lower == "organization") {
    return v1::PARTY_KIND_ENTITY;
  }
  if (lower == "vessel" || lower == "ship") return v1::PARTY_KIND_VESSEL;
  if (lower == "aircraft") return v1::PARTY_KIND_AIRCRAFT;
  return v1::PARTY_KIND_UNSPECIFIED;
}

std::optional<std::string> IsoDate(std::string_view raw) {
  const std::string text = Trimmed(raw);
  int year = 0, month = 0, day = 0;
  if (Number(text, 4, 4, &year)) return text;
  const std::vector<std::string> dashed = absl::StrSplit(text, '-');
  if (dashed.size() == 3 && Number(dashed[0], 4, 4, &year) && Number(dashed[1], 2, 2, &month) &&
      Number(dashed[2], 2, 2, &day)) {
    return Day(year, month, day);
  }
  if (dashed.size() == 2 && Number(dashed[0], 4, 4, &year) && Number(dashed[1], 2, 2, &month) &&
      month >= 1 && month <= 12) {
    return text;
  }
  const std::vector<std::string> slashed = absl::StrSplit(text, '/');
  if (slashed.size() == 3 && Number(slashed[0], 1, 2, &month) && Number(slashed[1], 1, 2, &day) &&
      Number(slashed[2], 4, 4, &year)) {
    return Day(year, month, day);
  }
  const std::vector<std::string> words = Parts(text, " ");
  if (words.size() == 3 && Number(words[0], 1, 2, &day) && (month = MonthOf(words[1])) != 0 &&
      Number(words[2], 4, 4, &year)) {
    return Day(year, month, day);
  }
  if (words.size() == 2 && (month = MonthOf(words[0])) != 0 && Number(words[1], 4, 4, &year)) {
    return absl::StrFormat("%04d-%02d", year, month);
  }
  return std::nullopt;
}

std::string IsoDateOr(std::string_view text) { return IsoDate(text).value_or(Trimmed(text)); }

v1::Birth BirthOf(std::string_view raw) {
  v1::Birth birth;
  std::string text = Trimmed(raw);
  if (absl::StartsWithIgnoreCase(text, "circa ")) {
    birth.set_precision("approximate");
    text = Trimmed(text.substr(6));
  }
  const std::vector<std::string> range = Parts(text, " to ");
  if (range.size() == 2 && IsoDate(range[0]).has_value() && IsoDate(range[1]).has_value()) {
    birth.set_precision("between");
    birth.set_date(absl::StrCat(*IsoDate(range[0]), "/", *IsoDate(range[1])));
    return birth;
  }
  const std::optional<std::string> date = IsoDate(text);
  birth.set_date(date.value_or(Trimmed(raw)));
  if (date.has_value() && birth.precision().empty()) birth.set_precision("exact");
  if (!date.has_value()) birth.clear_precision();
  return birth;
}

}  // namespace comity
