// The blocks that the eCFR's XML is made of: tables, notes, texts with marks inside.
#ifndef COMITY_CLIENT_IMPORT_ECFR_BLOCKS_H_
#define COMITY_CLIENT_IMPORT_ECFR_BLOCKS_H_

#include <string>
#include <vector>

#include "client/import/xml_reader.h"

namespace comity {

// All text below, runs of white space as one space, none at the ends; a BR is a space.
std::string FlatText(const XmlNode& node);

// The cells of every TR below, in order. Header cells (TH) count as cells.
std::vector<std::vector<std::string>> TableRows(const XmlNode& node);

// The texts between the tags of a table's cells, in order, empty ones left out: the lines
// that a text form of the same table has.
std::vector<std::string> TableFragments(const XmlNode& node);

// The element or one below it has that name.
bool HasElement(const XmlNode& node, std::string_view name);

struct NoteBlock {
  // What stands in HED, or the words before the first colon of the note: "Note 1:". May be
  // empty.
  std::string label;
  // The paragraphs, one a line.
  std::string text;
};
NoteBlock ReadNote(const XmlNode& node);

// An element's first child if it is an element of that name (white space aside), with the
// text behind it; null otherwise.
const XmlNode* LeadingElement(const XmlNode& node, std::string_view name, std::string* rest);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_ECFR_BLOCKS_H_
