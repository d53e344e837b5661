#include "storage/yaml/strict_yaml.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/types.h"

namespace comity {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMaxDepth = 16;
constexpr size_t kMaxErrors = 20;

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// Walks the tree of nodes and the message's descriptor side by side.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  void Fill(const YAML::Node& node, const std::string& path, int depth, Message* out) {
    if (depth > kMaxDepth) return Error(node, path, "nested too deeply");
    if (!node.IsMap()) return Error(node, path, "must hold fields, one NAME: VALUE a line");
    const Descriptor& type = *out->GetDescriptor();
    std::map<std::string, bool> seen;
    for (const auto& pair : node) {
      if (!pair.first.IsScalar()) {
        Error(pair.first, path, "a field's name must be a plain word");
        continue;
      }
      const std::string name = pair.first.Scalar();
      const std::string below = path.empty() ? name : absl::StrCat(path, ".", name);
      const FieldDescriptor* field = type.FindFieldByName(name);
      if (field == nullptr) {
        Error(pair.first, below, absl::StrCat("unknown field", Suggestion(type, name)));
      } else if (seen[name]) {
        Error(pair.first, below, "given twice");
      } else {
        SetField(pair.second, *field, below, depth, out);
      }
      seen[name] = true;
    }
  }

  void Error(const YAML::Mark& mark, std::string_view path, std::string_view what) {
    if (errors_.size() >= kMaxErrors) return;
    errors_.push_back(absl::StrCat(Absl(file_), ":", mark.line + 1, ":", mark.column + 1, ": ",
                                   path.empty() ? "" : absl::StrCat(Absl(path), ": "), Absl(what)));
  }

  absl::Status status() const {
    if (errors_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
  }

 private:
  void Error(const YAML::Node& node, std::string_view path, std::string_view what) {
    Error(node.Mark(), path, what);
  }

  static std::string Suggestion(const Descriptor& type, const std::string& name) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    const std::string near = DidYouMean(name, names);
    if (!near.empty()) return absl::StrCat("; did you mean \"", near, "\"?");
    return absl::StrCat("; known: ", absl::StrJoin(names, ", "));
  }

  void SetField(const YAML::Node& node, const FieldDescriptor& field, const std::string& path,
                int depth, Message* out) {
    const Reflection& reflection = *out->GetReflection();
    if (!field.is_repeated()) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        return Fill(node, path, depth + 1, reflection.MutableMessage(out, &field));
      }
      return SetScalar(node, field, path, out);
    }
    if (!node.IsSequence()) return Error(node, path, "must be a list, one \"- VALUE\" a line");
    int i = 0;
    for (const YAML::Node& element : node) {
      const std::string at = absl::StrCat(path, "[", i++, "]");
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Fill(element, at, depth + 1, reflection.AddMessage(out, &field));
      } else {
        SetScalar(element, field, at, out);
      }
    }
  }

  void SetScalar(const YAML::Node& node, const FieldDescriptor& field, const std::string& path,
                 Message* out) {
    if (!node.IsScalar()) return Error(node, path, "must be a single value");
    const Reflection& reflection = *out->GetReflection();
    const std::string& text = node.Scalar();
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        many ? reflection.AddString(out, &field, text) : reflection.SetString(out, &field, text);
        return;
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t value = 0;
        if (!absl::SimpleAtoi(text, &value)) return Error(node, path, NotA("a whole number", text));
        many ? reflection.AddUInt32(out, &field, value) : reflection.SetUInt32(out, &field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false")
          return Error(node, path, NotA("true or false", text));
        many ? reflection.AddBool(out, &field, text == "true")
             : reflection.SetBool(out, &field, text == "true");
        return;
      default:
        return Error(node, path, "cannot be set in a file");
    }
  }

  static std::string NotA(std::string_view what, std::string_view text) {
    return absl::StrCat("must be ", Absl(what), ", not \"", Absl(text.substr(0, 64)), "\"");
  }

  std::string_view file_;
  std::vector<std::string> errors_;
};

}  // namespace

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word.substr(0, 128), candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

absl::Status ParseYaml(std::string_view text, std::string_view file, Message* out) {
  Reader reader(file);
  if (text.size() > kMaxYamlBytes) {
    return absl::InvalidArgumentError(absl::StrCat(Absl(file), ": above 1 MiB"));
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty() || documents[0].IsNull()) {
      return absl::InvalidArgumentError(absl::StrCat(Absl(file), ": the file is empty"));
    }
    if (documents.size() > 1) reader.Error(documents[1].Mark(), "", "a second document");
    out->Clear();
    reader.Fill(documents[0], "", 0, out);
  } catch (const YAML::Exception& error) {
    reader.Error(error.mark, "", error.msg);
  }
  return reader.status();
}

absl::Status ReadYamlFile(const std::string& path, Message* out) {
  absl::StatusOr<std::string> text = ReadFileBytes(path, kMaxYamlBytes);
  if (!text.ok()) return text.status();
  return ParseYaml(*text, path, out);
}

absl::StatusOr<std::string> ReadFileBytes(const std::string& path, size_t max_bytes) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(path + " is a directory, not a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(path + " cannot be read: check that it exists and is yours");
  std::string bytes;
  std::string block(64 * 1024, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    bytes.append(block, 0, static_cast<size_t>(in.gcount()));
    if (bytes.size() > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, " is above the limit of ", max_bytes, " bytes"));
    }
  }
  return bytes;
}

std::string ResolvePath(std::string_view file, std::string_view path) {
  if (path.empty()) return "";
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

}  // namespace comity
