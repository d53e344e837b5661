// us-ccl-full: the Commerce Control List parsed into nested nodes, every ECCN and paragraph
// an element of its own, with sections and tables as the eCFR has them.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/import/ccl_controls.h"
#include "client/import/ccl_entry.h"
#include "client/import/ecfr_blocks.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "client/import/xml_reader.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/match/control_code.h"

namespace comity {
namespace {

using nlohmann::json;

// A fragment of the eCFR's XML; unset if it is none.
std::optional<XmlNode> Fragment(const std::string& html) {
  std::optional<XmlNode> node;
  XmlHandlers handlers;
  handlers.is_record = [](const std::vector<std::string>&, const XmlNode&) { return true; };
  handlers.take = [&](const std::vector<std::string>&, XmlNode record) {
    node = std::move(record);
    return absl::OkStatus();
  };
  if (!ReadXml(html, handlers).ok()) return std::nullopt;
  return node;
}

std::string TextOf(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

absl::string_view FirstWord(absl::string_view text) { return text.substr(0, text.find(' ')); }

// Puts the published words into a table: the file spells references out in its markup
// ("5A001.a, .b" -> "5A001.a, 5A001.b") and has the true words as texts behind it.
void SubstituteFragments(const std::vector<std::string>& published, size_t* next, XmlNode* node) {
  if (node->name.empty()) {
    if (!absl::StripAsciiWhitespace(node->text).empty() && *next < published.size()) {
      node->text = published[(*next)++];
    }
    return;
  }
  for (XmlNode& child : node->children) SubstituteFragments(published, next, &child);
}

class NestedReader {
 public:
  void Take(const std::string& supplement, size_t number, const json& record) {
    builder_.CountRead();
    std::string where = absl::StrCat("supplement ", supplement, " element ", number);
    if (!record.is_object()) return builder_.Refuse(where, "", "not an object");
    JsonFields fields(record);
    const std::string code = fields.Text("eccn").value_or("");
    if (code.empty()) return builder_.Refuse(where, "", "it has no eccn");
    absl::StrAppend(&where, " (", code, ")");
    const std::string key = absl::StrCat(supplement, ":", code);
    const std::optional<std::string> heading = fields.Text("heading");
    // The heading without its code, and what the code and the supplement say already.
    for (const char* name :
         {"title", "category", "group", "breadcrumbs", "supplement", "parentEccn", "childEccns"}) {
      fields.Ignore(name);
    }
    const json* structure = fields.Get("structure");
    if (!fields.problem().empty()) return builder_.Refuse(where, key, fields.problem());
    CclEntry entry(supplement, code, &oddities_);
    const bool base = code.find('.') == std::string::npos;
    if (heading.has_value()) entry.SetHeading(*heading);
    if (heading.has_value() && !base) entry.item()->set_text(*heading);
    if (!base) entry.BeginItems();
    if (structure != nullptr) {
      const std::string problem = TakeStructure(*structure, heading.value_or(""), &entry);
      if (!problem.empty()) return builder_.Refuse(where, key, problem);
    }
    fields.CountUnmapped(builder_, "supplements.eccns.");
    Keep(where, key, entry.Finish());
  }

  absl::StatusOr<Edition> Finish(JsonFields& document, const SourceFile& source) {
    if (const auto day = ParseCivilDay(document.Text("version").value_or("")); day.ok()) {
      builder_.SetDated(*day);
    }
    for (const char* name : {"date", "fetchedAt", "counts", "sourceUrl"}) document.Ignore(name);
    document.CountUnmapped(builder_);
    GiveTextsToParagraphs();
    for (auto& [key, kept] : kept_) builder_.Add(kept.first, kept.second);
    if (repeated_ > 0) {
      builder_.Note(absl::StrCat(repeated_,
                                 " codes stand again in their supplement: further lines "
                                 "of one entry"));
    }
    oddities_.WriteNotes(&builder_);
    return builder_.Build(source);
  }

 private:
  // The node's own content; its children are elements of their own.
  std::string TakeStructure(const json& structure, const std::string& heading, CclEntry* entry) {
    if (!structure.is_object()) return "its structure is not an object";
    const auto content = structure.find("content");
    if (content == structure.end() || content->is_null()) return "";
    if (!content->is_array()) return "its content is not a list";
    for (size_t i = 0; i < content->size(); ++i) {
      const json& part = (*content)[i];
      if (!part.is_object()) return "a part of its content is not an object";
      JsonFields fields(part);
      const std::string text = fields.Text("text").value_or("");
      const std::string html = fields.Text("html").value_or("");
      const std::string tag = fields.Text("tag").value_or("");
      for (const char* name : {"type", "id"}) fields.Ignore(name);
      if (!fields.problem().empty()) return absl::StrCat("its content: ", fields.problem());
      fields.CountUnmapped(builder_, "supplements.eccns.structure.content.");
      if (html.empty()) {
        entry->Text(text);
        continue;
      }
      std::optional<XmlNode> node = Fragment(html);
      if (!node.has_value()) {
        entry->Paragraph("", text);
      } else if (tag == "NOTE") {
        const NoteBlock note = ReadNote(*node);
        entry->Note(note.label, note.text);
      } else if (HasElement(*node, "TR")) {
        i += Publish(*content, i + 1, &*node);
        entry->Table(TableRows(*node));
      } else if (!SaysAgain(FlatText(*node), heading)) {
        entry->Paragraph("", FlatText(*node));
      }
    }
    return "";
  }

  // The texts from `from` on that are the table's own: how many they are, if they are, and
  // the table then has their words.
  static size_t Publish(const json& content, size_t from, XmlNode* table) {
    const std::vector<std::string> fragments = TableFragments(*table);
    std::vector<std::string> published;
    for (size_t i = 0; i < fragments.size(); ++i) {
      if (from + i >= content.size() || !content[from + i].is_object()) return 0;
      const json& part = content[from + i];
      const auto text = part.find("text");
      if (part.contains("html") || text == part.end() || !text->is_string()) return 0;
      published.push_back(text->get<std::string>());
      if (FirstWord(absl::StripAsciiWhitespace(absl::string_view(published.back()))) !=
          FirstWord(fragments[i])) {
        return 0;
      }
    }
    size_t next = 0;
    SubstituteFragments(published, &next, table);
    return fragments.size();
  }

  // "b.2.a. Automatically ..." where the heading is "Automatically ...".
  static bool SaysAgain(const std::string& text, const std::string& heading) {
    return !heading.empty() && absl::EndsWith(text, heading);
  }

  // A code twice in one supplement is one entry with a further line, as in the dated editions.
  void Keep(const std::string& where, const std::string& key, std::vector<v1::Entry> entries) {
    for (size_t i = 1; i < entries.size(); ++i) {
      texts_.push_back({key, entries[i]});
    }
    const auto [it, first] = kept_.try_emplace(key, where, entries[0]);
    if (first) return;
    ++repeated_;
    v1::ControlledItem& item = *it->second.second.mutable_item();
    v1::ItemLine& line = *item.add_more_lines();
    if (entries[0].item().has_heading()) line.set_heading(entries[0].item().heading());
    if (entries[0].item().has_text()) line.set_text(entries[0].item().text());
    item.mutable_paragraphs()->MergeFrom(entries[0].item().paragraphs());
  }

  // Where the file left a lettered text with the entry above ("a. Any type of ..."), it is
  // the text of that paragraph, or says again what the paragraph's own element says; else it
  // stays with the entry above.
  void GiveTextsToParagraphs() {
    for (auto& [above, paragraph] : texts_) {
      const auto own = kept_.find(paragraph.key());
      if (own == kept_.end()) {
        kept_.try_emplace(paragraph.key(), kept_.at(above).first, paragraph);
        continue;
      }
      v1::ControlledItem& item = *own->second.second.mutable_item();
      if (!item.has_text()) {
        item.set_text(paragraph.item().text());
      } else if (item.text() != paragraph.item().text()) {
        v1::Paragraph& kept = *kept_.at(above).second.mutable_item()->add_paragraphs();
        kept.set_label(paragraph.item().code());
        kept.set_text(paragraph.item().text());
        kept.set_depth(1);
      }
      item.mutable_paragraphs()->MergeFrom(paragraph.item().paragraphs());
    }
  }

  EditionBuilder builder_{"us-ccl-full", v1::LIST_KIND_ITEMS};
  CclOddities oddities_;
  // By key: where it stands, and what it is.
  std::map<std::string, std::pair<std::string, v1::Entry>> kept_;
  // Lettered texts that stand with the entry of that key.
  std::vector<std::pair<std::string, v1::Entry>> texts_;
  uint32_t repeated_ = 0;
};

}  // namespace

absl::StatusOr<Edition> ImportUsCclFull(const SourceFile& source, const ImportOptions&) {
  COMITY_ASSIGN_OR_RETURN(const json document, ParseJson(source.bytes));
  const auto supplements = document.find("supplements");
  if (!document.is_object() || supplements == document.end() || !supplements->is_array()) {
    return absl::InvalidArgumentError(
        "not a nested Commerce Control List: it must be an object with a list of "
        "\"supplements\"");
  }
  JsonFields fields(document);
  fields.Get("supplements");
  NestedReader reader;
  for (const json& supplement : *supplements) {
    const std::string name = supplement.is_object() ? TextOf(supplement, "number") : "";
    const auto eccns = supplement.find("eccns");
    if (name.empty() || eccns == supplement.end() || !eccns->is_array()) {
      return absl::InvalidArgumentError("a supplement has no number or no list of \"eccns\"");
    }
    size_t number = 0;
    for (const json& record : *eccns) reader.Take(name, ++number, record);
  }
  return reader.Finish(fields, source);
}

}  // namespace comity
