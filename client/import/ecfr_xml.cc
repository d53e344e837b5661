// ecfr-xml: the eCFR's official XML of title 15, or of its part 774 alone: the supplements
// that hold the Commerce Control List.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/import/ccl_controls.h"
#include "client/import/ccl_entry.h"
#include "client/import/date_format.h"
#include "client/import/ecfr_blocks.h"
#include "client/import/edition_builder.h"
#include "client/import/xml_reader.h"
#include "storage/base/errors.h"
#include "storage/match/control_code.h"

namespace comity {
namespace {

// The sensitive lists enumerate codes line by line; supplement 1 has whole entries.
constexpr char kMainSupplement[] = "1";
constexpr char kTemporarySupplement[] = "5";

// "1" of "Supplement No. 1 to Part 774"; empty if it is no supplement of that part.
std::string SupplementOf(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  const size_t at = lower.find("supplement no. ");
  if (at == std::string::npos || !absl::StrContains(lower, "part 774")) return "";
  std::string number;
  for (char c : lower.substr(at + 15)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) break;
    number.push_back(c);
  }
  return number;
}

// The control code that a text begins with, with its paragraphs; `length` is what it takes.
// Empty if it begins with none.
std::string LeadingCode(absl::string_view text, size_t* length) {
  size_t end = 0;
  while (end < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) ||
                               (text[end] == '.' && end >= 5))) {
    ++end;
  }
  *length = end;
  absl::string_view word = text.substr(0, end);
  while (absl::ConsumeSuffix(&word, ".")) {
  }
  const auto code = ParseControlCode(std::string(word));
  return code.has_value() && code->canonical == word ? std::string(word) : "";
}

// What stands behind "(ix)" or "(1)"; the whole if it begins with neither.
absl::string_view BehindNumber(absl::string_view text) {
  if (text.empty() || text[0] != '(') return text;
  const size_t close = text.find(')');
  if (close == absl::string_view::npos || close > 8) return text;
  return absl::StripAsciiWhitespace(text.substr(close + 1));
}

class EcfrReader {
 public:
  // One block directly below a supplement.
  void Take(const std::string& supplement, const XmlNode& block) {
    if (supplement != supplement_) Close();
    supplement_ = supplement;
    ++blocks_;
    where_ = absl::StrCat("line ", block.line);
    if (block.name == "HEAD") return;
    if (supplement == kMainSupplement) return TakeMain(block);
    TakeListed(block);
  }

  // A block that cannot be read. The entry that it may have belonged to is not whole; what
  // follows up to the next entry is nobody's.
  void Refuse(uint32_t line, const std::string& why) {
    if (open_.has_value()) {
      builder_.Refuse(opened_at_, absl::StrCat(supplement_, ":", open_->code()),
                      absl::StrCat("a block of it at line ", line, " cannot be read"));
      open_.reset();
    }
    builder_.CountRead();
    builder_.Refuse(absl::StrCat("line ", line), "", why);
  }

  // "2026-01-02" or "Jan. 2, 2026".
  void SetDated(const std::string& text) {
    const auto day = ParseCivilDay(ReadDate(text, "mmm dd, yyyy").value_or(text));
    if (day.ok()) builder_.SetDated(*day);
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    Close();
    for (const auto& [key, listed] : listed_) builder_.Add(listed.first, listed.second);
    oddities_.WriteNotes(&builder_);
    if (blocks_ == 0) {
      return absl::InvalidArgumentError(
          "it has no supplement of part 774 (a DIV9 with N=\"Supplement No. 1 to Part 774\")");
    }
    return builder_.Build(source);
  }

 private:
  // --- Supplement 1: entries with sections.
  void TakeMain(const XmlNode& block) {
    if (absl::StartsWith(block.name, "FP") || block.name == "P") {
      if (OpensEntry(block)) return;
      return TakeText(block);
    }
    const std::string text = FlatText(block);
    if (block.name == "HD1") {
      // Newer entries head their sections so; all else bounds categories and groups.
      if (open_.has_value() && IsCclSection(text)) return open_->Text(text);
      return Close();
    }
    if (!open_.has_value()) {
      if (!text.empty()) builder_.CountUnmapped(absl::StrCat("between entries: ", block.name));
      return;
    }
    if (block.name == "NOTE") {
      const NoteBlock note = ReadNote(block);
      return open_->Note(note.label, note.text);
    }
    if (HasElement(block, "TR")) return open_->Table(TableRows(block));
    if (absl::StartsWith(block.name, "HD") && IsCclSection(text)) return open_->Text(text);
    if (absl::StartsWith(block.name, "HD")) return open_->Paragraph("", text);
    if (block.name == "EXTRACT") {
      for (const XmlNode& child : block.children) TakeMain(child);
      return;
    }
    if (block.name == "CITA" || text.empty()) return builder_.CountUnmapped(block.name);
    open_->Text(text);
  }

  // An entry opens with its code in bold; codes in running text are references.
  bool OpensEntry(const XmlNode& block) {
    std::string rest;
    const XmlNode* bold = LeadingElement(block, "B", &rest);
    if (bold == nullptr || block.name == "P") return false;
    std::string heading = FlatText(*bold);
    if (!rest.empty()) absl::StrAppend(&heading, " ", rest);
    size_t length = 0;
    const std::string code = LeadingCode(heading, &length);
    if (code.empty() || code.find('.') != std::string::npos) return false;
    Close();
    const std::string lower = absl::AsciiStrToLower(heading.substr(length));
    if (absl::StrContains(lower, "[reserved]") &&
        (absl::StrContains(lower, "through ") || absl::StartsWith(lower, "-") ||
         absl::StrContains(lower, " to "))) {
      // A range of codes that are not there: nothing to list.
      oddities_.ranges.push_back(absl::StrCat("\"", heading.substr(0, 60), "\""));
      return true;
    }
    builder_.CountRead();
    opened_at_ = where_;
    open_.emplace(supplement_, code, &oddities_);
    open_->SetHeading(heading);
    return true;
  }

