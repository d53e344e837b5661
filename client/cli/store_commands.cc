// comity store: how a stopped daemon's data directory is checked and mended.
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/verify_report.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/rocks/maintenance.h"

namespace comity::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{250};

struct StoreOptions {
  std::string data_dir;
  bool yes = false;
  uint32_t timeout_s = 600;
};

absl::Status VerifyOffline(Globals& globals, const StoreOptions& options) {
  VerifyArguments arguments;
  arguments.directory = options.data_dir;
  return VerifyDirectory(globals, arguments);
}

absl::Status Quarantine(Globals& globals, const StoreOptions& options) {
  const absl::StatusOr<std::string> aside = QuarantineDataDirectory(options.data_dir);
  if (!aside.ok()) return InUseIsConflict(aside.status(), options.data_dir);
  v1::StoreReport report;
  report.set_data_dir(options.data_dir);
  report.set_quarantined_to(*aside);
  const Output output = globals.MakeOutput();
  if (!output.table()) output.Answer(report, {{"QUARANTINED TO"}, {{*aside}}, {}, {}});
  output.Line(absl::StrCat("Put aside as ", *aside,
                           "; start the daemon: it fetches everything from its peers"));
  return absl::OkStatus();
}

// --- Rebuilding.

absl::Status PutAsideIfDamaged(const RosterTrust& trust, const StoreOptions& options,
                               v1::StoreReport* report) {
  const std::string& directory = options.data_dir;
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return absl::NotFoundError(
        absl::StrCat(directory, " is not there: give the data_dir of the daemon's configuration"));
  }
  const absl::StatusOr<DataDirectoryCheck> check =
      CheckDirectory(directory, trust, VerifyOptions());
  if (absl::IsNotFound(check.status())) {
    Say(absl::StrCat(directory, " holds no database: the daemon makes a new one."));
    return absl::OkStatus();
  }
  if (IsInUse(check.status())) {
    Say(absl::StrCat("A daemon runs on ", directory, ": nothing is put aside."));
    return absl::OkStatus();
  }
  if (!check.ok()) return check.status();
  AddCheck(*check, report);
  if (check->damage.ok()) {
    Say(absl::StrCat(directory, ": what is there verifies, nothing is put aside."));
    return absl::OkStatus();
  }
  Say(absl::StrCat(directory, " is damaged: ", check->damage.message()));
  if (!options.yes && !Confirm("Put the database aside (nothing is deleted)?")) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, " is damaged and was left as it is: give --yes to put it aside"));
  }
  const absl::StatusOr<std::string> aside = QuarantineDataDirectory(directory);
  if (!aside.ok()) return InUseIsConflict(aside.status(), directory);
  report->set_quarantined_to(*aside);
  Say(absl::StrCat("Put aside as ", *aside, "."));
  return absl::OkStatus();
}

bool IsReachable(const v1::PeerStatus& peer) {
  return peer.state() != "silent" && peer.state() != "refused" && peer.state() != "paused";
}

// What keeps the daemon from being whole; empty: nothing.
std::string WhatIsLeft(const v1::GetStatusResponse& status) {
  std::vector<std::string> left;
  for (const v1::MissingLeaves& list : status.missing()) {
    left.push_back(absl::StrCat(list.list(), " ", Grouped(list.size()), " of ",
                                Grouped(list.acknowledged()), " leaves"));
  }
  bool any_current = status.peers().empty();
  for (const v1::PeerStatus& peer : status.peers()) {
    if (peer.state() == "current" && peer.ahead() == 0) {
      any_current = true;
    } else if (IsReachable(peer)) {
      left.push_back(peer.state() == "connecting"
                         ? absl::StrCat(peer.name(), " not greeted yet")
                         : absl::StrCat(peer.name(), " ", Grouped(peer.ahead()),
                                        " leaves to fetch, ", Grouped(peer.behind()), " to give"));
    }
  }
  if (left.empty() && !any_current) left.push_back("no peer can be reached");
  return absl::StrJoin(left, "; ");
}

