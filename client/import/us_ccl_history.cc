// us-ccl-history: dated editions of Supplements to 15 CFR part 774 as JSON lines.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "client/import/placeholder.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

class HistoryReader {
 public:
  absl::Status TakeLine(uint32_t number, std::string_view line) {
    if (line.empty()) return absl::OkStatus();
    builder_.CountRead();
    const std::string where = absl::StrCat("line ", number);
    const absl::StatusOr<json> record = ParseJson(line);
    if (!record.ok()) {
      builder_.Refuse(where, "", std::string(record.status().message()));
      return absl::OkStatus();
    }
    if (!record->is_object()) {
      builder_.Refuse(where, "", "not an object");
      return absl::OkStatus();
    }
    TakeRecord(where, *record);
    return absl::OkStatus();
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    if (versions_.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("the file mixes the editions ", *versions_.begin(), " and ",
                       *versions_.rbegin(), ": give one edition a file"));
    }
    if (versions_.size() == 1) {
      if (const auto day = ParseCivilDay(*versions_.begin()); day.ok()) builder_.SetDated(*day);
    }
    for (auto& [key, group] : groups_) builder_.Add(group.where, group.entry);
    return builder_.Build(source);
  }

 private:
  struct Group {
    std::string where;
    v1::Entry entry;
  };

  void TakeRecord(const std::string& where, const json& record) {
    JsonFields fields(record);
    const std::optional<std::string> version = fields.Text("version");
    const std::optional<std::string> code = fields.Text("code");
    const std::optional<std::string> supplement = fields.Text("supplement");
    if (!fields.problem().empty() || !code.has_value() || code->empty()) {
      return builder_.Refuse(where, "", "it has no code");
    }
    if (!supplement.has_value() || supplement->empty()) {
      return builder_.Refuse(where, "", absl::StrCat(*code, " has no supplement"));
    }
    const std::string key = absl::StrCat(*supplement, ":", *code);
    const std::optional<std::string> heading = fields.Text("heading");
    const std::optional<std::string> text = fields.Text("text");
    if (!fields.problem().empty()) {
      return builder_.Refuse(where, key, "its heading or text is neither a text nor null");
    }
    fields.CountUnmapped(builder_);
    if (version.has_value()) versions_.insert(*version);

    const auto [it, first] = groups_.try_emplace(key);
    v1::ControlledItem& item = *it->second.entry.mutable_item();
    if (!first) {
      v1::ItemLine& line = *item.add_more_lines();
      if (heading.has_value()) line.set_heading(*heading);
      if (text.has_value()) line.set_text(*text);
      return;
    }
    it->second.where = where;
    it->second.entry.set_key(key);
    it->second.entry.set_lang("en");
    item.set_code(*code);
    item.set_supplement(*supplement);
    if (heading.has_value()) item.set_heading(*heading);
    if (text.has_value()) item.set_text(*text);
    MarkPlaceholder(&item);
  }

  EditionBuilder builder_{"us-ccl-history", v1::LIST_KIND_ITEMS};
  std::map<std::string, Group> groups_;
  std::set<std::string> versions_;
};

}  // namespace

absl::StatusOr<Edition> ImportUsCclHistory(const SourceFile& source, const ImportOptions&) {
  HistoryReader reader;
  COMITY_RETURN_IF_ERROR(ForEachLine(source.bytes, [&](uint32_t number, std::string_view line) {
    return reader.TakeLine(number, line);
  }));
  return reader.Finish(source);
}

}  // namespace comity
