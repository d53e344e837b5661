#include "client/import/instruments_file.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/input.h"
#include "client/import/json_records.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

absl::Status TakeLine(uint32_t line, std::string_view text, Instruments* out) {
  const absl::StatusOr<json> object = ParseJson(text);
  if (!object.ok()) return BadLine(line, std::string(object.status().message()));
  if (!object->is_object()) return BadLine(line, "not an object");
  JsonFields fields(*object);
  GazetteDocument document;
  document.number = fields.Text("number").value_or("");
  document.action = fields.Text("action").value_or("");
  document.instrument.set_citation(fields.Text("citation").value_or(""));
  document.instrument.set_url(fields.Text("url").value_or(""));
  document.instrument.set_title(fields.Text("title").value_or(""));
  const std::optional<std::string> published = fields.Text("publishedOn");
  const std::optional<std::string> effective = fields.Text("effectiveOn");
  if (!fields.problem().empty()) return BadLine(line, fields.problem());
  if (document.instrument.citation().empty()) return BadLine(line, "it has no citation");
  if (published.has_value()) {
    const absl::StatusOr<CivilDay> day = ParseCivilDay(*published);
    if (!day.ok()) return BadLine(line, std::string(day.status().message()));
    document.instrument.set_published_on(day->days);
  }
  if (effective.has_value()) {
    const absl::StatusOr<CivilDay> day = ParseCivilDay(*effective);
    if (!day.ok()) return BadLine(line, std::string(day.status().message()));
    document.effective_on = *day;
  }
  ++out->read;
  out->documents.push_back(std::move(document));
  return absl::OkStatus();
}

}  // namespace

std::string WriteInstruments(const Instruments& instruments) {
  std::string out = json{{"comityInstruments", kVersion}}.dump() + "\n";
  for (const GazetteDocument& document : instruments.documents) {
    json line = {{"citation", document.instrument.citation()},
                 {"title", document.instrument.title()},
                 {"url", document.instrument.url()},
                 {"number", document.number},
                 {"action", document.action}};
    if (document.instrument.has_published_on()) {
      line["publishedOn"] = FormatCivilDay(CivilDay{document.instrument.published_on()});
    }
    if (document.effective_on.has_value()) {
      line["effectiveOn"] = FormatCivilDay(*document.effective_on);
    }
    absl::StrAppend(&out, line.dump(), "\n");
  }
  return out;
}

absl::StatusOr<Instruments> ReadInstruments(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(path));
  Instruments out;
  const absl::Status read =
      ForEachLine(source.bytes, [&](uint32_t line, std::string_view text) -> absl::Status {
        if (line > 1) return text.empty() ? absl::OkStatus() : TakeLine(line, text, &out);
        const absl::StatusOr<json> header = ParseJson(text);
        if (header.ok() && header->is_object() &&
            header->value("comityInstruments", json()) == kVersion) {
          return absl::OkStatus();
        }
        return BadLine(1, "not a file of instruments, as `comity import us-fr-rules` writes it");
      });
  if (!read.ok()) return Annotate(read, path);
  return out;
}

absl::StatusOr<GazetteDocument> FindInstrument(const Instruments& instruments,
                                               std::string_view citation) {
  std::vector<const GazetteDocument*> found;
  std::vector<std::string> names, numbers;
  for (const GazetteDocument& document : instruments.documents) {
    names.push_back(document.instrument.citation());
    if (document.number == citation) return document;
    if (document.instrument.citation() == citation) {
      found.push_back(&document);
      numbers.push_back(document.number);
    }
  }
  if (found.size() == 1) return *found[0];
  if (found.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(found.size(), " documents begin at ", Absl(citation),
                     ": name one by its number: ", absl::StrJoin(numbers, ", ")));
  }
  const std::string near = DidYouMean(citation, names);
  return absl::NotFoundError(
      absl::StrCat("no instrument has the citation \"", Absl(citation), "\"",
                   near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?")));
}

}  // namespace comity
