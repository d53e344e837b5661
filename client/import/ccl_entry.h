// One ECCN of the Commerce Control List as it comes, block by block, from any of the forms
// that carry the list: headings of sections, italic leads, texts, tables, notes, paragraphs.
#ifndef COMITY_CLIENT_IMPORT_CCL_ENTRY_H_
#define COMITY_CLIENT_IMPORT_CCL_ENTRY_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/import/ccl_outline.h"
#include "client/import/edition_builder.h"
#include "comity/v1/entry.pb.h"

namespace comity {

// What was mended or looked odd in a whole edition, by what it is, for its notes.
struct CclOddities {
  std::map<std::string, uint32_t> mended_reasons;
  // "5A001.a": letters that stand more than once.
  std::vector<std::string> repeated_paragraphs;
  // Placeholders for several entries or paragraphs at once ("b. through y. [Reserved]").
  std::vector<std::string> ranges;
  uint32_t without_reason = 0;
  uint32_t marks_in_text = 0;

  void WriteNotes(EditionBuilder* builder) const;
};

// "License Requirements", "List of Items Controlled", ... in any case and wording.
bool IsCclSection(std::string_view text);

// Used for one entry. Borrows the oddities.
class CclEntry {
 public:
  CclEntry(std::string supplement, std::string code, CclOddities* oddities);

  void SetHeading(const std::string& heading);
  const std::string& code() const { return code_; }
  // The paragraphs below have begun: texts are paragraphs from here on.
  bool in_items() const { return section_ == Section::kItems; }
  // The section "List of Items Controlled" is open, with or without paragraphs yet.
  bool in_list() const { return section_ == Section::kList || in_items(); }
  void BeginItems() { Open(Section::kItems, ""); }

  // A text that may be a section's heading, a lead with its text behind it ("LVS: N/A"), or
  // more of what is open. `lead` is set where the source marks the lead apart from the text.
  void Text(std::string_view text) { Text("", text); }
  void Text(std::string_view lead, std::string_view text);
  // Rows of cells. In the licence requirements they are controls, elsewhere text.
  void Table(const std::vector<std::vector<std::string>>& rows);
  void Note(std::string_view label, std::string_view text);
  // A lettered paragraph, or (with an empty path) a text between such.
  void Paragraph(const std::string& path, const std::string& text,
                 v1::ParagraphKind kind = v1::PARAGRAPH_KIND_UNSPECIFIED,
                 const std::string& label = "");
  // A paragraph whose mark begins its text: "b.1. Being ...". A text without one stands
  // between.
  void MarkedParagraph(std::string_view text);

  void AddReasons(std::string_view published);
  v1::ControlledItem* item() { return entry_.mutable_item(); }

  // The entry and one for each paragraph that is an item, parents first. Once.
  std::vector<v1::Entry> Finish();

 private:
  enum class Section { kNone, kRequirements, kReporting, kExceptions, kSta, kList, kItems };

  void Open(Section section, std::string_view lead);
  bool TakeLead(std::string_view lead, std::string_view text);
  void Continue(std::string_view text);
  // A paragraph under a label, or more of the last one: the source parts texts for italics.
  void MoreOf(v1::ParagraphKind kind, const std::string& label, std::string_view text);
  v1::Entry NewEntry(const std::string& code) const;

  const std::string supplement_;
  const std::string code_;
  CclOddities* const oddities_;
  Section section_ = Section::kNone;
  // The open lead in lower case, such as "related controls"; empty: none.
  std::string lead_;
  v1::Entry entry_;
  std::string reasons_;
  std::vector<OutlineLine> lines_;
  std::vector<v1::ParagraphKind> kinds_;
  std::vector<std::string> labels_;
};

// The kind of a note by its label: "Technical Note 1:", "N.B.:", "Note to 0A501.a:".
v1::ParagraphKind NoteKind(std::string_view label);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CCL_ENTRY_H_
