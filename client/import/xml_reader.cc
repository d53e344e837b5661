#include "client/import/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

std::string LocalName(const char* name) {
  const std::string_view whole = name;
  return std::string(whole.substr(whole.rfind(':') + 1));
}

bool Blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void AppendText(const XmlNode& node, std::string* out) {
  out->append(node.text);
  for (const XmlNode& child : node.children) AppendText(child, out);
}

// White space between elements only lays the file out, but within running text it parts
// words: it goes where the element has no other text.
void DropIndentation(XmlNode* node) {
  for (const XmlNode& child : node->children) {
    if (child.name.empty() && !Blank(child.text)) return;
  }
  std::erase_if(node->children, [](const XmlNode& child) {
    return child.name.empty() && child.text.find('\n') != std::string::npos;
  });
}

// The next tag that begins so and whose name ends there; npos if there is none.
size_t FindTag(std::string_view bytes, std::string_view tag, size_t from) {
  for (size_t at = bytes.find(tag, from); at != std::string_view::npos;
       at = bytes.find(tag, at + 1)) {
    const size_t end = at + tag.size();
    if (end < bytes.size() &&
        (Blank(bytes.substr(end, 1)) || bytes[end] == '>' || bytes[end] == '/')) {
      return at;
    }
  }
  return std::string_view::npos;
}

// Where reading goes on after a record that is not well-formed.
struct Resume {
  size_t offset = 0;
  // Elements that are open there, with their prefixes.
  std::vector<std::string> open;
  std::string encoding;
};

