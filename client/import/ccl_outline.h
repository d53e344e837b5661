// Which lettered paragraphs of a flat list are items, and which are the lists inside notes.
#ifndef COMITY_CLIENT_IMPORT_CCL_OUTLINE_H_
#define COMITY_CLIENT_IMPORT_CCL_OUTLINE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

// One paragraph of an entry, in the source's order.
struct OutlineLine {
  // "a.1.b"; empty where it has no letter of its own.
  std::string path;
  std::string text;
  // Set by ReadOutline: it is an item of its own. Otherwise it is text of `owner`.
  bool item = false;
  // The path of the nearest item above; empty: the entry itself.
  std::string owner;
};

// A paragraph whose mark stands at the start of its text: "b.2.a.. Automatically ...". Unset
// if it has none. A mark of one letter alone needs its full stop ("a. Any type"); `rest` is
// what follows the mark.
std::optional<std::string> PathMark(std::string_view text, std::string_view* rest);

// The parent's path: "a.1" of "a.1.b", "" of "a".
std::string ParentPath(std::string_view path);

// Decides for each line. A list inside a note starts again at "a" and leaves no letter out; it
// may hold others. Where its next letter is also the items' next, it is the list's if the
// paragraph before ends as one of a list does (";", "or"), or if the letter comes again before
// the next "a"; else the item's. A list under a text that ends in a colon, above the first
// item, is a note's if letters start again at "a" below. Of several paragraphs with one path
// the first that no note owns is the item. A number under the items' letter that goes on where
// the items' numbers stood, and not the note's, ends the note. Paths given more than once are returned, each once.
std::vector<std::string> ReadOutline(std::vector<OutlineLine>* lines);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CCL_OUTLINE_H_
