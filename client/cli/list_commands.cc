// comity list: the lists, their logs and what changed in them.
#include <CLI/CLI.hpp>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/entry_text.h"
#include "client/cli/read_at.h"
#include "storage/base/errors.h"
#include "storage/log/held.h"
#include "storage/log/signers.h"
#include "storage/signing/note.h"

namespace comity::cli {
namespace {

absl::Status ListLists(Globals& globals, const ReadAtOptions& at) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::ListListsRequest request;
  *request.mutable_at() = at.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::ListListsResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::ListLists, request));
  Table table{
      {"LIST", "KIND", "SIZE", "ENTRIES", "FRESHNESS", "PUBLISHED", "LAST CITATION", "TITLE"},
      {},
      {},
      {"SIZE", "ENTRIES"}};
  for (const v1::ListSummary& list : response.lists()) {
    table.rows.push_back({list.list(), list.kind(), absl::StrCat(list.size()),
                          absl::StrCat(list.entries()),
                          list.contested() ? "CONTESTED" : list.freshness().freshness(),
                          list.published_at(), list.citation(), list.title()});
  }
  globals.MakeOutput().Answer(response, table);
  return absl::OkStatus();
}

// Whether the daemon's checkpoint is the authority's own, by the roster that the
// context pins; what it says must be what the daemon says.
absl::StatusOr<std::string> VerifyHead(const Context& context, const v1::GetListResponse& list) {
  if (list.checkpoint().empty()) return "none yet";
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, LoadRoster(context));
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(list.origin()));
  COMITY_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                          VerifyLogNote(list.checkpoint(), origin, *roster));
  if (checkpoint.size == list.size() && ToHex(checkpoint.root) != list.root()) {
    return absl::DataLossError(absl::StrCat(list.list(), ": the daemon's root is not the one that ",
                                            origin.name.authority, " signed for size ",
                                            list.size()));
  }
  return absl::StrCat("size ", checkpoint.size, " signed by ", origin.name.authority, ", verified");
}

// Whether the participant itself said so, by the roster that the context pins.
absl::StatusOr<std::string> CheckHeld(const Context& context, const v1::HeldRow& row) {
  const absl::StatusOr<std::shared_ptr<const Roster>> roster = LoadRoster(context);
  if (!roster.ok()) return ", not verified";
  COMITY_ASSIGN_OR_RETURN(const HeldStatement statement,
                          VerifyHeld(row.note(), row.participant(), **roster));
  if (statement.size.value != row.size()) {
    return absl::DataLossError(absl::StrCat("the daemon says that ", row.participant(),
                                            " holds size ", row.size(), ", it signed for ",
                                            statement.size.value));
  }
  return ", verified";
}

absl::Status ShowEntries(Globals& globals, Connection& connection, const std::string& list,
                         const ReadAtOptions& at) {
  v1::ListEntriesResponse all;
  v1::ListEntriesRequest request;
  request.set_list(list);
  *request.mutable_at() = at.ToMessage();
  Progress progress;
  do {
    COMITY_ASSIGN_OR_RETURN(
        v1::ListEntriesResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::ListEntries, request));
    // Later pages are read where the first one was, whatever is published meanwhile.
    request.mutable_at()->set_known_at(page.basis().frontier_token());
    request.set_after_key(page.next_key());
    all.mutable_entries()->MergeFrom(page.entries());
    *all.mutable_basis() = page.basis();
    progress.Set(absl::StrCat(Grouped(all.entries_size()), " entries"));
  } while (!request.after_key().empty());
  progress.Clear();
  Table table{{"KEY", "FROM", "CITATION", "HEADING"}, {}, {"HEADING"}, {}};
  for (const v1::AuthorityItem& item : all.entries()) {
    table.rows.push_back(
        {item.entry().key(), item.effective_from(), item.citation(), TitleOf(item.entry())});
  }
  globals.MakeOutput().Answer(all, table);
  return absl::OkStatus();
}

