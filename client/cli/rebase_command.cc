// comity revision rebase: a draft carried over a newer head.
#include "client/cli/rebase_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/internal/draft_file.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/log/origin.h"

namespace comity::cli {
namespace {

std::string NameOf(v1::Operation operation) {
  return v1::Operation_Name(operation).substr(sizeof("OPERATION_") - 1);
}

// What a draft holds, its leaves put together.
struct Drafted {
  std::string list;
  std::string origin;
  uint64_t index = 0;
  uint64_t roster_version = 0;
  std::string roster_digest;
  v1::DraftHeader header;
  std::vector<v1::Change> changes;
};

absl::StatusOr<Drafted> Read(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const v1::DraftFile file, ReadDraftFile(path));
  Drafted drafted;
  drafted.list = file.list();
  drafted.header.set_list(file.list());
  drafted.header.set_mode(v1::REVISION_MODE_CHANGES);
  bool first = true;
  for (const v1::DraftLeaf& leaf : file.leaves()) {
    COMITY_ASSIGN_OR_RETURN(const DraftedLeaf read, ReadLeaf(leaf));
    if (read.is_genesis) {
      drafted.header.set_kind(read.genesis.kind());
      drafted.header.set_title(read.genesis.title());
      drafted.header.set_time_zone(read.genesis.time_zone());
      *drafted.header.mutable_authentic_languages() = read.genesis.authentic_languages();
      *drafted.header.mutable_audience() = read.genesis.audience();
      continue;
    }
    const v1::Revision& revision = read.revision;
    if (std::exchange(first, false)) {
      drafted.origin = revision.origin();
      drafted.index = revision.index();
      drafted.roster_version = revision.roster_version();
      drafted.roster_digest = ToHex(revision.roster_digest());
      *drafted.header.mutable_instrument() = revision.instrument();
      drafted.header.set_source_sha256(revision.source_sha256());
      drafted.header.set_published_at(FormatInstant({revision.published_at()}));
    }
    if (revision.guard() == v1::GUARD_BULK_REMOVAL) drafted.header.set_declare_bulk_removal(true);
    drafted.changes.insert(drafted.changes.end(), revision.changes().begin(),
                           revision.changes().end());
  }
  if (drafted.changes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " changes nothing"));
  }
  std::stable_sort(
      drafted.changes.begin(), drafted.changes.end(), [](const v1::Change& a, const v1::Change& b) {
        return std::pair(a.key(), a.effective_from()) < std::pair(b.key(), b.effective_from());
      });
  return drafted;
}

// Whether the list, opened meanwhile by another draft, is for those whom this draft opens it to.
absl::StatusOr<bool> OpenedForTheSame(Connection& connection, const Drafted& drafted) {
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, connection.GetLeaf(drafted.list, 0));
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(bytes));
  v1::Genesis genesis;
  // One that begins otherwise was carried over since: the draft knows nothing of that.
  if (envelope.payload_type() != kGenesisType || !genesis.ParseFromString(envelope.payload())) {
    return false;
  }
  return std::equal(genesis.audience().begin(), genesis.audience().end(),
                    drafted.header.audience().begin(), drafted.header.audience().end());
}

// The leaves that came since, and which of their changes concern entries of the draft.
absl::Status LookUnder(Connection& connection, const Drafted& drafted, uint64_t size,
                       v1::RebaseReport* report) {
  std::map<std::string, v1::Operation> ours;
  for (const v1::Change& change : drafted.changes) ours[change.key()] = change.operation();
  for (uint64_t index = std::max<uint64_t>(drafted.index, 1); index < size; ++index) {
    COMITY_ASSIGN_OR_RETURN(const std::string bytes,
                            connection.GetLeaf(drafted.list, static_cast<uint32_t>(index)));
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(bytes));
    v1::Revision revision;
    if (envelope.payload_type() != kRevisionType || !revision.ParseFromString(envelope.payload())) {
      continue;
    }
    v1::RebasedOver& over = *report->add_over();
    over.set_index(static_cast<uint32_t>(index));
    over.set_citation(revision.instrument().citation());
    over.set_changes(static_cast<uint32_t>(revision.changes_size()));
    for (const v1::Change& change : revision.changes()) {
      const auto also = ours.find(change.key());
      if (also == ours.end()) continue;
      v1::RebaseConflict& conflict = *report->add_conflicts();
      conflict.set_key(change.key());
      conflict.set_here(NameOf(also->second));
      conflict.set_there(NameOf(change.operation()));
      conflict.set_index(static_cast<uint32_t>(index));
    }
  }
  return absl::OkStatus();
}

