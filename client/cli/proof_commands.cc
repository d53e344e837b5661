// comity proof: what a daemon says, in the form that public tools and offices without a
// network verify. Every proof is verified here before it is shown.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/entry_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/roster_pin.h"
#include "client/internal/proof_check.h"
#include "client/internal/whole_file.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_proof.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

// Who answers, and by which roster the answer is verified.
struct Asked {
  Context context;
  std::shared_ptr<const Roster> roster;
  std::unique_ptr<Connection> connection;
};

absl::StatusOr<Asked> Open(const Globals& globals) {
  Asked asked;
  COMITY_ASSIGN_OR_RETURN(asked.context, globals.OpenContext(Readers()));
  COMITY_ASSIGN_OR_RETURN(asked.roster, LoadRoster(asked.context));
  asked.connection = std::make_unique<Connection>(asked.context);
  return asked;
}

// On standard error, so that standard output is the proof alone.
void SayVerified(const std::string& what, const CosignedCheckpoint& at, const Roster& roster) {
  std::vector<std::string> holders;
  for (const HeldStatement& statement : at.held) holders.push_back(statement.participant);
  Say(absl::StrCat("Verified: ", what, ". Checkpoint of size ", at.checkpoint.size, " signed by ",
                   at.origin.name.authority,
                   holders.empty() ? ", HELD by nobody yet"
                                   : absl::StrCat(", HELD by ", absl::StrJoin(holders, ", ")),
                   ", by the keys of roster version ", roster.version(), "."));
}

std::string Base64(const std::string& bytes) { return absl::Base64Escape(bytes); }

void AddHashes(const google::protobuf::RepeatedPtrField<std::string>& hashes, Table* table) {
  for (int i = 0; i < hashes.size(); ++i) {
    table->rows.push_back({absl::StrCat("hash ", i + 1), Base64(hashes[i])});
  }
}

absl::Status ShowCheckpoint(Globals& globals, const std::string& list) {
  COMITY_ASSIGN_OR_RETURN(const Asked asked, Open(globals));
  v1::GetCheckpointRequest request;
  request.set_list(list);
  COMITY_ASSIGN_OR_RETURN(const v1::GetCheckpointResponse response,
                          asked.connection->Call(asked.connection->proof(),
                                                 &v1::ProofService::Stub::GetCheckpoint, request));
  COMITY_ASSIGN_OR_RETURN(const CosignedCheckpoint at,
                          CheckCheckpoint(request, response, *asked.roster));
  const Output output = globals.MakeOutput();
  if (output.table()) {
    // The note's own bytes: a tool reads them as they are.
    std::fputs(response.checkpoint().c_str(), stdout);
  } else {
    output.Answer(response, {{"LIST", "ORIGIN", "SIZE", "ROOT", "CHECKPOINT"},
                             {{response.list(), response.origin(), absl::StrCat(response.size()),
                               Base64(response.root()), response.checkpoint()}},
                             {},
                             {}});
  }
  SayVerified(absl::StrCat("the checkpoint of ", list), at, *asked.roster);
  return absl::OkStatus();
}

absl::Status ShowInclusion(Globals& globals, const std::string& list, uint32_t index,
                           uint32_t size) {
  COMITY_ASSIGN_OR_RETURN(const Asked asked, Open(globals));
  v1::GetInclusionProofRequest request;
  request.set_list(list);
  request.set_index(index);
  request.set_size(size);
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetInclusionProofResponse response,
      asked.connection->Call(asked.connection->proof(), &v1::ProofService::Stub::GetInclusionProof,
                             request));
  COMITY_ASSIGN_OR_RETURN(const CosignedCheckpoint at,
                          CheckInclusion(request, response, *asked.roster));
  Table table{{"FIELD", "VALUE"}, {}, {}, {}};
  table.rows = {{"list", response.list()},
                {"origin", response.origin()},
                {"index", absl::StrCat(response.index())},
                {"size", absl::StrCat(response.size())},
                {"leaf hash", Base64(response.leaf_hash())},
                {"root", Base64(response.root())}};
  AddHashes(response.hashes(), &table);
  globals.MakeOutput().Answer(response, table);
  SayVerified(
      absl::StrCat("leaf ", response.index(), " is in ", list, " at size ", response.size()), at,
      *asked.roster);
  return absl::OkStatus();
}