absl::Status ShowList(Globals& globals, const std::string& list, const ReadAtOptions& at,
                      bool entries) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  if (entries) return ShowEntries(globals, connection, list, at);
  v1::GetListRequest request;
  request.set_list(list);
  *request.mutable_at() = at.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetListResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetList, request));
  const auto checkpoint = VerifyHead(context, response);
  if (!checkpoint.ok() && checkpoint.status().code() != absl::StatusCode::kFailedPrecondition) {
    return checkpoint.status();
  }
  Table table{{"FIELD", "VALUE"}, {}, {}, {}};
  table.rows = {
      {"list", response.list()},
      {"origin", response.origin()},
      {"title", response.title()},
      {"kind", response.kind()},
      {"size", absl::StrCat(response.size())},
      {"entries in force", absl::StrCat(response.entries())},
      {"COMMON", absl::StrCat("size ", response.common_size())},
      {"published", response.published_at()},
      {"last citation", response.citation()},
      {"time zone", response.time_zone()},
      {"root", response.root()},
      {"state root", response.state_root()},
      {"audience",
       response.audience().empty() ? "the federation" : absl::StrJoin(response.audience(), ", ")},
      {"checkpoint", checkpoint.ok() ? *checkpoint : "not verified: the context has no roster"}};
  if (response.history() != "COMPLETE") {
    table.rows.push_back({"history", absl::StrCat(response.history(), ", ", response.backfilled(),
                                                  " of ", response.since(), " leaves")});
  }
  table.rows.push_back({"freshness", FreshnessText(response.freshness())});
  if (response.contested()) {
    table.rows.push_back({"CONTESTED",
                          "its authority signed two histories, of which this is one "
                          "(`comity evidence ls`); it stays here until a new epoch"});
  }
  if (!response.stopped().empty()) table.rows.push_back({"STOPPED", response.stopped()});
  for (const v1::HeldRow& row : response.held()) {
    COMITY_ASSIGN_OR_RETURN(const std::string checked, CheckHeld(context, row));
    table.rows.push_back({absl::StrCat("HELD by ", row.participant()),
                          absl::StrCat("size ", row.size(), ", ", row.stated_at(), checked)});
  }
  globals.MakeOutput().Answer(response, table);
  return absl::OkStatus();
}

absl::Status ShowLog(Globals& globals, const std::string& list) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::GetListLogResponse all;
  v1::GetListLogRequest request;
  request.set_list(list);
  do {
    COMITY_ASSIGN_OR_RETURN(
        const v1::GetListLogResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::GetListLog, request));
    all.mutable_revisions()->MergeFrom(page.revisions());
    if (page.not_held_to() > 0) {
      all.set_not_held_from(page.not_held_from());
      all.set_not_held_to(page.not_held_to());
    }
    request.set_from_index(page.next_index());
  } while (request.from_index() != 0);
  Table table{
      {"INDEX", "PUBLISHED", "EFFECTIVE", "+", "~", "-", "REDATED", "SIGNED", "CITATION", "TITLE"},
      {},
      {"TITLE"},
      {"INDEX", "+", "~", "-", "REDATED", "SIGNED"}};
  for (const v1::LogRow& row : all.revisions()) {
    const bool genesis = row.type() == "genesis";
    table.rows.push_back({absl::StrCat(row.index()), row.published_at(), row.effective_from(),
                          absl::StrCat(row.added()), absl::StrCat(row.revised()),
                          absl::StrCat(row.removed()), absl::StrCat(row.redated()),
                          absl::StrCat(row.signatures()), genesis ? "(genesis)" : row.citation(),
                          row.title()});
  }
  const Output output = globals.MakeOutput();
  output.Answer(all, table);
  if (all.not_held_to() > 0) {
    output.Line(absl::StrCat("Leaves ", all.not_held_from(), " to ", all.not_held_to() - 1,
                             " are still being fetched"));
  }
  return absl::OkStatus();
}

