#include "client/cli/edition_options.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/output.h"
#include "client/import/instruments_file.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

constexpr size_t kMaxRefusalsShown = 20;

// The zone in which a participant's legal days run, where it has one.
std::string ZoneOf(const std::string& participant) {
  if (participant == "us") return "America/New_York";
  if (participant == "jp") return "Asia/Tokyo";
  if (participant == "eu") return "Europe/Brussels";
  if (participant == "no") return "Europe/Oslo";
  if (participant == "uk" || participant == "gb") return "Europe/London";
  return "UTC";
}

}  // namespace

std::shared_ptr<EditionOptions> AddEditionOptions(CLI::App& command) {
  auto o = std::make_shared<EditionOptions>();
  command.add_option("--list", o->list, "AUTHORITY/LIST, or LIST for the context's authority")
      ->required();
  command
      .add_option("--format", o->format,
                  absl::StrCat("auto (by content), ", absl::StrJoin(FormatNames(), ", ")))
      ->required();
  command.add_option("--from", o->from, "The edition's file (gzip is undone)")->required();
  command.add_option("--mapping", o->mapping, "csv, json: which column is which field (YAML)");
  command.add_option(
      "--effective", o->effective,
      "YYYY-MM-DD from which it is in force (default: the act's in --instruments, else the date "
      "the file gives itself)");
  command.add_option("--citation", o->citation, "The legal act, such as \"85 FR 63009\"")
      ->required();
  command.add_option("--instruments", o->instruments,
                     "A file of `comity import us-fr-rules`: the act's title, URL and days are "
                     "taken from it by --citation");
  command.add_option("--url", o->url, "Where the act is published");
  command.add_option("--instrument-title", o->instrument_title, "The act's title");
  command.add_option(
      "--published", o->published,
      "Date or instant of publication (default: now; never before the revision before)");
  command.add_option("--published-on", o->published_on, "The gazette's day, YYYY-MM-DD");
  command.add_option("--title", o->title, "A new list's title");
  command.add_option("--time-zone", o->time_zone, "A new list's IANA time zone");
  command.add_option("--lang", o->languages, "A new list's authentic languages (BCP 47)")
      ->expected(1)
      ->take_all();
  command
      .add_option("--audience", o->audience,
                  "A new list's audience: the participants that alone may hold it, its own "
                  "included; PARTICIPANT,... (default: the federation)")
      ->delimiter(',')
      ->expected(1)
      ->take_all();
  command.add_flag("--accept-refused", o->accept_refused,
                   "Draft although records were refused: what they name stays as it is");
  command.add_flag("--salvage", o->salvage, kSalvageHelp);
  command.add_flag("--declare-bulk-removal", o->declare_bulk_removal,
                   "Declare that many entries leave the list; needs the higher threshold");
  return o;
}

absl::StatusOr<Edition> ReadEdition(const std::string& format, const std::string& path,
                                    const std::string& mapping_path, bool salvage) {
  ImportOptions options;
  options.salvage = salvage;
  if (mapping_path.empty()) return ImportFile(format, path, options);
  v1::CsvMapping mapping;
  COMITY_RETURN_IF_ERROR(Annotate(ReadYamlFile(mapping_path, &mapping), "mapping"));
  if (format != "csv" && format != "json") {
    return absl::InvalidArgumentError("--mapping is for the formats csv and json");
  }
  options.mapping = &mapping;
  return ImportFile(format, path, options);
}

void ReportEdition(const std::string& path, const Edition& edition) {
  Say(absl::StrCat(path, ": ", Grouped(edition.read), " records read, ",
                   Grouped(edition.entries.size()), " entries, ", edition.refused.size(),
                   " refused"));
  for (size_t i = 0; i < edition.refused.size() && i < kMaxRefusalsShown; ++i) {
    const Refusal& refusal = edition.refused[i];
    Say(absl::StrCat("  ", refusal.where,
                     refusal.key.empty() ? "" : absl::StrCat(" (", refusal.key, ")"), ": ",
                     refusal.why));
  }
  if (edition.refused.size() > kMaxRefusalsShown) {
    Say(absl::StrCat("  and ", edition.refused.size() - kMaxRefusalsShown,
                     " more; `comity import` lists them all with -o json"));
  }
  for (const std::string& note : edition.notes) Say(absl::StrCat("  note: ", note));
}

