#include "client/import/ccl_entry.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/import/ccl_controls.h"
#include "client/import/placeholder.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(Absl(text)));
}

// Joins with a space what the source parted for italics or lines.
void Append(absl::string_view text, std::string* to) {
  if (text.empty()) return;
  absl::StrAppend(to, to->empty() ? "" : " ", text);
}

// "LVS:", "GBS:": the abbreviation of a licence exception.
bool IsExceptionName(absl::string_view name) {
  return name.size() >= 2 && name.size() <= 5 && std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c));
         });
}

// The words before a colon that may be a lead; `rest` is what follows.
absl::string_view LeadOf(absl::string_view text, absl::string_view* rest) {
  constexpr size_t kMaxLead = 40;
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || colon > kMaxLead) return "";
  *rest = absl::StripAsciiWhitespace(text.substr(colon + 1));
  return absl::StripAsciiWhitespace(text.substr(0, colon));
}

constexpr size_t kMaxNoted = 20;

void NoteSome(EditionBuilder* builder, const std::vector<std::string>& all, const char* what) {
  if (all.empty()) return;
  const size_t shown = std::min(all.size(), kMaxNoted);
  builder->Note(absl::StrCat(all.size(), " ", what, ": ",
                             absl::StrJoin(all.begin(), all.begin() + shown, ", "),
                             shown < all.size() ? ", ..." : ""));
}

}  // namespace

void CclOddities::WriteNotes(EditionBuilder* builder) const {
  for (const auto& [what, count] : mended_reasons) {
    builder->Note(absl::StrCat("reason for control ", what, " in ", count, " entries"));
  }
  if (without_reason > 0) {
    builder->Note(absl::StrCat(without_reason, " entries state no reason for control"));
  }
  if (marks_in_text > 0) {
    builder->Note(absl::StrCat(marks_in_text,
                               " paragraphs are not marked as such: read by the mark that their "
                               "text begins with"));
  }
  NoteSome(builder, repeated_paragraphs,
           "letters stand more than once (in the list of a note, or again): the item is kept, the "
           "others are text of the item above them");
  NoteSome(builder, ranges, "placeholders stand for several entries or paragraphs and are text");
}

v1::ParagraphKind NoteKind(std::string_view label) {
  const std::string lower = Lower(label);
  if (absl::StartsWith(lower, "technical note")) return v1::PARAGRAPH_KIND_TECHNICAL_NOTE;
  if (absl::StartsWith(lower, "n.b") || absl::StartsWith(lower, "nb")) {
    return v1::PARAGRAPH_KIND_NB;
  }
  return v1::PARAGRAPH_KIND_NOTE;
}

bool IsCclSection(std::string_view text) {
  const std::string lower = Lower(text);
  if (absl::StrContains(lower, " note")) return false;
  for (const char* start :
       {"license requirement", "reporting requirement", "list based license exception",
        "list-based license exception", "special condition", "list of items controlled"}) {
    if (absl::StartsWith(lower, start)) return true;
  }
  return false;
}

CclEntry::CclEntry(std::string supplement, std::string code, CclOddities* oddities)
    : supplement_(std::move(supplement)), code_(std::move(code)), oddities_(oddities) {
  entry_ = NewEntry(code_);
}

v1::Entry CclEntry::NewEntry(const std::string& code) const {
  v1::Entry entry;
  entry.set_key(absl::StrCat(supplement_, ":", code));
  entry.set_lang("en");
  entry.mutable_item()->set_code(code);
  entry.mutable_item()->set_supplement(supplement_);
  return entry;
}

void CclEntry::SetHeading(const std::string& heading) {
  item()->set_heading(heading);
  const absl::string_view bare = absl::StripAsciiWhitespace(
      absl::StripPrefix(absl::string_view(heading), absl::string_view(code_)));
  if (IsPlaceholder(Std(bare))) item()->set_status(v1::ITEM_STATUS_RESERVED);
}

void CclEntry::Open(Section section, std::string_view lead) {
  section_ = section;
  lead_ = std::string(lead);
}

