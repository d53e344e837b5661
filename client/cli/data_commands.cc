// comity item, entry, status: one question, one answer.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/entry_text.h"
#include "client/cli/item_links.h"
#include "client/cli/legal_effect.h"
#include "client/cli/peer_table.h"
#include "client/cli/read_at.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

std::string ControlsOf(const v1::ControlledItem& item) {
  std::vector<std::string> reasons;
  for (const v1::Control& control : item.controls()) reasons.push_back(control.reason());
  return absl::StrJoin(reasons, ", ");
}

struct ItemOptions {
  std::string code;
  std::string arrangement;
  std::string as_if;
  std::string destination;
  std::string end_use;
};

absl::Status ShowItem(Globals& globals, const ItemOptions& options, const ReadAtOptions& at) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::GetItemRequest request;
  request.set_code(options.code);
  request.set_arrangement(options.arrangement);
  request.set_as_if(options.as_if);
  request.set_destination(options.destination);
  request.set_end_use(options.end_use);
  *request.mutable_at() = at.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetItemResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetItem, request));
  const Output output = globals.MakeOutput();
  Table table{
      {"AUTHORITY", "LIST", "CODE", "FROM", "CITATION", "REASONS", "TEXT"}, {}, {"TEXT"}, {}};
  for (const v1::AuthorityItem& item : response.authorities()) {
    const v1::ControlledItem& body = item.entry().item();
    table.rows.push_back({item.authority(), item.list(), body.code(), item.effective_from(),
                          item.citation(), ControlsOf(body),
                          body.has_text() ? body.text() : body.heading()});
  }
  if (!output.table()) {
    output.Answer(response, response.has_legal_effect()
                                ? LegalEffectTable(response.code(), response.legal_effect())
                                : table);
    return absl::OkStatus();
  }
  if (response.authorities().empty()) {
    output.Line(absl::StrCat(response.code(), ": no list that is held here has it in force",
                             at.as_of.empty() ? "" : absl::StrCat(" on ", at.as_of),
                             " (which does not say that it is uncontrolled)"));
  } else {
    output.Show(table);
  }
  if (response.link() == "identical") output.Line("One code, by rule the same item in each list.");
  if (response.link() == "candidate") {
    output.Line(
        "One code, likely the same item: read each text, legal effect differs by authority.");
  }
  if (response.link() == "none") {
    output.Line("One code, but by rule not the same item: this numbering differs by country.");
  }
  if (!response.remark().empty()) output.Line(absl::StrCat("Note: ", response.remark(), "."));
  if (!response.linked().empty()) {
    output.Line("Linked:");
    output.Show(LinksTable(response.linked()));
  }
  if (response.has_arrangement()) ShowArrangement(response.arrangement(), output);
  if (!response.related_codes().empty()) {
    constexpr int kShown = 12;
    const auto& related = response.related_codes();
    const int shown = std::min(related.size(), kShown);
    output.Line(
        absl::StrCat("Related: ", absl::StrJoin(related.begin(), related.begin() + shown, ", "),
                     shown < related.size() ? ", ... (all with -o json)" : ""));
  }
  if (response.has_legal_effect()) {
    output.Line("");
    ShowLegalEffect(response.code(), response.legal_effect(), output);
  }
  output.Line(BasisLine(response.basis()));
  return absl::OkStatus();
}

absl::Status GetEntry(Globals& globals, const std::string& list, const std::string& key,
                      const ReadAtOptions& at) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::GetEntryRequest request;
  request.set_list(list);
  request.set_key(key);
  *request.mutable_at() = at.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetEntryResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetEntry, request));
  const Output output = globals.MakeOutput();
  Table table{
      {"INDEX", "OPERATION", "FROM", "TO", "PUBLISHED", "CITATION", "ENTRY"}, {}, {}, {"INDEX"}};
  for (const v1::EntryVersion& version : response.versions()) {
    table.rows.push_back(
        {absl::StrCat(version.index()),
         version.superseded() ? version.operation() + " (superseded)" : version.operation(),
         version.effective_from(), version.effective_to(), version.published_at(),
         version.citation(), version.entry_hash().substr(0, 12)});
  }
  output.Answer(response, table);
  if (!output.table()) return absl::OkStatus();
  if (!response.has_in_force()) {
    output.Line("Nothing of it is in force on that day.");
    return absl::OkStatus();
  }
  const v1::Entry& entry = response.in_force().entry();
  output.Line(BasisLine(response.basis()));
  output.Line("");
  output.Line(TextOf(entry));
  return absl::OkStatus();
}

