// comity revision, publish: draft, sign and submit, on files or at once.
#include <CLI/CLI.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/edition_options.h"
#include "client/cli/rebase_command.h"
#include "client/internal/draft_file.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

constexpr std::chrono::seconds kSigningPatience{10};
constexpr std::chrono::milliseconds kSigningPoll{100};
constexpr int kShownChanges = 30;

std::string CountsOf(const v1::DraftFile& draft) {
  return absl::StrCat(draft.added(), " added, ", draft.revised(), " revised, ", draft.removed(),
                      " removed",
                      draft.redated() == 0 ? "" : absl::StrCat(", ", draft.redated(), " redated"));
}

// The first leaf is a genesis: the list does not exist yet.
absl::StatusOr<bool> IsNewList(const v1::DraftFile& draft) {
  if (draft.leaves().empty()) return false;
  COMITY_ASSIGN_OR_RETURN(const DraftedLeaf first, ReadLeaf(draft.leaves(0)));
  return first.is_genesis;
}

absl::StatusOr<v1::DraftFile> MakeDraft(Connection& connection, const Context& context,
                                        const EditionOptions& options) {
  Progress progress;
  progress.Set(absl::StrCat("Reading ", options.from, " ..."));
  COMITY_ASSIGN_OR_RETURN(const Edition edition, options.Read());
  COMITY_ASSIGN_OR_RETURN(const v1::DraftHeader header, options.Header(context, edition));
  progress.Set(absl::StrCat("Drafting ", Grouped(edition.entries.size()), " entries of ",
                            header.list(), " ..."));
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, connection.Draft(header, SerializeEntries(edition)));
  progress.Clear();
  for (const std::string& warning : draft.warnings()) Say(absl::StrCat("note: ", warning));
  return draft;
}

absl::Status DraftToFile(Globals& globals, const EditionOptions& options, const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, MakeDraft(connection, context, options));
  if (draft.no_changes()) {
    Say(absl::StrCat(draft.list(),
                     ": the edition equals what is in force, there is nothing to sign"));
    return absl::OkStatus();
  }
  COMITY_RETURN_IF_ERROR(WriteDraftFile(out, draft));
  const Output output = globals.MakeOutput();
  if (output.json()) output.Json(draft);
  output.Line(absl::StrCat("Wrote ", out, ": ", draft.list(), ", ", CountsOf(draft), "; ",
                           draft.signatures_needed(),
                           " officers must sign it (comity revision sign ", out, " --key FILE)"));
  return absl::OkStatus();
}

void ShowChanges(const Output& output, const v1::Revision& revision) {
  Table table{{"CHANGE", "KEY", "EFFECTIVE"}, {}, {}, {}};
  for (const v1::Change& change : revision.changes()) {
    if (output.table() && table.rows.size() == kShownChanges) break;
    table.rows.push_back({v1::Operation_Name(change.operation()).substr(sizeof("OPERATION_") - 1),
                          change.key(), FormatCivilDay({change.effective_from()})});
  }
  output.Show(table);
  if (table.rows.size() < static_cast<size_t>(revision.changes_size())) {
    output.Line(absl::StrCat("and ", revision.changes_size() - table.rows.size(),
                             " more; -o csv shows all"));
  }
}