absl::Status ShowConsistency(Globals& globals, const std::string& list, uint32_t old_size,
                             uint32_t new_size) {
  COMITY_ASSIGN_OR_RETURN(const Asked asked, Open(globals));
  v1::GetConsistencyProofRequest request;
  request.set_list(list);
  request.set_old_size(old_size);
  request.set_new_size(new_size);
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetConsistencyProofResponse response,
      asked.connection->Call(asked.connection->proof(),
                             &v1::ProofService::Stub::GetConsistencyProof, request));
  COMITY_ASSIGN_OR_RETURN(const CosignedCheckpoint at,
                          CheckConsistency(request, response, *asked.roster));
  Table table{{"FIELD", "VALUE"}, {}, {}, {}};
  table.rows = {{"list", response.list()},
                {"origin", response.origin()},
                {"old size", absl::StrCat(response.old_size())},
                {"new size", absl::StrCat(response.new_size())},
                {"old root", Base64(response.old_root())},
                {"new root", Base64(response.new_root())}};
  AddHashes(response.hashes(), &table);
  globals.MakeOutput().Answer(response, table);
  SayVerified(absl::StrCat(list, " at size ", response.new_size(), " begins with what it was at ",
                           response.old_size()),
              at, *asked.roster);
  return absl::OkStatus();
}

// --- The proof of one entry.

std::string OperationName(v1::Operation operation) {
  return v1::Operation_Name(operation).substr(std::string_view("OPERATION_").size());
}

v1::EntryProofReport ReportOf(const ProvenEntry& proven, const std::string& file) {
  v1::EntryProofReport report;
  report.set_file(file);
  report.set_list(proven.checkpoint.origin.name.ToString());
  report.set_origin(proven.checkpoint.checkpoint.origin);
  report.set_key(proven.entry.key());
  report.set_size(static_cast<uint32_t>(proven.checkpoint.checkpoint.size));
  report.set_root(ToBytes(proven.checkpoint.checkpoint.root));
  report.set_index(static_cast<uint32_t>(proven.revision.index()));
  report.set_citation(proven.revision.instrument().citation());
  report.set_published_at(FormatInstant({proven.revision.published_at()}));
  for (const std::string& officer : proven.officers) report.add_signed_by(officer);
  for (const Version& version : proven.timeline.versions()) {
    v1::EntryVersion& out = *report.add_versions();
    out.set_index(static_cast<uint32_t>(version.index.value));
    out.set_operation(OperationName(version.operation));
    out.set_effective_from(FormatCivilDay(version.effective_from));
    if (version.effective_to) out.set_effective_to(FormatCivilDay(*version.effective_to));
    if (version.compliance_from) out.set_compliance_from(FormatCivilDay(*version.compliance_from));
    if (version.entry_hash) out.set_entry_hash(ToHex(*version.entry_hash));
    out.set_superseded(version.superseded);
  }
  *report.mutable_entry() = proven.entry;
  for (const HeldStatement& statement : proven.checkpoint.held) {
    v1::HeldRow& row = *report.add_held();
    row.set_participant(statement.participant);
    row.set_size(static_cast<uint32_t>(statement.size.value));
    row.set_root(ToHex(statement.root));
    row.set_stated_at(FormatInstant(statement.at));
    row.set_note(statement.note);
  }
  report.set_roster_version(static_cast<uint32_t>(proven.roster_version));
  report.set_roster_digest(ToHex(proven.roster_digest));
  return report;
}

