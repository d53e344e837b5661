// us-ccl: the Commerce Control List with one JSON record for each ECCN: heading, reasons
// for control, licence-requirement rows, licence exceptions, paragraphs.
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/import/ccl_controls.h"
#include "client/import/ccl_entry.h"
#include "client/import/ccl_outline.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "storage/base/errors.h"
#include "storage/match/control_code.h"

namespace comity {
namespace {

using nlohmann::json;

// "1" of "15 C.F.R. Part 774, Supplement No. 1 (...)"; "1" where the file does not say.
std::string SupplementOf(const std::string& citation) {
  const size_t at = citation.find("Supplement No. ");
  if (at == std::string::npos) return "1";
  std::string number;
  for (size_t i = at + 15; i < citation.size() && isdigit(static_cast<unsigned char>(citation[i]));
       ++i) {
    number.push_back(citation[i]);
  }
  return number.empty() ? "1" : number;
}

class CclReader {
 public:
  explicit CclReader(std::string supplement) : supplement_(std::move(supplement)) {}

  void Take(size_t number, const json& record) {
    builder_.CountRead();
    ++records_;
    if (!record.is_object()) {
      return builder_.Refuse(absl::StrCat("record ", number), "", "not an object");
    }
    JsonFields fields(record);
    const std::string eccn = fields.Text("eccn").value_or("");
    const std::string where =
        absl::StrCat("record ", number, eccn.empty() ? "" : absl::StrCat(" (", eccn, ")"));
    if (!ParseControlCode(eccn).has_value()) {
      return builder_.Refuse(where, "", "its eccn is missing or not a control code");
    }
    const std::string key = absl::StrCat(supplement_, ":", eccn);
    const std::optional<std::string> heading = fields.Text("heading");
    const std::optional<std::string> reason = fields.Text("reasonForControl");
    const std::optional<std::string> related = fields.Text("relatedControls");
    // What the code says already, and a digest of the paragraphs.
    for (const char* name : {"category", "productGroup", "topLevelParagraphs"}) fields.Ignore(name);
    CclEntry entry(supplement_, eccn, &oddities_);
    if (heading.has_value()) entry.SetHeading(*heading);
    if (related.has_value()) entry.item()->set_related_controls(*related);
    entry.AddReasons(reason.value_or(""));
    std::string problem = TakeControls(fields, eccn, entry.item());
    if (problem.empty()) problem = TakeExceptions(fields, entry.item());
    if (problem.empty()) problem = TakeParagraphs(fields, &entry);
    if (problem.empty()) problem = fields.problem();
    if (!problem.empty()) return builder_.Refuse(where, key, problem);
    fields.CountUnmapped(builder_, "entries.");
    for (const v1::Entry& one : entry.Finish()) {
      builder_.Add(one.key() == key ? where : absl::StrCat(where, " ", one.item().code()), one);
    }
  }

  absl::StatusOr<Edition> Finish(JsonFields& document, const SourceFile& source) {
    if (const auto day = ParseCivilDay(document.Text("ecfrIssueDate").value_or("")); day.ok()) {
      builder_.SetDated(*day);
    }
    const json* count = document.Get("entryCount");
    if (count != nullptr && count->is_number_unsigned() && *count != records_) {
      builder_.Note(absl::StrCat("the file says that it has ", count->get<uint64_t>(),
                                 " entries and has ", records_));
    }
    document.CountUnmapped(builder_);
    oddities_.WriteNotes(&builder_);
    return builder_.Build(source);
  }

 private:
  std::string TakeControls(JsonFields& fields, const std::string& eccn, v1::ControlledItem* item) {
    const json* rows = fields.Get("countryChart");
    if (rows == nullptr) return "";
    if (!rows->is_array()) return "its countryChart is not a list";
    for (const json& row : *rows) {
      if (!row.is_object()) return "a row of its countryChart is not an object";
      JsonFields cells(row);
      const std::string control = cells.Text("control").value_or("");
      std::string requirement = cells.Text("countryChart").value_or("");
      if (!cells.problem().empty()) return cells.problem();
      // Where the source has one cell for both, the file repeats it, and says so.
      if (requirement == control) requirement.clear();
      for (const char* name : {"singleCellRow", "requirementCellEmptyInSource"}) cells.Ignore(name);
      cells.CountUnmapped(builder_, "entries.countryChart.");
      if (control.empty() && requirement.empty()) return "a row of its countryChart says nothing";
      for (v1::Control& one : CclControls(eccn, control, requirement)) {
        *item->add_controls() = std::move(one);
      }
    }
    return "";
  }

