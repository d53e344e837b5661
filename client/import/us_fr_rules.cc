// us-fr-rules: the Federal Register's documents that amend the Commerce Control List, as
// instruments that revisions cite.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/import/input.h"
#include "client/import/instruments_file.h"
#include "client/import/json_records.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

// A field that is there must be a date.
std::optional<CivilDay> DayOf(JsonFields& fields, const char* name, std::string* problem) {
  const std::optional<std::string> text = fields.Text(name);
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<CivilDay> day = ParseCivilDay(*text);
  if (day.ok()) return *day;
  *problem = absl::StrCat("its ", name, ": ", day.status().message());
  return std::nullopt;
}

void Take(size_t number, const json& object, Instruments* out) {
  ++out->read;
  std::string where = absl::StrCat("document ", number);
  const auto refuse = [&](const std::string& why) { out->refused.push_back({where, "", why}); };
  if (!object.is_object()) return refuse("not an object");
  JsonFields fields(object);
  GazetteDocument document;
  document.number = fields.Text("documentNumber").value_or("");
  if (!document.number.empty()) absl::StrAppend(&where, " (", document.number, ")");
  document.action = fields.Text("action").value_or("");
  document.instrument.set_citation(fields.Text("citation").value_or(""));
  document.instrument.set_title(fields.Text("title").value_or(""));
  document.instrument.set_url(fields.Text("htmlUrl").value_or(""));
  std::string problem;
  const auto published = DayOf(fields, "publicationDate", &problem);
  document.effective_on = DayOf(fields, "effectiveOn", &problem);
  if (published.has_value()) document.instrument.set_published_on(published->days);
  if (problem.empty()) problem = fields.problem();
  if (problem.empty() && document.instrument.citation().empty()) problem = "it has no citation";
  if (problem.empty() && document.instrument.citation().size() > 1024) {
    problem = "its citation is longer than 1,024 bytes";
  }
  if (!problem.empty()) return refuse(problem);
  constexpr std::array<const char*, 7> kTaken = {
      "documentNumber", "action", "citation", "title", "htmlUrl", "publicationDate", "effectiveOn"};
  for (const auto& [name, value] : object.items()) {
    if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) continue;
    if (value.is_null() || (value.is_structured() && value.empty())) continue;
    ++out->unmapped[absl::StrCat("documents.", name)];
  }
  out->documents.push_back(std::move(document));
}

}  // namespace

absl::StatusOr<Instruments> ImportUsFrRules(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(path));
  const absl::StatusOr<json> file = ParseJson(source.bytes);
  if (!file.ok()) return Annotate(file.status(), path);
  const auto documents = file->find("documents");
  if (!file->is_object() || documents == file->end() || !documents->is_array() ||
      documents->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": not a file of Federal Register documents: it must have a list of \"documents\""));
  }
  Instruments out;
  size_t number = 0;
  for (const json& object : *documents) Take(++number, object, &out);
  std::sort(out.documents.begin(), out.documents.end(), [](const auto& a, const auto& b) {
    return std::pair(a.instrument.citation(), a.number) <
           std::pair(b.instrument.citation(), b.number);
  });
  uint32_t other_day = 0, before = 0, no_action = 0;
  for (size_t i = 0; i < out.documents.size(); ++i) {
    const GazetteDocument& one = out.documents[i];
    if (one.action.empty()) ++no_action;
    if (i > 0 && one.instrument.citation() == out.documents[i - 1].instrument.citation()) {
      out.notes.push_back(absl::StrCat("two documents begin at ", one.instrument.citation(), ": ",
                                       out.documents[i - 1].number, " and ", one.number,
                                       "; cite them by number"));
    }
    if (!one.effective_on.has_value() || !one.instrument.has_published_on()) continue;
    if (one.effective_on->days != one.instrument.published_on()) ++other_day;
    if (one.effective_on->days < one.instrument.published_on()) ++before;
  }
  out.notes.push_back(absl::StrCat(other_day,
                                   " take effect on another day than they are published, ", before,
                                   " of them before"));
  if (no_action > 0) out.notes.push_back(absl::StrCat(no_action, " state no action"));
  return out;
}

}  // namespace comity
