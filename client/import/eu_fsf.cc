// eu-fsf: the consolidated list of the EU's financial sanctions as XML (export, version 1.1).
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/import/party_fields.h"
#include "client/import/xml_fields.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

std::string Joined(const std::vector<std::string>& parts) {
  std::vector<std::string> filled;
  for (const std::string& part : parts) {
    // "-" fills fields that the EU's form wants filled.
    if (!part.empty() && part != "-") filled.push_back(part);
  }
  return absl::StrJoin(filled, ", ");
}

class Record {
 public:
  explicit Record(const XmlNode& node) : fields_(node), node_(node) {}

  v1::Entry ToEntry() {
    v1::Entry entry;
    std::string id = fields_.Attribute("euReferenceNumber");
    const std::string logical = fields_.Attribute("logicalId");
    if (id.empty()) id = logical;
    entry.set_key(id);
    entry.set_lang("en");
    v1::ListedParty& party = *entry.mutable_party();
    if (!id.empty()) party.set_source_id(id);
    if (const XmlNode* type = node_.Child("subjectType")) {
      party.set_kind(PartyKindOf(fields_.Attribute(*type, "code")));
      fields_.Attribute(*type, "classificationCode");
    }
    AddRegulations(&party);
    for (const XmlNode* alias : fields_.All("nameAlias")) AddAlias(*alias, &party);
    for (const XmlNode* address : fields_.All("address")) AddAddress(*address, &party);
    for (const XmlNode* birth : fields_.All("birthdate")) AddBirth(*birth, &party);
    for (const XmlNode* one : fields_.All("citizenship")) {
      AddUnique(Country(*one), party.mutable_citizenships());
      AddActs(*one, &party);
    }
    if (const std::string un = fields_.Attribute("unitedNationId"); !un.empty()) {
      v1::Identifier& reference = *party.add_ids();
      reference.set_type("UN reference number");
      reference.set_number(un);
    }
    for (const XmlNode* one : fields_.All("identification")) AddId(*one, &party);
    if (const std::string day = fields_.Attribute("designationDate"); !day.empty()) {
      party.set_listed_on(IsoDateOr(day));
    }
    std::vector<std::string> remarks = fields_.Texts(node_, "remark");
    if (std::string text = fields_.Attribute("designationDetails"); !text.empty()) {
      remarks.insert(remarks.begin(), std::move(text));
    }
    if (!remarks.empty()) party.set_remarks(absl::StrJoin(remarks, "\n"));
    return entry;
  }

  void CountUnmapped(EditionBuilder& builder) const { fields_.CountUnmapped(builder); }

 private:
  // The ISO code, or the description; empty for "00", which is the EU's "unknown".
  std::string Country(const XmlNode& node) {
    const std::string code = fields_.Attribute(node, "countryIso2Code");
    const std::string name = fields_.Attribute(node, "countryDescription");
    if (IsCountryCode(code)) return code;
    if (code == "00" || name == "UNKNOWN") return "";
    return CountryOr(name);
  }

  // The acts by which the part came.
  void AddActs(const XmlNode& node, v1::ListedParty* party) {
    for (const XmlNode* act : XmlFields::All(node, "regulationSummary")) {
      AddUnique(fields_.Attribute(*act, "numberTitle"), party->mutable_citations());
    }
  }

  std::string Remarks(const XmlNode& node) {
    return absl::StrJoin(fields_.Texts(node, "remark"), "\n");
  }

  void AddRegulations(v1::ListedParty* party) {
    for (const XmlNode* act : fields_.All("regulation")) {
      const std::string programme = fields_.Attribute(*act, "programme");
      const std::string title = fields_.Attribute(*act, "numberTitle");
      AddUnique(programme, party->mutable_programmes());
      AddUnique(title, party->mutable_citations());
    }
  }

  void AddAlias(const XmlNode& node, v1::ListedParty* party) {
    std::string whole = fields_.Attribute(node, "wholeName");
    std::vector<std::string> parts;
    for (const char* part : {"firstName", "middleName", "lastName"}) {
      std::string text = fields_.Attribute(node, part);
      if (!text.empty()) parts.push_back(std::move(text));
    }
    if (whole.empty()) whole = absl::StrJoin(parts, " ");
    const std::string strong = fields_.Attribute(node, "strong");
    v1::PartyName* name =
        AddName(whole, party->names().empty() ? v1::NAME_TYPE_PRIMARY : v1::NAME_TYPE_AKA,
                strong == "true"    ? v1::NAME_QUALITY_STRONG
                : strong == "false" ? v1::NAME_QUALITY_WEAK
                                    : v1::NAME_QUALITY_UNSPECIFIED,
                party);
    const std::string remarks = Remarks(node);
    const std::string lang = fields_.Attribute(node, "nameLanguage");
    if (name != nullptr) {
      name->set_note(remarks);
      for (char c : lang) {
        name->mutable_lang()->push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
      }
    }
    AddUnique(fields_.Attribute(node, "title"), party->mutable_titles());
    AddUnique(fields_.Attribute(node, "function"), party->mutable_titles());
    if (const std::string gender = fields_.Attribute(node, "gender"); !gender.empty()) {
      party->set_gender(gender);
    }
    AddActs(node, party);
  }