  static std::string TakeExceptions(JsonFields& fields, v1::ControlledItem* item) {
    const json* flags = fields.Get("licenceExceptionFlags");
    if (flags != nullptr && !flags->is_object()) return "its licenceExceptionFlags are no object";
    const std::optional<std::string> sta = fields.Text("staSpecialConditions");
    std::string sta_flag;
    if (flags != nullptr) {
      for (const auto& [name, value] : flags->items()) {
        if (!value.is_string()) return absl::StrCat("the exception ", name, " is not a text");
        if (name == "STA") sta_flag = value.get<std::string>();
        *item->add_exceptions() = CclException(name, value.get<std::string>());
      }
    }
    // The same words stand in both places; where they differ, both are kept.
    const auto bare = [](absl::string_view text) {
      return absl::StripSuffix(absl::StripPrefix(text, "STA: "), ".");
    };
    if (sta.has_value() && bare(*sta) != bare(sta_flag)) {
      v1::LicenceException& special = *item->add_exceptions();
      special.set_name("STA");
      special.set_condition(*sta);
    }
    return "";
  }

  std::string TakeParagraphs(JsonFields& fields, CclEntry* entry) {
    const json* items = fields.Get("items");
    if (items == nullptr) return "";
    if (!items->is_array()) return "its items are not a list";
    for (const json& one : *items) {
      if (!one.is_object()) return "one of its items is not an object";
      JsonFields parts(one);
      const std::string path = parts.Text("paragraph").value_or("");
      const std::string kind = parts.Text("kind").value_or("");
      const std::string text = parts.Text("text").value_or("");
      parts.Ignore("depth");  // the path says it
      if (!parts.problem().empty()) return absl::StrCat("one of its items: ", parts.problem());
      parts.CountUnmapped(builder_, "entries.items.");
      std::string_view rest;
      const auto mark = path.empty() ? PathMark(text, &rest) : std::nullopt;
      if (kind == "item" && absl::StartsWith(text, "through ")) {
        // "j. through y. [Reserved]": letters that are not there.
        entry->MarkedParagraph(absl::StrCat(path, ". ", text));
      } else if (kind == "item") {
        entry->Paragraph(path, text, v1::PARAGRAPH_KIND_UNSPECIFIED, path);
      } else if (kind == "note") {
        entry->Paragraph("", text, v1::PARAGRAPH_KIND_NOTE, path);
      } else if (mark.has_value() && mark->find('.') != std::string::npos) {
        // "b.1 Being ...": a misprint in the source hid the mark from who made the file.
        ++oddities_.marks_in_text;
        entry->Paragraph(*mark, std::string(rest), v1::PARAGRAPH_KIND_UNSPECIFIED, *mark);
      } else {
        entry->Paragraph("", text, v1::PARAGRAPH_KIND_UNSPECIFIED, path);
      }
    }
    return "";
  }

  const std::string supplement_;
  EditionBuilder builder_{"us-ccl", v1::LIST_KIND_ITEMS};
  CclOddities oddities_;
  uint64_t records_ = 0;
};

}  // namespace

absl::StatusOr<Edition> ImportUsCcl(const SourceFile& source, const ImportOptions&) {
  COMITY_ASSIGN_OR_RETURN(const json document, ParseJson(source.bytes));
  const auto entries = document.find("entries");
  if (!document.is_object() || entries == document.end() || !entries->is_array()) {
    return absl::InvalidArgumentError(
        "not a Commerce Control List: it must be an object with a list of \"entries\"");
  }
  JsonFields fields(document);
  fields.Get("entries");
  CclReader reader(SupplementOf(fields.Text("citation").value_or("")));
  size_t number = 0;
  for (const json& record : *entries) reader.Take(++number, record);
  return reader.Finish(fields, source);
}

}  // namespace comity
