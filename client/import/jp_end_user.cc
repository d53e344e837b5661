// jp-end-user: METI's Foreign End User List as a list of JSON objects.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/import/edition_builder.h"
#include "client/import/json_records.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

using nlohmann::json;

// The codes of concern in METI's wording: "... B,C,M,N; ...: CW". Full-width letters
// and commas, missing spaces and ideographic commas occur.
std::vector<std::string> ConcernsOf(const std::string& reason) {
  const std::string folded = absl::StrReplaceAll(
      reason,
      {{"Ｂ", "B"}, {"Ｃ", "C"}, {"Ｍ", "M"}, {"Ｎ", "N"}, {"Ｗ", "W"}, {"，", ","}, {"、", ","}});
  std::vector<std::string> concerns;
  std::string word;
  const auto flush = [&] {
    for (const char* code : {"B", "C", "M", "N", "CW"}) {
      if (word == code && std::find(concerns.begin(), concerns.end(), word) == concerns.end()) {
        concerns.push_back(word);
      }
    }
    word.clear();
  };
  for (char c : folded) {
    if (absl::ascii_isalpha(static_cast<unsigned char>(c))) {
      word.push_back(c);
    } else {
      flush();
    }
  }
  flush();
  return concerns;
}

struct Record {
  std::string where;
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> addresses;
  std::string reason;
  std::string type;
  std::string list;
};

class EndUserReader {
 public:
  void Take(size_t number, const json& object) {
    builder_.CountRead();
    Record record;
    record.where = absl::StrCat("record ", number);
    if (!object.is_object()) return builder_.Refuse(record.where, "", "not an object");
    JsonFields fields(object);
    // A row number: it only tells where the record is.
    const std::string id = fields.Text("id").value_or("");
    if (!id.empty()) absl::StrAppend(&record.where, " (", id, ")");
    record.name = fields.Text("entity_name").value_or("");
    record.reason = fields.Text("reason").value_or("");
    record.type = fields.Text("entity_type").value_or("");
    record.list = fields.Text("list_id").value_or("");
    record.aliases = fields.Texts("aliases");
    record.addresses = fields.Texts("addresses");
    if (!fields.problem().empty()) return builder_.Refuse(record.where, "", fields.problem());
    fields.CountUnmapped(builder_);
    if (!record.name.empty() && record.addresses.size() == 1)
      countries_.insert(record.addresses[0]);
    records_.push_back(std::move(record));
  }

  void RefuseRecord(uint32_t line, const std::string& why) {
    builder_.CountRead();
    builder_.Refuse(absl::StrCat("line ", line), "", why);
  }

  absl::StatusOr<Edition> Finish(const SourceFile& source) {
    size_t mended = 0;
    for (Record& record : records_) {
      if (absl::StripAsciiWhitespace(record.name).empty()) {
        if (!SplitName(record)) {
          builder_.Refuse(record.where, "", "it has no name");
          continue;
        }
        ++mended;
      }
      builder_.Add(record.where, ToEntry(record));
    }
    if (mended > 0) {
      builder_.Note(absl::StrCat(mended,
                                 " records had no name of their own: it was read from the "
                                 "address, where it stands behind the country"));
    }
    return builder_.Build(source);
  }

 private:
  // "COUNTRY NAME" in the address of a record without a name, where COUNTRY is the
  // whole address of another record.
  bool SplitName(Record& record) const {
    if (record.addresses.size() != 1) return false;
    const std::string& address = record.addresses[0];
    std::string best;
    for (const std::string& country : countries_) {
      if (country.size() > best.size() && address.size() > country.size() + 1 &&
          address.compare(0, country.size(), country) == 0 && address[country.size()] == ' ') {
        best = country;
      }
    }
    if (best.empty()) return false;
    record.name = address.substr(best.size() + 1);
    record.addresses[0] = best;
    return true;
  }

  static v1::Entry ToEntry(const Record& record) {
    v1::Entry entry;
    // The source numbers its rows anew in each edition.
    entry.set_key(PartyKey(record.list, record.name,
                           record.addresses.empty() ? "" : record.addresses[0], ""));
    entry.set_lang("en");
    v1::ListedParty& party = *entry.mutable_party();
    party.set_kind(record.type == "person" || record.type == "individual" ? v1::PARTY_KIND_PERSON
                                                                          : v1::PARTY_KIND_ENTITY);
    v1::PartyName& primary = *party.add_names();
    primary.set_text(record.name);
    primary.set_type(v1::NAME_TYPE_PRIMARY);
    for (const std::string& alias : record.aliases) {
      if (alias.empty()) continue;
      v1::PartyName& name = *party.add_names();
      name.set_text(alias);
      name.set_type(v1::NAME_TYPE_AKA);
    }
    for (const std::string& address : record.addresses) {
      if (!address.empty()) party.add_addresses()->set_raw(address);
    }
    for (std::string& concern : ConcernsOf(record.reason)) party.add_concerns(std::move(concern));
    if (!record.reason.empty()) party.set_remarks(record.reason);
    return entry;
  }

  EditionBuilder builder_{"jp-end-user", v1::LIST_KIND_PARTIES};
  std::vector<Record> records_;
  std::set<std::string> countries_;
};

}  // namespace

absl::StatusOr<Edition> ImportJpEndUser(const SourceFile& source, const ImportOptions& options) {
  EndUserReader reader;
  JsonRecordHandlers handlers;
  handlers.take = [&](size_t number, uint32_t, const json& object) {
    reader.Take(number, object);
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      reader.RefuseRecord(line, why);
    };
  }
  COMITY_RETURN_IF_ERROR(ForEachJsonRecord(source.bytes, handlers));
  return reader.Finish(source);
}

}  // namespace comity
