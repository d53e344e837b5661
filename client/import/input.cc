#include "client/import/input.h"

#include <zlib.h>

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

absl::Status BadInput(std::string_view what) { return absl::InvalidArgumentError(Absl(what)); }

class Inflater {
 public:
  // 16 + MAX_WBITS: gzip framing and nothing else.
  Inflater() { ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  absl::StatusOr<std::string> Run(std::string_view input, const std::string& path) {
    if (!ready_) return absl::InternalError("zlib cannot be set up");
    std::string out;
    std::string block(256 * 1024, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(block.data());
      stream_.avail_out = static_cast<uInt>(block.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      out.append(block, 0, block.size() - stream_.avail_out);
      if (out.size() > kMaxSourceBytes) {
        return absl::ResourceExhaustedError(absl::StrCat(path, " unpacks to more than 256 MiB"));
      }
      if (result == Z_STREAM_END) break;
      if (result == Z_BUF_ERROR ||
          (result == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
        return BadInput(absl::StrCat(path, ": the gzip stream is cut short: fetch the file again"));
      }
      if (result != Z_OK) {
        return BadInput(absl::StrCat(path, ": the gzip stream is damaged (",
                                     stream_.msg == nullptr ? "unknown" : stream_.msg,
                                     "): fetch the file again"));
      }
    }
    if (stream_.avail_in != 0) {
      return BadInput(absl::StrCat(path, ": ", stream_.avail_in, " bytes follow the gzip stream"));
    }
    return out;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

// Checks what nlohmann's own parser lets pass.
class StrictJson : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return Deeper();
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return Deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& key) override {
    if (keys_.back().insert(key).second) return true;
    problem_ = absl::StrCat("the field \"", key.substr(0, 64), "\" is there twice");
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string text = error.what();
    const size_t from = text.find("syntax error");
    problem_ = absl::StrCat("not JSON at byte ", position, ": ",
                            (from == std::string::npos ? text : text.substr(from)).substr(0, 200));
    return false;
  }
  const std::string& problem() const { return problem_; }

 private:
  bool Deeper() {
    if (++depth_ <= kMaxJsonDepth) return true;
    problem_ = absl::StrCat("nested deeper than ", kMaxJsonDepth);
    return false;
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<SourceFile> ReadSource(const std::string& path) {
  SourceFile source;
  source.path = path;
  COMITY_ASSIGN_OR_RETURN(source.bytes, ReadFileBytes(path, kMaxSourceBytes));
  if (source.bytes.empty()) return BadInput(absl::StrCat(path, " is empty"));
  source.sha256 = Sha256(source.bytes);
  if (source.bytes.size() >= 2 && source.bytes[0] == '\x1f' && source.bytes[1] == '\x8b') {
    COMITY_ASSIGN_OR_RETURN(source.bytes, Inflater().Run(source.bytes, path));
    if (source.bytes.empty()) return BadInput(absl::StrCat(path, " unpacks to nothing"));
  }
  return source;
}

absl::Status ForEachLine(std::string_view bytes,
                         const std::function<absl::Status(uint32_t, std::string_view)>& line) {
  uint32_t number = 0;
  while (!bytes.empty()) {
    ++number;
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    if (end > kMaxLineBytes) {
      return BadInput(absl::StrCat("line ", number, " has ", end, " bytes; the limit is 4 MiB"));
    }
    std::string_view text = bytes.substr(0, end);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    COMITY_RETURN_IF_ERROR(line(number, text));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return absl::OkStatus();
}

absl::Status BadLine(uint32_t line, std::string_view what) {
  return BadInput(absl::StrCat("line ", line, ": ", Absl(what)));
}

absl::StatusOr<nlohmann::json> ParseJson(std::string_view text) {
  StrictJson strict;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &strict)) {
    return BadInput(strict.problem().empty() ? "not JSON" : strict.problem());
  }
  return nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

}  // namespace comity
