// comity revision rebase.
#ifndef COMITY_CLIENT_CLI_REBASE_COMMAND_H_
#define COMITY_CLIENT_CLI_REBASE_COMMAND_H_

#include "client/cli/app.h"

namespace comity::cli {

// Adds it to `comity revision`.
void AddRebaseCommand(CLI::App& revision, Globals& globals);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_REBASE_COMMAND_H_