void CclEntry::Text(std::string_view lead, std::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(Absl(text));
  absl::string_view own = absl::StripAsciiWhitespace(Absl(lead));
  if (own.empty() && stripped.empty()) return;
  if (own.empty() && IsCclSection(std::string(stripped))) {
    const std::string lower = Lower(text);
    if (absl::StartsWith(lower, "license")) Open(Section::kRequirements, "");
    if (absl::StartsWith(lower, "reporting")) Open(Section::kReporting, "");
    if (absl::StrContains(lower, "exception")) Open(Section::kExceptions, "");
    if (absl::StartsWith(lower, "special")) Open(Section::kSta, "");
    if (absl::StartsWith(lower, "list of items")) Open(Section::kList, "");
    return;
  }
  if (!own.empty()) {
    own = absl::StripAsciiWhitespace(absl::StripSuffix(own, ":"));
    if (TakeLead(std::string(own), std::string(stripped))) return;
    return Continue(absl::StrCat(Absl(lead), " ", stripped));
  }
  absl::string_view rest;
  const absl::string_view inline_lead = LeadOf(stripped, &rest);
  if (!inline_lead.empty() && TakeLead(std::string(inline_lead), std::string(rest))) return;
  if (absl::EqualsIgnoreCase(stripped, "items") && TakeLead("Items", "")) return;
  Continue(std::string(stripped));
}

bool CclEntry::TakeLead(std::string_view lead, std::string_view text) {
  const std::string lower = Lower(lead);
  if (lower == "reason for control" || lower == "reasons for control") {
    Open(Section::kRequirements, "reason");
  } else if (lower == "control(s)" || lower == "controls") {
    // As the head of a table it has no text of its own.
    if (section_ != Section::kRequirements && section_ != Section::kNone) return false;
    Open(Section::kRequirements, "controls");
  } else if (lower == "related controls" || lower == "related control") {
    Open(Section::kList, "related controls");
  } else if (lower == "related definitions" || lower == "related definition") {
    Open(Section::kList, "related definitions");
  } else if (lower == "eccn controls" || lower == "unit") {
    Open(Section::kList, lower);
  } else if (lower == "items" || lower == "item") {
    if (section_ != Section::kList && section_ != Section::kNone) return false;
    Open(Section::kItems, "");
  } else if (IsExceptionName(Absl(lead)) &&
             (section_ == Section::kExceptions || section_ == Section::kSta)) {
    lead_ = std::string(lead);
  } else {
    return false;
  }
  if (!text.empty()) Continue(text);
  return true;
}

void CclEntry::Continue(std::string_view text) {
  if (lead_ == "reason") return Append(Absl(text), &reasons_);
  if (section_ == Section::kItems) return MarkedParagraph(text);
  if (section_ == Section::kExceptions || section_ == Section::kSta) {
    const std::string name = !lead_.empty() ? lead_ : section_ == Section::kSta ? "STA" : "";
    auto& exceptions = *item()->mutable_exceptions();
    if (!exceptions.empty() && exceptions.rbegin()->name() == name) {
      // Further text of the same exception.
      v1::LicenceException& open = *exceptions.rbegin();
      std::string whole = open.value().empty() ? open.condition() : open.value();
      Append(Absl(text), &whole);
      open = CclException(name, whole);
    } else {
      *exceptions.Add() = CclException(name, text);
    }
    return;
  }
  if (lead_ == "controls") {
    // The requirement in prose: "SL and AT apply to entire entry. A license is required for ..."
    const absl::string_view prose = Absl(text);
    const size_t stop = prose.find(". ");
    if (absl::StrContains(prose.substr(0, stop), " appl")) {
      const bool more = stop != absl::string_view::npos;
      for (v1::Control& one :
           CclControls(code_, std::string(prose.substr(0, stop)),
                       more ? std::string(prose.substr(stop + 2)) : std::string())) {
        *item()->add_controls() = std::move(one);
      }
      return;
    }
  }
  if (lead_ == "related controls") {
    std::string whole = item()->related_controls();
    Append(Absl(text), &whole);
    item()->set_related_controls(whole);
    return;
  }
  if (lead_ == "related definitions") {
    if (absl::StripSuffix(absl::StripAsciiWhitespace(Absl(text)), ".") == "N/A") return;
    return MoreOf(v1::PARAGRAPH_KIND_DEFINITION, "Related Definitions", text);
  }
  const char* label = section_ == Section::kReporting      ? "Reporting Requirements"
                      : section_ == Section::kRequirements ? "License Requirements"
                      : lead_ == "unit"                    ? "Unit"
                      : lead_ == "eccn controls"           ? "ECCN Controls"
                                                           : "";
  MoreOf(v1::PARAGRAPH_KIND_UNSPECIFIED, label, text);
}

