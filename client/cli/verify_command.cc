// comity verify: whether what a daemon keeps, or a copy of it, is what was signed.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/cli/verify_report.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

// Whether the daemon answers with the digest that the signed bytes make.
absl::Status CompareAnswer(Connection& connection, const v1::VerifiedView& view) {
  COMITY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status,
                          connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                          v1::GetStatusRequest()));
  // More was published meanwhile.
  if (status.frontier_token() != view.frontier_token()) return absl::OkStatus();
  if (status.view_digest() == view.view_digest()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the daemon answers with view digest ", status.view_digest(),
                   ", the signed bytes make another one: restart it, and verify again"));
}

absl::Status VerifyRunning(Globals& globals, const VerifyArguments& arguments) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  std::map<std::string, v1::VerifiedList> lists;
  v1::StoreReport report;
  VerifyProgress progress;
  progress.Say("Verifying ...");
  v1::VerifyStoreRequest request;
  request.set_list(arguments.list);
  request.set_known_at(arguments.known_at);
  const absl::Status status =
      connection.VerifyStore(request, [&](const v1::VerifyStoreResponse& message) {
        report.set_files(message.files());
        report.set_of_files(message.of_files());
        if (message.lists().empty()) progress.DrawFiles(message.files(), message.of_files());
        for (const v1::VerifiedList& one : message.lists()) {
          lists[one.origin()] = one;
          progress.Draw(one);
        }
        *report.mutable_loose_faults() = message.loose_faults();
        report.set_more_loose_faults(message.more_loose_faults());
        if (message.has_view()) *report.mutable_view() = message.view();
      });
  progress.Clear();
  for (const auto& [origin, one] : lists) *report.add_lists() = one;
  // What was verified before an error is worth showing too.
  const Output output = globals.MakeOutput();
  if (status.ok() || !lists.empty()) ShowReport(output, report);
  COMITY_RETURN_IF_ERROR(status);
  if (report.has_view() && arguments.known_at.empty()) {
    COMITY_RETURN_IF_ERROR(CompareAnswer(connection, report.view()));
  }
  return UnlessAllHeld(report);
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Globals& globals) {
  CLI::App* verify = app.add_subcommand(
      "verify",
      "Make everything anew from the signed bytes and compare: the running daemon does, "
      "or this command on a copy of its data");
  auto o = std::make_shared<VerifyArguments>();
  verify->add_option("LIST", o->list, "AUTHORITY/LIST (default: every list, and the merged view)");
  verify->add_option("--store", o->directory,
                     "A stopped daemon's data_dir, or a copy: verified here, offline, nothing is "
                     "written to it");
  verify->add_option("--roster-digest", o->roster_digest,
                     "With --store: the roster that you trust, in hex (default: the context's)");
  verify->add_option("--known-at", o->known_at,
                     "The view as known then: a frontier token or an instant (default: now)");
  verify->fallthrough()->callback([&globals, o] {
    globals.action = [o](Globals& g) {
      if (!o->directory.empty()) return VerifyDirectory(g, *o);
      if (o->roster_digest.empty()) return VerifyRunning(g, *o);
      return absl::Status(absl::InvalidArgumentError(
          "--roster-digest goes with --store DIRECTORY: a running daemon verifies by its own "
          "roster"));
    };
  });
}

}  // namespace comity::cli
