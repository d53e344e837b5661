// comity revision redate|remove: drafts of explicit changes, where a rule gives no new edition.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/redated_change.h"
#include "client/internal/connection.h"
#include "client/internal/draft_file.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"

namespace comity::cli {
namespace {

struct ChangeOptions {
  std::string list;
  uint32_t revision = 0;
  std::vector<std::string> keys;
  std::string effective;
  std::string citation;
  std::string url;
  std::string instrument_title;
  std::string published;
  std::string published_on;
  std::string out = "revision.draft";
  bool declare_bulk_removal = false;
};

absl::StatusOr<v1::DraftHeader> HeaderOf(const ChangeOptions& options, const Context& context) {
  v1::DraftHeader header;
  COMITY_ASSIGN_OR_RETURN(const ListName list, ListToPublish(context, options.list));
  header.set_list(list.ToString());
  header.set_mode(v1::REVISION_MODE_CHANGES);
  v1::Instrument& instrument = *header.mutable_instrument();
  instrument.set_citation(options.citation);
  instrument.set_url(options.url);
  instrument.set_title(options.instrument_title);
  if (!options.published_on.empty()) {
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(options.published_on));
    instrument.set_published_on(day.days);
  }
  if (!options.published.empty()) {
    COMITY_RETURN_IF_ERROR(Annotate(ParseInstant(options.published).status(), "--published"));
    header.set_published_at(options.published);
  }
  header.set_declare_bulk_removal(options.declare_bulk_removal);
  return header;
}

absl::Status DraftChanges(Globals& globals, Connection& connection, const ChangeOptions& options,
                          const v1::DraftHeader& header, const std::vector<v1::Change>& changes) {
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, connection.Draft(header, {}, changes));
  for (const std::string& warning : draft.warnings()) Say(absl::StrCat("note: ", warning));
  COMITY_RETURN_IF_ERROR(WriteDraftFile(options.out, draft));
  const Output output = globals.MakeOutput();
  if (output.json()) output.Json(draft);
  output.Line(absl::StrCat("Wrote ", options.out, ": ", draft.list(), ", ", draft.removed(),
                           " removed, ", draft.redated(), " redated; ", draft.signatures_needed(),
                           " officers must sign it (comity revision sign ", options.out,
                           " --key FILE)"));
  return absl::OkStatus();
}

// New dates for what a revision changed: the whole of it, or some keys.
absl::Status Redate(Globals& globals, const ChangeOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(options.effective));
  COMITY_ASSIGN_OR_RETURN(const v1::DraftHeader header, HeaderOf(options, context));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const std::string leaf,
                          connection.GetLeaf(header.list(), options.revision));
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(leaf));
  v1::Revision revision;
  if (envelope.payload_type() != kRevisionType || !revision.ParseFromString(envelope.payload())) {
    return absl::InvalidArgumentError(absl::StrCat(header.list(), ": leaf ", options.revision,
                                                   " is no revision (comity list log ",
                                                   header.list(), " shows them)"));
  }
  std::set<std::string> wanted(options.keys.begin(), options.keys.end());
  std::vector<v1::Change> changes;
  for (const v1::Change& change : revision.changes()) {
    if (!options.keys.empty() && wanted.erase(change.key()) == 0) continue;
    changes.push_back(RedatedChange(change, options.revision, day));
  }
  if (!wanted.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(header.list(), ": revision ", options.revision,
                                                   " does not change ",
                                                   absl::StrJoin(wanted, ", ")));
  }
  return DraftChanges(globals, connection, options, header, changes);
}

absl::Status Remove(Globals& globals, const ChangeOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, ParseCivilDay(options.effective));
  COMITY_ASSIGN_OR_RETURN(const v1::DraftHeader header, HeaderOf(options, context));
  std::vector<v1::Change> changes;
  for (const std::string& key : std::set<std::string>(options.keys.begin(), options.keys.end())) {
    v1::Change& remove = changes.emplace_back();
    remove.set_key(key);
    remove.set_operation(v1::OPERATION_REMOVE);
    remove.set_effective_from(day.days);
  }
  Connection connection(context);
  return DraftChanges(globals, connection, options, header, changes);
}

std::shared_ptr<ChangeOptions> AddChangeOptions(CLI::App& command) {
  auto o = std::make_shared<ChangeOptions>();
  command.add_option("--list", o->list, "AUTHORITY/LIST, or LIST for the context's authority")
      ->required();
  command.add_option("--effective", o->effective, "YYYY-MM-DD from which the change is in force")
      ->required();
  command.add_option("--citation", o->citation, "The legal act, such as \"87 FR 1670\"")
      ->required();
  command.add_option("--url", o->url, "Where the act is published");
  command.add_option("--instrument-title", o->instrument_title, "The act's title");
  command.add_option(
      "--published", o->published,
      "Date or instant of publication (default: now; never before the revision before)");
  command.add_option("--published-on", o->published_on, "The gazette's day, YYYY-MM-DD");
  command.add_option("--out", o->out, "The draft's file (default: revision.draft)");
  return o;
}

}  // namespace

void AddChangeCommands(CLI::App& revision, Globals& globals) {
  {
    CLI::App* redate = revision.add_subcommand(
        "redate", "Draft new dates for what a revision changed: a rule that is delayed");
    auto options = AddChangeOptions(*redate);
    redate->add_option("--revision", options->revision, "The index of the revision that is redated")
        ->required()
        ->check(CLI::PositiveNumber);
    redate
        ->add_option("--key", options->keys,
                     "An entry of it; may be given again (default: all that it changed)")
        ->expected(1)
        ->take_all();
    redate->fallthrough()->callback(
        [&globals, options] { globals.action = [=](Globals& g) { return Redate(g, *options); }; });
  }
  {
    CLI::App* remove =
        revision.add_subcommand("remove", "Draft the removal of entries from a day on");
    auto options = AddChangeOptions(*remove);
    remove->add_option("--key", options->keys, "An entry; may be given again")
        ->required()
        ->expected(1)
        ->take_all();
    remove->add_flag("--declare-bulk-removal", options->declare_bulk_removal,
                     "Declare that many entries leave the list; needs the higher threshold");
    remove->fallthrough()->callback(
        [&globals, options] { globals.action = [=](Globals& g) { return Remove(g, *options); }; });
  }
}

}  // namespace comity::cli