absl::Status ShowDraft(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, ReadDraftFile(path));
  const Output output = globals.MakeOutput();
  if (output.json()) {
    output.Json(draft);
    return absl::OkStatus();
  }
  output.Line(absl::StrCat(draft.list(), ": ", CountsOf(draft)));
  for (const v1::DraftLeaf& leaf : draft.leaves()) {
    COMITY_ASSIGN_OR_RETURN(const DraftedLeaf read, ReadLeaf(leaf));
    output.Line("");
    output.Line(absl::StrCat("leaf hash   ", ToHex(read.leaf_hash)));
    output.Line(
        absl::StrCat("signatures  ", leaf.signatures_size(), " of ", draft.signatures_needed()));
    if (read.is_genesis) {
      output.Line(absl::StrCat("genesis     ", read.genesis.origin(), ", opens the list \"",
                               read.genesis.title(), "\" (", read.genesis.time_zone(), ")"));
      output.Line(absl::StrCat("audience    ", read.genesis.audience().empty()
                                                   ? "the federation"
                                                   : absl::StrJoin(read.genesis.audience(), ", ")));
      continue;
    }
    const v1::Revision& revision = read.revision;
    output.Line(absl::StrCat("revision    ", revision.origin(), " index ", revision.index()));
    output.Line(absl::StrCat("instrument  ", revision.instrument().citation(), " ",
                             revision.instrument().title()));
    output.Line(absl::StrCat("published   ", FormatInstant({revision.published_at()})));
    output.Line(absl::StrCat("state root  ", ToHex(revision.state_root_after())));
    if (revision.guard() == v1::GUARD_BULK_REMOVAL) output.Line("guard       BULK_REMOVAL");
    ShowChanges(output, revision);
  }
  return absl::OkStatus();
}

absl::Status SignDraftFile(const std::string& path, const std::vector<std::string>& keys) {
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, ReadDraftFile(path));
  for (const std::string& key_path : keys) {
    COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(key_path));
    COMITY_RETURN_IF_ERROR(Annotate(SignDraft(&draft, key), path));
    for (const v1::DraftLeaf& leaf : draft.leaves()) {
      COMITY_ASSIGN_OR_RETURN(const DraftedLeaf read, ReadLeaf(leaf));
      Say(absl::StrCat(key.name, " signed leaf ", ToHex(read.leaf_hash)));
    }
  }
  return WriteDraftFile(path, draft);
}

absl::Status Submit(Globals& globals, Connection& connection, const v1::DraftFile& draft) {
  COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> envelopes, EnvelopesOf(draft));
  Progress progress;
  progress.Set(absl::StrCat("Submitting ", draft.list(), " ..."));
  const auto until = std::chrono::steady_clock::now() + kSigningPatience;
  absl::StatusOr<v1::SubmitResponse> submitted = connection.Submit(envelopes);
  // A daemon that was just started asks its peers first what it had signed.
  while (ReasonOf(submitted.status()) == v1::REASON_SIGNING_WAITS &&
         std::chrono::steady_clock::now() < until) {
    progress.Set("The daemon was just started and asks its peers first ...");
    std::this_thread::sleep_for(kSigningPoll);
    submitted = connection.Submit(envelopes);
  }
  COMITY_ASSIGN_OR_RETURN(const v1::SubmitResponse response, std::move(submitted));
  progress.Clear();
  Table table{
      {"LIST", "INDEX", "SIZE", "+", "~", "-", "ROOT"}, {}, {}, {"INDEX", "SIZE", "+", "~", "-"}};
  table.rows.push_back({response.list(), absl::StrCat(response.index()),
                        absl::StrCat(response.size()), absl::StrCat(response.added()),
                        absl::StrCat(response.revised()), absl::StrCat(response.removed()),
                        response.root().substr(0, 16)});
  globals.MakeOutput().Answer(response, table);
  if (response.already_present()) Say("It was there already.");
  return absl::OkStatus();
}

absl::Status SubmitFile(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, ReadDraftFile(path));
  Connection connection(context);
  return Submit(globals, connection, draft);
}

absl::Status AgreeToNewList(const v1::DraftFile& draft, bool yes) {
  COMITY_ASSIGN_OR_RETURN(const bool is_new, IsNewList(draft));
  if (!is_new) return absl::OkStatus();
  const std::string text =
      absl::StrCat("The list ", draft.list(), " does not exist yet: this opens it.");
  if (yes) {
    Say(text);
    return absl::OkStatus();
  }
  if (Confirm(absl::StrCat(text, " Go on?"))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      draft.list(), " does not exist yet: give --yes to open it (is the name right?)"));
}

