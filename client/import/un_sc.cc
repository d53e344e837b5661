// un-sc: the United Nations Security Council Consolidated List as XML.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/party_fields.h"
#include "client/import/xml_fields.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

constexpr v1::NameQuality kUnspecified = v1::NAME_QUALITY_UNSPECIFIED;

// "a", "b" and a note, parted by ", ", without empty ones.
std::string Joined(const std::vector<std::string>& parts) {
  std::vector<std::string> filled;
  for (const std::string& part : parts) {
    if (!part.empty()) filled.push_back(part);
  }
  return absl::StrJoin(filled, ", ");
}

class Record {
 public:
  Record(const XmlNode& node, EditionBuilder& builder)
      : fields_(node), builder_(builder), person_(node.name == "INDIVIDUAL") {}

  v1::Entry ToEntry() {
    v1::Entry entry;
    const std::string id = fields_.Text("DATAID");
    entry.set_key(id);
    entry.set_lang("en");
    v1::ListedParty& party = *entry.mutable_party();
    if (!id.empty()) party.set_source_id(id);
    party.set_kind(person_ ? v1::PARTY_KIND_PERSON : v1::PARTY_KIND_ENTITY);
    AddPrimaryNames(&party);
    for (const XmlNode* alias : fields_.All(Prefixed("ALIAS"))) AddAlias(*alias, &party);
    for (const XmlNode* address : fields_.All(Prefixed("ADDRESS"))) AddAddress(*address, &party);
    if (const std::string number = fields_.Text("REFERENCE_NUMBER"); !number.empty()) {
      v1::Identifier& reference = *party.add_ids();
      reference.set_type("UN reference number");
      reference.set_number(number);
    }
    for (const XmlNode* document : fields_.All(Prefixed("DOCUMENT")))
      AddDocument(*document, &party);
    for (const XmlNode* birth : fields_.All(Prefixed("DATE_OF_BIRTH"))) AddBirth(*birth, &party);
    for (const XmlNode* place : fields_.All(Prefixed("PLACE_OF_BIRTH"))) AddPlace(*place, &party);
    for (const std::string& one : Values("NATIONALITY")) {
      AddUnique(CountryOr(one), party.mutable_nationalities());
    }
    AddUnique(fields_.Text("UN_LIST_TYPE"), party.mutable_programmes());
    for (const std::string& one : Values("LIST_TYPE")) {
      if (one != "UN List") AddUnique(one, party.mutable_programmes());
    }
    for (const char* name : {"TITLE", "DESIGNATION"}) {
      for (const std::string& one : Values(name)) AddUnique(one, party.mutable_titles());
    }
    if (const std::string gender = fields_.Text("GENDER"); !gender.empty()) {
      party.set_gender(gender);
    }
    if (const std::string day = fields_.Text("LISTED_ON"); !day.empty()) {
      party.set_listed_on(IsoDateOr(day.substr(0, 10)));
    }
    std::vector<std::string> updates = Values("LAST_DAY_UPDATED");
    if (!updates.empty()) {
      party.set_last_action(*std::max_element(updates.begin(), updates.end()));
      if (updates.size() > 1) builder_.CountUnmapped("LAST_DAY_UPDATED (all but the latest)");
    }
    if (const std::string comments = fields_.Text("COMMENTS1"); !comments.empty()) {
      party.set_remarks(comments);
    }
    return entry;
  }

  void CountUnmapped() const { fields_.CountUnmapped(builder_); }

 private:
  std::string Prefixed(const char* name) const {
    return absl::StrCat(person_ ? "INDIVIDUAL_" : "ENTITY_", name);
  }

  std::vector<std::string> Values(const char* list) {
    std::vector<std::string> values;
    for (const XmlNode* node : fields_.All(list)) {
      for (std::string& one : fields_.Texts(*node, "VALUE")) values.push_back(std::move(one));
    }
    return values;
  }

  void AddPrimaryNames(v1::ListedParty* party) {
    std::vector<std::string> parts;
    for (const char* part : {"FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"}) {
      if (std::string text = fields_.Text(part); !text.empty()) parts.push_back(std::move(text));
    }
    AddName(absl::StrJoin(parts, " "), v1::NAME_TYPE_PRIMARY, kUnspecified, party);
    AddName(fields_.Text("NAME_ORIGINAL_SCRIPT"), v1::NAME_TYPE_PRIMARY, kUnspecified, party);
  }

  void AddAlias(const XmlNode& node, v1::ListedParty* party) {
    const std::string quality = fields_.Text(node, "QUALITY");
    const std::string text = fields_.Text(node, "ALIAS_NAME");
    v1::PartyName* name = AddName(text, quality == "f.k.a." ? v1::NAME_TYPE_FKA : v1::NAME_TYPE_AKA,
                                  quality == "Good"  ? v1::NAME_QUALITY_STRONG
                                  : quality == "Low" ? v1::NAME_QUALITY_WEAK
                                                     : kUnspecified,
                                  party);
    const std::string note = fields_.Text(node, "NOTE");
    if (name != nullptr) {
      name->set_note(note);
    } else if (!note.empty()) {
      builder_.CountUnmapped(absl::StrCat(Prefixed("ALIAS"), "/NOTE (of no new name)"));
    }
    // Some aliases carry a birth of their own.
    std::string date = fields_.Text(node, "DATE_OF_BIRTH");
    // The source writes the word where it knows no date.
    if (date == "null") date.clear();
    const std::string city = fields_.Text(node, "CITY_OF_BIRTH");
    const std::string country = fields_.Text(node, "COUNTRY_OF_BIRTH");
    if (date.empty() && city.empty() && country.empty()) return;
    v1::Birth birth = date.empty() ? v1::Birth() : BirthOf(date);
    birth.set_place(city);
    birth.set_country(CountryOr(country));
    if (!text.empty()) birth.set_note(absl::StrCat("of the alias ", text));
    *party->add_births() = birth;
  }

