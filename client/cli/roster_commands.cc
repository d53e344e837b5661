// comity roster: who is in the federation, and by which keys; drafted, signed and submitted on
// files.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/internal/roster_check.h"
#include "client/internal/roster_edits.h"
#include "client/internal/roster_file.h"
#include "client/internal/whole_file.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/log/roster_chain.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

Instant Now() {
  return Instant{std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count()};
}

// What the context pins and, unless `offline`, what its daemon has after that, each verified.
absl::StatusOr<std::shared_ptr<const Roster>> NewestRoster(Globals& globals, bool offline) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(AnyRole()));
  COMITY_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> newest, LoadRoster(context));
  if (offline) return newest;
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> later,
                          connection.ListRosters(newest->version()));
  return ExtendRosterChain(std::move(newest), later);
}

absl::StatusOr<const Roster*> AtVersion(const Roster& newest, uint32_t version) {
  if (version == 0) return &newest;
  if (const Roster* one = newest.FindVersion(version); one != nullptr) return one;
  return absl::NotFoundError(absl::StrCat("there is no roster version ", version,
                                          " here; there are ", newest.first_version(), " to ",
                                          newest.version()));
}

v1::RosterSummary Summary(const v1::Roster& roster, const v1::Envelope& envelope,
                          const v1::Roster* before) {
  v1::RosterSummary summary;
  summary.set_version(static_cast<uint32_t>(roster.version()));
  summary.set_digest(ToHex(Sha256(envelope.payload())));
  summary.set_valid_from(FormatInstant({roster.valid_from()}));
  summary.set_valid_to(FormatInstant({roster.valid_to()}));
  summary.set_participants(static_cast<uint32_t>(roster.participants_size()));
  summary.set_authorities(static_cast<uint32_t>(roster.authorities_size()));
  summary.set_signatures(static_cast<uint32_t>(envelope.signatures_size()));
  summary.set_root_keys(static_cast<uint32_t>(roster.root().keys_size()));
  summary.set_root_threshold(roster.root().threshold());
  if (before != nullptr) {
    for (std::string& one : DifferencesOf(*before, roster)) summary.add_changes(std::move(one));
  }
  return summary;
}

absl::Status ShowRoster(Globals& globals, bool offline, uint32_t version, const std::string& yaml) {
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest,
                          NewestRoster(globals, offline));
  COMITY_ASSIGN_OR_RETURN(const Roster* shown, AtVersion(*newest, version));
  v1::RosterFile file = ToRosterFile(shown->message());
  if (!yaml.empty()) {
    // What a draft sets by itself is left out.
    file.clear_version();
    file.clear_previous_digest();
    COMITY_RETURN_IF_ERROR(WriteWholeFile(yaml, ToYaml(file)));
    Say(absl::StrCat("Wrote version ", shown->version(), " as YAML to ", yaml));
    return absl::OkStatus();
  }
  file.set_digest(ToHex(shown->digest()));
  const Output output = globals.MakeOutput();
  if (output.json()) {
    output.Json(file);
    return absl::OkStatus();
  }
  output.Line(absl::StrCat("federation  ", file.federation()));
  output.Line(absl::StrCat("version     ", file.version(), ", digest ", file.digest()));
  output.Line(absl::StrCat("valid       ", file.valid_from(), " to ", file.valid_to()));
  output.Line(absl::StrCat("root        ", file.root().threshold(), " of ", file.root().keys_size(),
                           " keys"));
  output.Line(absl::StrCat("quorum      ", file.policy().quorum(), " of ", file.participants_size(),
                           " participants"));
  output.Line("");
  Table participants{{"PARTICIPANT", "NAME", "DAEMONS", "HELD KEY"}, {}, {}, {}};
  for (const v1::ParticipantFile& one : file.participants()) {
    std::vector<std::string> nodes;
    for (const v1::Node& node : one.nodes()) nodes.push_back(node.endpoint());
    participants.rows.push_back({one.code(), one.name(), absl::StrJoin(nodes, " "),
                                 one.held_key().public_key().substr(0, 16)});
  }
  output.Show(participants);
  output.Line("");
  Table authorities{{"AUTHORITY", "OFFICERS", "SIGN", "BULK REMOVAL", "LOG KEY"},
                    {},
                    {"OFFICERS"},
                    {"SIGN", "BULK REMOVAL"}};
  for (const v1::AuthorityFile& one : file.authorities()) {
    std::vector<std::string> names;
    for (const v1::KeyFile& key : one.officers().keys()) names.push_back(key.name());
    authorities.rows.push_back({one.name(), absl::StrJoin(names, " "),
                                absl::StrCat(one.officers().threshold()),
                                absl::StrCat(one.guard_threshold()), one.log_key().substr(0, 16)});
  }
  output.Show(authorities);
  if (file.revocations().empty()) return absl::OkStatus();
  output.Line("");
  Table revocations{{"REVOKED KEY", "LOG", "FROM LEAF"}, {}, {}, {"FROM LEAF"}};
  for (const v1::RevokedKey& one : file.revocations()) {
    revocations.rows.push_back({one.public_key().substr(0, 16),
                                one.origin().empty() ? "all others" : one.origin(),
                                absl::StrCat(one.index())});
  }
  output.Show(revocations);
  return absl::OkStatus();
}

