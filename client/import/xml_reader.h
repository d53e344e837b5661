// XML lists, record by record: the elements that the caller names are handed over whole,
// one at a time, so that memory is bounded by the largest record and not by the file.
#ifndef COMITY_CLIENT_IMPORT_XML_READER_H_
#define COMITY_CLIENT_IMPORT_XML_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace comity {

inline constexpr size_t kMaxXmlDepth = 64;
// Elements, attributes and texts of one record.
inline constexpr size_t kMaxXmlNodes = 200'000;
// Records that salvage passes over before it gives the rest of the file up.
inline constexpr size_t kMaxSalvaged = 10'000;

// An element, or a text between elements. Names are local: a prefix with its colon is
// left out, as are declarations of namespaces. Value type.
struct XmlNode {
  // Empty: a text.
  std::string name;
  // Of a text; entities resolved, white space as in the file.
  std::string text;
  std::vector<std::pair<std::string, std::string>> attributes;
  // In the file's order, texts among them; white space that only lays the file out is
  // left out.
  std::vector<XmlNode> children;
  // On which it begins, from 1.
  uint32_t line = 0;

  // Null if it has none of that name; the first if it has several.
  const std::string* Attribute(std::string_view attribute) const;
  const XmlNode* Child(std::string_view child) const;
  // All text below, in order; white space at both ends taken off.
  std::string Text() const;
};

struct XmlHandlers {
  // Asked of each element that opens outside of a record; `path` are the names from the
  // root down, the element's own last. `element` has no children yet.
  std::function<bool(const std::vector<std::string>& path, const XmlNode& element)> is_record;
  // A record; `path` as above. An error ends the reading and is returned.
  std::function<absl::Status(const std::vector<std::string>& path, XmlNode record)> take;
  // If set, a record that is not well-formed is told here, and the reading goes on behind
  // it, as far as the next one can be found (salvage).
  std::function<void(uint32_t line, const std::string& why)> refuse;
};

// Reads the whole document. A document type declaration is refused, so that no entity
// but XML's own five can be declared, expanded or fetched. Encodings: UTF-8, UTF-16,
// ISO-8859-1, US-ASCII. INVALID_ARGUMENT with the line for what is not well-formed, is
// cut short or exceeds a bound. The bytes are at most 256 MiB (ReadSource).
absl::Status ReadXml(std::string_view bytes, const XmlHandlers& handlers);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_XML_READER_H_