absl::StatusOr<v1::GetStatusResponse> WaitUntilWhole(const Context& context,
                                                     const StoreOptions& options) {
  const auto until = SteadyClock::now() + std::chrono::seconds(options.timeout_s);
  Progress progress;
  std::unique_ptr<Connection> connection;
  for (;;) {
    if (connection == nullptr) connection = std::make_unique<Connection>(context);
    absl::StatusOr<v1::GetStatusResponse> status = connection->Call(
        connection->status(), &v1::StatusService::Stub::GetStatus, v1::GetStatusRequest());
    std::string left;
    if (status.ok()) {
      left = WhatIsLeft(*status);
      if (left.empty()) return status;
    } else {
      if (!absl::IsUnavailable(status.status()) && !absl::IsDeadlineExceeded(status.status())) {
        return status.status();
      }
      left = absl::StrCat("the daemon at ", context.message.address(), " does not answer yet");
      // A new one waits for no backoff.
      connection.reset();
    }
    if (SteadyClock::now() > until) {
      return absl::DeadlineExceededError(
          absl::StrCat("not whole after ", options.timeout_s, " s: ", left,
                       "; the daemon goes on by itself once it runs, this command may be given "
                       "again to go on waiting"));
    }
    progress.Set(absl::StrCat("Waiting: ", left));
    std::this_thread::sleep_for(kPoll);
  }
}

absl::Status Rebuild(Globals& globals, const StoreOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  v1::StoreReport report;
  report.set_data_dir(options.data_dir);
  COMITY_ASSIGN_OR_RETURN(const RosterTrust trust, TrustOf(context));
  COMITY_RETURN_IF_ERROR(PutAsideIfDamaged(trust, options, &report));
  Say(absl::StrCat("Start the daemon if it does not run; waiting up to ", options.timeout_s,
                   " s until it has fetched everything."));
  COMITY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, WaitUntilWhole(context, options));
  report.set_view_digest(status.view_digest());
  *report.mutable_rebuilt() = status.lists();
  *report.mutable_peers() = status.peers();
  for (const v1::PeerStatus& peer : status.peers()) {
    if (IsReachable(peer)) continue;
    Say(absl::StrCat("note: ", peer.name(), " is ", peer.state(),
                     ": what it alone holds comes once it answers"));
  }
  Table table{{"LIST", "SIZE", "ENTRIES", "HOLDING", "ROOT"}, {}, {}, {"SIZE", "ENTRIES"}};
  for (const v1::ListStatus& list : status.lists()) {
    table.rows.push_back({list.list(), absl::StrCat(list.size()), absl::StrCat(list.entries()),
                          list.holding(), list.root().substr(0, 16)});
  }
  const Output output = globals.MakeOutput();
  output.Answer(report, table);
  output.Line(absl::StrCat("View digest  ", status.view_digest(),
                           " (compare it with the peers': `comity status`)"));
  return absl::OkStatus();
}

}  // namespace

void AddStoreCommands(CLI::App& app, Globals& globals) {
  CLI::App* store = app.add_subcommand("store", "Check and mend a stopped daemon's data directory");
  store->fallthrough()->require_subcommand(0, 1);
  auto o = std::make_shared<StoreOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = store->add_subcommand(name, help);
    command->add_option("--data-dir", o->data_dir, "The data_dir of the daemon's configuration")
        ->required();
    command->fallthrough()->callback([&globals, o, action] {
      globals.action = [o, action](Globals& g) { return action(g, *o); };
    });
    return command;
  };
  add("verify", "Check the database against the signed bytes (daemon stopped)", VerifyOffline);
  add("quarantine", "Put a damaged database aside (daemon stopped); nothing is deleted",
      Quarantine);
  CLI::App* rebuild = add(
      "rebuild", "Put the database aside if it is damaged, then wait until peers gave it all back",
      Rebuild);
  rebuild->add_flag("--yes", o->yes, "Put it aside without asking");
  rebuild->add_option("--timeout", o->timeout_s, "How long to wait for the daemon (default: 600)")
      ->check(CLI::Range(1u, 86'400u, "SECONDS"));
}

}  // namespace comity::cli
