// The command line: what all commands share.
#ifndef COMITY_CLIENT_CLI_APP_H_
#define COMITY_CLIENT_CLI_APP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/output.h"
#include "client/internal/connection.h"
#include "client/internal/context.h"

namespace CLI {
class App;
}

namespace comity::cli {

// The options of every command, and the one action that was asked for.
struct Globals {
  std::string context_path;
  std::string output = "table";
  std::function<absl::Status(Globals&)> action;
  // What the process ends with if the action fails; 0: by the error's code.
  int failure_exit = 0;

  // The context of --context or COMITY_CONTEXT. INVALID_ARGUMENT, saying what to do, if
  // neither is given; PERMISSION_DENIED if its role is none of `roles`.
  absl::StatusOr<Context> OpenContext(const std::vector<v1::Role>& roles) const;
  Output MakeOutput() const { return Output(output); }
};

// Who may give a command: where no daemon is asked, what anyone may read, what operates one.
const std::vector<v1::Role>& AnyRole();
const std::vector<v1::Role>& Readers();
const std::vector<v1::Role>& Operators();

// Each adds its commands to the app, in the file of its name.
void AddAdminCommands(CLI::App& app, Globals& globals);
void AddAuditCommands(CLI::App& app, Globals& globals);
void AddBundleCommands(CLI::App& app, Globals& globals);
void AddDataCommands(CLI::App& app, Globals& globals);
void AddDivergenceCommand(CLI::App& app, Globals& globals);
// Under `comity item`.
void AddSearchCommand(CLI::App& item, Globals& globals);
void AddExportCommand(CLI::App& app, Globals& globals);
void AddEvidenceCommands(CLI::App& app, Globals& globals);
void AddImportCommand(CLI::App& app, Globals& globals);
void AddKeyCommands(CLI::App& app, Globals& globals);
void AddLabCommands(CLI::App& app, Globals& globals);
void AddListCommands(CLI::App& app, Globals& globals);
void AddPeerCommands(CLI::App& app, Globals& globals);
void AddProofCommands(CLI::App& app, Globals& globals);
void AddRevisionCommands(CLI::App& app, Globals& globals);
void AddChangeCommands(CLI::App& revision, Globals& globals);
void AddSuccessionCommands(CLI::App& app, Globals& globals);
void AddRosterCommands(CLI::App& app, Globals& globals);
void AddStoreCommands(CLI::App& app, Globals& globals);
void AddVerifyCommand(CLI::App& app, Globals& globals);
void AddWatchCommands(CLI::App& app, Globals& globals);

// Runs one command line; gives the process's exit code.
int Run(int argc, char** argv);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_APP_H_
