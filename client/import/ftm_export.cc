// FtmLines: listed parties as FollowTheMoney entities. What the model has no property for stands
// in the party's `notes`, in words: nothing is left out in silence.
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/exports.h"
#include "storage/law/country_names.h"
#include "storage/log/origin.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

using nlohmann::json;

constexpr size_t kIdHexDigits = 40;

// 160 bits of a hash, behind a mark of whose ids they are.
std::string IdOf(const std::vector<std::string>& parts) {
  std::string bytes;
  for (const std::string& part : parts) absl::StrAppend(&bytes, part.size(), ":", part);
  return "comity-" + ToHex(Sha256(bytes)).substr(0, kIdHexDigits);
}

// A year, a month or a day in ISO 8601, as the model's dates are.
bool IsPartialDate(const std::string& text) {
  constexpr char kForm[] = "dddd-dd-dd";
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (kForm[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  return true;
}

// The model's code of a country; empty unless it is given as an ISO 3166-1 code in use, or as the
// unions' that the model has beside them.
std::string ModelCountry(const std::string& text) {
  const std::string upper = absl::AsciiStrToUpper(text);
  const bool known = (IsCountryCode(upper) && upper != "AN") || upper == "EU" || upper == "UN";
  return known ? absl::AsciiStrToLower(text) : "";
}

// A ship's number: "IMO 7406784" of any type, or a number whose type names the IMO; empty else.
std::string ImoNumber(const v1::Identifier& id) {
  constexpr size_t kDigits = 7;
  absl::string_view number = absl::StripAsciiWhitespace(absl::string_view(id.number()));
  if (absl::StartsWithIgnoreCase(number, "IMO ")) {
    number = absl::StripAsciiWhitespace(number.substr(4));
    const bool digits = number.size() == kDigits &&
                        number.find_first_not_of("0123456789") == absl::string_view::npos;
    return digits ? std::string(number) : "";
  }
  return absl::StrContains(absl::AsciiStrToUpper(id.type()), "IMO") ? id.number() : "";
}

// One entity: a list of texts for each property, each text once, in their order.
class Entity {
 public:
  Entity(std::string id, std::string schema) : id_(std::move(id)), schema_(std::move(schema)) {}

  const std::string& id() const { return id_; }
  void Add(const std::string& property, const std::string& text) {
    if (text.empty() || !seen_.insert(property + "\n" + text).second) return;
    properties_[property].push_back(text);
  }
  // Only if it is one; false else.
  bool AddDate(const std::string& property, const std::string& text) {
    if (!IsPartialDate(text)) return text.empty();
    Add(property, text);
    return true;
  }
  bool AddCountry(const std::string& property, const std::string& text) {
    const std::string code = ModelCountry(text);
    Add(property, code);
    return text.empty() || !code.empty();
  }
  // "LABEL: TEXT", if there is a text.
  void Note(const char* label, const std::string& text) {
    if (!text.empty()) Add("notes", absl::StrCat(label, ": ", text));
  }
  std::string Line() const {
    return json{{"id", id_}, {"schema", schema_}, {"properties", properties_}}.dump() + "\n";
  }

 private:
  const std::string id_;
  const std::string schema_;
  std::map<std::string, std::vector<std::string>> properties_;
  std::set<std::string> seen_;
};

const char* SchemaOf(v1::PartyKind kind) {
  switch (kind) {
    case v1::PARTY_KIND_PERSON:
      return "Person";
    case v1::PARTY_KIND_ENTITY:
      return "Organization";
    case v1::PARTY_KIND_VESSEL:
      return "Vessel";
    case v1::PARTY_KIND_AIRCRAFT:
      return "Airplane";
    case v1::PARTY_KIND_ADDRESS_ONLY:
      return "Address";
    default:
      return "LegalEntity";
  }
}

std::string FullAddress(const v1::Address& address) {
  if (!address.raw().empty()) return address.raw();
  std::vector<std::string> parts(address.lines().begin(), address.lines().end());
  for (const std::string* one :
       {&address.city(), &address.region(), &address.postcode(), &address.country_iso()}) {
    if (!one->empty()) parts.push_back(*one);
  }
  return absl::StrJoin(parts, ", ");
}

void FillAddress(const v1::Address& address, Entity& entity) {
  entity.Add("full", FullAddress(address));
  entity.Add("street", absl::StrJoin(address.lines(), ", "));
  entity.Add("city", address.city());
  entity.Add("region", address.region());
  entity.Add("postalCode", address.postcode());
  if (!entity.AddCountry("country", address.country_iso())) {
    entity.Note("country", address.country_iso());
  }
  entity.Add("remarks", address.note());
}

class PartyExport {
 public:
  explicit PartyExport(const v1::AuthorityItem& record)
      : record_(record),
        party_(record.entry().party()),
        kind_(party_.kind()),
        entity_(IdOf({record.list(), record.entry().key()}), SchemaOf(kind_)) {}

  std::string Lines() {
    AddNames();
    AddAddresses();
    AddIds();
    AddBirths();
    AddOthers();
    AddSanction();
    return entity_.Line() + others_;
  }

 private:
  bool IsPerson() const { return kind_ == v1::PARTY_KIND_PERSON; }
  bool IsVehicle() const {
    return kind_ == v1::PARTY_KIND_VESSEL || kind_ == v1::PARTY_KIND_AIRCRAFT;
  }
  bool IsAddress() const { return kind_ == v1::PARTY_KIND_ADDRESS_ONLY; }

  void AddNames() {
    bool primary = false;
    for (const v1::PartyName& name : party_.names()) {
      const char* property = "name";
      // The first is the name, whatever it is called.
      if (primary && name.type() == v1::NAME_TYPE_FKA) {
        property = "previousName";
      } else if (primary && name.type() != v1::NAME_TYPE_PRIMARY &&
                 name.type() != v1::NAME_TYPE_NKA) {
        property = name.quality() == v1::NAME_QUALITY_WEAK ? "weakAlias" : "alias";
      }
      primary = true;
      entity_.Add(property, name.text());
      if (!name.note().empty()) entity_.Note(name.text().c_str(), name.note());
    }
  }

  void AddAddresses() {
    for (const v1::Address& address : party_.addresses()) {
      if (IsAddress()) {
        FillAddress(address, entity_);
        continue;
      }
      Entity one(IdOf({entity_.id(), "address", address.SerializeAsString()}), "Address");
      FillAddress(address, one);
      AddOther(one);
      entity_.Add("addressEntity", one.id());
      entity_.Add("address", FullAddress(address));
      entity_.AddCountry("country", address.country_iso());
    }
  }

  void AddIds() {
    for (const v1::Identifier& id : party_.ids()) {
      const std::string text =
          absl::StrCat(id.type(), id.type().empty() || id.number().empty() ? "" : " ", id.number(),
                       id.country().empty() ? "" : absl::StrCat(" (", id.country(), ")"),
                       id.note().empty() ? "" : absl::StrCat(", ", id.note()));
      if (IsVehicle() || IsAddress() || id.number().empty()) {
        // Identifications are held by persons and organisations alone, and have a number.
        const std::string type = absl::AsciiStrToUpper(id.type());
        const bool vessel = kind_ == v1::PARTY_KIND_VESSEL;
        if (const std::string imo = vessel ? ImoNumber(id) : ""; !imo.empty()) {
          entity_.Add("imoNumber", imo);
        } else if (vessel && absl::StrContains(type, "MMSI")) {
          entity_.Add("mmsi", id.number());
        }
        entity_.Note("id",
                     absl::StrCat(text, id.issued_on().empty() ? "" : ", issued ", id.issued_on(),
                                  id.expires_on().empty() ? "" : ", expires ", id.expires_on()));
        continue;
      }
      Entity one(IdOf({entity_.id(), "identification", id.SerializeAsString()}), "Identification");
      one.Add("holder", entity_.id());
      one.Add("type", id.type());
      one.Add("number", id.number());
      const bool fits = one.AddCountry("country", id.country()) &
                        one.AddDate("startDate", id.issued_on()) &
                        one.AddDate("endDate", id.expires_on());
      one.Add("description", id.note());
      if (!fits) {
        one.Add("description",
                absl::StrCat(text, id.issued_on().empty() ? "" : ", issued ", id.issued_on(),
                             id.expires_on().empty() ? "" : ", expires ", id.expires_on()));
      }
      AddOther(one);
    }
  }

  void AddBirths() {
    for (const v1::Birth& birth : party_.births()) {
      const bool exact = birth.precision().empty() || birth.precision() == "exact";
      bool said = false;
      if (IsPerson()) {
        said = exact && entity_.AddDate("birthDate", birth.date()) && birth.note().empty();
        entity_.Add("birthPlace", birth.place());
        said = entity_.AddCountry("birthCountry", birth.country()) && said;
      }
      if (said) continue;
      entity_.Note(
          "born",
          absl::StrJoin(NonEmpty({birth.precision() == "exact" ? "" : birth.precision(),
                                  birth.date(), birth.place(), birth.country(), birth.note()}),
                        ", "));
    }
  }

  static std::vector<std::string> NonEmpty(const std::vector<std::string>& texts) {
    std::vector<std::string> kept;
    for (const std::string& text : texts) {
      if (!text.empty()) kept.push_back(text);
    }
    return kept;
  }

  void AddOthers() {
    for (const std::string& one : party_.nationalities()) {
      const char* property = IsPerson() ? "nationality" : "country";
      if (!entity_.AddCountry(property, one)) entity_.Note("nationality", one);
    }
    for (const std::string& one : party_.citizenships()) {
      if (!IsPerson() || !entity_.AddCountry("citizenship", one)) entity_.Note("citizenship", one);
    }
    for (const std::string& one : party_.titles()) {
      if (IsPerson()) {
        entity_.Add("position", one);
      } else {
        entity_.Note("title", one);
      }
    }
    AddGender();
    AddVessel();
    if (!party_.source_id().empty()) entity_.Note("source id", party_.source_id());
    for (const std::string& one : party_.linked_to()) entity_.Note("linked to", one);
    for (const std::string& one : party_.footnotes()) entity_.Note("footnote", one);
    entity_.Add("notes", party_.remarks());
  }

  void AddGender() {
    const std::string gender = absl::AsciiStrToLower(party_.gender());
    const bool male = gender == "male" || gender == "m";
    if (IsPerson() && (male || gender == "female" || gender == "f")) {
      entity_.Add("gender", male ? "male" : "female");
    } else {
      entity_.Note("gender", party_.gender());
    }
  }

  void AddVessel() {
    const v1::Vessel& vessel = party_.vessel();
    if (kind_ != v1::PARTY_KIND_VESSEL) {
      entity_.Note("call sign", vessel.call_sign());
      entity_.Note("vessel type", vessel.type());
      entity_.Note("flag", vessel.flag());
      entity_.Note("tonnage", vessel.tonnage());
      entity_.Note("gross registered tonnage", vessel.gross_registered_tonnage());
    } else {
      entity_.Add("callSign", vessel.call_sign());
      entity_.Add("type", vessel.type());
      if (!entity_.AddCountry("flag", vessel.flag())) entity_.Note("flag", vessel.flag());
      entity_.Add("tonnage", vessel.tonnage());
      entity_.Add("grossRegisteredTonnage", vessel.gross_registered_tonnage());
    }
    entity_.Note("owner", vessel.owner());
  }

  // Who listed it, when, and by which act.
  void AddSanction() {
    Entity sanction(IdOf({entity_.id(), "sanction"}), "Sanction");
    sanction.Add("entity", entity_.id());
    sanction.Add("authority", record_.authority());
    sanction.AddCountry("country", ParticipantOf(record_.authority()));
    sanction.Add("publisher", record_.list());
    sanction.Add("recordId", record_.entry().key());
    sanction.Add("authorityId", party_.source_id());
    for (const std::string& one : party_.programmes()) sanction.Add("program", one);
    for (const v1::Measure& measure : party_.measures()) {
      sanction.Add("provisions",
                   absl::StrJoin(NonEmpty({measure.type(), measure.licence_requirement(),
                                           measure.licence_policy(), measure.scope()}),
                                 "; "));
    }
    for (const std::string& one : party_.concerns()) sanction.Add("reason", one);
    // The list's own instrument, then what the source cites for the party.
    sanction.Add("summary", record_.citation());
    for (const std::string& one : party_.citations()) sanction.Add("summary", one);
    if (absl::StartsWith(record_.citation_url(), "http")) {
      sanction.Add("sourceUrl", record_.citation_url());
    }
    sanction.AddDate("startDate", record_.effective_from());
    sanction.AddDate("endDate", record_.effective_to());
    const auto date_or_note = [&](const char* property, const char* label,
                                  const std::string& text) {
      if (!sanction.AddDate(property, text)) {
        sanction.Add("description", absl::StrCat(label, ": ", text));
      }
    };
    date_or_note("listingDate", "listed on", party_.listed_on());
    date_or_note("endDate", "expires on", party_.expires_on());
    if (!party_.last_action().empty()) {
      sanction.Add("description", absl::StrCat("last action: ", party_.last_action()));
    }
    sanction.Add("description",
                 absl::StrCat("leaf ", record_.index(), ", entry hash ", record_.entry_hash()));
    AddOther(sanction);
  }

  // What a source gives twice is one.
  void AddOther(const Entity& one) {
    if (told_.insert(one.id()).second) others_ += one.Line();
  }

  const v1::AuthorityItem& record_;
  const v1::ListedParty& party_;
  const v1::PartyKind kind_;
  Entity entity_;
  // The entities that go with it, and their ids.
  std::string others_;
  std::set<std::string> told_;
};

}  // namespace

absl::StatusOr<std::string> FtmLines(const v1::AuthorityItem& record) {
  if (!record.entry().has_party()) {
    return absl::InvalidArgumentError(
        absl::StrCat(record.list(), ", \"", record.entry().key(),
                     "\": only listed parties can be told as FollowTheMoney entities"));
  }
  return PartyExport(record).Lines();
}

}  // namespace comity
