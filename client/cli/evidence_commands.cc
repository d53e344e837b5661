// comity evidence: proofs that an authority contradicts itself.
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/cli/exit_code.h"
#include "client/cli/roster_pin.h"
#include "client/internal/whole_file.h"
#include "storage/base/errors.h"
#include "storage/log/evidence_row.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

constexpr size_t kShownDigits = 16;

std::vector<v1::Role> Askers() {
  return {v1::ROLE_OPERATOR, v1::ROLE_SCREENER, v1::ROLE_PUBLISHER, v1::ROLE_ADMIN};
}

absl::StatusOr<v1::ListEvidenceResponse> Ask(const Context& context, const std::string& digest) {
  Connection connection(context);
  v1::ListEvidenceRequest request;
  request.set_digest(digest);
  v1::ListEvidenceResponse all;
  do {
    COMITY_ASSIGN_OR_RETURN(
        const v1::ListEvidenceResponse page,
        connection.Call(connection.status(), &v1::StatusService::Stub::ListEvidence, request));
    all.mutable_evidence()->MergeFrom(page.evidence());
    request.set_after(page.next());
  } while (!request.after().empty());
  return all;
}

// The one that is meant, verified here by the roster that the context pins.
absl::StatusOr<VerifiedEvidence> AskOne(const Context& context, const Roster& roster,
                                        const std::string& digest) {
  COMITY_ASSIGN_OR_RETURN(const v1::ListEvidenceResponse found, Ask(context, digest));
  if (found.evidence_size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("\"", digest, "\" names ", found.evidence_size(),
                                                   " pieces of evidence: give more digits"));
  }
  absl::StatusOr<VerifiedEvidence> evidence = VerifyEvidence(found.evidence(0).bytes(), roster);
  if (!evidence.ok()) {
    return absl::DataLossError(absl::StrCat("what the daemon holds as evidence ", digest,
                                            " does not verify: ", evidence.status().message()));
  }
  return evidence;
}

void Show(const Output& output, const VerifiedEvidence& evidence) {
  const v1::EvidenceRow row = EvidenceRowOf(evidence);
  Table table{{"FIELD", "VALUE"}, {}, {}, {}};
  table.rows = {
      {"digest", row.digest()},
      {"against", row.held_by().empty() ? row.authority()
                                        : absl::StrCat(row.authority(), ", ", row.held_by())},
      {"origin", row.origin()},
      {"kind", row.kind()},
      {"first", absl::StrCat("size ", row.first_size(), ", root ", row.first_root())},
      {"second", absl::StrCat("size ", row.second_size(), ", root ", row.second_root())}};
  if (!row.root_before().empty()) {
    table.rows.push_back({"root before", absl::StrCat("size ", row.first_size(),
                                                      " of the second: ", row.root_before())});
  }
  output.Answer(row, table);
}

absl::Status List(Globals& globals) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Askers()));
  COMITY_ASSIGN_OR_RETURN(const v1::ListEvidenceResponse all, Ask(context, ""));
  const Output output = globals.MakeOutput();
  Table table{{"DIGEST", "LIST", "AGAINST", "KIND", "SIZES"}, {}, {}, {}};
  for (const v1::EvidenceRow& row : all.evidence()) {
    table.rows.push_back(
        {output.table() ? row.digest().substr(0, kShownDigits) : row.digest(), row.list(),
         row.held_by().empty() ? row.authority()
                               : absl::StrCat(row.authority(), ", ", row.held_by()),
         row.kind(),
         row.first_size() == row.second_size()
             ? absl::StrCat(row.first_size())
             : absl::StrCat(row.first_size(), ", ", row.second_size())});
  }
  if (output.table() && all.evidence().empty()) {
    output.Line("None: no authority was found to contradict itself.");
    return absl::OkStatus();
  }
  output.Answer(all, table);
  return absl::OkStatus();
}

