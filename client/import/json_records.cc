#include "client/import/json_records.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/import/input.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

constexpr char kSpace[] = " \t\r\n";

// The list's bytes, and the line at which the reader stands.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  // The next byte that is no white space; 0 at the end.
  char Peek() {
    Advance(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
    return rest_.empty() ? '\0' : rest_.front();
  }
  void Advance(size_t bytes) {
    line_ += static_cast<uint32_t>(std::count(rest_.begin(), rest_.begin() + bytes, '\n'));
    rest_.remove_prefix(bytes);
  }
  // The value that begins here, without what parts it from the next; unset if it is not
  // closed. A line's end closes a text, which JSON does not allow, so that a missing quote
  // spoils its own record only.
  std::optional<std::string_view> Value() const {
    size_t depth = 0;
    bool text = false;
    for (size_t at = 0; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (text) {
        if (c == '\\') ++at;
        if (c == '"' || c == '\n') text = false;
      } else if (c == '"') {
        text = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && depth > 0) {
        --depth;
      } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
        return rest_.substr(0, at);
      }
    }
    return std::nullopt;
  }
  uint32_t line() const { return line_; }

 private:
  std::string_view rest_;
  uint32_t line_ = 1;
};

bool Holds(const json& value) {
  return !value.is_null() && !(value.is_string() && value.get_ref<const std::string&>().empty()) &&
         !(value.is_structured() && value.empty());
}

}  // namespace

absl::Status ForEachJsonRecord(std::string_view bytes, const JsonRecordHandlers& handlers) {
  if (bytes.substr(0, 3) == "\xef\xbb\xbf") bytes.remove_prefix(3);
  Cursor cursor(bytes);
  // Tells a fault of one record; true if the reading may go on.
  const auto fault = [&](uint32_t line, const std::string& why) {
    if (handlers.refuse == nullptr) return BadLine(line, why);
    handlers.refuse(line, why);
    return absl::OkStatus();
  };
  if (cursor.Peek() != '[') {
    const bool other = cursor.Peek() == '{' || cursor.Peek() == '"';
    return BadLine(cursor.line(),
                   absl::StrCat(other ? "" : "not JSON: ", "the file must be a list of objects"));
  }
  cursor.Advance(1);
  bool first = true;
  for (size_t number = 1;; ++number) {
    if (first && cursor.Peek() == ']') break;
    first = false;
    if (cursor.Peek() == '\0') {
      return fault(cursor.line(), "not JSON: the file is cut short: its list is not closed");
    }
    const uint32_t line = cursor.line();
    const std::optional<std::string_view> text = cursor.Value();
    if (!text.has_value()) {
      return fault(line, absl::StrCat("not JSON: the file is cut short: record ", number,
                                      " is not closed, and nothing behind it is read"));
    }
    const absl::StatusOr<json> record = ParseJson(*text);
    if (record.ok()) {
      COMITY_RETURN_IF_ERROR(handlers.take(number, line, *record));
    } else {
      COMITY_RETURN_IF_ERROR(
          fault(line, absl::StrCat("record ", number, ": ", record.status().message())));
    }
    cursor.Advance(text->size());
    if (cursor.Peek() == ']') break;
    if (cursor.Peek() == '}') {
      COMITY_RETURN_IF_ERROR(fault(cursor.line(), "not JSON: a } that closes nothing"));
    }
    cursor.Advance(1);
  }
  cursor.Advance(1);
  if (cursor.Peek() != '\0') {
    return fault(cursor.line(), "not JSON: the file goes on behind its list");
  }
  return absl::OkStatus();
}

std::optional<std::string> JsonFields::Text(const char* name) {
  const json* value = Get(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (problem_.empty()) problem_ = absl::StrCat("its ", name, " is not a text");
  return std::nullopt;
}

std::vector<std::string> JsonFields::Texts(const char* name) {
  std::vector<std::string> texts;
  const json* value = Get(name);
  if (value == nullptr) return texts;
  const bool fine =
      value->is_array() &&
      std::all_of(value->begin(), value->end(), [](const json& one) { return one.is_string(); });
  if (fine) {
    for (const json& one : *value) texts.push_back(one.get<std::string>());
  } else if (problem_.empty()) {
    problem_ = absl::StrCat("its ", name, " is not a list of texts");
  }
  return texts;
}

const json* JsonFields::Get(const char* name) {
  taken_.insert(name);
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

void JsonFields::CountUnmapped(EditionBuilder& builder, std::string_view prefix) const {
  for (const auto& [name, value] : object_.items()) {
    if (!taken_.contains(name) && Holds(value)) {
      builder.CountUnmapped(absl::StrCat(Absl(prefix), name));
    }
  }
}

}  // namespace comity