absl::Status ShowLog(Globals& globals, bool offline) {
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest,
                          NewestRoster(globals, offline));
  std::vector<const Roster*> versions;
  for (const Roster* one = newest.get(); one != nullptr; one = one->previous()) {
    versions.insert(versions.begin(), one);
  }
  v1::RosterLog log;
  Table table{{"VERSION", "VALID FROM", "VALID TO", "SIGNATURES", "DIGEST", "CHANGES"},
              {},
              {"CHANGES"},
              {"VERSION", "SIGNATURES"}};
  for (const Roster* one : versions) {
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(one->envelope()));
    v1::RosterSummary& row = *log.add_versions();
    row = Summary(one->message(), envelope,
                  one->previous() == nullptr ? nullptr : &one->previous()->message());
    table.rows.push_back({absl::StrCat(row.version()), row.valid_from(), row.valid_to(),
                          absl::StrCat(row.signatures()), row.digest().substr(0, 16),
                          one->previous() == nullptr ? "the first that is pinned"
                                                     : absl::StrJoin(row.changes(), "; ")});
  }
  globals.MakeOutput().Answer(log, table);
  return absl::OkStatus();
}

absl::Status ExportChain(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest, NewestRoster(globals, false));
  COMITY_RETURN_IF_ERROR(WriteWholeFile(path, RosterChainFile(*newest)));
  Say(absl::StrCat("Wrote versions ", newest->first_version(), " to ", newest->version(), " to ",
                   path, ": a roster.file, pinned by the digest of any of them, such as ",
                   ToHex(newest->digest())));
  return absl::OkStatus();
}

absl::Status DraftFrom(Globals& globals, const v1::Roster& roster, const v1::Roster* before,
                       const std::string& out) {
  const v1::Envelope draft = NewRosterDraft(roster);
  COMITY_RETURN_IF_ERROR(WriteRosterDraft(out, draft));
  const v1::RosterSummary summary = Summary(roster, draft, before);
  const Output output = globals.MakeOutput();
  if (output.json()) output.Json(summary);
  output.Line(absl::StrCat("Wrote ", out, ": roster version ", roster.version(), ", digest ",
                           summary.digest()));
  for (const std::string& change : summary.changes()) output.Line(absl::StrCat("  ", change));
  for (const std::string& warning : CheckRosterSense(roster, before, Now())) {
    Say(absl::StrCat("warning: ", warning));
  }
  return absl::OkStatus();
}

absl::Status Init(Globals& globals, const std::string& yaml, const std::string& out) {
  v1::RosterFile file;
  COMITY_RETURN_IF_ERROR(ReadYamlFile(yaml, &file));
  COMITY_ASSIGN_OR_RETURN(const v1::Roster roster, FromRosterFile(file, yaml));
  return DraftFrom(globals, roster, nullptr, out);
}