  void TakeText(const XmlNode& block) {
    const std::string text = FlatText(block);
    if (!open_.has_value()) {
      if (!text.empty()) builder_.CountUnmapped(absl::StrCat("between entries: ", block.name));
      return;
    }
    std::string rest;
    if (const XmlNode* lead = LeadingElement(block, "I", &rest); lead != nullptr) {
      const std::string name = FlatText(*lead);
      std::string_view ignored;
      // An italic word that opens a paragraph is no lead.
      const bool lead_like = absl::EndsWith(name, ":") || absl::EqualsIgnoreCase(name, "items");
      if (lead_like && !open_->in_items()) return open_->Text(name, rest);
      if (lead_like && !PathMark(text, &ignored).has_value()) return open_->Note(name, rest);
    }
    // The marker "Items:" may be missing: the first lettered paragraph opens them all the same.
    std::string_view ignored;
    const auto mark = PathMark(text, &ignored);
    if (open_->in_list() && !open_->in_items() && block.name == "P" && mark == "a") {
      open_->BeginItems();
    }
    open_->Text(text);
  }

  // --- The other supplements: a line or a row for each code.
  void TakeListed(const XmlNode& block) {
    if (HasElement(block, "TR")) {
      for (const std::vector<std::string>& row : TableRows(block)) {
        std::string text;
        for (const std::string& cell : row) {
          if (!cell.empty()) absl::StrAppend(&text, text.empty() ? "" : " | ", cell);
        }
        TakeListedText(text);
      }
      return;
    }
    if (block.name == "NOTE") {
      const NoteBlock note = ReadNote(block);
      if (open_.has_value()) return open_->Note(note.label, note.text);
      return builder_.CountUnmapped(absl::StrCat("between entries: ", block.name));
    }
    if (block.name == "HD1" || block.name == "HD2") return Close();
    TakeListedText(FlatText(block));
  }

  void TakeListedText(const std::string& text) {
    if (text.empty()) return;
    const absl::string_view behind = BehindNumber(text);
    size_t length = 0;
    const std::string code = LeadingCode(behind, &length);
    if (!code.empty()) {
      Close();
      builder_.CountRead();
      opened_at_ = where_;
      open_.emplace(supplement_, code, &oddities_);
      open_->SetHeading(text);
    } else if (open_.has_value()) {
      open_->Paragraph("", text);
    } else {
      builder_.CountUnmapped(absl::StrCat("between entries of supplement ", supplement_));
    }
  }

  void Close() {
    if (!open_.has_value()) return;
    const bool listed = supplement_ != kMainSupplement && supplement_ != kTemporarySupplement;
    std::vector<v1::Entry> entries = open_->Finish();
    open_.reset();
    if (listed) return CloseListed(std::move(entries[0]));
    for (const v1::Entry& entry : entries) {
      builder_.Add(absl::StrCat(opened_at_, " (", entry.item().code(), ")"), entry);
    }
  }

  // A sensitive list may name a code again with other words: further lines of one entry.
  void CloseListed(v1::Entry entry) {
    const auto [it, first] = listed_.try_emplace(entry.key(), opened_at_, entry);
    if (first) return;
    v1::ControlledItem& item = *it->second.second.mutable_item();
    item.add_more_lines()->set_heading(entry.item().heading());
    item.mutable_paragraphs()->MergeFrom(entry.item().paragraphs());
  }

  EditionBuilder builder_{"ecfr-xml", v1::LIST_KIND_ITEMS};
  CclOddities oddities_;
  std::string supplement_;
  std::string where_;
  std::string opened_at_;
  std::optional<CclEntry> open_;
  // Of the sensitive lists, by key: where it stands, and what it is.
  std::map<std::string, std::pair<std::string, v1::Entry>> listed_;
  uint64_t blocks_ = 0;
};

}  // namespace

absl::StatusOr<Edition> ImportEcfrXml(const SourceFile& source, const ImportOptions& options) {
  EcfrReader reader;
  // The supplement whose blocks are being read; empty: another part of the title.
  std::string supplement;
  XmlHandlers handlers;
  handlers.is_record = [&](const std::vector<std::string>& path, const XmlNode& element) {
    if (element.name == "AMDDATE") return true;
    if (element.name == "DIV9") {
      const std::string* name = element.Attribute("N");
      supplement = name == nullptr ? "" : SupplementOf(*name);
      return false;
    }
    return !supplement.empty() && path.size() > 1 && path[path.size() - 2] == "DIV9";
  };
  handlers.take = [&](const std::vector<std::string>&, XmlNode record) {
    if (record.name == "AMDDATE") {
      reader.SetDated(record.Text());
    } else {
      reader.Take(supplement, record);
    }
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) { reader.Refuse(line, why); };
  }
  COMITY_RETURN_IF_ERROR(ReadXml(source.bytes, handlers));
  return reader.Finish(source);
}

}  // namespace comity
