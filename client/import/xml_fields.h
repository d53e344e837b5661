// A record's elements and attributes by name, with an account of those that nothing took.
#ifndef COMITY_CLIENT_IMPORT_XML_FIELDS_H_
#define COMITY_CLIENT_IMPORT_XML_FIELDS_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/import/edition_builder.h"
#include "client/import/xml_reader.h"

namespace comity {

// Borrows the record.
class XmlFields {
 public:
  explicit XmlFields(const XmlNode& record) : record_(record) {}

  // The text of the first child of that name, trimmed; empty if there is none.
  std::string Text(const XmlNode& at, std::string_view child);
  std::string Text(std::string_view child) { return Text(record_, child); }
  // The texts of all children of that name, empty ones left out.
  std::vector<std::string> Texts(const XmlNode& at, std::string_view child);
  // The attribute, trimmed; empty if there is none.
  std::string Attribute(const XmlNode& at, std::string_view attribute);
  std::string Attribute(std::string_view attribute) { return Attribute(record_, attribute); }
  // The children of that name.
  static std::vector<const XmlNode*> All(const XmlNode& at, std::string_view child);
  std::vector<const XmlNode*> All(std::string_view child) const { return All(record_, child); }
  // The children of that name below the first child `list`, as lists of OFAC have it.
  std::vector<const XmlNode*> AllIn(std::string_view list, std::string_view child) const;

  // Counts, by path from the record's name, the texts and attributes ("a/b@c") that hold
  // something and that nobody asked for: each path once for the record.
  void CountUnmapped(EditionBuilder& builder) const;

 private:
  void Walk(const XmlNode& node, const std::string& path, std::set<std::string>* paths) const;

  const XmlNode& record_;
  // Nodes, and values of attributes.
  std::set<const void*> taken_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_XML_FIELDS_H_