absl::Status ShowStatus(Globals& globals) {
  COMITY_ASSIGN_OR_RETURN(const Context context,
                          globals.OpenContext({v1::ROLE_OPERATOR, v1::ROLE_SCREENER,
                                               v1::ROLE_PUBLISHER, v1::ROLE_ADMIN}));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::GetStatusResponse response,
                          connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                          v1::GetStatusRequest()));
  const Output output = globals.MakeOutput();
  if (output.json()) {
    output.Json(response);
    return absl::OkStatus();
  }
  output.Line(absl::StrCat("Participant ", response.participant(), " of ", response.federation(),
                           ", comityd ", response.version(), ", since ", response.started_at()));
  output.Line(absl::StrCat("View digest  ", response.view_digest()));
  output.Line(absl::StrCat("Roster       version ", response.roster_version(), ", valid to ",
                           response.roster_valid_to()));
  for (const v1::AudienceDigest& one : response.restricted_digests()) {
    output.Line(absl::StrCat("  restricted ", one.view_digest(), " among ",
                             absl::StrJoin(one.audience(), ", ")));
  }
  for (const v1::Alarm& alarm : response.alarms()) {
    output.Line(
        absl::StrCat("ALARM        ", alarm.subject(), " is ", alarm.kind(), ": ", alarm.text()));
  }
  for (const std::string& alarm : response.roster_alarms()) {
    output.Line(absl::StrCat("ALARM        ", alarm));
  }
  if (response.storage().state() != "ok") {
    output.Line(absl::StrCat("Storage      ", response.storage().state(), ": ",
                             response.storage().free_bytes() >> 20, " MiB free, nothing is stored ",
                             "until ", response.storage().reserve_bytes() >> 20, " MiB are"));
  }
  if (response.signing().state() == "waiting") {
    output.Line(absl::StrCat("Signing      waits until ", response.signing().needed(),
                             " more of these said what this daemon had signed: ",
                             absl::StrJoin(response.signing().awaited(), ", ")));
  }
  for (const v1::ListStatus& list : response.lists()) {
    if (list.history() == "SNAPSHOT") {
      output.Line(absl::StrCat("Snapshot     ", list.list(), ": ", list.parts_held(), " of ",
                               list.parts(), " parts, served once all are here"));
    } else if (list.history() == "BACKFILLING") {
      output.Line(absl::StrCat("Backfilling  ", list.list(), ": ", list.backfilled(), " of ",
                               list.since(), " leaves of its history"));
    }
    if (list.stopped().empty()) continue;
    output.Line(absl::StrCat("Stopped      ", list.list(), " at size ", list.size(), " of ",
                             list.log_size(), ": ", list.stopped()));
  }
  output.Line("");
  Table lists{{"LIST", "SIZE", "COMMON", "ENTRIES", "FRESHNESS", "PUBLISHED", "HOLDING", "ROOT",
               "COMMON AWAITS"},
              {},
              {},
              {"SIZE", "COMMON", "ENTRIES"}};
  for (const v1::ListStatus& list : response.lists()) {
    if (list.history() == "SNAPSHOT") continue;
    lists.rows.push_back({list.list(), absl::StrCat(list.size()), absl::StrCat(list.common_size()),
                          output.csv() ? absl::StrCat(list.entries()) : Grouped(list.entries()),
                          list.contested() ? "CONTESTED" : list.freshness().freshness(),
                          list.published_at(), list.holding(), list.root().substr(0, 16),
                          absl::StrJoin(list.common_awaits(), ", ")});
  }
  output.Show(lists);
  if (output.csv()) return absl::OkStatus();
  output.Line("");
  output.Show(PeerTable(response.peers(), response.now()));
  return absl::OkStatus();
}

}  // namespace

void AddDataCommands(CLI::App& app, Globals& globals) {
  CLI::App* item = app.add_subcommand("item", "What every authority says of a control code");
  item->fallthrough()->require_subcommand(0, 1);
  {
    CLI::App* show = item->add_subcommand("show", "Each authority's entry, side by side");
    auto options = std::make_shared<ItemOptions>();
    show->add_option("CODE", options->code, "Any spelling: 5A001.f.1, 5a001f1")->required();
    show->add_option("--arrangement", options->arrangement,
                     "Only members of this arrangement of the roster, such as echri");
    show->add_option("--as-if", options->as_if,
                     "What joining the arrangement would change for this participant");
    show->add_option("--destination", options->destination,
                     "What each authority's law says for this country: RU, Russia");
    show->add_option("--end-use", options->end_use,
                     "What for, in words: the rules without an item that bear on it (with "
                     "--destination)");
    auto at = AddReadAtOptions(*show);
    show->fallthrough()->callback([&globals, options, at] {
      globals.action = [options, at](Globals& g) { return ShowItem(g, *options, *at); };
    });
  }
  AddSearchCommand(*item, globals);
  CLI::App* entry = app.add_subcommand("entry", "One entry of one list");
  entry->fallthrough()->require_subcommand(0, 1);
  {
    CLI::App* get = entry->add_subcommand("get", "Its versions, and what is in force");
    auto list = std::make_shared<std::string>();
    auto key = std::make_shared<std::string>();
    get->add_option("LIST", *list, "AUTHORITY/LIST, such as us-bis/ccl")->required();
    get->add_option("KEY", *key, "The entry's key, such as 1:5A001.f.1")->required();
    auto at = AddReadAtOptions(*get);
    get->fallthrough()->callback([&globals, list, key, at] {
      globals.action = [list, key, at](Globals& g) { return GetEntry(g, *list, *key, *at); };
    });
  }
  CLI::App* status = app.add_subcommand("status", "What the daemon holds and knows of its peers");
  status->fallthrough()->callback([&globals] { globals.action = ShowStatus; });
}

}  // namespace comity::cli