absl::Status Draft(Globals& globals, bool offline, const std::string& yaml,
                   const RosterEdits& edits, const std::string& out) {
  if (edits.empty() && yaml.empty()) {
    return absl::InvalidArgumentError(
        "nothing to change: give --from FILE or some of the options that `comity roster draft "
        "--help` lists");
  }
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest,
                          NewestRoster(globals, offline));
  v1::Roster next = newest->message();
  if (!yaml.empty()) {
    v1::RosterFile file;
    COMITY_RETURN_IF_ERROR(ReadYamlFile(yaml, &file));
    COMITY_ASSIGN_OR_RETURN(next, FromRosterFile(file, yaml));
  } else if (edits.valid_from.empty()) {
    // As long as the one before, from now on.
    const int64_t length = next.valid_to() - next.valid_from();
    next.set_valid_from(std::max(Now().micros, next.valid_from()));
    next.set_valid_to(std::max(next.valid_to(), next.valid_from() + length));
  }
  next.set_version(newest->version() + 1);
  next.set_previous_digest(ToBytes(newest->digest()));
  COMITY_RETURN_IF_ERROR(ApplyEdits(edits, &next));
  return DraftFrom(globals, next, &newest->message(), out);
}

absl::Status Sign(const std::string& path, const std::vector<std::string>& keys) {
  v1::Roster roster;
  COMITY_ASSIGN_OR_RETURN(v1::Envelope draft, ReadRosterDraft(path, &roster));
  for (const std::string& key_path : keys) {
    COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(key_path));
    const std::string id = ToBytes(KeyId(key.name, key.key.public_key()));
    for (const v1::Signature& signature : draft.signatures()) {
      if (signature.key_id() == id) {
        return absl::AlreadyExistsError(absl::StrCat(path, ": ", key.name, " signed it before"));
      }
    }
    COMITY_RETURN_IF_ERROR(AddSignature(&draft, key.name, key.key));
    Say(absl::StrCat(key.name, " signed roster version ", roster.version(), ", digest ",
                     ToHex(Sha256(draft.payload()))));
  }
  return WriteRosterDraft(path, draft);
}

// Whose signatures are missing: a sentence for each root.
std::vector<std::string> MissingOf(const v1::KeySet& root, const v1::Envelope& draft,
                                   std::string_view whose) {
  std::set<std::string> signers;
  std::vector<std::string> others;
  for (const v1::PublicKey& key : root.keys()) {
    const std::string id = ToBytes(KeyId(key.name(), key.ed25519()));
    bool has_signed = false;
    for (const v1::Signature& signature : draft.signatures()) {
      has_signed = has_signed || signature.key_id() == id;
    }
    if (has_signed) {
      signers.insert(key.ed25519());
    } else {
      others.push_back(key.name());
    }
  }
  if (signers.size() >= root.threshold()) return {};
  return {absl::StrCat(root.threshold() - signers.size(), " more of ", Absl(whose), ": ",
                       absl::StrJoin(others, ", "))};
}

absl::Status Check(Globals& globals, bool offline, const std::string& path) {
  v1::RosterCheck check;
  absl::Status invalid;
  if (path.empty()) {
    COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest,
                            NewestRoster(globals, offline));
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(newest->envelope()));
    const v1::Roster* before =
        newest->previous() == nullptr ? nullptr : &newest->previous()->message();
    *check.mutable_roster() = Summary(newest->message(), envelope, before);
    for (std::string& one : CheckRosterSense(newest->message(), before, Now())) {
      check.add_warnings(std::move(one));
    }
  } else {
    v1::Roster roster;
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope draft, ReadRosterDraft(path, &roster));
    std::shared_ptr<const Roster> newest;
    const v1::Roster* before = nullptr;
    if (roster.version() > 1) {
      COMITY_ASSIGN_OR_RETURN(newest, NewestRoster(globals, offline));
      const Roster* known = newest->FindVersion(roster.version() - 1);
      if (known == nullptr || ToBytes(known->digest()) != roster.previous_digest()) {
        return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
                         absl::StrCat(path, ": version ", roster.version(), " follows a version ",
                                      roster.version() - 1, " that is not here (newest: ",
                                      newest->version(), "): draft again"));
      }
      before = &known->message();
      for (std::string& one : MissingOf(before->root(), draft,
                                        absl::StrCat("the root of version ", before->version()))) {
        check.add_missing(std::move(one));
      }
    }
    for (std::string& one : MissingOf(roster.root(), draft, "its own root")) {
      check.add_missing(std::move(one));
    }
    *check.mutable_roster() = Summary(roster, draft, before);
    for (std::string& one : CheckRosterSense(roster, before, Now())) {
      check.add_warnings(std::move(one));
    }
    // All rules, in the words of the daemon that will judge it.
    if (before == nullptr) {
      invalid = Roster::Load(SerializeEnvelope(draft), Sha256(draft.payload())).status();
    } else if (roster.version() == newest->version() + 1) {
      invalid = ExtendRosterChain(newest, {SerializeEnvelope(draft)}).status();
    }
    if (!check.missing().empty() && ReasonOf(invalid) == v1::REASON_TOO_FEW_SIGNATURES) {
      invalid = absl::OkStatus();
    }
  }
  const Output output = globals.MakeOutput();
  if (!output.table()) {
    Table table{{"KIND", "TEXT"}, {}, {"TEXT"}, {}};
    for (const std::string& one : check.missing()) table.rows.push_back({"missing", one});
    for (const std::string& one : check.warnings()) table.rows.push_back({"warning", one});
    output.Answer(check, table);
    return invalid;
  }
  output.Line(absl::StrCat("roster version ", check.roster().version(), ", digest ",
                           check.roster().digest()));
  for (const std::string& one : check.roster().changes()) output.Line("change    " + one);
  for (const std::string& one : check.missing()) output.Line("missing   " + one);
  for (const std::string& one : check.warnings()) output.Line("warning   " + one);
  if (check.missing().empty() && invalid.ok()) output.Line("signed    by all who must");
  return invalid;
}

