#include "client/import/importer.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/csv_fields.h"
#include "client/import/edition_builder.h"
#include "client/import/input.h"
#include "client/import/ofac_files.h"
#include "client/import/shape.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

struct Format {
  const char* name;
  // What it is, for people.
  const char* title;
  Importer* read;
  // The file looks so. Signs of two formats must exclude each other.
  bool (*looks)(const Shape& shape);
};

using S = Shape;

// OFAC's files have no line of names: a number, then cells of which the empty ones are "-0-".
bool LooksLikeOfacCsv(const std::vector<std::string>& cells) {
  const bool number =
      !cells[0].empty() && cells[0].find_first_not_of("0123456789") == std::string::npos;
  if (!number) return false;
  if (cells.size() == 12 || cells.size() == 6) {
    return std::find(cells.begin(), cells.end(), "-0-") != cells.end();
  }
  return (cells.size() == 5 && (cells[2] == "aka" || cells[2] == "fka" || cells[2] == "nka"));
}

// Every format is one line here, by name.
constexpr Format kFormats[] = {
    {"cn-lists", "China's export control, watch and unreliable entity lists, JSON", ImportCnLists,
     [](const S& s) {
       return s.Has(S::kJson, {"entity_name", "list_id", "reason"}) && s.Mentions("\"cn-");
     }},
    {"csv", "CSV with columns named as fields, or a mapping", ImportCsv,
     [](const S& s) {
       return s.Has(S::kDelimited, {}) && CsvFields().contains(s.cells[0]) &&
              (s.names.contains("code") || s.names.contains("name") || s.names.contains("article"));
     }},
    {"ecfr-xml", "US Commerce Control List, the eCFR's XML of title 15 or part 774", ImportEcfrXml,
     [](const S& s) {
       return s.kind == S::kXml && (s.root == "ECFR" || s.root == "DLPSTEXTCLASS" ||
                                    s.root == "DIV1" || s.root == "DIV5");
     }},
    {"entries", "what `comity import` writes", ImportEntries,
     [](const S& s) { return s.names.contains("comityEntries"); }},
    {"eu-fsf", "EU financial sanctions, consolidated list, XML", ImportEuFsf,
     [](const S& s) {
       return s.Has(S::kXml, {"export", "sanctionEntity"});
     }},
    {"hs", "Harmonized System codes, CSV", ImportHs,
     [](const S& s) {
       return s.Has(S::kDelimited, {"hscode", "description", "parent"});
     }},
    {"iso3166", "ISO 3166-1 countries, CSV", ImportIso3166,
     [](const S& s) {
       return s.Has(S::kDelimited, {"ISO3166-1-Alpha-2", "ISO3166-1-Alpha-3"});
     }},
    {"jp-end-user", "Japan's Foreign End User List, JSON", ImportJpEndUser,
     [](const S& s) {
       return s.Has(S::kJson, {"entity_name", "list_id", "reason"}) && !s.Mentions("\"cn-");
     }},
    // Never told by content: what no format knows needs a mapping.
    {"json", "a JSON list of objects with fields named as entries', or a mapping", ImportJson,
     [](const S&) { return false; }},
    {"no-list2", "Norway's List II, JSON", ImportNoList2,
     [](const S& s) {
       return s.Has(S::kJson, {"model", "pk", "fields"});
     }},
    {"ofac-sdn", "US OFAC lists (SDN, consolidated), the CSV set or XML", ImportOfacSdn,
     [](const S& s) {
       return s.Has(S::kXml, {"sdnList"}) || (s.kind == S::kDelimited && LooksLikeOfacCsv(s.cells));
     }},
    {"uk-ofsi", "UK financial sanctions targets, ConList.csv", ImportUkOfsi,
     [](const S& s) {
       return s.Has(S::kDelimited, {"Name 6", "Group ID", "Regime"});
     }},
    {"un-sc", "UN Security Council Consolidated List, XML", ImportUnSc,
     [](const S& s) { return s.Has(S::kXml, {"CONSOLIDATED_LIST"}); }},
    {"us-bis-dpl", "US Denied Persons List, tab separated", ImportUsBisDpl,
     [](const S& s) {
       return s.Has(S::kDelimited, {"Name", "Street_Address", "FR_Citation"});
     }},
    {"us-bis-el", "US Entity List of trade.gov, CSV", ImportUsBisEl,
     [](const S& s) {
       return s.Has(S::kDelimited, {"Source List", "Alternate Name", "Federal Register Notice"});
     }},
    {"uk-regimes", "UK licensing's regime references, CSV", ImportUkRegimes,
     [](const S& s) {
       return s.kind == S::kDelimited && (s.cells.size() == 4 || s.cells.size() == 5) &&
              (s.cells[1] == "ACTIVE" || s.cells[1] == "PARENT");
     }},
    {"us-ccl", "US Commerce Control List, one JSON record for each ECCN", ImportUsCcl,
     [](const S& s) {
       return s.Has(S::kJson, {"entries", "eccn", "reasonForControl"});
     }},
    {"us-ccl-full", "US Commerce Control List, nested JSON", ImportUsCclFull,
     [](const S& s) {
       return s.Has(S::kJson, {"supplements", "eccns", "eccn", "structure"});
     }},
    {"us-ccl-history", "US Commerce Control List, dated editions, JSON lines", ImportUsCclHistory,
     [](const S& s) {
       return s.Has(S::kJsonLines, {"version", "code", "supplement", "text"});
     }},
    {"us-csl", "US Consolidated Screening List, CSV", ImportUsCsl,
     [](const S& s) {
       return s.Has(S::kDelimited, {"source", "entity_number", "alt_names", "ids"});
     }},
    {"us-country-chart", "US Commerce Country Chart, JSON", ImportUsCountryChart,
     [](const S& s) {
       return s.Has(S::kJson, {"countries", "columns", "marks"});
     }},
    {"us-country-groups", "US Country Groups, JSON", ImportUsCountryGroups,
     [](const S& s) {
       return s.Has(S::kJson, {"groups", "A:1"});
     }},
};

