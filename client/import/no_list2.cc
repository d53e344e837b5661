// no-list2: Norway's List II as a fixture of regulations and their paragraphs, which
// form a tree by `path` (four characters a level).
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "client/import/placeholder.h"
#include "storage/base/errors.h"
#include "storage/match/control_code.h"

namespace comity {
namespace {

using nlohmann::json;

constexpr size_t kPathStep = 4;
constexpr char kParagraph[] = "regulations.paragraph";
constexpr char kRegulation[] = "regulations.regulation";

// The source wraps its lines and indents them for the screen, and writes breaks as
// HTML: what remains is the text, one line for each break.
std::string Unwrap(std::string_view raw) {
  const std::string text = absl::StrReplaceAll(
      Absl(raw), {{"&emsp;", " "}, {"&nbsp;", " "}, {"<br>", "\x01"}, {"<br/>", "\x01"}});
  std::string out;
  bool space = false;
  for (char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = true;
      continue;
    }
    if (c == '\x01') {
      if (!out.empty() && out.back() != '\n') out.push_back('\n');
      space = false;
      continue;
    }
    if (space && !out.empty() && out.back() != '\n') out.push_back(' ');
    space = false;
    out.push_back(c);
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

v1::ParagraphKind KindOf(const std::string& note_type) {
  if (note_type == "base") return v1::PARAGRAPH_KIND_ITEM;
  if (note_type.compare(0, 4, "N.B.") == 0) return v1::PARAGRAPH_KIND_NB;
  if (note_type.compare(0, 9, "Technical") == 0) return v1::PARAGRAPH_KIND_TECHNICAL_NOTE;
  if (note_type.compare(0, 4, "Note") == 0) return v1::PARAGRAPH_KIND_NOTE;
  return v1::PARAGRAPH_KIND_UNSPECIFIED;
}

struct Paragraph {
  std::string where;
  std::string path;
  std::string code;
  std::string note_type;
  std::string text;
};

class List2Reader {
 public:
  void RefuseRecord(uint32_t line, const std::string& why) {
    builder_.CountRead();
    builder_.Refuse(absl::StrCat("line ", line), "", why);
  }

  void Take(size_t number, const json& object) {
    if (!object.is_object()) {
      return builder_.Refuse(absl::StrCat("object ", number), "", "not an object");
    }
    const auto model = object.find("model");
    if (model == object.end() || !model->is_string()) {
      return builder_.Refuse(absl::StrCat("object ", number), "", "it names no model");
    }
    const auto fields = object.find("fields");
    if (*model == kRegulation) {
      if (fields == object.end() || !fields->is_object() || !fields->contains("code") ||
          !(*fields)["code"].is_string()) {
        return builder_.Refuse(absl::StrCat("object ", number), "", "a regulation without a code");
      }
      regulations_.insert((*fields)["code"].get<std::string>());
      return CountUnmapped("regulation", *fields, {"code"});
    }
    if (*model != kParagraph) {
      return builder_.CountUnmapped(absl::StrCat("model ", model->get<std::string>()));
    }
    builder_.CountRead();
    const auto pk = object.find("pk");
    const std::string where = absl::StrCat(
        "paragraph ", pk != object.end() && pk->is_number_integer() ? pk->get<int64_t>()
                                                                    : static_cast<int64_t>(number));
    if (fields == object.end() || !fields->is_object()) {
      return builder_.Refuse(where, "", "it has no fields");
    }
    Paragraph paragraph;
    paragraph.where = where;
    for (auto [name, out] : {std::pair{"path", &paragraph.path},
                             {"code", &paragraph.code},
                             {"note_type", &paragraph.note_type},
                             {"text", &paragraph.text}}) {
      const auto it = fields->find(name);
      if (it == fields->end() || !it->is_string()) {
        return builder_.Refuse(where, "", absl::StrCat("its ", name, " is missing or not a text"));
      }
      *out = it->get<std::string>();
    }
    CountUnmapped("paragraph", *fields, {"path", "code", "note_type", "text"});
    if (paragraph.path.empty() || paragraph.path.size() % kPathStep != 0) {
      return builder_.Refuse(where, "",
                             absl::StrCat("its path \"", paragraph.path.substr(0, 64),
                                          "\" is not a multiple of four characters"));
    }
    if (!paragraphs_.emplace(paragraph.path, paragraph).second) {
      builder_.Refuse(where, "", "its path is taken by another paragraph");
    }
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    // A path sorts before those below it, and siblings sort in the source's order.
    for (const auto& [path, paragraph] : paragraphs_) Place(paragraph);
    for (const std::string& code : order_)
      builder_.Add(items_.at(code).where, items_.at(code).entry);
    for (const std::string& code : regulations_) {
      if (!items_.contains(code)) {
        builder_.Refuse(absl::StrCat("regulation ", code), code, "it has no paragraph of its own");
      }
    }
    return builder_.Build(source);
  }

 private:
  struct Item {
    std::string where;
    v1::Entry entry;
    size_t level = 0;
  };

  void CountUnmapped(const char* model, const json& fields, const std::set<std::string>& taken) {
    for (const auto& [name, value] : fields.items()) {
      if (!taken.contains(name) && !value.is_null() && value != "") {
        builder_.CountUnmapped(absl::StrCat(model, ".", name));
      }
    }
  }

  // The code of the nearest paragraph above that is an item; empty if there is none.
  std::string ItemAbove(std::string path) const {
    while (path.size() > kPathStep) {
      path.resize(path.size() - kPathStep);
      if (const auto it = code_at_.find(path); it != code_at_.end()) return it->second;
    }
    return "";
  }

  bool UnderNote(std::string path) const {
    while (path.size() > kPathStep) {
      path.resize(path.size() - kPathStep);
      const auto it = paragraphs_.find(path);
      if (it != paragraphs_.end() && it->second.note_type != "base") return true;
    }
    return false;
  }

  void Place(const Paragraph& paragraph) {
    const size_t level = paragraph.path.size() / kPathStep;
    const std::string above = ItemAbove(paragraph.path);
    if (paragraph.note_type == "base" && !UnderNote(paragraph.path)) {
      std::string code(absl::StripSuffix(paragraph.code, "."));
      if (level > 1) code = absl::StrCat(above, ".", code);
      if (level > 1 && above.empty()) {
        return builder_.Refuse(paragraph.where, "", "nothing stands above it");
      }
      // Below a base code anything goes: what does not parse is legal, only unlinked.
      if (level == 1 && !ParseControlCode(code).has_value()) {
        return builder_.Refuse(paragraph.where, "",
                               absl::StrCat("\"", code.substr(0, 64), "\" is not a control code"));
      }
      if (!items_.contains(code)) return StartItem(paragraph, code, level);
      // The code again: text of the item that it stands below.
      if (above.empty()) {
        return builder_.Refuse(paragraph.where, code, "the code was given before");
      }
    }
    if (above.empty()) {
      return builder_.Refuse(paragraph.where, "", "a note that stands below no item");
    }
    Item& item = items_.at(above);
    v1::Paragraph& added = *item.entry.mutable_item()->add_paragraphs();
    added.set_kind(KindOf(paragraph.note_type));
    added.set_label(paragraph.code);
    added.set_text(Unwrap(paragraph.text));
    added.set_depth(static_cast<uint32_t>(level > item.level ? level - item.level : 1));
  }

  void StartItem(const Paragraph& paragraph, const std::string& code, size_t level) {
    Item& item = items_[code];
    item.where = paragraph.where;
    item.level = level;
    item.entry.set_key(code);
    item.entry.set_lang("en");
    v1::ControlledItem& body = *item.entry.mutable_item();
    body.set_code(code);
    const std::string text = Unwrap(paragraph.text);
    body.set_heading(text.substr(0, text.find('\n')));
    body.set_text(text);
    MarkPlaceholder(&body);
    code_at_[paragraph.path] = code;
    order_.push_back(code);
  }

  EditionBuilder builder_{"no-list2", v1::LIST_KIND_ITEMS};
  std::set<std::string> regulations_;
  std::map<std::string, Paragraph> paragraphs_;
  std::map<std::string, Item> items_;
  // The item that a path is, if it is one.
  std::map<std::string, std::string> code_at_;
  std::vector<std::string> order_;
};

}  // namespace

absl::StatusOr<Edition> ImportNoList2(const SourceFile& source, const ImportOptions& options) {
  List2Reader reader;
  JsonRecordHandlers handlers;
  handlers.take = [&](size_t number, uint32_t, const json& object) {
    reader.Take(number, object);
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      reader.RefuseRecord(line, why);
    };
  }
  COMITY_RETURN_IF_ERROR(ForEachJsonRecord(source.bytes, handlers));
  return reader.Finish(source);
}

}  // namespace comity
