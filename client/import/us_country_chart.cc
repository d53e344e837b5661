// us-country-chart and us-country-groups: what US licence requirements resolve against (15
// CFR part 738 supplement 1, part 740 supplement 1), one rule for each destination.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

// "Korea, South" -> "Korea,_South"; bytes that a key may not have are written as %XX.
std::string DestinationKey(const std::string& name) {
  std::string key;
  for (char c : name) {
    if (c == ' ') {
      key.push_back('_');
    } else if (c > ' ' && c < 0x7f && c != '%') {
      key.push_back(c);
    } else {
      absl::StrAppend(&key, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return key;
}

v1::Entry DestinationRule(const std::string& citation, const std::string& name) {
  v1::Entry entry;
  entry.set_key(DestinationKey(name));
  entry.set_lang("en");
  v1::Rule& rule = *entry.mutable_rule();
  rule.set_article(citation);
  rule.set_heading(name);
  rule.mutable_destinations()->set_text(name);
  return entry;
}

// Which columns or groups there are, be they marked anywhere or not: a rule of nothing else.
v1::Entry TableHeader(const std::string& citation, const std::string& name) {
  v1::Entry entry;
  entry.set_key(name);
  entry.set_lang("en");
  entry.mutable_rule()->set_article(citation);
  entry.mutable_rule()->set_heading(name);
  return entry;
}

// "NS 1" -> "NS Column 1", as licence-requirement tables name it; empty if it is neither.
std::string ColumnName(const std::string& mark) {
  const size_t space = mark.find(' ');
  if (space == std::string::npos || space == 0 || mark.size() != space + 2) return "";
  return absl::StrCat(mark.substr(0, space), " Column ", mark.substr(space + 1));
}

void Date(JsonFields& fields, EditionBuilder& builder) {
  if (const auto day = ParseCivilDay(fields.Text("ecfrIssueDate").value_or("")); day.ok()) {
    builder.SetDated(*day);
  }
}

class ChartReader {
 public:
  explicit ChartReader(const json& document) : fields_(document) {
    citation_ = fields_.Text("citation").value_or("15 CFR part 738, Supplement No. 1");
  }

  absl::Status Run() {
    const json* countries = fields_.Get("countries");
    const json* columns = fields_.Get("columns");
    if (countries == nullptr || !countries->is_object() || columns == nullptr ||
        !columns->is_array()) {
      return absl::InvalidArgumentError(
          "not a Country Chart: it must have \"columns\" and an object of \"countries\"");
    }
    v1::Entry header = TableHeader(citation_, "Columns");
    for (const json& column : *columns) {
      if (!column.is_string()) continue;
      columns_.insert(column.get<std::string>());
      const std::string name = ColumnName(column.get<std::string>());
      if (!name.empty()) header.mutable_rule()->add_triggers(name);
    }
    if (!header.rule().triggers().empty()) builder_.Add("columns", header);
    footnotes_ = fields_.Get("footnotes");
    for (const auto& [name, row] : countries->items()) TakeRow(name, row);
    if (const json* embargoed = fields_.Get("embargoed"); embargoed != nullptr) {
      for (const auto& [name, row] : embargoed->items()) TakeEmbargoed(name, row);
    }
    if (const json* inherited = fields_.Get("territoryInheritance"); inherited != nullptr) {
      for (const auto& [name, row] : inherited->items()) TakeInherited(name, row);
    }
    const json* count = fields_.Get("countryCount");
    if (count != nullptr && *count != countries->size()) {
      builder_.Note(absl::StrCat("the file says that it has ", count->dump(), " countries and has ",
                                 countries->size()));
    }
    Date(fields_, builder_);
    fields_.CountUnmapped(builder_);
    return absl::OkStatus();
  }

  absl::StatusOr<Edition> Build(const SourceFile& source) { return builder_.Build(source); }

 private:
  void TakeRow(const std::string& name, const json& row) {
    builder_.CountRead();
    v1::Entry entry = DestinationRule(citation_, name);
    if (!row.is_object()) return builder_.Refuse(name, entry.key(), "its row is not an object");
    JsonFields cells(row);
    for (const std::string& mark : cells.Texts("marks")) {
      const std::string column = ColumnName(mark);
      if (!columns_.contains(mark) || column.empty()) {
        return builder_.Refuse(name, entry.key(),
                               absl::StrCat("\"", mark, "\" is not a column of the chart"));
      }
      entry.mutable_rule()->add_triggers(column);
    }
    std::string problem = cells.problem();
    if (problem.empty()) problem = TakeFootnotes(cells, entry.mutable_rule());
    if (!problem.empty()) return builder_.Refuse(name, entry.key(), problem);
    cells.CountUnmapped(builder_, "countries.");
    builder_.Add(name, entry);
  }

  void TakeEmbargoed(const std::string& name, const json& row) {
    builder_.CountRead();
    v1::Entry entry = DestinationRule(citation_, name);
    if (!row.is_object()) return builder_.Refuse(name, entry.key(), "its row is not an object");
    JsonFields cells(row);
    const std::optional<std::string> pointer = cells.Text("pointer");
    std::string problem = cells.problem();
    if (problem.empty() && !pointer.has_value()) problem = "it has no marks and points nowhere";
    if (problem.empty()) problem = TakeFootnotes(cells, entry.mutable_rule());
    if (!problem.empty()) return builder_.Refuse(name, entry.key(), problem);
    entry.mutable_rule()->set_requirement(*pointer);
    cells.CountUnmapped(builder_, "embargoed.");
    builder_.Add(name, entry);
  }

  void TakeInherited(const std::string& name, const json& row) {
    builder_.CountRead();
    v1::Entry entry = DestinationRule(citation_, name);
    if (!row.is_object()) return builder_.Refuse(name, entry.key(), "its row is not an object");
    JsonFields cells(row);
    const std::optional<std::string> other = cells.Text("row");
    const std::optional<std::string> basis = cells.Text("basis");
    if (!cells.problem().empty() || !other.has_value()) {
      return builder_.Refuse(name, entry.key(), "it does not say whose row applies");
    }
    entry.mutable_rule()->set_requirement(absl::StrCat("As for ", *other));
    if (basis.has_value()) entry.mutable_rule()->set_text(*basis);
    cells.CountUnmapped(builder_, "territoryInheritance.");
    builder_.Add(name, entry);
  }

  std::string TakeFootnotes(JsonFields& cells, v1::Rule* rule) {
    const json* numbers = cells.Get("footnotes");
    if (numbers == nullptr) return "";
    if (!numbers->is_array()) return "its footnotes are not a list";
    std::vector<std::string> texts;
    for (const json& number : *numbers) {
      const std::string name = number.is_string() ? number.get<std::string>() : number.dump();
      const auto found = footnotes_ == nullptr ? json::const_iterator() : footnotes_->find(name);
      if (footnotes_ == nullptr || found == footnotes_->end() || !found->is_string()) {
        return absl::StrCat("the footnote ", name, " is not there");
      }
      texts.push_back(absl::StrCat("[", name, "] ", found->get<std::string>()));
    }
    if (!texts.empty()) rule->set_text(absl::StrJoin(texts, "\n"));
    return "";
  }

  EditionBuilder builder_{"us-country-chart", v1::LIST_KIND_RULES};
  JsonFields fields_;
  std::string citation_;
  std::set<std::string> columns_;
  const json* footnotes_ = nullptr;
};

}  // namespace

absl::StatusOr<Edition> ImportUsCountryChart(const SourceFile& source, const ImportOptions&) {
  COMITY_ASSIGN_OR_RETURN(const json document, ParseJson(source.bytes));
  if (!document.is_object()) return absl::InvalidArgumentError("not a Country Chart");
  ChartReader reader(document);
  COMITY_RETURN_IF_ERROR(reader.Run());
  return reader.Build(source);
}

absl::StatusOr<Edition> ImportUsCountryGroups(const SourceFile& source, const ImportOptions&) {
  COMITY_ASSIGN_OR_RETURN(const json document, ParseJson(source.bytes));
  if (!document.is_object()) return absl::InvalidArgumentError("not a table of Country Groups");
  JsonFields fields(document);
  const json* groups = fields.Get("groups");
  if (groups == nullptr || !groups->is_object()) {
    return absl::InvalidArgumentError(
        "not a table of Country Groups: it must have an object of \"groups\"");
  }
  const std::string citation =
      fields.Text("citation").value_or("15 CFR part 740, Supplement No. 1");
  const json* labels = fields.Get("labels");
  fields.Ignore("byCountry");  // the same the other way round
  EditionBuilder builder("us-country-groups", v1::LIST_KIND_RULES);
  std::map<std::string, v1::Entry> destinations;
  v1::Entry header = TableHeader(citation, "Groups");
  for (const auto& [group, members] : groups->items()) {
    builder.CountRead();
    if (!members.is_array()) {
      builder.Refuse(absl::StrCat("group ", group), "", "its members are not a list");
      continue;
    }
    header.mutable_rule()->add_triggers(group);
    const auto label = labels == nullptr ? json::const_iterator() : labels->find(group);
    const bool labelled = labels != nullptr && label != labels->end() && label->is_string();
    for (const json& member : members) {
      if (!member.is_string() || member.get_ref<const std::string&>().empty()) {
        builder.Refuse(absl::StrCat("group ", group), "", "a member has no name");
        continue;
      }
      const std::string name = member.get<std::string>();
      v1::Rule& rule = *destinations.try_emplace(name, DestinationRule(citation, name))
                            .first->second.mutable_rule();
      rule.add_triggers(group);
      if (labelled) {
        rule.set_text(absl::StrCat(rule.text(), rule.text().empty() ? "" : "\n", "[", group, "] ",
                                   label->get<std::string>()));
      }
    }
  }
  for (const auto& [name, entry] : destinations) builder.Add(name, entry);
  if (!destinations.empty()) builder.Add("groups", header);
  Date(fields, builder);
  fields.CountUnmapped(builder);
  return builder.Build(source);
}

}  // namespace comity
