// comity signing: an admin's word on what a daemon may do.
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

absl::Status ReleaseSigning(Globals& globals, const std::string& reason, bool yes) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext({v1::ROLE_ADMIN}));
  if (!yes && !Confirm("If this daemon lost revisions that it had signed, it will fork its own "
                       "lists. Has nothing been lost?")) {
    return absl::InvalidArgumentError(
        "nothing was released: give --yes to say that this daemon holds all that it ever signed");
  }
  Connection connection(context);
  v1::ReleaseSigningRequest request;
  request.set_reason(reason);
  COMITY_ASSIGN_OR_RETURN(
      const v1::ReleaseSigningResponse response,
      connection.Call(connection.admin(), &v1::AdminService::Stub::ReleaseSigning, request));
  const std::string unheard = absl::StrJoin(response.unheard(), ", ");
  globals.MakeOutput().Answer(response, {{"RELEASED WITHOUT"}, {{unheard}}, {}, {}});
  return absl::OkStatus();
}

}  // namespace

void AddAdminCommands(CLI::App& app, Globals& globals) {
  CLI::App* signing = app.add_subcommand("signing", "Whether the daemon signs checkpoints");
  signing->fallthrough()->require_subcommand(0, 1);
  CLI::App* release = signing->add_subcommand(
      "release", "Let it sign although too few peers said what it had signed (`comity status`)");
  auto reason = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  release->add_option("--reason", *reason, "Why, for the log")->required();
  release->add_flag("--yes", *yes, "It holds all that it ever signed; do not ask");
  release->fallthrough()->callback([&globals, reason, yes] {
    globals.action = [=](Globals& g) { return ReleaseSigning(g, *reason, *yes); };
  });
}

}  // namespace comity::cli
