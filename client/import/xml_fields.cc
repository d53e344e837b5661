#include "client/import/xml_fields.h"

#include "absl/strings/str_cat.h"
#include "client/import/party_fields.h"

namespace comity {

std::string XmlFields::Text(const XmlNode& at, std::string_view child) {
  const XmlNode* node = at.Child(child);
  if (node == nullptr) return "";
  taken_.insert(node);
  return Trimmed(node->Text());
}

std::vector<std::string> XmlFields::Texts(const XmlNode& at, std::string_view child) {
  std::vector<std::string> texts;
  for (const XmlNode* node : All(at, child)) {
    taken_.insert(node);
    std::string text = Trimmed(node->Text());
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

std::string XmlFields::Attribute(const XmlNode& at, std::string_view attribute) {
  const std::string* value = at.Attribute(attribute);
  if (value == nullptr) return "";
  taken_.insert(value);
  return Trimmed(*value);
}

std::vector<const XmlNode*> XmlFields::All(const XmlNode& at, std::string_view child) {
  std::vector<const XmlNode*> nodes;
  for (const XmlNode& one : at.children) {
    if (!one.name.empty() && one.name == child) nodes.push_back(&one);
  }
  return nodes;
}

std::vector<const XmlNode*> XmlFields::AllIn(std::string_view list, std::string_view child) const {
  const XmlNode* node = record_.Child(list);
  return node == nullptr ? std::vector<const XmlNode*>() : All(*node, child);
}

void XmlFields::CountUnmapped(EditionBuilder& builder) const {
  std::set<std::string> paths;
  Walk(record_, record_.name, &paths);
  for (const std::string& path : paths) builder.CountUnmapped(path);
}

void XmlFields::Walk(const XmlNode& node, const std::string& path,
                     std::set<std::string>* paths) const {
  for (const auto& [name, value] : node.attributes) {
    if (!taken_.contains(&value) && !Trimmed(value).empty()) {
      paths->insert(absl::StrCat(path, "@", name));
    }
  }
  // Whose text was taken, all within it was.
  if (taken_.contains(&node)) return;
  for (const XmlNode& child : node.children) {
    if (child.name.empty()) {
      if (!Trimmed(child.text).empty()) paths->insert(path);
    } else {
      Walk(child, absl::StrCat(path, "/", child.name), paths);
    }
  }
}

}  // namespace comity
