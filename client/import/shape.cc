#include "client/import/shape.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr size_t kHeadBytes = 64 << 10;
constexpr size_t kMaxNames = 2000;

bool NameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
         c == ':';
}

void ReadXmlHead(std::string_view head, Shape* shape) {
  shape->kind = Shape::kXml;
  for (size_t at = head.find('<'); at != std::string_view::npos; at = head.find('<', at + 1)) {
    size_t end = at + 1;
    while (end < head.size() && NameByte(head[end])) ++end;
    std::string_view name = head.substr(at + 1, end - at - 1);
    name = name.substr(name.rfind(':') + 1);
    if (name.empty() || shape->names.size() >= kMaxNames) continue;
    if (shape->root.empty()) shape->root = std::string(name);
    shape->names.insert(std::string(name));
  }
}

// The strings that a colon follows.
void ReadJsonHead(std::string_view head, Shape* shape) {
  shape->kind = Shape::kJson;
  for (size_t at = 0; at < head.size() && shape->names.size() < kMaxNames; ++at) {
    if (head[at] != '"') continue;
    size_t end = at + 1;
    while (end < head.size() && head[end] != '"') end += head[end] == '\\' ? 2 : 1;
    if (end >= head.size()) break;
    size_t next = end + 1;
    while (next < head.size() && absl::ascii_isspace(static_cast<unsigned char>(head[next]))) {
      ++next;
    }
    if (next < head.size() && head[next] == ':') {
      shape->names.insert(std::string(head.substr(at + 1, end - at - 1)));
    }
    at = end;
  }
}

// Cells as far as a line tells them: a quoted cell may go on over lines.
std::vector<std::string> CellsOf(std::string_view line, char delimiter) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      cells.emplace_back();
    } else {
      cells.back().push_back(c);
    }
  }
  for (std::string& cell : cells) cell = std::string(absl::StripAsciiWhitespace(cell));
  return cells;
}

void ReadDelimitedHead(std::string_view head, Shape* shape) {
  for (int line = 0; line < 2 && !head.empty(); ++line) {
    const size_t end = std::min(head.find('\n'), head.size());
    const std::string_view text = head.substr(0, end);
    if (line == 0) {
      size_t most = 0;
      for (char candidate : {',', '\t', ';', '|'}) {
        const size_t cells = CellsOf(text, candidate).size();
        if (cells > most) {
          most = cells;
          shape->delimiter = candidate;
        }
      }
      shape->cells = CellsOf(text, shape->delimiter);
    }
    for (std::string& cell : CellsOf(text, shape->delimiter)) {
      if (!cell.empty()) shape->names.insert(std::move(cell));
    }
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  if (shape->cells.size() > 1 || shape->names.size() > 1) shape->kind = Shape::kDelimited;
}

}  // namespace

bool Shape::Has(Kind of, std::initializer_list<std::string_view> wanted) const {
  return kind == of && std::all_of(wanted.begin(), wanted.end(), [&](std::string_view name) {
           return names.contains(std::string(name));
         });
}

std::string Shape::Describe() const {
  constexpr size_t kShown = 8;
  std::vector<std::string> some;
  for (const std::string& name : names) {
    if (some.size() == kShown) break;
    some.push_back(absl::Utf8SafeCHexEscape(name.substr(0, 32)));
  }
  const std::string list =
      absl::StrCat(absl::StrJoin(some, ", "), names.size() > kShown ? ", ..." : "");
  switch (kind) {
    case kXml:
      return absl::StrCat("XML with the root <", absl::Utf8SafeCHexEscape(root.substr(0, 64)), ">");
    case kJson:
      return absl::StrCat("JSON with the fields ", list);
    case kJsonLines:
      return absl::StrCat("JSON lines with the fields ", list);
    case kDelimited: {
      const char* by = delimiter == '\t' ? "tabs" : delimiter == ',' ? "commas" : "delimiters";
      std::vector<std::string> first(cells.begin(), cells.begin() + std::min(cells.size(), kShown));
      for (std::string& cell : first) cell = absl::Utf8SafeCHexEscape(cell.substr(0, 32));
      return absl::StrCat("text parted by ", by, ", its first line: ", absl::StrJoin(first, ", "),
                          cells.size() > kShown ? ", ..." : "");
    }
    default:
      return "nothing that is known here";
  }
}

Shape ShapeOf(std::string_view bytes) {
  Shape shape;
  std::string_view head = bytes.substr(0, kHeadBytes);
  if (head.substr(0, 3) == "\xef\xbb\xbf") head.remove_prefix(3);
  shape.head = head;
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head.find('\0') != std::string_view::npos) return shape;
  if (head[first] == '<') {
    ReadXmlHead(head.substr(first), &shape);
  } else if (head[first] == '{' || head[first] == '[') {
    ReadJsonHead(head.substr(first), &shape);
    // One object a line: the first ends where its line does.
    const size_t end = head.find('\n', first);
    const size_t last =
        head.find_last_not_of(" \t\r\n", end == std::string_view::npos ? end : end - 1);
    const size_t next =
        end == std::string_view::npos ? end : head.find_first_not_of(" \t\r\n", end);
    if (head[first] == '{' && last != std::string_view::npos && last > first && head[last] == '}' &&
        (next == std::string_view::npos || head[next] == '{')) {
      shape.kind = Shape::kJsonLines;
    }
  } else {
    ReadDelimitedHead(head, &shape);
  }
  return shape;
}

}  // namespace comity
