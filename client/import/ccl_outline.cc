#include "client/import/ccl_outline.h"

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

bool IsTop(const std::string& path) { return path.size() == 1 && absl::ascii_islower(path[0]); }

// A paragraph that ends so is followed by the next of its list.
bool GoesOn(absl::string_view text) {
  text = absl::StripTrailingAsciiWhitespace(text);
  for (const char* end : {";", ",", " or", " and"}) {
    if (absl::EndsWith(text, end)) return true;
  }
  return false;
}

bool OpensList(absl::string_view text) {
  return absl::EndsWith(absl::StripTrailingAsciiWhitespace(text), ":");
}

bool Excludes(absl::string_view text) {
  return absl::StrContains(text, " not control") || absl::StrContains(text, " not apply") ||
         absl::StrContains(text, " not include");
}

// Whether the letter comes again before any list starts at "a": then what stands here is the
// list of a note, and the item is still to come.
bool ComesAgain(const std::vector<OutlineLine>& lines, size_t at) {
  for (size_t i = at + 1; i < lines.size(); ++i) {
    if (!IsTop(lines[i].path)) continue;
    if (lines[i].path == lines[at].path) return true;
    if (lines[i].path == "a") return false;
  }
  return false;
}

bool StartsAgain(const std::vector<OutlineLine>& lines, size_t at) {
  for (size_t i = at + 1; i < lines.size(); ++i) {
    if (lines[i].path == "a") return true;
  }
  return false;
}

// The number after the letter: 4 of "b.4" and of "b.4.a"; 0 if there is none.
int NumberBelow(const std::string& path) {
  int number = 0;
  if (path.size() < 3 || path[1] != '.' || !absl::ascii_isdigit(path[2])) return number;
  for (size_t i = 2; i < path.size() && absl::ascii_isdigit(path[i]); ++i) {
    number = number * 10 + (path[i] - '0');
  }
  return number;
}

// A list inside a note: the letter that it waits for, and whether its last paragraph says
// that it goes on.
struct OpenList {
  char next;
  bool goes_on;
};

// Marks the lettered lines that belong to the lists of notes. Such a list starts at "a" and
// leaves no letter out; it may hold others. The items' letters ascend, may leave some out,
// and close every list.
std::vector<bool> ListsOfNotes(const std::vector<OutlineLine>& lines) {
  std::vector<bool> owned(lines.size(), false);
  char item = 0;  // the last letter of the items; 0: none yet
  std::vector<OpenList> open;
  bool inside = false;
  // The last numbers below the letter of the items, and below that of the note.
  int item_number = 0, note_number = 0;
  // The text just above, if it opens a list.
  const std::string* above = nullptr;
  for (size_t i = 0; i < lines.size(); ++i) {
    const OutlineLine& line = lines[i];
    if (line.path.empty()) {
      above = OpensList(line.text) ? &line.text : nullptr;
      continue;
    }
    if (!IsTop(line.path)) {
      // Paragraphs below a letter belong where it belongs, unless they go on with the numbers of
      // the item in which the note stands ("b.4" after "b.3", Note: a., b.).
      const int number = NumberBelow(line.path);
      if (inside && line.path[0] == item && number == item_number + 1 && item_number > 0 &&
          number != note_number + 1) {
        inside = false;
        open.clear();
      }
      if (number > 0) (inside ? note_number : item_number) = number;
      owned[i] = inside;
      above = nullptr;
      continue;
    }
    const char letter = line.path[0];
    // The innermost list that waits for the letter.
    size_t list = open.size();
    while (list > 0 && open[list - 1].next != letter) --list;
    if (letter == 'a') {
      inside = item != 0 || (above != nullptr && (Excludes(*above) || StartsAgain(lines, i)));
    } else if (list > 0) {
      const bool items_too = letter == (item == 0 ? 'a' : item + 1);
      inside = !items_too || open[list - 1].goes_on || ComesAgain(lines, i);
    } else {
      inside = letter <= item;
    }
    owned[i] = inside;
    above = nullptr;
    note_number = 0;
    if (!inside) {
      item_number = 0;
      item = letter;
      open.clear();
      continue;
    }
    // A letter that no list waits for is a text of its own.
    if (letter != 'a' && list == 0) continue;
    if (letter == 'a') list = open.size() + 1;
    open.resize(list);
    open[list - 1] = {static_cast<char>(letter + 1), GoesOn(line.text)};
  }
  return owned;
}

}  // namespace

std::string ParentPath(std::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(path.substr(0, dot));
}

std::optional<std::string> PathMark(std::string_view text, std::string_view* rest) {
  // "aa" follows "z"; below, Roman numbers occur ("b.5.viii").
  constexpr size_t kTopLetters = 2;
  constexpr size_t kMaxToken = 4;
  std::string path;
  size_t at = 0;
  bool letters = true;
  for (;;) {
    const size_t from = at;
    while (at < text.size() &&
           (letters ? absl::ascii_islower(static_cast<unsigned char>(text[at]))
                    : absl::ascii_isdigit(static_cast<unsigned char>(text[at])))) {
      ++at;
    }
    if (at == from) break;
    if (at - from > (path.empty() ? kTopLetters : kMaxToken)) return std::nullopt;
    absl::StrAppend(&path, path.empty() ? "" : ".", Absl(text.substr(from, at - from)));
    letters = !letters;
    if (at >= text.size() || text[at] != '.') break;
    ++at;
  }
  if (path.empty()) return std::nullopt;
  bool stop = text[at - 1] == '.';
  while (at < text.size() && text[at] == '.') {
    stop = true;
    ++at;
  }
  // "a" alone may be a word.
  if (!stop && path.find('.') == std::string::npos) return std::nullopt;
  if (at < text.size() && text[at] != ' ') return std::nullopt;
  while (at < text.size() && text[at] == ' ') ++at;
  *rest = text.substr(at);
  return path;
}

std::vector<std::string> ReadOutline(std::vector<OutlineLine>* lines) {
  const std::vector<bool> owned = ListsOfNotes(*lines);
  // By path: the latest line, and the line that is the item.
  std::map<std::string, size_t> latest, chosen;
  std::set<std::string> seen, repeated;
  std::string owner;
  for (size_t i = 0; i < lines->size(); ++i) {
    OutlineLine& line = (*lines)[i];
    if (!line.path.empty()) {
      if (!seen.insert(line.path).second) repeated.insert(line.path);
      // What stands below a text is text; a source may leave out levels in between.
      bool under_text = false;
      for (std::string up = ParentPath(line.path); !up.empty(); up = ParentPath(up)) {
        const auto it = latest.find(up);
        if (it == latest.end()) continue;
        under_text = !(*lines)[it->second].item;
        break;
      }
      line.item = !owned[i] && !under_text && chosen.try_emplace(line.path, i).second;
      // What a note lists divides nothing outside it.
      if (!owned[i]) latest[line.path] = i;
    }
    line.owner = line.item ? "" : owner;
    if (line.item) owner = line.path;
  }
  return {repeated.begin(), repeated.end()};
}

}  // namespace comity
