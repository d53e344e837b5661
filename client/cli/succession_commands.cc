// comity succession: a list goes on in a new epoch, on files like a revision.
#include <CLI/CLI.hpp>
#include <limits>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/internal/draft_file.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

constexpr std::string_view kNoSuccession =
    " is no draft of a succession: `comity succession draft` makes one";

absl::StatusOr<v1::DraftFile> ReadSuccession(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, ReadDraftFile(path));
  if (draft.leaves().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, Absl(kNoSuccession)));
  }
  COMITY_ASSIGN_OR_RETURN(const DraftedLeaf first, ReadLeaf(draft.leaves(0)));
  if (!first.is_genesis || !first.genesis.has_previous_epoch()) {
    return absl::InvalidArgumentError(absl::StrCat(path, Absl(kNoSuccession)));
  }
  return draft;
}

absl::Status Draft(Globals& globals, const std::string& list, uint32_t size,
                   const std::string& citation, const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  Connection connection(context);
  v1::DraftHeader header;
  header.set_list(list);
  header.set_succession_size(size);
  header.mutable_instrument()->set_citation(citation);
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, connection.Draft(header, {}));
  COMITY_RETURN_IF_ERROR(WriteDraftFile(out, draft));
  const Output output = globals.MakeOutput();
  if (output.json()) output.Json(draft);
  output.Line(absl::StrCat("Wrote ", out, ": ", list, " in a new epoch from size ", size, ", ",
                           draft.leaves_size() - 1, " revisions bring back ", draft.added(),
                           " entries. Signatures:"));
  for (const std::string& line : draft.warnings()) output.Line(absl::StrCat("  ", line));
  return absl::OkStatus();
}

absl::Status Show(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, ReadSuccession(path));
  COMITY_ASSIGN_OR_RETURN(const DraftedLeaf first, ReadLeaf(draft.leaves(0)));
  const Output output = globals.MakeOutput();
  const v1::PreviousEpoch& previous = first.genesis.previous_epoch();
  Table table{{"FIELD", "VALUE"}, {}, {}, {}};
  table.rows = {{"new epoch", first.genesis.origin()},
                {"leaf hash", ToHex(first.leaf_hash)},
                {"follows", previous.origin()},
                {"at size", absl::StrCat(previous.size())},
                {"root", ToHex(previous.root())},
                {"state root", ToHex(previous.state_root())},
                {"published", FormatInstant({first.genesis.published_at()})},
                {"brings back", absl::StrCat(draft.added(), " entries in ",
                                             previous.carried_revisions(), " revisions")},
                {"signatures", absl::StrCat(draft.leaves(0).signatures_size())}};
  for (int i = 1; i < draft.leaves_size(); ++i) {
    COMITY_ASSIGN_OR_RETURN(const DraftedLeaf leaf, ReadLeaf(draft.leaves(i)));
    table.rows.push_back(
        {absl::StrCat("revision ", i),
         absl::StrCat(leaf.revision.changes_size(), " changes, ", draft.leaves(i).signatures_size(),
                      " officers' signatures, leaf hash ", ToHex(leaf.leaf_hash))});
  }
  for (const std::string& line : draft.warnings()) table.rows.push_back({"needs", line});
  output.Answer(draft, table);
  return absl::OkStatus();
}

absl::Status Sign(const std::string& path, const std::vector<std::string>& keys,
                  const std::vector<std::string>& officers) {
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, ReadSuccession(path));
  if (keys.empty() && officers.empty()) {
    return absl::InvalidArgumentError(
        "nobody signs: give --key FILE (a root key of the authority, or a participant's statement "
        "key) or --officer-key FILE");
  }
  for (const bool officer : {false, true}) {
    for (const std::string& key_path : officer ? officers : keys) {
      COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(key_path));
      // Officers sign the revisions; the new epoch is not theirs to open.
      const int first = officer ? 1 : 0;
      const int end = officer ? draft.leaves_size() : 1;
      for (int i = first; i < end; ++i) {
        COMITY_RETURN_IF_ERROR(Annotate(SignDraftLeaf(draft.mutable_leaves(i), key), path));
      }
      Say(absl::StrCat(key.name, " signed ", officer ? "the revisions" : "the succession"));
    }
  }
  return WriteDraftFile(path, draft);
}

absl::Status Submit(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile draft, ReadSuccession(path));
  COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> envelopes, EnvelopesOf(draft));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::SubmitResponse response, connection.Submit(envelopes));
  globals.MakeOutput().Answer(
      response, {{"LIST", "SIZE", "ROOT"},
                 {{response.list(), absl::StrCat(response.size()), response.root().substr(0, 16)}},
                 {},
                 {"SIZE"}});
  Say(response.already_present()
          ? "It was there already."
          : absl::StrCat(draft.list(),
                         " goes on in its new epoch; the old one is read by its "
                         "origin, or at an earlier --known-at."));
  return absl::OkStatus();
}

}  // namespace

void AddSuccessionCommands(CLI::App& app, Globals& globals) {
  CLI::App* succession = app.add_subcommand(
      "succession", "A new epoch of a list that is contested, damaged or lost its key");
  succession->fallthrough()->require_subcommand(0, 1);
  const auto draft_option = [](CLI::App* command) {
    auto path = std::make_shared<std::string>();
    command->add_option("DRAFT", *path, "The draft's file")->required();
    return path;
  };
  {
    CLI::App* draft =
        succession->add_subcommand("draft", "The leaves that open it, from a size of the old log");
    auto list = std::make_shared<std::string>();
    auto size = std::make_shared<uint32_t>(0);
    auto citation = std::make_shared<std::string>();
    auto out = std::make_shared<std::string>("succession.draft");
    draft->add_option("LIST", *list, "AUTHORITY/LIST, such as us-bis/ccl")->required();
    draft->add_option("--size", *size, "How many leaves of the old log stand")
        ->required()
        ->check(CLI::Range(uint32_t{1}, std::numeric_limits<uint32_t>::max(), "SIZE"));
    draft->add_option("--citation", *citation, "What it is done by, as lawyers cite it")
        ->required();
    draft->add_option("--out", *out, "The draft's file (default: succession.draft)");
    draft->fallthrough()->callback([&globals, list, size, citation, out] {
      globals.action = [=](Globals& g) { return Draft(g, *list, *size, *citation, *out); };
    });
  }
  {
    CLI::App* show =
        succession->add_subcommand("show", "What a draft commits to; needs no network");
    auto path = draft_option(show);
    show->fallthrough()->callback(
        [&globals, path] { globals.action = [path](Globals& g) { return Show(g, *path); }; });
  }
  {
    CLI::App* sign = succession->add_subcommand("sign", "Add signatures; needs no network");
    auto path = draft_option(sign);
    auto keys = std::make_shared<std::vector<std::string>>();
    auto officers = std::make_shared<std::vector<std::string>>();
    sign->add_option("--key", *keys,
                     "A root key of the authority, or a participant's statement key; may be given "
                     "again")
        ->expected(1)
        ->take_all();
    sign->add_option("--officer-key", *officers,
                     "An officer's key, for the revisions; may be given again")
        ->expected(1)
        ->take_all();
    sign->fallthrough()->callback([&globals, path, keys, officers] {
      globals.action = [=](Globals&) { return Sign(*path, *keys, *officers); };
    });
  }
  {
    CLI::App* submit = succession->add_subcommand("submit", "Hand a signed draft to the daemon");
    auto path = draft_option(submit);
    submit->fallthrough()->callback(
        [&globals, path] { globals.action = [path](Globals& g) { return Submit(g, *path); }; });
  }
}

}  // namespace comity::cli