absl::Status Publish(Globals& globals, const EditionOptions& options, std::vector<std::string> keys,
                     bool yes) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, MakeDraft(connection, context, options));
  if (draft.no_changes()) {
    v1::SubmitResponse response;
    response.set_list(draft.list());
    response.set_no_changes(true);
    const Output output = globals.MakeOutput();
    if (output.json()) output.Json(response);
    Say(absl::StrCat(draft.list(), ": the edition equals what is in force, nothing to publish"));
    return absl::OkStatus();
  }
  COMITY_RETURN_IF_ERROR(AgreeToNewList(draft, yes));
  if (keys.empty()) {
    // In a lab the officers' keys are at hand: as many sign as must.
    keys.assign(context.message.officer_keys().begin(), context.message.officer_keys().end());
    if (keys.size() > draft.signatures_needed()) keys.resize(draft.signatures_needed());
  }
  if (keys.empty()) {
    return absl::InvalidArgumentError(
        "no officers' keys: give --key FILE for each, or use revision draft, sign and submit");
  }
  for (const std::string& path : keys) {
    COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(path));
    COMITY_RETURN_IF_ERROR(SignDraft(&draft, key));
  }
  return Submit(globals, connection, draft);
}

}  // namespace

void AddRevisionCommands(CLI::App& app, Globals& globals) {
  CLI::App* revision =
      app.add_subcommand("revision", "Draft, redate, remove, show, sign, submit: each on files");
  revision->fallthrough()->require_subcommand(0, 1);
  const auto draft_option = [](CLI::App* command) {
    auto path = std::make_shared<std::string>();
    command->add_option("DRAFT", *path, "The draft's file")->required();
    return path;
  };
  {
    CLI::App* draft =
        revision->add_subcommand("draft", "Compare an edition with the list and write a draft");
    auto options = AddEditionOptions(*draft);
    auto out = std::make_shared<std::string>("revision.draft");
    draft->add_option("--out", *out, "The draft's file (default: revision.draft)");
    draft->fallthrough()->callback([&globals, options, out] {
      globals.action = [=](Globals& g) { return DraftToFile(g, *options, *out); };
    });
  }
  {
    CLI::App* show =
        revision->add_subcommand("show", "What a draft would change; needs no network");
    auto path = draft_option(show);
    show->fallthrough()->callback(
        [&globals, path] { globals.action = [path](Globals& g) { return ShowDraft(g, *path); }; });
  }
  {
    CLI::App* sign = revision->add_subcommand("sign", "Add officers' signatures; needs no network");
    auto path = draft_option(sign);
    auto keys = std::make_shared<std::vector<std::string>>();
    sign->add_option("--key", *keys, "An officer's key file; may be given again")
        ->required()
        ->expected(1)
        ->take_all();
    sign->fallthrough()->callback([&globals, path, keys] {
      globals.action = [=](Globals&) { return SignDraftFile(*path, *keys); };
    });
  }
  {
    CLI::App* submit = revision->add_subcommand("submit", "Hand a signed draft to the daemon");
    auto path = draft_option(submit);
    submit->fallthrough()->callback(
        [&globals, path] { globals.action = [path](Globals& g) { return SubmitFile(g, *path); }; });
  }
  AddChangeCommands(*revision, globals);
  AddRebaseCommand(*revision, globals);
  CLI::App* publish = app.add_subcommand("publish", "Draft, sign and submit an edition at once");
  auto options = AddEditionOptions(*publish);
  auto keys = std::make_shared<std::vector<std::string>>();
  auto yes = std::make_shared<bool>(false);
  publish
      ->add_option("--key", *keys,
                   "An officer's key file; may be given again (default: the context's)")
      ->expected(1)
      ->take_all();
  publish->add_flag("--yes", *yes, "Open the list if it does not exist, without asking");
  publish->fallthrough()->callback([&globals, options, keys, yes] {
    globals.action = [=](Globals& g) { return Publish(g, *options, *keys, *yes); };
  });
}

}  // namespace comity::cli