// One run of the parser over the bytes from an offset.
class Run {
 public:
  Run(const XmlHandlers& handlers, const Resume& from, uint32_t lines_before)
      : handlers_(handlers),
        base_(from.offset),
        lines_before_(lines_before),
        encoding_(from.encoding),
        parser_(XML_ParserCreate(from.encoding.empty() ? nullptr : from.encoding.c_str())) {
    XML_SetUserData(parser_, this);
    for (const std::string& name : from.open) {
      prefix_ += absl::StrCat("<", name, ">");
    }
  }
  ~Run() { XML_ParserFree(parser_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // OK at the document's end; the handlers' error; or a fault of the document.
  absl::Status Parse(std::string_view bytes) {
    XML_SetElementHandler(parser_, OnStart, OnEnd);
    XML_SetCharacterDataHandler(parser_, OnText);
    XML_SetStartDoctypeDeclHandler(parser_, OnDoctype);
    XML_SetXmlDeclHandler(parser_, OnDeclaration);
    XML_SetParamEntityParsing(parser_, XML_PARAM_ENTITY_PARSING_NEVER);
    in_prefix_ = true;
    XML_Parse(parser_, prefix_.data(), static_cast<int>(prefix_.size()), XML_FALSE);
    in_prefix_ = false;
    const std::string_view rest = bytes.substr(base_);
    const XML_Status done =
        XML_Parse(parser_, rest.data(), static_cast<int>(rest.size()), XML_TRUE);
    if (!status_.ok()) return status_;
    if (done == XML_STATUS_OK) return absl::OkStatus();
    broken_ = true;
    if (problem_.empty()) {
      const XML_Error code = XML_GetErrorCode(parser_);
      cut_ = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
             code == XML_ERROR_UNCLOSED_CDATA_SECTION || code == XML_ERROR_PARTIAL_CHAR;
      problem_ = cut_ ? absl::StrCat("the file is cut short (", XML_ErrorString(code), ")")
                      : absl::StrCat("not well-formed XML: ", XML_ErrorString(code));
    }
    if (!stack_.empty()) {
      absl::StrAppend(&problem_, ", in the ", stack_.front().name, " that begins on line ",
                      stack_.front().line);
    }
    return absl::InvalidArgumentError(absl::StrCat("line ", Line(), ": ", problem_));
  }

  // The document is at fault, not a handler.
  bool broken() const { return broken_; }
  // It ends before its end.
  bool cut() const { return cut_; }
  const std::string& problem() const { return problem_; }
  uint32_t Line() const {
    return lines_before_ + static_cast<uint32_t>(XML_GetCurrentLineNumber(parser_));
  }

  // Behind the record that is at fault: its end tag or the next record, whichever comes
  // first. Unset outside of a record, or where neither comes.
  std::optional<Resume> BehindFault(std::string_view bytes) const {
    if (record_name_.empty()) return std::nullopt;
    // The end is sought no farther than the next one begins, so that a file full of faults is
    // read through once.
    size_t next = FindTag(bytes, absl::StrCat("<", record_name_), record_offset_ + 1);
    const std::string_view record = bytes.substr(0, next);
    const size_t end = FindTag(record, absl::StrCat("</", record_name_), record_offset_);
    const size_t close = end == std::string_view::npos ? end : record.find('>', end);
    if (close != std::string_view::npos) next = close + 1;
    if (next == std::string_view::npos || next >= bytes.size()) return std::nullopt;
    return Resume{next, record_parents_, encoding_};
  }

 private:
  static Run& Of(void* self) { return *static_cast<Run*>(self); }

  // Ends the run; the first problem counts.
  void Stop(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
    XML_StopParser(parser_, XML_FALSE);
  }

  static void OnDoctype(void* self, const char*, const char*, const char*, int) {
    Of(self).Stop("a document type declaration is not accepted");
  }

  static void OnDeclaration(void* self, const char*, const char* encoding, int) {
    if (encoding != nullptr) Of(self).encoding_ = encoding;
  }

  static void OnStart(void* self, const char* name, const char** attributes) {
    Of(self).Start(name, attributes);
  }

  void Start(const char* name, const char** attributes) {
    // The parser may call once more after it was stopped.
    if (!problem_.empty()) return;
    // The record itself stands in both.
    if (path_.size() + stack_.size() >= kMaxXmlDepth + (stack_.empty() ? 0 : 1)) {
      return Stop(absl::StrCat("elements are nested deeper than ", kMaxXmlDepth));
    }
    XmlNode node;
    node.name = LocalName(name);
    node.line = Line();
    for (size_t i = 0; attributes[i] != nullptr; i += 2) {
      const std::string_view whole = attributes[i];
      if (whole == "xmlns" || whole.substr(0, 6) == "xmlns:") continue;
      node.attributes.emplace_back(LocalName(attributes[i]), attributes[i + 1]);
    }
    if (!stack_.empty()) {
      nodes_ += 1 + node.attributes.size();
      if (nodes_ > kMaxXmlNodes) {
        return Stop(absl::StrCat("it holds more than ", kMaxXmlNodes, " parts"));
      }
      if (handlers_.refuse != nullptr && record_name_ == name) {
        return Stop("the next one begins before its end");
      }
      stack_.push_back(std::move(node));
      return;
    }
    raw_path_.push_back(name);
    path_.push_back(node.name);
    if (in_prefix_ || !handlers_.is_record(path_, node)) return;
    record_name_ = name;
    record_parents_.assign(raw_path_.begin(), raw_path_.end() - 1);
    record_offset_ = base_ + static_cast<size_t>(XML_GetCurrentByteIndex(parser_)) - prefix_.size();
    nodes_ = 1 + node.attributes.size();
    stack_.push_back(std::move(node));
  }

  static void OnEnd(void* self, const char*) { Of(self).End(); }

  void End() {
    if (!problem_.empty()) return;
    if (!stack_.empty()) DropIndentation(&stack_.back());
    if (stack_.size() > 1) {
      XmlNode node = std::move(stack_.back());
      stack_.pop_back();
      stack_.back().children.push_back(std::move(node));
      return;
    }
    if (stack_.size() == 1) {
      status_ = handlers_.take(path_, std::move(stack_.front()));
      stack_.clear();
      record_name_.clear();
      if (!status_.ok()) Stop("the reader refused it");
    }
    if (!path_.empty()) {
      path_.pop_back();
      raw_path_.pop_back();
    }
  }

  static void OnText(void* self, const char* text, int size) {
    Of(self).Text(std::string_view(text, static_cast<size_t>(size)));
  }

  void Text(std::string_view text) {
    if (stack_.empty() || !problem_.empty()) return;
    std::vector<XmlNode>& children = stack_.back().children;
    // The parser hands one text over in several pieces.
    if (!children.empty() && children.back().name.empty()) {
      children.back().text.append(text);
      return;
    }
    if (++nodes_ > kMaxXmlNodes)
      return Stop(absl::StrCat("it holds more than ", kMaxXmlNodes, " parts"));
    XmlNode node;
    node.text = std::string(text);
    node.line = Line();
    children.push_back(std::move(node));
  }

  const XmlHandlers& handlers_;
  const size_t base_;
  const uint32_t lines_before_;
  std::string encoding_;
  std::string prefix_;
  XML_Parser parser_;
  bool in_prefix_ = false;
  bool broken_ = false;
  bool cut_ = false;
  absl::Status status_;
  std::string problem_;
  // Names down to the element outside of records that is open, and as they are written.
  std::vector<std::string> path_;
  std::vector<std::string> raw_path_;
  // The record that is open: its elements from the record itself down.
  std::vector<XmlNode> stack_;
  size_t nodes_ = 0;
  std::string record_name_;
  std::vector<std::string> record_parents_;
  size_t record_offset_ = 0;
};

uint32_t LinesBefore(std::string_view bytes, size_t offset) {
  return static_cast<uint32_t>(std::count(bytes.begin(), bytes.begin() + offset, '\n'));
}

}  // namespace

const std::string* XmlNode::Attribute(std::string_view attribute) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute) return &value;
  }
  return nullptr;
}

const XmlNode* XmlNode::Child(std::string_view child) const {
  for (const XmlNode& one : children) {
    if (one.name == child && !one.name.empty()) return &one;
  }
  return nullptr;
}

std::string XmlNode::Text() const {
  std::string out;
  AppendText(*this, &out);
  return std::string(absl::StripAsciiWhitespace(out));
}

absl::Status ReadXml(std::string_view bytes, const XmlHandlers& handlers) {
  Resume from;
  uint32_t lines = 0;
  size_t counted = 0;
  for (size_t salvaged = 0;; ++salvaged) {
    lines += LinesBefore(bytes.substr(counted), from.offset - counted);
    counted = from.offset;
    Run run(handlers, from, lines);
    const absl::Status status = run.Parse(bytes);
    if (status.ok() || !run.broken() || handlers.refuse == nullptr) return status;
    handlers.refuse(run.Line(), run.problem());
    const std::optional<Resume> next = run.BehindFault(bytes);
    if (!next.has_value() || salvaged + 1 >= kMaxSalvaged) {
      if (!run.cut()) handlers.refuse(run.Line(), "what follows this line is not read");
      return absl::OkStatus();
    }
    from = *next;
  }
}

}  // namespace comity
