// cn-lists: China's export control, watch and unreliable entity lists as JSON.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/json_records.h"
#include "client/import/party_fields.h"
#include "client/import/party_joiner.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

v1::Entry ToChineseEntry(JsonFields& fields) {
  v1::Entry entry;
  entry.set_lang("zh");
  v1::ListedParty& party = *entry.mutable_party();
  party.set_kind(PartyKindOf(fields.Text("entity_type").value_or("")));
  AddName(fields.Text("entity_name").value_or(""), v1::NAME_TYPE_PRIMARY,
          v1::NAME_QUALITY_UNSPECIFIED, &party);
  for (const std::string& alias : fields.Texts("aliases")) {
    AddName(alias, v1::NAME_TYPE_AKA, v1::NAME_QUALITY_UNSPECIFIED, &party);
  }
  for (const std::string& address : fields.Texts("addresses")) {
    if (!Trimmed(address).empty()) party.add_addresses()->set_raw(Trimmed(address));
  }
  // The announcement is known by its address alone.
  AddUnique(fields.Text("source_url").value_or(""), party.mutable_citations());
  if (const std::string day = fields.Text("date_added").value_or(""); !day.empty()) {
    party.set_listed_on(IsoDateOr(day));
  }
  std::vector<std::string> ends;
  for (const char* end : {"date_removed", "date_suspended", "suspended_until"}) {
    if (const std::string day = fields.Text(end).value_or(""); !day.empty()) {
      ends.push_back(absl::StrCat(IsoDateOr(day), " ", end));
    }
  }
  if (!ends.empty()) party.set_last_action(absl::StrJoin(ends, "; "));
  AddUnique(fields.Text("list_id").value_or(""), party.mutable_programmes());
  v1::Measure& measure = *party.add_measures();
  measure.set_type(fields.Text("source_list_name").value_or(""));
  measure.set_scope(fields.Text("reason").value_or(""));
  return entry;
}

// The field as an ISO date; empty if it is none.
std::string DayOf(const json& record, const char* field) {
  const auto it = record.find(field);
  return it != record.end() && it->is_string() ? IsoDate(it->get<std::string>()).value_or("") : "";
}

struct Record {
  std::string where;
  v1::Entry entry;
  std::string removed_on;
};

}  // namespace

absl::StatusOr<Edition> ImportCnLists(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("cn-lists", v1::LIST_KIND_PARTIES);
  std::vector<Record> records;
  // To which day the file says how things are; empty: it does not say.
  std::string verified_on;
  JsonRecordHandlers handlers;
  handlers.take = [&](size_t number, uint32_t line, const json& record) {
    builder.CountRead();
    std::string where = absl::StrCat("record ", number, ", line ", line);
    if (!record.is_object()) {
      builder.Refuse(where, "", "not an object");
      return absl::OkStatus();
    }
    JsonFields fields(record);
    v1::Entry entry = ToChineseEntry(fields);
    const v1::ListedParty& party = entry.party();
    if (!fields.problem().empty() || party.names().empty() || party.programmes().empty()) {
      builder.Refuse(where, "",
                     !fields.problem().empty() ? fields.problem()
                     : party.names().empty()   ? "it has no entity_name"
                                               : "it has no list_id");
      return absl::OkStatus();
    }
    // The ids in the file number the records of a day.
    entry.set_key(PartyKey(party.programmes(0), party.names(0).text(), "",
                           party.citations().empty() ? "" : party.citations(0)));
    verified_on = std::max(verified_on, DayOf(record, "last_verified"));
    records.push_back({where, std::move(entry), DayOf(record, "date_removed")});
    fields.CountUnmapped(builder);
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  COMITY_RETURN_IF_ERROR(ForEachJsonRecord(source.bytes, handlers));
  PartyJoiner joiner;
  size_t removed = 0;
  for (const Record& record : records) {
    const bool over =
        !record.removed_on.empty() && (verified_on.empty() || record.removed_on <= verified_on);
    removed += over ? 1 : 0;
    if (!over) joiner.Add(record.where, record.entry);
  }
  if (removed > 0) {
    builder.Note(absl::StrCat(removed, " records were removed from their lists: left out"));
  }
  joiner.MoveInto(builder);
  return builder.Build(source);
}

}  // namespace comity