absl::Status ShowOne(Globals& globals, const std::string& digest) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Askers()));
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, LoadRoster(context));
  COMITY_ASSIGN_OR_RETURN(const VerifiedEvidence evidence, AskOne(context, *roster, digest));
  Show(globals.MakeOutput(), evidence);
  Say(absl::StrCat("Verified by roster version ", roster->version(), ": ", SentenceOf(evidence),
                   "."));
  return absl::OkStatus();
}

absl::Status Export(Globals& globals, const std::string& digest, const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Askers()));
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, LoadRoster(context));
  COMITY_ASSIGN_OR_RETURN(const VerifiedEvidence evidence, AskOne(context, *roster, digest));
  const std::string path =
      out.empty() ? absl::StrCat(ToHex(evidence.digest).substr(0, kShownDigits), ".evidence") : out;
  COMITY_RETURN_IF_ERROR(WriteWholeFile(path, MakeEvidenceFile(evidence.bytes, *roster)));
  if (globals.MakeOutput().json()) globals.MakeOutput().Json(EvidenceRowOf(evidence));
  Say(absl::StrCat("Verified, and written to ", path,
                   ". Whoever trusts this roster verifies it without network: `comity evidence "
                   "verify ",
                   path, " --roster-digest ", ToHex(roster->digest()), "`"));
  return absl::OkStatus();
}

absl::Status Verify(Globals& globals, const std::string& path, const std::string& digest) {
  COMITY_ASSIGN_OR_RETURN(const Digest pin, RosterPin(globals, digest));
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path, kMaxEvidenceFileBytes));
  const absl::StatusOr<v1::EvidenceFile> file = ParseEvidenceFile(bytes);
  if (!file.ok()) return Annotate(file.status(), path);
  const absl::StatusOr<VerifiedEvidence> evidence = VerifyEvidenceFile(*file, pin);
  if (!evidence.ok()) {
    globals.failure_exit = kExitNotVerified;
    return Annotate(evidence.status(), absl::StrCat(path, " DOES NOT VERIFY, and accuses nobody"));
  }
  Show(globals.MakeOutput(), *evidence);
  Say(absl::StrCat("Verified without network: ", SentenceOf(*evidence), "."));
  return absl::OkStatus();
}

}  // namespace

void AddEvidenceCommands(CLI::App& app, Globals& globals) {
  CLI::App* evidence =
      app.add_subcommand("evidence", "Proofs that an authority signed two histories of a list");
  evidence->fallthrough()->require_subcommand(0, 1);
  const auto digest_of = [](CLI::App* command) {
    auto digest = std::make_shared<std::string>();
    command->add_option("DIGEST", *digest, "Its digest, or the first 8 digits or more")->required();
    return digest;
  };
  {
    CLI::App* ls = evidence->add_subcommand("ls", "What the daemon holds");
    ls->fallthrough()->callback([&globals] { globals.action = List; });
  }
  {
    CLI::App* show = evidence->add_subcommand("show", "One piece; it is verified here");
    auto digest = digest_of(show);
    show->fallthrough()->callback([&globals, digest] {
      globals.action = [digest](Globals& g) { return ShowOne(g, *digest); };
    });
  }
  {
    CLI::App* write = evidence->add_subcommand("export", "One piece as a file that stands alone");
    auto digest = digest_of(write);
    auto out = std::make_shared<std::string>();
    write->add_option("--out", *out, "The file to write (default: DIGEST.evidence)");
    write->fallthrough()->callback([&globals, digest, out] {
      globals.action = [=](Globals& g) { return Export(g, *digest, *out); };
    });
  }
  {
    CLI::App* verify = evidence->add_subcommand(
        "verify", "Verify such a file; needs no network. Exit 1: it does not verify");
    auto file = std::make_shared<std::string>();
    auto digest = std::make_shared<std::string>();
    verify->add_option("FILE", *file, "The file")->required();
    verify->add_option("--roster-digest", *digest,
                       "The digest of the roster that you trust (default: the context's)");
    verify->fallthrough()->callback([&globals, file, digest] {
      globals.action = [=](Globals& g) { return Verify(g, *file, *digest); };
    });
  }
}

}  // namespace comity::cli
