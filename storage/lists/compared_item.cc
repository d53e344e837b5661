#include "storage/lists/compared_item.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "storage/law/destination_scope.h"
#include "storage/match/code_order.h"
#include "storage/match/typography.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

void AddLine(std::string_view line, std::string* text) {
  if (line.empty()) return;
  if (!text->empty()) text->push_back('\n');
  *text += line;
}

bool StartsWith(std::string_view text, std::string_view head) {
  return text.substr(0, head.size()) == head;
}

void AddHeadingAndText(std::string_view heading, std::string_view text, std::string* out) {
  if (!StartsWith(text, heading)) AddLine(heading, out);
  AddLine(text, out);
}

// Order and typography are no difference; a control said twice is one.
std::optional<Digest> HashControls(const v1::ControlledItem& item) {
  std::set<std::string> lines;
  for (const v1::Control& control : item.controls()) {
    lines.insert(absl::StrCat(TypographyFreeForm(control.reason()), "\n",
                              TypographyFreeForm(control.scope_text()), "\n",
                              TypographyFreeForm(DestinationsText(control.destinations())), "\n",
                              TypographyFreeForm(control.destinations().words()), "\n\n"));
  }
  if (lines.empty()) return std::nullopt;
  std::string all;
  for (const std::string& line : lines) all += line;
  return Sha256(all);
}

ItemText HashText(const v1::Entry& entry, const std::string& lang, std::string_view translation) {
  const std::string text = TextToCompare(entry, translation);
  return {lang, Sha256(text), Sha256(TypographyFreeForm(text))};
}

Standing StandingOf(const v1::Entry& entry, const Version& version, CivilDay day) {
  if (version.effective_from > day) return Standing::kPending;
  if (version.superseded || (version.effective_to.has_value() && *version.effective_to <= day)) {
    return Standing::kEnded;
  }
  if (entry.item().status() == v1::ITEM_STATUS_RESERVED) return Standing::kReserved;
  if (entry.item().status() == v1::ITEM_STATUS_DECONTROLLED) return Standing::kDecontrolled;
  return Standing::kInForce;
}

}  // namespace

std::string TextToCompare(const v1::Entry& entry, std::string_view lang) {
  const v1::ControlledItem& item = entry.item();
  std::string text;
  const v1::Translation* translation = nullptr;
  for (const v1::Translation& one : entry.translations()) {
    if (!lang.empty() && one.lang() == lang) translation = &one;
  }
  if (translation != nullptr && lang != entry.lang()) {
    AddHeadingAndText(translation->heading(), translation->text(), &text);
    return text;
  }
  AddHeadingAndText(item.heading(), item.text(), &text);
  for (const v1::ItemLine& line : item.more_lines()) {
    AddHeadingAndText(line.heading(), line.text(), &text);
  }
  for (const v1::Paragraph& paragraph : item.paragraphs()) {
    const bool labelled = !StartsWith(paragraph.text(), paragraph.label());
    AddLine(labelled ? absl::StrCat(paragraph.label(), " ", paragraph.text()) : paragraph.text(),
            &text);
  }
  return text;
}

const Version* VersionToCompare(const Timeline& timeline, CivilDay day) {
  if (const Version* now = timeline.InForce(day); now != nullptr) return now;
  const Version* next = nullptr;
  const Version* last = nullptr;
  for (const Version& one : timeline.versions()) {
    if (one.superseded || !one.entry_hash.has_value()) continue;
    const auto place = std::tie(one.effective_from, one.index);
    if (one.effective_from > day) {
      if (next == nullptr || place < std::tie(next->effective_from, next->index)) next = &one;
    } else if (last == nullptr || place > std::tie(last->effective_from, last->index)) {
      last = &one;
    }
  }
  return next != nullptr ? next : last;
}

ComparedItem MakeComparedItem(const v1::Entry& entry, const Timeline& timeline,
                              const Version& version, CivilDay day,
                              const std::string& participant) {
  ComparedItem item;
  item.key = entry.key();
  item.supplement = entry.item().supplement();
  item.published_code = entry.item().code();
  item.parsed = ParseCode(item.published_code, participant);
  item.code = item.parsed.has_value() ? item.parsed->canonical : item.published_code;
  item.standing = StandingOf(entry, version, day);
  item.from = version.effective_from;
  item.to = version.effective_to;
  item.compliance_from = version.compliance_from;
  for (const Version& one : timeline.versions()) {
    const bool later = !one.superseded && one.effective_from > day && &one != &version;
    if (later && (!item.next_change_on.has_value() || one.effective_from < *item.next_change_on)) {
      item.next_change_on = one.effective_from;
    }
    // What ended, ended with whatever took its place.
    const bool took_over = item.standing == Standing::kEnded && !one.superseded &&
                           one.effective_from > version.effective_from && one.effective_from <= day;
    if (took_over && (!item.to.has_value() || one.effective_from < *item.to)) {
      item.to = one.effective_from;
    }
  }
  item.index = version.index;
  item.entry_hash = *version.entry_hash;
  item.texts.push_back(HashText(entry, entry.lang(), ""));
  for (const v1::Translation& translation : entry.translations()) {
    item.texts.push_back(HashText(entry, translation.lang(), translation.lang()));
  }
  item.controls = HashControls(entry.item());
  item.sensitivity = entry.item().sensitivity();
  return item;
}

void FinishComparedList(ComparedList* list) {
  std::sort(list->items.begin(), list->items.end(),
            [](const ComparedItem& left, const ComparedItem& right) {
              if (const auto order = CompareCodes(left.code, right.code); order != 0) {
                return order < 0;
              }
              const auto part = CompareCodes(left.supplement, right.supplement);
              return part != 0 ? part < 0 : left.key < right.key;
            });
  for (const ComparedItem& item : list->items) {
    if (item.standing == Standing::kInForce && item.parsed.has_value()) {
      list->schemes.insert(item.parsed->scheme);
    }
  }
}

const char* SensitivityName(v1::Sensitivity sensitivity) {
  switch (sensitivity) {
    case v1::SENSITIVITY_BASIC:
      return "basic";
    case v1::SENSITIVITY_SENSITIVE:
      return "sensitive";
    case v1::SENSITIVITY_VERY_SENSITIVE:
      return "very sensitive";
    case v1::SENSITIVITY_ANNEX_IV:
      return "annex IV";
    default:
      return "";
  }
}

const char* StandingName(Standing standing) {
  switch (standing) {
    case Standing::kReserved:
      return "reserved";
    case Standing::kDecontrolled:
      return "decontrolled";
    case Standing::kPending:
      return "pending";
    case Standing::kEnded:
      return "ended";
    default:
      return "in force";
  }
}

std::string DestinationsText(const v1::Destinations& destinations) {
  return DestinationScope(destinations, "all destinations", "none named");
}

}  // namespace comity