absl::Status Submit(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_ADMIN}));
  v1::Roster roster;
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope draft, ReadRosterDraft(path, &roster));
  Connection connection(context);
  v1::SubmitRosterRequest request;
  request.set_roster(SerializeEnvelope(draft));
  COMITY_ASSIGN_OR_RETURN(
      const v1::SubmitRosterResponse response,
      connection.Call(connection.admin(), &v1::AdminService::Stub::SubmitRoster, request));
  globals.MakeOutput().Answer(response, {{"VERSION", "DIGEST"},
                                         {{absl::StrCat(response.version()), response.digest()}},
                                         {},
                                         {"VERSION"}});
  Say(response.already_present() ? "It was there already."
                                 : "The daemon opens anew under it; peers fetch it from here.");
  return absl::OkStatus();
}

std::shared_ptr<RosterEdits> AddEdits(CLI::App* command) {
  auto edits = std::make_shared<RosterEdits>();
  const auto many = [&](const char* name, std::vector<std::string>& into, const char* what) {
    command->add_option(name, into, std::string(what) + "; may be given again")
        ->expected(1)
        ->take_all();
  };
  many("--participant", edits->participants, "FILE (YAML): add or replace a participant");
  many("--authority", edits->authorities, "FILE (YAML): add or replace an authority");
  many("--remove-participant", edits->remove_participants, "CODE, with its authorities");
  many("--remove-authority", edits->remove_authorities, "AUTHORITY");
  many("--set-key", edits->set_keys,
       "log:AUTHORITY=KEY, held:PARTICIPANT=KEY or statement:PARTICIPANT=KEY; a KEY is a key's "
       "file or NAME:HEX");
  many("--add-key", edits->add_keys, "root=KEY, officer:AUTHORITY=KEY or root:AUTHORITY=KEY");
  many("--remove-key", edits->remove_keys, "as --add-key, with the key's name");
  many("--threshold", edits->thresholds, "root=N, officer:AUTHORITY=N or root:AUTHORITY=N");
  many("--guard-threshold", edits->guard_thresholds, "AUTHORITY=N: who must sign bulk removals");
  many("--ca-bundle", edits->ca_bundles, "PARTICIPANT=FILE (PEM)");
  many("--node", edits->nodes, "PARTICIPANT=NAME@HOST:PORT: add or move a daemon");
  many("--revoke-key", edits->revocations,
       "KEY@AUTHORITY/LIST:INDEX: its signatures do not count from that leaf on; KEY@*:INDEX for "
       "all other lists");
  many("--policy", edits->policy, "FIELD=N, such as quorum=3");
  command->add_option("--valid-from", edits->valid_from, "RFC 3339 (default: now)");
  command->add_option("--valid-to", edits->valid_to, "RFC 3339 (default: as long as before)");
  return edits;
}

}  // namespace

