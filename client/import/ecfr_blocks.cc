#include "client/import/ecfr_blocks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

void Collect(const XmlNode& node, std::string* out) {
  out->append(node.text);
  if (node.name == "BR" || node.name == "br") out->push_back(' ');
  for (const XmlNode& child : node.children) Collect(child, out);
}

std::string Squeeze(const std::string& text) {
  std::string out;
  for (char c : text) {
    const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
    if (!space) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

void CollectRows(const XmlNode& node, std::vector<std::vector<std::string>>* rows) {
  if (absl::EqualsIgnoreCase(node.name, "TR")) {
    std::vector<std::string> cells;
    for (const XmlNode& cell : node.children) {
      if (!cell.name.empty()) cells.push_back(FlatText(cell));
    }
    rows->push_back(std::move(cells));
    return;
  }
  for (const XmlNode& child : node.children) CollectRows(child, rows);
}

void CollectFragments(const XmlNode& node, std::vector<std::string>* fragments) {
  if (node.name.empty()) {
    std::string text = Squeeze(node.text);
    if (!text.empty()) fragments->push_back(std::move(text));
  }
  for (const XmlNode& child : node.children) CollectFragments(child, fragments);
}

}  // namespace

std::string FlatText(const XmlNode& node) {
  std::string text;
  Collect(node, &text);
  return Squeeze(text);
}

std::vector<std::vector<std::string>> TableRows(const XmlNode& node) {
  std::vector<std::vector<std::string>> rows;
  CollectRows(node, &rows);
  return rows;
}

std::vector<std::string> TableFragments(const XmlNode& node) {
  std::vector<std::string> fragments;
  CollectFragments(node, &fragments);
  return fragments;
}

bool HasElement(const XmlNode& node, std::string_view name) {
  return absl::EqualsIgnoreCase(node.name, Absl(name)) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [&](const XmlNode& child) { return HasElement(child, name); });
}

NoteBlock ReadNote(const XmlNode& node) {
  NoteBlock note;
  for (const XmlNode& child : node.children) {
    const std::string text = FlatText(child);
    if (text.empty()) continue;
    if (child.name == "HED" && note.label.empty()) {
      note.label = text;
    } else {
      absl::StrAppend(&note.text, note.text.empty() ? "" : "\n", text);
    }
  }
  if (!note.label.empty()) return note;
  // "Note 1 to 3A001.a: ...": the label stands in the text.
  constexpr size_t kMaxLabel = 60;
  const size_t colon = note.text.find(':');
  if (colon == std::string::npos || colon > kMaxLabel) return note;
  const std::string head = absl::AsciiStrToLower(note.text.substr(0, colon));
  if (!absl::StrContains(head, "note") && !absl::StartsWith(head, "n.b")) return note;
  note.label = note.text.substr(0, colon + 1);
  note.text = std::string(
      absl::StripLeadingAsciiWhitespace(absl::string_view(note.text).substr(colon + 1)));
  return note;
}

const XmlNode* LeadingElement(const XmlNode& node, std::string_view name, std::string* rest) {
  const XmlNode* lead = nullptr;
  std::string text;
  for (const XmlNode& child : node.children) {
    if (lead == nullptr) {
      if (child.name.empty() && absl::StripAsciiWhitespace(child.text).empty()) continue;
      if (child.name != name) return nullptr;
      lead = &child;
      continue;
    }
    Collect(child, &text);
  }
  *rest = Squeeze(text);
  return lead;
}

}  // namespace comity