void CclEntry::MoreOf(v1::ParagraphKind kind, const std::string& label, std::string_view text) {
  if (!label.empty() && !lines_.empty() && kinds_.back() == kind && labels_.back() == label) {
    return Append(Absl(text), &lines_.back().text);
  }
  Paragraph("", std::string(text), kind, label);
}

void CclEntry::Table(const std::vector<std::vector<std::string>>& rows) {
  const bool requirements = section_ == Section::kRequirements || section_ == Section::kNone;
  for (const std::vector<std::string>& row : rows) {
    if (row.empty()) continue;
    const std::string first = Lower(row[0]);
    if (requirements && absl::StartsWith(first, "control(s)")) {
      section_ = Section::kRequirements;
      continue;
    }
    if (!requirements || row.size() > 2) {
      Paragraph("", absl::StrJoin(row, " | "));
    } else if (first.empty() && row.size() == 2) {
      // A note that stands in the table, below the row that it explains.
      const absl::string_view text = absl::StripAsciiWhitespace(absl::string_view(row[1]));
      absl::string_view rest;
      const absl::string_view label = LeadOf(text, &rest);
      if (label.empty()) {
        Note("", std::string(text));
      } else {
        Note(absl::StrCat(label, ":"), std::string(rest));
      }
    } else {
      for (v1::Control& one : CclControls(code_, row[0], row.size() == 2 ? row[1] : "")) {
        *item()->add_controls() = std::move(one);
      }
    }
  }
}

void CclEntry::Note(std::string_view label, std::string_view text) {
  if (text.empty() && label.empty()) return;
  Paragraph("", std::string(text), NoteKind(label), std::string(label));
}

void CclEntry::Paragraph(const std::string& path, const std::string& text, v1::ParagraphKind kind,
                         const std::string& label) {
  OutlineLine line;
  line.path = path;
  line.text = text;
  lines_.push_back(std::move(line));
  kinds_.push_back(kind);
  labels_.push_back(label);
}

void CclEntry::MarkedParagraph(std::string_view text) {
  // Below a paragraph that is an entry of its own, letters are text.
  if (code_.find('.') != std::string::npos) return Paragraph("", std::string(text));
  std::string_view rest;
  const std::optional<std::string> mark = PathMark(text, &rest);
  const bool range =
      absl::StrContains(Absl(text), "[Reserved]") &&
      (absl::StrContains(Absl(text), " through ") || absl::StrContains(Absl(text), " to "));
  if (range) {
    oddities_->ranges.push_back(absl::StrCat(code_, " \"", Absl(text.substr(0, 40)), "\""));
  }
  if (!mark.has_value() || range) return Paragraph("", std::string(text));
  Paragraph(*mark, std::string(rest), v1::PARAGRAPH_KIND_UNSPECIFIED, *mark);
}

void CclEntry::AddReasons(std::string_view published) { Append(Absl(published), &reasons_); }

std::vector<v1::Entry> CclEntry::Finish() {
  const std::vector<std::string> reasons = CclReasons(reasons_, &oddities_->mended_reasons);
  // The sensitive lists (supplements 5 to 7) only name items, and paragraphs state none.
  if (reasons.empty() && item()->controls().empty() && supplement_ == "1" &&
      code_.find('.') == std::string::npos && item()->status() != v1::ITEM_STATUS_RESERVED) {
    ++oddities_->without_reason;
  }
  AddReasonsWithoutRow(reasons, item());
  for (const std::string& path : ReadOutline(&lines_)) {
    oddities_->repeated_paragraphs.push_back(absl::StrCat(code_, ".", path));
  }
  std::vector<v1::Entry> entries = {std::move(entry_)};
  std::map<std::string, size_t> at = {{"", 0}};
  for (size_t i = 0; i < lines_.size(); ++i) {
    OutlineLine& line = lines_[i];
    if (line.item) {
      at[line.path] = entries.size();
      entries.push_back(NewEntry(absl::StrCat(code_, ".", line.path)));
      v1::ControlledItem& item = *entries.back().mutable_item();
      if (IsPlaceholder(line.text)) item.set_status(v1::ITEM_STATUS_RESERVED);
      item.set_text(std::move(line.text));
      continue;
    }
    v1::Paragraph& paragraph = *entries[at.at(line.owner)].mutable_item()->add_paragraphs();
    paragraph.set_kind(kinds_[i]);
    paragraph.set_label(labels_[i]);
    paragraph.set_text(std::move(line.text));
    paragraph.set_depth(1);
  }
  return entries;
}

}  // namespace comity
