#include "client/import/csv_guess.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/import/date_format.h"
#include "storage/match/control_code.h"
#include "storage/match/parsed_code.h"

namespace comity {
namespace {

// Folded names of columns, by field. English first, then what German, French, Spanish,
// Italian and the Nordic agencies write.
const std::map<std::string, std::string>& FieldsByName() {
  static const auto* const kFields = [] {
    auto* fields = new std::map<std::string, std::string>;
    const std::pair<const char*, std::vector<const char*>> names[] = {
        {"key", {"key"}},
        {"lang", {"lang", "language"}},
        {"code",
         {"code",       "eccn",       "controlcode",  "controllistcode", "controllistentry",
          "rating",     "itemno",     "itemnumber",   "listitem",        "controlnumber",
          "eccnnumber", "listnumber", "listennummer", "güternummer",     "ausfuhrlistenposition",
          "position",   "codigo",     "código",       "numéro",          "codice",
          "kode",       "kod",        "listenr"}},
        {"supplement", {"supplement", "annex", "anhang", "annexe", "anexo", "vedlegg"}},
        {"heading",
         {"heading", "title", "bezeichnung", "titel", "titre", "titulo", "título", "titolo",
          "benennung", "overskrift", "rubrik"}},
        {"text",
         {"text", "description", "wording", "wortlaut", "beschreibung", "désignation", "libellé",
          "descripcion", "descripción", "descrizione", "beskrivelse", "beskrivning", "tekst"}},
        {"reasons",
         {"reason", "reasons", "reasonforcontrol", "reasonsforcontrol", "controlreason", "grund",
          "motif", "motivo"}},
        {"related_controls", {"relatedcontrols", "relatedcontrol"}},
        {"name",
         {"name", "entity", "entityname", "party", "partyname", "company", "companyname",
          "fullname", "organisation", "organization", "firma", "nom", "nombre", "nome", "navn",
          "namn", "unternehmen", "listedparty"}},
        {"aliases",
         {"alias", "aliases", "aka", "altnames", "alternatenames", "othernames", "aliasnamen",
          "aliasname", "alternativname", "otrosnombres"}},
        {"addresses",
         {"address",   "addresses", "street", "streetaddress", "city", "country",   "postalcode",
          "adresse",   "anschrift", "straße", "ort",           "land", "pays",      "ville",
          "direccion", "dirección", "ciudad", "pais",          "país", "indirizzo", "paese"}},
        {"source_id",
         {"id", "sourceid", "entityid", "entitynumber", "uid", "referencenumber", "reference",
          "ref", "listid", "aktenzeichen", "kennung"}},
        {"nationalities",
         {"nationality", "nationalities", "citizenship", "citizenships", "staatsangehörigkeit",
          "nationalité", "nacionalidad"}},
        {"programmes",
         {"program", "programs", "programme", "programmes", "regime", "sanctionsregime",
          "programm"}},
        {"citations",
         {"citation", "citations", "legalbasis", "federalregisternotice", "frcitation", "legalact",
          "rechtsgrundlage", "baselegal"}},
        {"listed_on",
         {"listedon", "datelisted", "listingdate", "startdate", "effectivedate", "date", "datum",
          "gelistetam", "datedinscription", "fecha", "data", "dato", "since"}},
        {"expires_on",
         {"expireson", "expirydate", "expirationdate", "enddate", "validuntil", "gültigbis",
          "datefin", "fechafin", "until"}},
        {"remarks",
         {"remarks", "remark", "notes", "note", "comments", "comment", "bemerkung", "bemerkungen",
          "anmerkung", "remarque", "observaciones", "merknad"}},
        {"party_kind", {"partykind", "entitytype", "partytype", "type", "kind", "typ", "tipo"}},
        {"article", {"article", "section", "artikel", "paragraph", "artículo"}},
        {"destinations", {"destination", "destinations", "bestimmungsland"}},
        {"requirement", {"requirement", "licenserequirement", "licencerequirement"}},
        {"licence_policy",
         {"licencepolicy", "licensepolicy", "licencereviewpolicy", "licensereviewpolicy"}},
        {"end_uses", {"enduse", "enduses", "endverwendung"}},
        {"triggers", {"trigger", "triggers"}},
    };
    for (const auto& [field, list] : names) {
      for (const char* name : list) fields->emplace(name, field);
    }
    return fields;
  }();
  return *kFields;
}

// Names that columns of codes have, and of much else: posts, grades, any number or code.
bool MaySayMore(const std::string& folded) {
  static const auto* const kNames = new std::set<std::string>{
      "rating", "position", "codigo", "código", "numéro", "codice", "kode", "kod"};
  return kNames->contains(folded);
}

bool Mostly(const std::vector<std::string>& cells,
            const std::function<bool(const std::string&)>& is_so) {
  const auto so = std::count_if(cells.begin(), cells.end(), is_so);
  return !cells.empty() && so * 10 >= static_cast<int64_t>(cells.size()) * 6;
}

bool MostlySharedCodes(const std::vector<std::string>& cells) {
  return Mostly(cells, [](const std::string& cell) { return ParseControlCode(cell).has_value(); });
}

// 1, 2, 3, ...: the row's number in this edition, which names nothing in the next.
bool RowNumbers(const std::vector<std::string>& cells) {
  if (cells.size() < 3) return false;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] != std::to_string(i + 1)) return false;
  }
  return true;
}

