// comity audit: what was done and refused at a daemon, and whether its record of that is whole.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/cli/exit_code.h"
#include "client/internal/audit_file.h"
#include "storage/audit/verifier.h"
#include "storage/base/errors.h"
#include "storage/rocks/maintenance.h"

namespace comity::cli {
namespace {

constexpr uint64_t kNothing = std::numeric_limits<uint64_t>::max();
constexpr uint32_t kDefaultLast = 100;
constexpr int kExitNotWhole = 1;

struct AuditOptions {
  // Where from; none of them: the context's daemon.
  std::string data_dir;
  std::string file;

  uint64_t from = 0;
  uint32_t last = kDefaultLast;
  bool refused = false;
  std::string head;
  std::string out;
  bool force = false;
};

using Visit = std::function<bool(const v1::AuditRecord&, std::string_view bytes)>;

absl::StatusOr<AuditHead> FromMessage(const v1::AuditHead& message) {
  return AuditHead::Parse(absl::StrCat(message.size(), ":", message.hash()));
}

// Reads and verifies all records from `from` on, wherever they are.
absl::StatusOr<v1::AuditReport> Verified(Globals& globals, const AuditOptions& options,
                                         uint64_t from, const Visit& visit) {
  std::optional<AuditHead> noted;
  if (!options.head.empty()) {
    COMITY_ASSIGN_OR_RETURN(noted, AuditHead::Parse(options.head));
  }
  if (!options.data_dir.empty()) {
    return VerifyAuditLog(options.data_dir, from, noted, visit);
  }
  if (!options.file.empty()) {
    // An export may begin anywhere.
    std::optional<AuditVerifier> verifier;
    COMITY_RETURN_IF_ERROR(ReadAuditFile(options.file, [&](uint64_t index, std::string_view bytes) {
      if (!verifier.has_value()) {
        verifier.emplace(index);
        if (noted.has_value()) verifier->Know(*noted, "the head that was noted");
      }
      return verifier->Take(index, bytes) && visit(verifier->record(), bytes);
    }));
    if (!verifier.has_value()) return absl::InvalidArgumentError(options.file + " is empty");
    return verifier->Finish();
  }
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  AuditVerifier verifier(from);
  if (noted.has_value()) verifier.Know(*noted, "the head that was noted");
  absl::Status wrong;
  uint64_t index = from;
  COMITY_RETURN_IF_ERROR(connection.ReadAudit(from, [&](const v1::ReadAuditResponse& message) {
    if (message.has_head()) {
      const auto head = FromMessage(message.head());
      wrong.Update(head.status());
      if (head.ok()) verifier.Know(*head, "the daemon");
    }
    if (message.has_anchored()) {
      const auto anchored = FromMessage(message.anchored());
      wrong.Update(anchored.status());
      if (anchored.ok()) verifier.Know(*anchored, "the head anchor");
    }
    for (const std::string& record : message.records()) {
      if (!verifier.Take(index++, record) || !visit(verifier.record(), record)) return false;
    }
    return wrong.ok();
  }));
  COMITY_RETURN_IF_ERROR(wrong);
  return verifier.Finish();
}

// Problems end with an exit code of their own.
absl::Status JudgedBy(Globals& globals, const v1::AuditReport& report) {
  if (report.problems().empty()) return absl::OkStatus();
  globals.failure_exit = kExitNotWhole;
  return absl::DataLossError(absl::StrCat(
      report.problems(0), report.problems_size() == 1
                              ? ""
                              : absl::StrCat(" (and ", report.problems_size() - 1, " more)")));
}

std::string HeadText(const v1::AuditHead& head) {
  return absl::StrCat(head.size(), ":", head.hash());
}

absl::Status Verify(Globals& globals, const AuditOptions& options) {
  Progress progress;
  COMITY_ASSIGN_OR_RETURN(
      const v1::AuditReport report,
      Verified(globals, options, 0, [&](const v1::AuditRecord& record, std::string_view) {
        if (record.index() % 10'000 == 0) {
          progress.Set(absl::StrCat("Verifying record ", Grouped(record.index())));
        }
        return true;
      }));
  progress.Clear();
  const Output output = globals.MakeOutput();
  Table table{{"RECORDS", "HEAD", "RESULT"}, {}, {"RESULT"}, {"RECORDS"}};
  table.rows.push_back({absl::StrCat(report.verified()), HeadText(report.head()),
                        report.problems().empty() ? "ok" : report.problems(0)});
  output.Answer(report, table);
  if (report.problems().empty()) {
    output.Line("Note the head elsewhere: `comity audit verify --head " + HeadText(report.head()) +
                "` then finds even a log that was made anew.");
  }
  return JudgedBy(globals, report);
}

// Where the last records begin.
absl::StatusOr<uint64_t> Beginning(Globals& globals, const AuditOptions& options) {
  if (options.from > 0 || !options.file.empty()) return options.from;
  uint64_t size = 0;
  if (!options.data_dir.empty()) {
    COMITY_ASSIGN_OR_RETURN(const v1::AuditReport whole,
                            VerifyAuditLog(options.data_dir, 0, std::nullopt, nullptr));
    size = whole.head().size();
  } else {
    COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
    Connection connection(context);
    COMITY_RETURN_IF_ERROR(
        connection.ReadAudit(kNothing, [&](const v1::ReadAuditResponse& message) {
          if (message.has_head()) size = message.head().size();
          return true;
        }));
  }
  return size > options.last ? size - options.last : 0;
}

absl::Status List(Globals& globals, const AuditOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const uint64_t from, Beginning(globals, options));
  std::vector<v1::AuditEntry> entries;
  COMITY_ASSIGN_OR_RETURN(
      v1::AuditReport report,
      Verified(globals, options, from, [&](const v1::AuditRecord& record, std::string_view bytes) {
        const bool done = record.decision() == v1::AUDIT_DECISION_DONE;
        if (!(options.refused && done)) entries.push_back(ToEntry(record, bytes));
        return true;
      }));
  Table table{{"INDEX", "AT", "CALLER", "ACTION", "SUBJECT", "SIZE", "DECISION", "TIMES", "REASON"},
              {},
              {"REASON"},
              {"INDEX", "TIMES"}};
  for (const v1::AuditEntry& entry : entries) {
    const std::string size =
        entry.before() == entry.after() ? "" : absl::StrCat(entry.before(), "-", entry.after());
    // The service goes without saying.
    const std::string& action = entry.action();
    table.rows.push_back({absl::StrCat(entry.index()), entry.at(), entry.caller(),
                          action.substr(action.rfind('/') + 1), entry.subject(), size,
                          entry.decision(), absl::StrCat(entry.count()), entry.reason()});
    *report.add_entries() = entry;
  }
  globals.MakeOutput().Answer(report, table);
  return JudgedBy(globals, report);
}

absl::Status Export(Globals& globals, const AuditOptions& options) {
  std::error_code error;
  if (!options.force && std::filesystem::exists(options.out, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(options.out, " is there already: give --force to replace it"));
  }
  const std::string part = options.out + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  uint64_t lines = 0;
  const absl::StatusOr<v1::AuditReport> report = Verified(
      globals, options, options.from, [&](const v1::AuditRecord& record, std::string_view bytes) {
        out << AuditLine(ToEntry(record, bytes)) << '\n';
        ++lines;
        return static_cast<bool>(out);
      });
  out.flush();
  absl::Status status = report.status();
  if (status.ok() && !out) {
    status = absl::UnavailableError(absl::StrCat(part, " cannot be written"));
  }
  if (!status.ok()) {
    std::filesystem::remove(part, error);
    return status;
  }
  std::filesystem::rename(part, options.out, error);
  if (error) return absl::UnavailableError(absl::StrCat(options.out, ": ", error.message()));
  Say(absl::StrCat(options.out, ": ", Grouped(lines), " records, head ", HeadText(report->head())));
  return JudgedBy(globals, *report);
}

}  // namespace

