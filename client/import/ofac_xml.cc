#include "client/import/ofac_xml.h"

#include "absl/strings/str_cat.h"
#include "client/import/party_fields.h"
#include "client/import/xml_fields.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

// "LAST, First", as OFAC writes names where it writes them in one.
std::string NameOf(XmlFields& fields, const XmlNode& node) {
  const std::string last = fields.Text(node, "lastName");
  const std::string first = fields.Text(node, "firstName");
  if (first.empty()) return last;
  return last.empty() ? first : absl::StrCat(last, ", ", first);
}

void AddAliases(XmlFields& fields, v1::ListedParty* party) {
  for (const XmlNode* aka : fields.AllIn("akaList", "aka")) {
    const std::string word = fields.Text(*aka, "type");
    const std::string category = fields.Text(*aka, "category");
    const v1::NameType type = word == "f.k.a."   ? v1::NAME_TYPE_FKA
                              : word == "n.k.a." ? v1::NAME_TYPE_NKA
                                                 : v1::NAME_TYPE_AKA;
    const v1::NameQuality quality = category == "weak"     ? v1::NAME_QUALITY_WEAK
                                    : category == "strong" ? v1::NAME_QUALITY_STRONG
                                                           : v1::NAME_QUALITY_UNSPECIFIED;
    AddName(NameOf(fields, *aka), type, quality, party);
  }
}

void AddAddresses(XmlFields& fields, v1::ListedParty* party) {
  for (const XmlNode* node : fields.AllIn("addressList", "address")) {
    v1::Address address;
    for (const char* line : {"address1", "address2", "address3"}) {
      if (std::string text = fields.Text(*node, line); !text.empty()) {
        address.add_lines(std::move(text));
      }
    }
    address.set_city(fields.Text(*node, "city"));
    address.set_region(fields.Text(*node, "stateOrProvince"));
    address.set_postcode(fields.Text(*node, "postalCode"));
    const std::string country = fields.Text(*node, "country");
    address.set_country_iso(CountryCode(country));
    if (address.country_iso().empty()) address.set_note(country);
    if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
  }
}

void AddIds(XmlFields& fields, v1::ListedParty* party) {
  for (const XmlNode* node : fields.AllIn("idList", "id")) {
    v1::Identifier id;
    id.set_type(fields.Text(*node, "idType"));
    id.set_number(fields.Text(*node, "idNumber"));
    id.set_country(CountryOr(fields.Text(*node, "idCountry")));
    id.set_issued_on(IsoDateOr(fields.Text(*node, "issueDate")));
    id.set_expires_on(IsoDateOr(fields.Text(*node, "expirationDate")));
    if (id.type() == "Gender" && !party->has_gender()) {
      party->set_gender(id.number());
    } else {
      *party->add_ids() = id;
    }
  }
}

void AddBirths(XmlFields& fields, v1::ListedParty* party) {
  for (const XmlNode* node : fields.AllIn("dateOfBirthList", "dateOfBirthItem")) {
    *party->add_births() = BirthOf(fields.Text(*node, "dateOfBirth"));
  }
  for (const XmlNode* node : fields.AllIn("placeOfBirthList", "placeOfBirthItem")) {
    party->add_births()->set_place(fields.Text(*node, "placeOfBirth"));
  }
}

void AddVessel(XmlFields& fields, const XmlNode& record, v1::ListedParty* party) {
  const XmlNode* node = record.Child("vesselInfo");
  if (node == nullptr) return;
  v1::Vessel& vessel = *party->mutable_vessel();
  vessel.set_call_sign(fields.Text(*node, "callSign"));
  vessel.set_type(fields.Text(*node, "vesselType"));
  vessel.set_flag(fields.Text(*node, "vesselFlag"));
  vessel.set_owner(fields.Text(*node, "vesselOwner"));
  vessel.set_tonnage(fields.Text(*node, "tonnage"));
  vessel.set_gross_registered_tonnage(fields.Text(*node, "grossRegisteredTonnage"));
}

v1::Entry ToSdnEntry(XmlFields& fields, const XmlNode& record) {
  v1::Entry entry;
  const std::string id = fields.Text("uid");
  entry.set_key(id);
  entry.set_lang("en");
  v1::ListedParty& party = *entry.mutable_party();
  if (!id.empty()) party.set_source_id(id);
  party.set_kind(PartyKindOf(fields.Text("sdnType")));
  AddName(NameOf(fields, record), v1::NAME_TYPE_PRIMARY, v1::NAME_QUALITY_STRONG, &party);
  AddAliases(fields, &party);
  AddUnique(fields.Text("title"), party.mutable_titles());
  if (const std::string remarks = fields.Text("remarks"); !remarks.empty()) {
    party.set_remarks(remarks);
  }
  for (const XmlNode* node : fields.All("programList")) {
    for (const std::string& one : fields.Texts(*node, "program")) {
      AddUnique(one, party.mutable_programmes());
    }
  }
  AddAddresses(fields, &party);
  AddIds(fields, &party);
  for (const XmlNode* node : fields.AllIn("nationalityList", "nationality")) {
    AddUnique(CountryOr(fields.Text(*node, "country")), party.mutable_nationalities());
  }
  for (const XmlNode* node : fields.AllIn("citizenshipList", "citizenship")) {
    AddUnique(CountryOr(fields.Text(*node, "country")), party.mutable_citizenships());
  }
  AddBirths(fields, &party);
  AddVessel(fields, record, &party);
  return entry;
}

}  // namespace

absl::StatusOr<Edition> ImportOfacXml(const SourceFile& source, const ImportOptions& options) {
  EditionBuilder builder("ofac-sdn", v1::LIST_KIND_PARTIES);
  std::string stated;
  XmlHandlers handlers;
  bool root = false;
  handlers.is_record = [&](const std::vector<std::string>& path, const XmlNode&) {
    root = root || path[0] == "sdnList";
    return path.size() == 2;
  };
  handlers.take = [&](const std::vector<std::string>&, XmlNode record) {
    XmlFields fields(record);
    if (record.name == "sdnEntry") {
      builder.CountRead();
      const std::string where = absl::StrCat("line ", record.line);
      const v1::Entry entry = ToSdnEntry(fields, record);
      if (entry.key().empty()) {
        builder.Refuse(where, "", "it has no uid");
      } else {
        builder.Add(where, entry);
      }
    } else if (record.name == "publshInformation") {  // as OFAC spells it
      if (const auto day = IsoDate(fields.Text("Publish_Date")); day.has_value()) {
        if (const auto parsed = ParseCivilDay(*day); parsed.ok()) builder.SetDated(*parsed);
      }
      stated = fields.Text("Record_Count");
    }
    fields.CountUnmapped(builder);
    return absl::OkStatus();
  };
  if (options.salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      builder.CountRead();
      builder.Refuse(absl::StrCat("line ", line), "", why);
    };
  }
  COMITY_RETURN_IF_ERROR(ReadXml(source.bytes, handlers));
  if (!root) return absl::InvalidArgumentError("not an OFAC list: its root is not <sdnList>");
  COMITY_ASSIGN_OR_RETURN(Edition edition, builder.Build(source));
  if (!stated.empty() && stated != std::to_string(edition.read)) {
    edition.notes.push_back(absl::StrCat("the file says that it holds ", stated,
                                         " records and has ", edition.read,
                                         ": it may be a part only"));
  }
  return edition;
}

}  // namespace comity