void ShowReport(const Output& output, const v1::EntryProofReport& report) {
  Table table{{"FIELD", "VALUE"}, {}, {"VALUE"}, {}};
  table.rows = {{"list", report.list()}, {"entry", report.key()}, {"text", TextOf(report.entry())}};
  for (const v1::EntryVersion& version : report.versions()) {
    table.rows.push_back(
        {absl::StrCat("leaf ", version.index()),
         absl::StrCat(version.operation(), " from ", version.effective_from(),
                      version.effective_to().empty() ? "" : " to " + version.effective_to(),
                      version.superseded() ? " (superseded)" : "")});
  }
  table.rows.push_back(
      {"last changed by", absl::StrCat(report.citation(), ", leaf ", report.index(), ", published ",
                                       report.published_at())});
  table.rows.push_back({"signed by", absl::StrJoin(report.signed_by(), ", ")});
  table.rows.push_back(
      {"checkpoint", absl::StrCat("size ", report.size(), ", root ", Base64(report.root()))});
  for (const v1::HeldRow& row : report.held()) {
    table.rows.push_back({absl::StrCat("HELD by ", row.participant()), row.stated_at()});
  }
  if (report.held().empty()) table.rows.push_back({"HELD", "by nobody yet"});
  table.rows.push_back({"roster", absl::StrCat("version ", report.roster_version(), ", digest ",
                                               report.roster_digest())});
  output.Answer(report, table);
}

// A name for the file that every file system takes.
std::string DefaultFile(const std::string& list, const std::string& key) {
  std::string name = absl::StrCat(list, "_", key);
  for (char& c : name) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  // Keys have up to 256 bytes, file names often no more.
  constexpr size_t kLongest = 200;
  return name.substr(0, kLongest) + ".proof";
}

absl::Status WriteEntryProof(Globals& globals, const std::string& list, const std::string& key,
                             const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const Asked asked, Open(globals));
  COMITY_ASSIGN_OR_RETURN(const std::string bytes,
                          asked.connection->GetEntryProof(list, key, kMaxEntryProofBytes));
  const std::string file = EntryProofFile(bytes);
  const auto check = [&]() -> absl::StatusOr<ProvenEntry> {
    COMITY_ASSIGN_OR_RETURN(const v1::EntryProof proof, ParseEntryProof(file));
    COMITY_ASSIGN_OR_RETURN(ProvenEntry proven, VerifyEntryProof(proof, asked.roster->digest()));
    if (proven.checkpoint.origin.name.ToString() != list || proven.entry.key() != key) {
      return absl::InvalidArgumentError("it is of another entry than was asked for");
    }
    return proven;
  };
  const absl::StatusOr<ProvenEntry> proven = check();
  if (!proven.ok()) {
    return absl::DataLossError(absl::StrCat(list, ": the daemon's proof of \"", key,
                                            "\" does not verify: ", proven.status().message(),
                                            "; nothing was written, ask another daemon"));
  }
  const std::string path = out.empty() ? DefaultFile(list, key) : out;
  COMITY_RETURN_IF_ERROR(WriteWholeFile(path, file));
  ShowReport(globals.MakeOutput(), ReportOf(*proven, path));
  Say(absl::StrCat("Verified, and written to ", path,
                   ". Whoever trusts this roster verifies it without network: `comity proof "
                   "verify ",
                   path, " --roster-digest ", ToHex(asked.roster->digest()), "`"));
  return absl::OkStatus();
}

absl::Status VerifyFile(Globals& globals, const std::string& path, const std::string& digest) {
  COMITY_ASSIGN_OR_RETURN(const Digest pin, RosterPin(globals, digest));
  COMITY_ASSIGN_OR_RETURN(const std::string file, ReadFileBytes(path, kMaxEntryProofBytes));
  const absl::StatusOr<v1::EntryProof> proof = ParseEntryProof(file);
  if (!proof.ok()) return Annotate(proof.status(), path);
  const absl::StatusOr<ProvenEntry> proven = VerifyEntryProof(*proof, pin);
  if (!proven.ok()) {
    globals.failure_exit = kExitNotVerified;
    return Annotate(proven.status(), absl::StrCat(path, " DOES NOT VERIFY"));
  }
  ShowReport(globals.MakeOutput(), ReportOf(*proven, path));
  Say(absl::StrCat("Verified without network: as of size ", proven->checkpoint.checkpoint.size,
                   " of ", proven->checkpoint.origin.name.ToString(), " this is all that ",
                   proven->checkpoint.origin.name.authority, " published of ", proven->entry.key(),
                   "."));
  return absl::OkStatus();
}

}  // namespace