absl::StatusOr<Edition> EditionOptions::Read() const {
  COMITY_ASSIGN_OR_RETURN(Edition edition, ReadEdition(format, from, mapping, salvage));
  if (!edition.refused.empty() || !edition.notes.empty()) ReportEdition(from, edition);
  if (!edition.refused.empty() && !accept_refused && !salvage) {
    return absl::InvalidArgumentError(
        absl::StrCat(from, ": ", edition.refused.size(),
                     " records were refused, nothing is drafted: mend "
                     "them, or give --accept-refused to leave what they name as it is"));
  }
  if (edition.entries.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(from, ": no entry remains"));
  }
  return edition;
}

absl::StatusOr<v1::DraftHeader> EditionOptions::Header(const Context& context,
                                                       const Edition& edition) const {
  v1::DraftHeader header;
  COMITY_ASSIGN_OR_RETURN(const ListName parsed, ListToPublish(context, list));
  header.set_list(parsed.ToString());
  header.set_kind(edition.kind);
  header.set_title(title.empty() ? parsed.ToString() : title);
  header.set_time_zone(time_zone.empty() ? ZoneOf(ParticipantOf(parsed.authority)) : time_zone);
  for (const std::string& language : languages) header.add_authentic_languages(language);
  header.mutable_audience()->Add(audience.begin(), audience.end());
  v1::Instrument& instrument = *header.mutable_instrument();
  std::string act_effective;
  if (!instruments.empty()) {
    COMITY_ASSIGN_OR_RETURN(const Instruments acts, ReadInstruments(instruments));
    COMITY_ASSIGN_OR_RETURN(const GazetteDocument act, FindInstrument(acts, citation));
    instrument = act.instrument;
    if (act.effective_on.has_value()) act_effective = FormatCivilDay(*act.effective_on);
  } else {
    instrument.set_citation(citation);
  }
  // What is said here goes before what the file says.
  if (!url.empty()) instrument.set_url(url);
  if (!instrument_title.empty()) instrument.set_title(instrument_title);
  if (!published_on.empty()) {
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(published_on));
    instrument.set_published_on(day.days);
  }
  if (!effective.empty()) {
    COMITY_RETURN_IF_ERROR(Annotate(ParseCivilDay(effective).status(), "--effective"));
    header.set_effective_from(effective);
  } else if (!act_effective.empty()) {
    header.set_effective_from(act_effective);
  } else if (edition.dated.has_value()) {
    header.set_effective_from(FormatCivilDay(*edition.dated));
  } else {
    return absl::InvalidArgumentError("give --effective: the file does not date itself");
  }
  if (!published.empty()) {
    COMITY_RETURN_IF_ERROR(Annotate(ParseInstant(published).status(), "--published"));
    header.set_published_at(published);
  }
  header.set_mode(v1::REVISION_MODE_FULL);
  header.set_source_sha256(ToBytes(edition.source_sha256));
  for (const Refusal& refusal : edition.refused) {
    if (refusal.key.empty()) {
      header.set_keep_missing(true);
    } else {
      header.add_refused_keys(refusal.key);
    }
  }
  header.set_declare_bulk_removal(declare_bulk_removal);
  return header;
}

std::vector<std::string> SerializeEntries(const Edition& edition) {
  std::vector<std::string> entries;
  entries.reserve(edition.entries.size());
  for (const v1::Entry& entry : edition.entries) entries.push_back(entry.SerializeAsString());
  return entries;
}

}  // namespace comity::cli
