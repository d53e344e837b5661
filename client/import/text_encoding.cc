#include "client/import/text_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/import/input.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

bool Begins(std::string_view bytes, std::string_view mark) {
  return bytes.substr(0, mark.size()) == mark;
}

// Closes what it opened.
class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (known()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // False at the first bad byte; `done` is then what could be read.
  bool Run(std::string_view bytes, std::string* done) {
    char* in = const_cast<char*>(bytes.data());
    size_t left = bytes.size();
    std::string block(64 << 10, '\0');
    for (;;) {
      char* out = block.data();
      size_t room = block.size();
      const size_t result = iconv(handle_, &in, &left, &out, &room);
      done->append(block, 0, block.size() - room);
      if (result != static_cast<size_t>(-1)) return true;
      if (errno != E2BIG) return false;
    }
  }

 private:
  const iconv_t handle_;
};

bool IsUtf8(std::string_view bytes) {
  std::string ignored;
  Converter utf8("UTF-8");
  return utf8.known() && utf8.Run(bytes, &ignored);
}

}  // namespace

std::string GuessEncoding(std::string_view bytes) {
  if (Begins(bytes, kUtf8Mark)) return "utf-8";
  if (Begins(bytes, "\xff\xfe") || Begins(bytes, "\xfe\xff")) return "utf-16";
  constexpr size_t kHead = 4096;
  size_t even = 0, odd = 0;
  const size_t head = std::min(bytes.size(), kHead) / 2 * 2;
  for (size_t i = 0; i < head; i += 2) {
    even += bytes[i] == '\0' ? 1 : 0;
    odd += bytes[i + 1] == '\0' ? 1 : 0;
  }
  if (head > 0 && odd > head / 4) return "utf-16le";
  if (head > 0 && even > head / 4) return "utf-16be";
  return IsUtf8(bytes) ? "utf-8" : "windows-1252";
}

absl::StatusOr<std::string> ToUtf8(std::string_view bytes, std::string_view encoding) {
  std::string name = absl::AsciiStrToLower(Absl(encoding));
  if (name.empty()) {
    if (!Begins(bytes, "\xff\xfe") && !Begins(bytes, "\xfe\xff")) {
      return std::string(Begins(bytes, kUtf8Mark) ? bytes.substr(3) : bytes);
    }
    name = "utf-16";
  }
  if (name == "utf-16") {
    // iconv would take its own machine's order where there is no mark.
    name = Begins(bytes, "\xfe\xff") ? "utf-16be" : "utf-16le";
  }
  if (absl::StartsWith(name, "utf-16") &&
      (Begins(bytes, "\xff\xfe") || Begins(bytes, "\xfe\xff"))) {
    bytes.remove_prefix(2);
  }
  if (name == "utf-8" && Begins(bytes, kUtf8Mark)) bytes.remove_prefix(3);
  // "//IGNORE" and "//TRANSLIT" would lose or change text.
  Converter converter(name.find('/') == std::string::npos ? name : "?");
  if (!converter.known()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the encoding \"", name.substr(0, 64),
                     "\" is not known here: utf-8, utf-16, windows-1252 and others of `iconv -l`"));
  }
  std::string text;
  if (converter.Run(bytes, &text)) {
    if (text.size() <= kMaxSourceBytes) return text;
    return absl::ResourceExhaustedError("the text is above 256 MiB as UTF-8");
  }
  const auto line = 1 + std::count(text.begin(), text.end(), '\n');
  return absl::InvalidArgumentError(
      absl::StrCat("line ", line, ": a byte that is not ", name,
                   ": say which encoding the file is in as `encoding` in the mapping"));
}

}  // namespace comity