  void AddAddress(const XmlNode& node, v1::ListedParty* party) {
    v1::Address address;
    if (std::string street = fields_.Text(node, "STREET"); !street.empty()) {
      address.add_lines(std::move(street));
    }
    address.set_city(fields_.Text(node, "CITY"));
    address.set_region(fields_.Text(node, "STATE_PROVINCE"));
    address.set_postcode(fields_.Text(node, "ZIP_CODE"));
    const std::string country = fields_.Text(node, "COUNTRY");
    address.set_country_iso(CountryCode(country));
    address.set_note(
        Joined({address.country_iso().empty() ? country : "", fields_.Text(node, "NOTE")}));
    if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
  }

  void AddDocument(const XmlNode& node, v1::ListedParty* party) {
    v1::Identifier id;
    const std::string type = fields_.Text(node, "TYPE_OF_DOCUMENT");
    const std::string type2 = fields_.Text(node, "TYPE_OF_DOCUMENT2");
    id.set_type(Joined({type, type2}));
    id.set_number(fields_.Text(node, "NUMBER"));
    const std::string issuer = fields_.Text(node, "ISSUING_COUNTRY");
    const std::string place = fields_.Text(node, "COUNTRY_OF_ISSUE");
    id.set_country(CountryOr(issuer.empty() ? place : issuer));
    id.set_issued_on(IsoDateOr(fields_.Text(node, "DATE_OF_ISSUE")));
    id.set_note(
        Joined({fields_.Text(node, "CITY_OF_ISSUE"), issuer.empty() || issuer == place ? "" : place,
                fields_.Text(node, "NOTE")}));
    if (id.ByteSizeLong() > 0) *party->add_ids() = id;
  }

  void AddBirth(const XmlNode& node, v1::ListedParty* party) {
    const std::string type = fields_.Text(node, "TYPE_OF_DATE");
    const std::string date = fields_.Text(node, "DATE");
    const std::string year = fields_.Text(node, "YEAR");
    const std::string from = fields_.Text(node, "FROM_YEAR");
    const std::string to = fields_.Text(node, "TO_YEAR");
    v1::Birth birth;
    if (!from.empty() || !to.empty()) {
      birth.set_date(absl::StrCat(from, "/", to));
    } else {
      birth.set_date(IsoDateOr(date.empty() ? year : date.substr(0, 10)));
    }
    birth.set_note(fields_.Text(node, "NOTE"));
    if (birth.date().empty() && birth.note().empty()) return;
    birth.set_precision(type == "EXACT"           ? "exact"
                        : type == "APPROXIMATELY" ? "approximate"
                        : type == "BETWEEN"       ? "between"
                                                  : "");
    *party->add_births() = birth;
  }

  void AddPlace(const XmlNode& node, v1::ListedParty* party) {
    v1::Birth birth;
    birth.set_place(Joined({fields_.Text(node, "STREET"), fields_.Text(node, "CITY"),
                            fields_.Text(node, "STATE_PROVINCE")}));
    birth.set_country(CountryOr(fields_.Text(node, "COUNTRY")));
    birth.set_note(fields_.Text(node, "NOTE"));
    if (birth.ByteSizeLong() > 0) *party->add_births() = birth;
  }

  XmlFields fields_;
  EditionBuilder& builder_;
  const bool person_;
};

}  // namespace

absl::StatusOr<Edition> ImportUnSc(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("un-sc", v1::LIST_KIND_PARTIES);
  bool root = false;
  XmlHandlers handlers;
  handlers.is_record = [&](const std::vector<std::string>& path, const XmlNode& element) {
    if (path.size() == 1 && path[0] == "CONSOLIDATED_LIST") {
      root = true;
      if (const std::string* made = element.Attribute("dateGenerated")) {
        const auto day = ParseCivilDay(made->substr(0, 10));
        if (day.ok()) builder.SetDated(*day);
      }
    }
    return path.size() == 3;
  };
  handlers.take = [&](const std::vector<std::string>&, XmlNode node) {
    if (node.name != "INDIVIDUAL" && node.name != "ENTITY") {
      XmlFields(node).CountUnmapped(builder);
      return absl::OkStatus();
    }
    builder.CountRead();
    const std::string where = absl::StrCat("line ", node.line);
    Record record(node, builder);
    const v1::Entry entry = record.ToEntry();
    if (entry.key().empty()) {
      builder.Refuse(where, "", "it has no DATAID");
    } else {
      builder.Add(where, entry);
    }
    record.CountUnmapped();
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  COMITY_RETURN_IF_ERROR(ReadXml(source.bytes, handlers));
  if (!root) {
    return absl::InvalidArgumentError("not a UN list: its root is not <CONSOLIDATED_LIST>");
  }
  return builder.Build(source);
}

}  // namespace comity