void Show(Globals& globals, const v1::RebaseReport& report) {
  const Output output = globals.MakeOutput();
  if (output.json()) {
    output.Json(report);
    return;
  }
  Table table{{"LEAF", "CITATION", "CHANGES", "ALSO CHANGED HERE"},
              {},
              {"ALSO CHANGED HERE"},
              {"LEAF", "CHANGES"}};
  for (const v1::RebasedOver& over : report.over()) {
    std::string both;
    for (const v1::RebaseConflict& one : report.conflicts()) {
      if (one.index() != over.index()) continue;
      absl::StrAppend(&both, both.empty() ? "" : ", ", one.key(), " (there ", one.there(),
                      ", here ", one.here(), ")");
    }
    table.rows.push_back({absl::StrCat(over.index()), over.citation(), absl::StrCat(over.changes()),
                          both.empty() ? "none" : both});
  }
  output.Show(table);
}

absl::Status Rebase(Globals& globals, const std::string& path, const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_PUBLISHER}));
  COMITY_ASSIGN_OR_RETURN(Drafted drafted, Read(path));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status,
                          connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                          v1::GetStatusRequest()));
  uint64_t size = 0;
  for (const v1::ListStatus& list : status.lists()) {
    if (list.list() == drafted.list) size = list.log_size();
  }
  v1::RebaseReport report;
  report.set_list(drafted.list);
  report.set_from_index(static_cast<uint32_t>(drafted.index));
  report.set_roster_changed(status.roster_digest() != drafted.roster_digest);
  const bool opens = drafted.header.kind() != v1::LIST_KIND_UNSPECIFIED;
  if (!report.roster_changed() && (size == drafted.index || (opens && size == 0))) {
    Show(globals, report);
    Say(absl::StrCat(path, ": nothing moved under it, it stands as it is"));
    return absl::OkStatus();
  }
  COMITY_RETURN_IF_ERROR(LookUnder(connection, drafted, size, &report));
  const auto conflict = [&](std::string_view what) {
    Show(globals, report);
    return MakeError(absl::StatusCode::kAborted, v1::REASON_STALE_PARENT,
                     absl::StrCat(drafted.list, ": ", Absl(what),
                                  "; the draft stays as it is: draft again from the edition"),
                     drafted.list);
  };
  if (!report.conflicts().empty()) {
    const v1::RebaseConflict& one = report.conflicts(0);
    return conflict(absl::StrCat(
        "leaf ", one.index(), " changed \"", one.key(), "\", which this draft changes too",
        report.conflicts_size() == 1
            ? ""
            : absl::StrCat(" (and ", report.conflicts_size() - 1, " more)")));
  }
  if (opens && size > 0) {
    COMITY_ASSIGN_OR_RETURN(const bool same, OpenedForTheSame(connection, drafted));
    if (!same)
      return conflict("the list was opened meanwhile, and not for the audience of this draft");
    // Pinned there: a draft for an open list names none.
    drafted.header.clear_audience();
  }
  absl::StatusOr<v1::DraftFile> next = connection.Draft(drafted.header, {}, drafted.changes);
  if (absl::IsInvalidArgument(next.status())) {
    return conflict(absl::StrCat("its changes do not apply any more: ", next.status().message()));
  }
  COMITY_RETURN_IF_ERROR(next.status());
  if (next->no_changes()) return conflict("nothing of it is left to change");
  COMITY_ASSIGN_OR_RETURN(const DraftedLeaf last, ReadLeaf(*next->leaves().rbegin()));
  report.set_to_index(static_cast<uint32_t>(last.revision.index()));
  const std::string& target = out.empty() ? path : out;
  COMITY_RETURN_IF_ERROR(WriteDraftFile(target, *next));
  Show(globals, report);
  Say(absl::StrCat(
      "Wrote ", target, ": index ", drafted.index, " becomes ", report.to_index(),
      report.roster_changed() ? absl::StrCat(", roster version ", drafted.roster_version,
                                             " becomes ", status.roster_version())
                              : "",
      ". Its bytes are others, so that nobody has signed it: ", next->signatures_needed(),
      " officers must sign it again."));
  for (const std::string& warning : next->warnings()) Say(absl::StrCat("note: ", warning));
  return absl::OkStatus();
}

}  // namespace

void AddRebaseCommand(CLI::App& revision, Globals& globals) {
  CLI::App* rebase = revision.add_subcommand(
      "rebase", "Carry a draft over what others published meanwhile; signatures are dropped");
  auto path = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  rebase->add_option("DRAFT", *path, "The draft's file")->required();
  rebase->add_option("--out", *out, "Where to write it (default: in place)");
  rebase->fallthrough()->callback([&globals, path, out] {
    globals.action = [=](Globals& g) { return Rebase(g, *path, *out); };
  });
}

}  // namespace comity::cli
