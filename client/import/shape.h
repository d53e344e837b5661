// What a file looks like at its start: enough to tell the formats apart by content.
#ifndef COMITY_CLIENT_IMPORT_SHAPE_H_
#define COMITY_CLIENT_IMPORT_SHAPE_H_

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

struct Shape {
  enum Kind { kXml, kJson, kJsonLines, kDelimited, kOther };
  Kind kind = kOther;
  // XML: the names of elements; JSON: of fields; delimited: the cells of the first two lines
  // (with a banner, the names of columns stand on the second). Of the first 64 KiB.
  std::set<std::string> names;
  // XML: the root element's name.
  std::string root;
  // Delimited: the delimiter, and the first line's cells as they stand.
  char delimiter = ',';
  std::vector<std::string> cells;

  // The first 64 KiB, borrowed.
  std::string_view head;

  // It is of that kind and has all those names.
  bool Has(Kind of, std::initializer_list<std::string_view> wanted) const;
  // The text stands somewhere in the head.
  bool Mentions(std::string_view text) const { return head.find(text) != head.npos; }
  // For people: "XML with the root <sdnList>", "a list of JSON objects with the fields a, b".
  std::string Describe() const;
};

// Never fails: what is not known is kOther.
Shape ShapeOf(std::string_view bytes);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_SHAPE_H_
