// comity peer, sync: the daemons that this one exchanges with, and why things are so.
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/peer_table.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

absl::Status ListPeers(Globals& globals) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::ListPeersResponse response,
                          connection.Call(connection.status(), &v1::StatusService::Stub::ListPeers,
                                          v1::ListPeersRequest()));
  globals.MakeOutput().Answer(response, PeerTable(response.peers(), response.now()));
  return absl::OkStatus();
}

absl::Status Pause(Globals& globals, const std::string& peer, const std::string& reason) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  v1::PausePeerRequest request;
  request.set_peer(peer);
  request.set_reason(reason);
  COMITY_RETURN_IF_ERROR(
      connection.Call(connection.admin(), &v1::AdminService::Stub::PausePeer, request).status());
  Say(absl::StrCat("Peer ", peer, " is paused, over restarts too: it is not asked anything until ",
                   "`comity peer resume ", peer, "`. What it asks is still answered."));
  return absl::OkStatus();
}

absl::Status Resume(Globals& globals, const std::string& peer) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  v1::ResumePeerRequest request;
  request.set_peer(peer);
  COMITY_RETURN_IF_ERROR(
      connection.Call(connection.admin(), &v1::AdminService::Stub::ResumePeer, request).status());
  Say(absl::StrCat("Peer ", peer, " is asked again."));
  return absl::OkStatus();
}

// Which keys, as far as a table shows them.
std::string KeysOf(const v1::ComparePeerResponse& list) {
  constexpr int kShown = 5;
  std::vector<std::string> keys;
  for (const v1::EntryDifference& one : list.differences()) {
    if (static_cast<int>(keys.size()) == kShown) {
      keys.push_back(absl::StrCat("and ", list.truncated() ? "over " : "",
                                  list.differences_size() - kShown, " more (-o json)"));
      break;
    }
    keys.push_back(absl::StrCat(one.key(), " (", one.kind(), ")"));
  }
  return absl::StrJoin(keys, ", ");
}

absl::Status Compare(Globals& globals, const std::string& peer, const std::string& list) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  Progress progress;
  progress.Set(absl::StrCat("Asking ", peer, " ..."));
  v1::PeerComparison all;
  all.set_peer(peer);
  const absl::Status status =
      connection.ComparePeer(peer, list, [&](const v1::ComparePeerResponse& message) {
        if (!message.list().empty()) *all.add_lists() = message;
        progress.Set(absl::StrCat(all.lists_size(), " of ", message.of_lists(), " lists compared"));
      });
  progress.Clear();
  // Not reached is not compared: an alarm, and never "equal".
  if (!status.ok() && !absl::IsNotFound(status) && !absl::IsPermissionDenied(status)) {
    return MakeError(absl::StatusCode::kUnknown, v1::REASON_NOT_COMPARED,
                     absl::StrCat("peer ", peer, " could not be compared with: ", status.message()),
                     peer);
  }
  COMITY_RETURN_IF_ERROR(status);
  Table table{{"LIST", "RESULT", "DIFFERS IN", "WHAT TO DO"}, {}, {"DIFFERS IN", "WHAT TO DO"}, {}};
  std::vector<std::string> unknown, different;
  for (const v1::ComparePeerResponse& one : all.lists()) {
    table.rows.push_back({one.list(), one.result(), KeysOf(one), one.detail()});
    if (one.result() == "equal") continue;
    const bool not_compared =
        one.result() == "not-compared" || one.result() == "ahead" || one.result() == "behind";
    (not_compared ? unknown : different).push_back(one.list());
  }
  globals.MakeOutput().Answer(all, table);
  if (!different.empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::REASON_DIFFERENT,
        absl::StrCat("not the same here and at ", peer, ": ", absl::StrJoin(different, ", ")),
        peer);
  }
  if (!unknown.empty()) {
    return MakeError(
        absl::StatusCode::kUnknown, v1::REASON_NOT_COMPARED,
        absl::StrCat("could not be compared with ", peer, ": ", absl::StrJoin(unknown, ", ")),
        peer);
  }
  Say(absl::StrCat("Both hold the same."));
  return absl::OkStatus();
}

absl::Status Why(Globals& globals, const std::string& subject) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  v1::ExplainSyncRequest request;
  request.set_subject(subject);
  COMITY_ASSIGN_OR_RETURN(
      const v1::ExplainSyncResponse response,
      connection.Call(connection.status(), &v1::StatusService::Stub::ExplainSync, request));
  const Output output = globals.MakeOutput();
  Table table{{absl::StrCat("WHY ", subject)}, {}, {absl::StrCat("WHY ", subject)}, {}};
  for (const std::string& line : response.lines()) table.rows.push_back({line});
  output.Answer(response, table);
  return absl::OkStatus();
}

}  // namespace

void AddPeerCommands(CLI::App& app, Globals& globals) {
  CLI::App* peer = app.add_subcommand("peer", "The daemons that this one exchanges with");
  peer->fallthrough()->require_subcommand(0, 1);
  CLI::App* ls = peer->add_subcommand("ls", "Their state, who lacks what, and why");
  ls->fallthrough()->callback([&globals] { globals.action = ListPeers; });
  auto name = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  CLI::App* pause = peer->add_subcommand("pause", "Ask it nothing until it is resumed");
  pause->add_option("PEER", *name, "The participant, such as no")->required();
  pause->add_option("--reason", *reason, "Why, for the log and for those who wonder")->required();
  pause->fallthrough()->callback([&globals, name, reason] {
    globals.action = [=](Globals& g) { return Pause(g, *name, *reason); };
  });
  CLI::App* resume = peer->add_subcommand("resume", "Ask it again");
  resume->add_option("PEER", *name, "The participant, such as no")->required();
  resume->fallthrough()->callback(
      [&globals, name] { globals.action = [name](Globals& g) { return Resume(g, *name); }; });

  CLI::App* compare = peer->add_subcommand(
      "compare",
      "Find the entries in which it and this daemon differ (exit 7: they do; 2: not known)");
  auto list = std::make_shared<std::string>();
  compare->add_option("PEER", *name, "The participant, such as no")->required();
  compare->add_option("--list", *list, "Only this AUTHORITY/LIST");
  compare->fallthrough()->callback([&globals, name, list] {
    globals.action = [=](Globals& g) { return Compare(g, *name, *list); };
  });

  CLI::App* sync = app.add_subcommand("sync", "How lists come from peers");
  sync->fallthrough()->require_subcommand(0, 1);
  CLI::App* why = sync->add_subcommand("why", "Why a list, or a peer, is as it is");
  why->add_option("SUBJECT", *name, "AUTHORITY/LIST, or a peer such as no")->required();
  why->fallthrough()->callback(
      [&globals, name] { globals.action = [name](Globals& g) { return Why(g, *name); }; });
}

}  // namespace comity::cli