bool AllPartyKinds(const std::vector<std::string>& cells) {
  const std::set<std::string> kinds = {"person", "entity", "vessel", "aircraft", "address"};
  return std::all_of(cells.begin(), cells.end(), [&](const std::string& cell) {
    return kinds.contains(absl::AsciiStrToLower(cell));
  });
}

// What parts several values in the cells, if it is not the usual ";".
std::string SeparatorOf(const std::vector<std::string>& cells) {
  for (const char* separator : {"|", "\n"}) {
    const auto with = std::count_if(cells.begin(), cells.end(), [&](const std::string& cell) {
      return absl::StrContains(cell, separator);
    });
    if (with * 10 > static_cast<int64_t>(cells.size())) return separator;
  }
  return "";
}

void GuessDate(const CsvSample& sample, CsvGuess* guess) {
  std::string also;
  const std::string format = GuessDateFormat(sample.cells, &also);
  if (format.empty()) {
    if (sample.cells.empty()) return;
    guess->field = "-";
    guess->why = absl::StrCat("left out: \"", sample.cells[0].substr(0, 40),
                              "\" is no date in a format that is known; give date_format");
    return;
  }
  if (format != "yyyy-mm-dd") guess->date_format = format;
  if (!also.empty()) {
    guess->why = absl::StrCat("CHECK: the dates would also fit ", also);
  }
}

}  // namespace

std::string FoldName(const std::string& name) {
  std::string folded;
  for (char c : absl::AsciiStrToLower(name)) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || byte >= 0x80) folded.push_back(c);
  }
  return folded;
}

bool MostlyCodes(const std::vector<std::string>& cells) {
  return Mostly(cells, [](const std::string& cell) {
    const std::optional<ParsedCode> code = ParseCode(cell);
    // Any four digits may be of the Harmonized System.
    return code.has_value() && code->scheme != CodeScheme::kHs;
  });
}

CsvGuess GuessColumn(const CsvSample& sample) {
  CsvGuess guess;
  const auto by_name = FieldsByName().find(FoldName(sample.name));
  if (by_name != FieldsByName().end()) guess.field = by_name->second;
  if (guess.field == "code" && MaySayMore(FoldName(sample.name)) && !MostlyCodes(sample.cells)) {
    guess.field = "-";
    guess.why = "left out: named as codes may be, but most cells are none";
  } else if (RowNumbers(sample.cells)) {
    guess.field = "-";
    guess.why = "left out: row numbers, which name other records in the next edition";
  } else if (guess.field == "party_kind" && !AllPartyKinds(sample.cells)) {
    guess.field = "-";
    guess.why = "left out: not person, entity, vessel, aircraft or address";
  } else if (guess.field == "listed_on" || guess.field == "expires_on") {
    GuessDate(sample, &guess);
  } else if (guess.field == "-" && MostlySharedCodes(sample.cells)) {
    guess.field = "code";
    guess.why = "by content: most cells are control codes";
  } else if (guess.field == "-") {
    std::string also;
    const bool dates = !GuessDateFormat(sample.cells, &also).empty();
    guess.why = dates ? "left out: dates, but of what? listed_on or expires_on, perhaps"
                      : "left out: no field has a name like this";
  }
  if (guess.field == "aliases" || guess.field == "addresses" || guess.field == "programmes" ||
      guess.field == "citations" || guess.field == "nationalities" || guess.field == "reasons") {
    guess.separator = SeparatorOf(sample.cells);
  }
  return guess;
}

}  // namespace comity
