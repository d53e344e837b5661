#include "client/import/entries_file.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "client/import/edition_builder.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"

namespace comity {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

absl::StatusOr<v1::ListKind> KindOf(const std::string& name) {
  const v1::ListKind kind = ListKindOfName(name);
  if (kind != v1::LIST_KIND_UNSPECIFIED) return kind;
  return absl::InvalidArgumentError(
      "line 1: the kind must be items, parties, rules, denials or correlations");
}

}  // namespace

std::string WriteEntries(const Edition& edition) {
  json header = {{"comityEntries", kVersion},
                 {"kind", ListKindName(edition.kind)},
                 {"format", edition.format},
                 {"sourceSha256", ToHex(edition.source_sha256)}};
  if (edition.dated.has_value()) header["dated"] = FormatCivilDay(*edition.dated);
  for (const Refusal& refusal : edition.refused) {
    header["refused"].push_back(
        {{"where", refusal.where}, {"key", refusal.key}, {"why", refusal.why}});
  }
  std::string out = header.dump() + "\n";
  for (const v1::Entry& entry : edition.entries) {
    std::string line;
    google::protobuf::util::MessageToJsonString(entry, &line);
    out += line + "\n";
  }
  return out;
}

absl::StatusOr<Edition> ImportEntries(const SourceFile& source, const ImportOptions&) {
  const size_t end = source.bytes.find('\n');
  const absl::StatusOr<json> header = ParseJson(std::string_view(source.bytes).substr(0, end));
  if (!header.ok() || !header->is_object() || header->value("comityEntries", json()) != kVersion ||
      !header->value("kind", json()).is_string()) {
    return absl::InvalidArgumentError(
        "line 1 is not the header that `comity import` writes: "
        "{\"comityEntries\":1,\"kind\":\"items\"}");
  }
  COMITY_ASSIGN_OR_RETURN(const v1::ListKind kind, KindOf(header->at("kind")));
  EditionBuilder builder("entries", kind);
  if (const json dated = header->value("dated", json()); dated.is_string()) {
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(dated.get<std::string>()));
    builder.SetDated(day);
  }
  // What was refused when the file was made is refused still.
  for (const json& one : header->value("refused", json::array())) {
    if (!one.is_object()) continue;
    const auto text = [&](const char* name) {
      const auto it = one.find(name);
      return it != one.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    builder.Refuse(text("where"), text("key"), text("why"));
  }
  COMITY_RETURN_IF_ERROR(ForEachLine(source.bytes, [&](uint32_t number, std::string_view line) {
    if (number == 1 || line.empty()) return absl::OkStatus();
    builder.CountRead();
    const std::string where = absl::StrCat("line ", number);
    if (const auto strict = ParseJson(line); !strict.ok()) {
      builder.Refuse(where, "", std::string(strict.status().message()));
      return absl::OkStatus();
    }
    v1::Entry entry;
    const auto parsed = google::protobuf::util::JsonStringToMessage(std::string(line), &entry);
    if (!parsed.ok()) {
      builder.Refuse(where, "", std::string(parsed.message()));
    } else {
      builder.Add(where, entry);
    }
    return absl::OkStatus();
  }));
  return builder.Build(source);
}

}  // namespace comity