void AddAuditCommands(CLI::App& app, Globals& globals) {
  CLI::App* audit = app.add_subcommand(
      "audit", "What was done and refused at a daemon, chained so that no record can go missing");
  audit->fallthrough()->require_subcommand(0, 1);
  auto options = std::make_shared<AuditOptions>();
  const auto add = [&](const char* name, const char* text,
                       absl::Status (*act)(Globals&, const AuditOptions&)) {
    CLI::App* command = audit->add_subcommand(name, text);
    command->add_option("--data-dir", options->data_dir,
                        "Read the data directory of a daemon that stands still instead");
    command->fallthrough()->callback([&globals, options, act] {
      globals.action = [options, act](Globals& g) { return act(g, *options); };
    });
    return command;
  };
  CLI::App* ls = add("ls", "The last records", List);
  ls->add_option("--last", options->last, "How many (default: 100)")
      ->check(CLI::Range(1u, 1'000'000u, "COUNT"));
  ls->add_option("--from", options->from, "All from this record on instead")
      ->check(CLI::NonNegativeNumber);
  ls->add_flag("--refused", options->refused, "Only what was refused or failed");
  ls->add_option("--file", options->file, "Read an export instead");
  CLI::App* verify =
      add("verify", "Whether the log is whole and as it was written (exit 1: it is not)", Verify);
  verify->add_option("--head", options->head, "A head that was noted before, SIZE:HASH");
  verify->add_option("--file", options->file, "Verify an export instead");
  CLI::App* exported =
      add("export", "Write it as JSON lines that `verify --file` verifies", Export);
  exported->add_option("--out", options->out, "The file to write")->required();
  exported->add_option("--from", options->from, "Index of the first record (default: 0)")
      ->check(CLI::NonNegativeNumber);
  exported->add_flag("--force", options->force, "Replace the file if it is there");
}

}  // namespace comity::cli