const Format* Find(const std::string& name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

// Null if it looks like none.
const Format* Detect(const Shape& shape) {
  for (const Format& format : kFormats) {
    if (format.looks(shape)) return &format;
  }
  return nullptr;
}

absl::StatusOr<const Format*> DetectOrFail(const SourceFile& source) {
  const Shape shape = ShapeOf(source.bytes);
  if (const Format* found = Detect(shape)) return found;
  return absl::InvalidArgumentError(absl::StrCat(
      "it looks like ", shape.Describe(), ", which is none of the formats (",
      absl::StrJoin(FormatNames(), ", "), "); name the format, or give csv a --mapping"));
}

// Of a folder with OFAC's set of files, the first; the path itself for a file.
absl::StatusOr<std::string> FileOf(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? OfacFileIn(path) : path;
}

}  // namespace

std::vector<std::string> FormatNames() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.push_back(format.name);
  return names;
}

std::string FormatTitle(const std::string& name) {
  const Format* format = Find(name);
  return format == nullptr ? "" : format->title;
}

absl::StatusOr<std::string> DetectFormat(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const std::string file, FileOf(path));
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(file));
  const absl::StatusOr<const Format*> format = DetectOrFail(source);
  if (!format.ok()) return Annotate(format.status(), path);
  return std::string((*format)->name);
}

absl::StatusOr<Edition> ImportFile(const std::string& name, const std::string& path,
                                   const ImportOptions& options) {
  const bool automatic = name == "auto";
  const Format* format = Find(name);
  if (format == nullptr && !automatic) {
    const std::vector<std::string> names = FormatNames();
    const std::string near = DidYouMean(name, names);
    return absl::InvalidArgumentError(
        absl::StrCat("unknown format \"", name, "\"",
                     near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?"),
                     " (formats: auto, ", absl::StrJoin(names, ", "), ")"));
  }
  COMITY_ASSIGN_OR_RETURN(const std::string file, FileOf(path));
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(file));
  if (automatic) {
    const absl::StatusOr<const Format*> detected = DetectOrFail(source);
    if (!detected.ok()) return Annotate(detected.status(), path);
    format = *detected;
  }
  // A file of another format fails in words that do not say so, or is half understood; but a
  // mapping reads any table.
  const Shape shape = ShapeOf(source.bytes);
  const Format* const looks = Detect(shape);
  const bool other = looks != nullptr && looks != format && !format->looks(shape);
  if (other && options.mapping == nullptr && format->read != ImportCsv &&
      format->read != ImportJson) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not of the format ", format->name, " (",
                                                   format->title, "); the file looks like ",
                                                   looks->name, " (", looks->title, ")"));
  }
  absl::StatusOr<Edition> edition = format->read(source, options);
  if (edition.ok()) return edition;
  std::string message = std::string(edition.status().message());
  if (other)
    absl::StrAppend(&message, "; the file looks like ", looks->name, " (", looks->title, ")");
  return Annotate(absl::Status(edition.status().code(), message), path);
}

}  // namespace comity
