#include "client/import/ofac_remarks.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/import/party_fields.h"
#include "storage/base/types.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

// Types of ids and features that OFAC writes without "No.", "Number" or "#" behind them; with
// one of those any words are a type. Where one begins another, the longer stands first.
constexpr std::string_view kTypes[] = {
    "Additional Sanctions Information -",
    "Aircraft Construction Number (also called L/N or S/N or F/N)",
    "Aircraft Manufacture Date",
    "Aircraft Manufacturer's Serial Number (MSN)",
    "Aircraft Mode S Transponder Code",
    "Aircraft Model",
    "Aircraft Operator",
    "BIK (RU)",
    "British National Overseas Passport",
    "C.U.I.T.",
    "C.U.R.P.",
    "CAATSA Section 235 Information:",
    "Cartilla de Servicio Militar Nacional",
    "Chinese Commercial Code",
    "Credencial electoral",
    "D.N.I.",
    "Digital Currency Address -",
    "Diplomatic Passport",
    "Email Address",
    "Executive Order 13662 Directive Determination -",
    "Executive Order 13846 information:",
    "Executive Order 14014 Directive Information:",
    "Executive Order 14024 Directive Information -",
    "Executive Order 14024 Directive Information",
    "Former Vessel Flag",
    "IFCA Determination -",
    "Italian Fiscal Code",
    "License",
    "MMSI",
    "Matricula Mercantil No",
    "Nationality of Registration",
    "Numero de Identidad",
    "Organization Established Date",
    "Organization Type:",
    "Other Vessel Flag",
    "Other Vessel Type",
    "Other Vessel Call Sign",
    "Passport",
    "Personal ID Card",
    "R.F.C.",
    "RFC",
    "Refugee ID Card",
    "Registration ID",
    "SSN",
    "SWIFT/BIC",
    "Secondary sanctions risk:",
    "Stateless Person Passport",
    "Target Type",
    "Transactions Prohibited For Persons Owned or Controlled By U.S. Financial Institutions:",
    "US FEIN",
    "Unified Social Credit Code (USCC)",
    "United Social Credit Code Certificate (USCCC)",
    "Vessel Registration Identification",
    "VisaNumberID",
    "Website",
};

bool HasDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Takes `lead` and the space behind it off the front.
bool Take(std::string_view lead, std::string_view* text) {
  if (!absl::StartsWith(Absl(*text), Absl(lead))) return false;
  std::string_view rest = text->substr(lead.size());
  if (rest.empty() || rest.front() != ' ') return false;
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  *text = rest;
  return !rest.empty();
}

std::optional<v1::Identifier> IdOf(std::string_view segment) {
  for (std::string_view type : kTypes) {
    std::string_view rest = segment;
    if (!Take(type, &rest)) continue;
    for (std::string_view marker : {"Number", "No.", "#"}) {
      std::string_view behind = rest;
      if (Take(marker, &behind)) return OfacId(absl::StrCat(Absl(type), " ", Absl(marker)), behind);
    }
    return OfacId(type, rest);
  }
  // "Any Words No. 123", and the mark not far from the front.
  constexpr size_t kLongestType = 60;
  for (std::string_view marker : {" No. ", " Number ", " # "}) {
    const size_t at = segment.find(marker);
    if (at == std::string_view::npos || at > kLongestType ||
        !absl::ascii_isupper(static_cast<unsigned char>(segment.front())) ||
        HasDigit(segment.substr(0, at))) {
      continue;
    }
    const std::string_view number = segment.substr(at + marker.size());
    if (HasDigit(number)) return OfacId(segment.substr(0, at + marker.size() - 1), number);
  }
  return std::nullopt;
}

// An alias in single quotes, as OFAC writes those that it calls weak.
bool AddAlias(std::string_view segment, v1::ListedParty* party) {
  for (const auto& [lead, type] : {std::pair{"a.k.a.", v1::NAME_TYPE_AKA},
                                   {"f.k.a.", v1::NAME_TYPE_FKA},
                                   {"n.k.a.", v1::NAME_TYPE_NKA}}) {
    std::string_view rest = segment;
    if (!Take(lead, &rest)) continue;
    const bool quoted = rest.size() > 2 && rest.front() == '\'' && rest.back() == '\'';
    if (quoted) rest = rest.substr(1, rest.size() - 2);
    AddName(rest, type, quoted ? v1::NAME_QUALITY_WEAK : v1::NAME_QUALITY_UNSPECIFIED, party);
    return true;
  }
  return false;
}

void ReadSegment(std::string_view segment, v1::ListedParty* party) {
  Take("alt.", &segment);
  if (AddAlias(segment, party)) return;
  std::string_view rest = segment;
  if (Take("DOB", &rest)) {
    *party->add_births() = BirthOf(rest);
  } else if (Take("POB", &rest)) {
    party->add_births()->set_place(std::string(rest));
  } else if (Take("nationality", &rest)) {
    AddUnique(CountryOr(rest), party->mutable_nationalities());
  } else if (Take("citizen", &rest)) {
    AddUnique(CountryOr(rest), party->mutable_citizenships());
  } else if (Take("Gender", &rest)) {
    party->set_gender(std::string(rest));
  } else if (Take("Linked To:", &rest)) {
    AddUnique(rest, party->mutable_linked_to());
  } else if (const std::optional<v1::Identifier> id = IdOf(segment)) {
    *party->add_ids() = *id;
  }
}

}  // namespace

v1::Identifier OfacId(std::string_view type, std::string_view text) {
  v1::Identifier id;
  id.set_type(std::string(type));
  std::string rest = Trimmed(text);
  // Takes "LEAD DATE" off the end.
  const auto date = [&](std::string_view lead) -> std::string {
    const size_t at = rest.rfind(lead);
    if (at == std::string::npos) return "";
    const std::optional<std::string> day = IsoDate(rest.substr(at + lead.size()));
    if (day.has_value()) rest = Trimmed(rest.substr(0, at));
    return day.value_or("");
  };
  id.set_expires_on(date(" expires "));
  id.set_issued_on(date(" issued "));
  const size_t open = rest.rfind(" (");
  if (open != std::string::npos && rest.back() == ')') {
    const std::string code = CountryCode(rest.substr(open + 2, rest.size() - open - 3));
    if (!code.empty()) {
      id.set_country(code);
      rest = Trimmed(rest.substr(0, open));
    }
  }
  id.set_number(rest);
  return id;
}

void ReadOfacRemarks(std::string_view remarks, v1::ListedParty* party) {
  std::string text = Trimmed(remarks);
  if (!text.empty() && text.back() == '.') text.pop_back();
  std::vector<std::string> segments;
  for (std::string& part : Parts(text, "; ")) {
    // A quoted alias that holds a semicolon itself.
    const bool open = !segments.empty() && segments.back().find("k.a. '") != std::string::npos &&
                      segments.back().back() != '\'' && part.find("k.a. '") == std::string::npos &&
                      part.back() == '\'';
    if (open) {
      absl::StrAppend(&segments.back(), "; ", part);
    } else {
      segments.push_back(std::move(part));
    }
  }
  for (const std::string& segment : segments) ReadSegment(segment, party);
}

}  // namespace comity