absl::Status Diff(Globals& globals, const std::string& list, uint32_t from, uint32_t to) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::DiffListResponse all;
  v1::DiffListRequest request;
  request.set_list(list);
  request.set_from_size(from);
  request.set_to_size(to);
  do {
    COMITY_ASSIGN_OR_RETURN(
        v1::DiffListResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::DiffList, request));
    page.mutable_changes()->Swap(all.mutable_changes());
    page.mutable_changes()->MergeFrom(all.changes());
    request.set_after_key(page.next_key());
    all = std::move(page);
  } while (!request.after_key().empty());
  const Output output = globals.MakeOutput();
  Table table{{"CHANGE", "KEY", "EFFECTIVE", "INDEX", "HEADING"}, {}, {"HEADING"}, {"INDEX"}};
  for (const v1::DiffRow& row : all.changes()) {
    table.rows.push_back({row.change(), row.key(), row.effective_from(), absl::StrCat(row.index()),
                          TitleOf(row.has_after() ? row.after() : row.before())});
  }
  output.Answer(all, table);
  output.Line(absl::StrCat(all.list(), " from size ", from, " to ", to, ": ", all.added(),
                           " added, ", all.revised(), " revised, ", all.removed(), " removed, ",
                           all.redated(), " redated"));
  return absl::OkStatus();
}

}  // namespace

void AddListCommands(CLI::App& app, Globals& globals) {
  const CLI::Range kSizes(uint32_t{0}, std::numeric_limits<uint32_t>::max(), "SIZE");
  CLI::App* list = app.add_subcommand("list", "The lists, their logs, what changed");
  list->fallthrough()->require_subcommand(0, 1);
  const auto name_of = [](CLI::App* command) {
    auto name = std::make_shared<std::string>();
    command->add_option("LIST", *name, "AUTHORITY/LIST, such as us-bis/ccl")->required();
    return name;
  };
  {
    CLI::App* ls = list->add_subcommand("ls", "All lists that the daemon holds");
    auto at = AddReadAtOptions(*ls);
    ls->fallthrough()->callback(
        [&globals, at] { globals.action = [at](Globals& g) { return ListLists(g, *at); }; });
  }
  {
    CLI::App* show = list->add_subcommand("show", "One list; its checkpoint is verified here");
    auto name = name_of(show);
    auto at = AddReadAtOptions(*show);
    auto entries = std::make_shared<bool>(false);
    show->add_flag("--entries", *entries, "Its entries in force instead");
    show->fallthrough()->callback([&globals, name, at, entries] {
      globals.action = [=](Globals& g) { return ShowList(g, *name, *at, *entries); };
    });
  }
  {
    CLI::App* log = list->add_subcommand("log", "Its revisions, oldest first");
    auto name = name_of(log);
    log->fallthrough()->callback(
        [&globals, name] { globals.action = [name](Globals& g) { return ShowLog(g, *name); }; });
  }
  {
    // The same under the noun that publishers think in.
    CLI::App* ls =
        app.get_subcommand("revision")->add_subcommand("ls", "A list's revisions, oldest first");
    auto name = name_of(ls);
    ls->fallthrough()->callback(
        [&globals, name] { globals.action = [name](Globals& g) { return ShowLog(g, *name); }; });
  }
  {
    CLI::App* diff = list->add_subcommand("diff", "What changed between two sizes");
    auto name = name_of(diff);
    auto from = std::make_shared<uint32_t>(0);
    auto to = std::make_shared<uint32_t>(0);
    diff->add_option("FROM_SIZE", *from, "The smaller size")->required()->check(kSizes);
    diff->add_option("TO_SIZE", *to, "The larger size")->required()->check(kSizes);
    diff->fallthrough()->callback([&globals, name, from, to] {
      globals.action = [=](Globals& g) { return Diff(g, *name, *from, *to); };
    });
  }
}

}  // namespace comity::cli