void AddProofCommands(CLI::App& app, Globals& globals) {
  CLI::App* proof =
      app.add_subcommand("proof", "Proofs that public tools, and people offline, verify");
  proof->fallthrough()->require_subcommand(0, 1);
  const auto list_of = [](CLI::App* command) {
    auto list = std::make_shared<std::string>();
    command->add_option("LIST", *list, "AUTHORITY/LIST, such as us-bis/ccl")->required();
    return list;
  };
  const CLI::Range kCounts(uint32_t{0}, std::numeric_limits<uint32_t>::max(), "NUMBER");
  const CLI::Range kSizes(uint32_t{1}, std::numeric_limits<uint32_t>::max(), "SIZE");
  {
    CLI::App* checkpoint =
        proof->add_subcommand("checkpoint", "The newest signed note (`comity key show LIST`)");
    auto list = list_of(checkpoint);
    checkpoint->fallthrough()->callback([&globals, list] {
      globals.action = [list](Globals& g) { return ShowCheckpoint(g, *list); };
    });
  }
  {
    CLI::App* inclusion = proof->add_subcommand("inclusion", "That a leaf is in the list's tree");
    auto list = list_of(inclusion);
    auto index = std::make_shared<uint32_t>(0);
    auto size = std::make_shared<uint32_t>(0);
    inclusion->add_option("INDEX", *index, "The leaf's index, from 0")->required()->check(kCounts);
    inclusion->add_option("--size", *size, "The tree's size (default: the newest checkpoint's)")
        ->check(kSizes);
    inclusion->fallthrough()->callback([&globals, list, index, size] {
      globals.action = [=](Globals& g) { return ShowInclusion(g, *list, *index, *size); };
    });
  }
  {
    CLI::App* consistency = proof->add_subcommand(
        "consistency", "That the list at a size begins with what it was at another");
    auto list = list_of(consistency);
    auto old_size = std::make_shared<uint32_t>(0);
    auto new_size = std::make_shared<uint32_t>(0);
    consistency->add_option("OLD", *old_size, "The smaller size")->required()->check(kSizes);
    consistency->add_option("NEW", *new_size, "The larger size")->required()->check(kSizes);
    consistency->fallthrough()->callback([&globals, list, old_size, new_size] {
      globals.action = [=](Globals& g) { return ShowConsistency(g, *list, *old_size, *new_size); };
    });
  }
  {
    CLI::App* entry = proof->add_subcommand(
        "entry", "One file that proves an entry: revision, inclusion, checkpoint, HELD, roster");
    auto list = list_of(entry);
    auto key = std::make_shared<std::string>();
    auto out = std::make_shared<std::string>();
    entry->add_option("KEY", *key, "The entry's key")->required();
    entry->add_option("--out", *out, "The file to write (default: LIST_KEY.proof)");
    entry->fallthrough()->callback([&globals, list, key, out] {
      globals.action = [=](Globals& g) { return WriteEntryProof(g, *list, *key, *out); };
    });
  }
  {
    CLI::App* verify = proof->add_subcommand(
        "verify", "Verify such a file; needs no network. Exit 1: it does not verify");
    auto file = std::make_shared<std::string>();
    auto digest = std::make_shared<std::string>();
    verify->add_option("FILE", *file, "The file")->required();
    verify->add_option("--roster-digest", *digest,
                       "The digest of the roster that you trust (default: the context's)");
    verify->fallthrough()->callback([&globals, file, digest] {
      globals.action = [=](Globals& g) { return VerifyFile(g, *file, *digest); };
    });
  }
}

}  // namespace comity::cli