  void AddAddress(const XmlNode& node, v1::ListedParty* party) {
    v1::Address address;
    for (const char* part : {"street", "place"}) {
      if (std::string text = fields_.Attribute(node, part); !text.empty() && text != "-") {
        address.add_lines(std::move(text));
      }
    }
    if (const std::string box = fields_.Attribute(node, "poBox"); !box.empty()) {
      address.add_lines(absl::StrCat("PO box ", box));
    }
    address.set_city(Joined({fields_.Attribute(node, "city")}));
    address.set_region(fields_.Attribute(node, "region"));
    address.set_postcode(fields_.Attribute(node, "zipCode"));
    const std::string country = Country(node);
    if (IsCountryCode(country)) address.set_country_iso(country);
    address.set_note(Joined({IsCountryCode(country) ? "" : country, Remarks(node)}));
    AddActs(node, party);
    if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
  }

  void AddBirth(const XmlNode& node, v1::ListedParty* party) {
    v1::Birth birth;
    const std::string whole = fields_.Attribute(node, "birthdate");
    const std::string year = fields_.Attribute(node, "year");
    const std::string month = fields_.Attribute(node, "monthOfYear");
    const std::string day = fields_.Attribute(node, "dayOfMonth");
    const std::string from = fields_.Attribute(node, "yearRangeFrom");
    const std::string to = fields_.Attribute(node, "yearRangeTo");
    const bool circa = fields_.Attribute(node, "circa") == "true";
    if (!whole.empty()) {
      birth.set_date(IsoDateOr(whole));
    } else if (!from.empty() || !to.empty()) {
      birth.set_date(absl::StrCat(from, "/", to));
    } else {
      birth.set_date(year);
      if (!year.empty() && !month.empty() && month.size() <= 2) {
        absl::StrAppend(birth.mutable_date(), month.size() == 1 ? "-0" : "-", month);
        if (!day.empty() && day.size() <= 2) {
          absl::StrAppend(birth.mutable_date(), day.size() == 1 ? "-0" : "-", day);
        }
      }
    }
    if (!birth.date().empty()) {
      birth.set_precision(circa                          ? "approximate"
                          : !from.empty() || !to.empty() ? "between"
                                                         : "exact");
    }
    birth.set_place(
        Joined({fields_.Attribute(node, "place"), fields_.Attribute(node, "city"),
                fields_.Attribute(node, "region"), fields_.Attribute(node, "zipCode")}));
    birth.set_country(Country(node));
    birth.set_note(Remarks(node));
    AddActs(node, party);
    if (birth.ByteSizeLong() > 0) *party->add_births() = birth;
  }

  void AddId(const XmlNode& node, v1::ListedParty* party) {
    v1::Identifier id;
    const std::string code = fields_.Attribute(node, "identificationTypeCode");
    const std::string type = fields_.Attribute(node, "identificationTypeDescription");
    id.set_type(type.empty() ? code : type);
    const std::string number = fields_.Attribute(node, "number");
    const std::string latin = fields_.Attribute(node, "latinNumber");
    id.set_number(number.empty() ? latin : number);
    id.set_country(Country(node));
    const std::string issued = fields_.Attribute(node, "issuedDate");
    id.set_issued_on(IsoDateOr(issued.empty() ? fields_.Attribute(node, "issueDate") : issued));
    id.set_expires_on(IsoDateOr(fields_.Attribute(node, "validTo")));
    std::vector<std::string> notes;
    for (const char* flag :
         {"knownExpired", "knownFalse", "reportedLost", "revokedByIssuer", "diplomatic"}) {
      if (fields_.Attribute(node, flag) == "true") notes.push_back(flag);
    }
    for (const char* text : {"nameOnDocument", "issuedBy", "region"}) {
      if (const std::string value = fields_.Attribute(node, text); !value.empty()) {
        notes.push_back(absl::StrCat(text, ": ", value));
      }
    }
    if (!latin.empty() && latin != id.number()) notes.push_back(absl::StrCat("latin: ", latin));
    if (const std::string remarks = Remarks(node); !remarks.empty()) notes.push_back(remarks);
    id.set_note(absl::StrJoin(notes, "; "));
    AddActs(node, party);
    if (!id.number().empty() || !id.note().empty()) *party->add_ids() = id;
  }

  XmlFields fields_;
  const XmlNode& node_;
};

}  // namespace

absl::StatusOr<Edition> ImportEuFsf(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("eu-fsf", v1::LIST_KIND_PARTIES);
  bool root = false;
  XmlHandlers handlers;
  handlers.is_record = [&](const std::vector<std::string>& path, const XmlNode& element) {
    if (path.size() == 1 && path[0] == "export") {
      root = true;
      if (const std::string* made = element.Attribute("generationDate")) {
        const auto day = ParseCivilDay(made->substr(0, 10));
        if (day.ok()) builder.SetDated(*day);
      }
    }
    return path.size() == 2;
  };
  handlers.take = [&](const std::vector<std::string>&, XmlNode node) {
    if (node.name != "sanctionEntity") {
      XmlFields(node).CountUnmapped(builder);
      return absl::OkStatus();
    }
    builder.CountRead();
    const std::string where = absl::StrCat("line ", node.line);
    Record record(node);
    const v1::Entry entry = record.ToEntry();
    if (entry.key().empty()) {
      builder.Refuse(where, "", "it has neither euReferenceNumber nor logicalId");
    } else {
      builder.Add(where, entry);
    }
    record.CountUnmapped(builder);
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  COMITY_RETURN_IF_ERROR(ReadXml(source.bytes, handlers));
  if (!root) return absl::InvalidArgumentError("not an EU list: its root is not <export>");
  return builder.Build(source);
}

}  // namespace comity