void AddRosterCommands(CLI::App& app, Globals& globals) {
  CLI::App* roster =
      app.add_subcommand("roster", "Who is in the federation, and by which keys: show, change");
  roster->fallthrough()->require_subcommand(0, 1);
  const auto offline_flag = [](CLI::App* command) {
    auto offline = std::make_shared<bool>(false);
    command->add_flag("--offline", *offline, "Only what the context's roster.file holds");
    return offline;
  };
  {
    CLI::App* show = roster->add_subcommand("show", "The newest roster, or an earlier version");
    auto offline = offline_flag(show);
    auto version = std::make_shared<uint32_t>(0);
    auto yaml = std::make_shared<std::string>();
    show->add_option("--version-number", *version, "Which version (default: the newest)");
    show->add_option("--yaml", *yaml, "Write it to FILE for `roster draft --from`");
    show->fallthrough()->callback([&globals, offline, version, yaml] {
      globals.action = [=](Globals& g) { return ShowRoster(g, *offline, *version, *yaml); };
    });
  }
  {
    CLI::App* log = roster->add_subcommand("log", "All versions, each verified, and what changed");
    auto offline = offline_flag(log);
    log->fallthrough()->callback(
        [&globals, offline] { globals.action = [=](Globals& g) { return ShowLog(g, *offline); }; });
  }
  {
    CLI::App* out = roster->add_subcommand(
        "export", "Write all versions to a file, as configurations and contexts name it");
    auto path = std::make_shared<std::string>();
    out->add_option("FILE", *path, "The file")->required();
    out->fallthrough()->callback(
        [&globals, path] { globals.action = [=](Globals& g) { return ExportChain(g, *path); }; });
  }
  const auto draft_path = [](CLI::App* command, bool required) {
    auto path = std::make_shared<std::string>();
    command->add_option("DRAFT", *path, "The draft's file")->required(required);
    return path;
  };
  {
    CLI::App* init =
        roster->add_subcommand("init", "Write the draft of a first version; needs no network");
    auto yaml = std::make_shared<std::string>();
    auto out = std::make_shared<std::string>("roster.draft");
    init->add_option("--from", *yaml, "The roster in YAML")->required();
    init->add_option("--out", *out, "The draft's file (default: roster.draft)");
    init->fallthrough()->callback([&globals, yaml, out] {
      globals.action = [=](Globals& g) { return Init(g, *yaml, *out); };
    });
  }
  {
    CLI::App* draft = roster->add_subcommand("draft", "Write the draft of the next version");
    auto offline = offline_flag(draft);
    auto yaml = std::make_shared<std::string>();
    auto out = std::make_shared<std::string>("roster.draft");
    draft->add_option("--from", *yaml, "The whole roster in YAML (`roster show --yaml`)");
    auto edits = AddEdits(draft);
    draft->add_option("--out", *out, "The draft's file (default: roster.draft)");
    draft->fallthrough()->callback([&globals, offline, yaml, edits, out] {
      globals.action = [=](Globals& g) { return Draft(g, *offline, *yaml, *edits, *out); };
    });
  }
  {
    CLI::App* sign = roster->add_subcommand("sign", "Add root signatures; needs no network");
    auto path = draft_path(sign, true);
    auto keys = std::make_shared<std::vector<std::string>>();
    sign->add_option("--key", *keys, "A root key's file; may be given again")
        ->required()
        ->expected(1)
        ->take_all();
    sign->fallthrough()->callback(
        [&globals, path, keys] { globals.action = [=](Globals&) { return Sign(*path, *keys); }; });
  }
  {
    CLI::App* check = roster->add_subcommand(
        "check", "Who must still sign a draft, and what is unwise in it or the roster in force");
    auto offline = offline_flag(check);
    auto path = draft_path(check, false);
    check->fallthrough()->callback([&globals, offline, path] {
      globals.action = [=](Globals& g) { return Check(g, *offline, *path); };
    });
  }
  {
    CLI::App* submit = roster->add_subcommand("submit", "Hand a signed roster to your daemon");
    auto path = draft_path(submit, true);
    submit->fallthrough()->callback(
        [&globals, path] { globals.action = [=](Globals& g) { return Submit(g, *path); }; });
  }
}

}  // namespace comity::cli
