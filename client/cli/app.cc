#include "client/cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_code.h"
#include "client/transport/channel.h"
#include "comity/v1/error_detail.pb.h"
#include "storage/base/errors.h"
#include "storage/base/version.h"
#include "storage/yaml/secret_file.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

constexpr char kFooter[] =
    "Start here:\n"
    "  comity lab up --dir lab --authority us-bis --authority no-mfa\n"
    "  comity --context lab/us-bis/screener.yaml item show 5A001.f.1\n"
    "\n"
    "Exit codes: 0 done, 1 a proof does not verify, 2 cannot say, 3 usage or bad input, 4 no "
    "connection, 5 server, 6 denied, 7 conflict.";

// CLI11 says that a word was not expected; this says which one was meant.
std::string Suggest(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.empty() && word[0] == '-') {
      std::vector<std::string> names;
      for (const CLI::App* one = at; one != nullptr; one = one->get_parent()) {
        for (const CLI::Option* option : one->get_options()) {
          for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
      }
      const std::string flag = word.substr(0, word.find('='));
      if (flag.compare(0, 2, "--") == 0 &&
          std::find(names.begin(), names.end(), flag) == names.end()) {
        const std::string near = DidYouMean(flag, names);
        return near.empty() ? "" : absl::StrCat("; did you mean ", near, "?");
      }
      continue;
    }
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    const CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (const CLI::App* command : commands) {
      names.push_back(command->get_name());
      if (command->get_name() == word) next = command;
    }
    if (next != nullptr) {
      at = next;
    } else if (!names.empty()) {
      const std::string near = DidYouMean(word, names);
      if (!near.empty()) return absl::StrCat("; did you mean \"", near, "\"?");
    }
  }
  return "";
}

int ReportUsage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().back();
  std::string command = deepest->get_name();
  for (const CLI::App* up = deepest->get_parent(); up != nullptr; up = up->get_parent()) {
    command = absl::StrCat(up->get_name(), " ", command);
  }
  Say(absl::StrCat("comity: ", error.what(), Suggest(app, argc, argv)));
  Say(absl::StrCat("See `", command, " --help`."));
  return kExitUsage;
}

int ReportError(const absl::Status& status) {
  Say(absl::StrCat("comity: ", std::string(status.message())));
  if (ReasonOf(status) == v1::REASON_NOT_HELD) {
    Say("That daemon is behind the one that gave the token; it will catch up.");
  }
  return ExitCodeOf(status);
}

}  // namespace

absl::StatusOr<Context> Globals::OpenContext(const std::vector<v1::Role>& roles) const {
  std::string path = context_path;
  if (path.empty()) {
    const char* variable = std::getenv("COMITY_CONTEXT");
    if (variable != nullptr) path = variable;
  }
  if (path.empty()) {
    return absl::InvalidArgumentError(
        "no context: give --context FILE or set COMITY_CONTEXT; a lab writes them as "
        "DIR/AUTHORITY/{publisher,screener,operator,admin}.yaml (`comity lab up --help`)");
  }
  COMITY_ASSIGN_OR_RETURN(Context context, LoadContext(path));
  COMITY_RETURN_IF_ERROR(RequireRole(context, roles));
  return context;
}

const std::vector<v1::Role>& AnyRole() {
  static const std::vector<v1::Role> all = {v1::ROLE_PEER, v1::ROLE_PUBLISHER, v1::ROLE_SCREENER,
                                            v1::ROLE_OPERATOR, v1::ROLE_ADMIN};
  return all;
}

const std::vector<v1::Role>& Readers() {
  static const std::vector<v1::Role> readers = {v1::ROLE_SCREENER, v1::ROLE_OPERATOR,
                                                v1::ROLE_PUBLISHER};
  return readers;
}

const std::vector<v1::Role>& Operators() {
  static const std::vector<v1::Role> operators = {v1::ROLE_OPERATOR, v1::ROLE_ADMIN};
  return operators;
}

int Run(int argc, char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  // Every context has a key, and officers sign here.
  if (const absl::Status hidden = HideProcessMemory(); !hidden.ok()) return ReportError(hidden);
  QuietGrpcLog();
  Globals globals;
  CLI::App app("comity: control lists that governments share, signed and verified", "comity");
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_option("--context", globals.context_path,
                 "Who you are and which daemon to ask (default: $COMITY_CONTEXT)");
  app.add_option("-o,--output", globals.output, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}));
  app.set_version_flag("--version", std::string("comity ") + kVersion);
  AddDataCommands(app, globals);
  AddDivergenceCommand(app, globals);
  AddRevisionCommands(app, globals);
  AddListCommands(app, globals);
  AddExportCommand(app, globals);
  AddProofCommands(app, globals);
  AddEvidenceCommands(app, globals);
  AddSuccessionCommands(app, globals);
  AddVerifyCommand(app, globals);
  AddStoreCommands(app, globals);
  AddWatchCommands(app, globals);
  AddImportCommand(app, globals);
  AddKeyCommands(app, globals);
  AddPeerCommands(app, globals);
  AddBundleCommands(app, globals);
  AddRosterCommands(app, globals);
  AddAdminCommands(app, globals);
  AddAuditCommands(app, globals);
  AddLabCommands(app, globals);
  CLI::App* version = app.add_subcommand("version", "Show the version");
  version->callback([&globals] {
    globals.action = [](Globals&) {
      std::printf("comity %s\n", kVersion);
      return absl::OkStatus();
    };
  });

  // Last, so that the commands do not inherit it.
  app.footer(kFooter);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return ReportUsage(app, error, argc, argv);
  }
  if (!globals.action) {
    std::fputs(app.help().c_str(), stderr);
    return kExitUsage;
  }
  const absl::Status status = globals.action(globals);
  if (status.ok()) return 0;
  const int exit_code = ReportError(status);
  return globals.failure_exit != 0 ? globals.failure_exit : exit_code;
}

}  // namespace comity::cli
