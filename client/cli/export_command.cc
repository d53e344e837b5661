// comity list export, comity export: a list's entries, or those of the merged view, in force at
// any point in time, as a file.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/export_sink.h"
#include "client/cli/read_at.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"
#include "storage/lists/frontier.h"

namespace comity::cli {
namespace {

struct ListExportOptions {
  std::string list;
  std::string format = kEntriesFormat;
  std::string out;
  uint32_t size = 0;
  std::shared_ptr<ReadAtOptions> at;
};

struct ViewExportOptions {
  std::vector<std::string> lists;
  std::vector<std::string> authorities;
  std::vector<std::string> kinds;
  std::string format = kJsonlFormat;
  std::string out;
  std::shared_ptr<ReadAtOptions> at;
};

// The token of the list's first `size` leaves alone.
absl::StatusOr<std::string> TokenAt(Connection& connection, const std::string& list,
                                    uint32_t size) {
  v1::GetListRequest list_request;
  list_request.set_list(list);
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetListResponse found,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetList, list_request));
  if (size > found.size()) {
    return absl::OutOfRangeError(
        absl::StrCat(list, ": --at ", size, " was asked for, it has ", found.size(), " leaves"));
  }
  v1::GetListLogRequest log_request;
  log_request.set_list(list);
  log_request.set_from_index(size - 1);
  log_request.set_page_size(1);
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetListLogResponse log,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetListLog, log_request));
  if (log.revisions().empty()) {
    return absl::DataLossError(absl::StrCat(list, ": the daemon does not give leaf ", size - 1));
  }
  Frontier frontier;
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(found.origin()));
  FrontierHead& head = frontier.heads[origin];
  head.size = TreeSize{size};
  COMITY_ASSIGN_OR_RETURN(const std::string root, FromHex(log.revisions(0).root()));
  COMITY_ASSIGN_OR_RETURN(head.root, DigestFromBytes(root));
  return frontier.Token();
}

// Hands each entry of the list in force at `at` to the sink, page by page. Every page is read at
// the frontier and on the date of the first, whatever is published or strikes midnight meanwhile.
absl::Status ReadEntries(Connection& connection, const std::string& list, v1::ListKind kind,
                         v1::ReadAt at, Progress& progress, ExportSink* sink) {
  v1::ListEntriesRequest request;
  request.set_list(list);
  *request.mutable_at() = std::move(at);
  do {
    COMITY_ASSIGN_OR_RETURN(
        const v1::ListEntriesResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::ListEntries, request));
    request.set_after_key(page.next_key());
    for (const v1::AuthorityItem& record : page.entries()) {
      request.mutable_at()->set_as_of(record.as_of());
      COMITY_RETURN_IF_ERROR(sink->Take(kind, record));
    }
    progress.Set(absl::StrCat("Exporting ", list, ": ", Grouped(sink->records()), " records"));
  } while (!request.after_key().empty());
  return absl::OkStatus();
}

// "1 record", "12,345 records".
std::string Counted(uint64_t number, const char* one, const char* many) {
  return absl::StrCat(Grouped(number), " ", number == 1 ? one : many);
}

// What was written, from where, and how to get the same again.
void SayDone(const std::string& what, const std::string& format, const std::string& out,
             const v1::ReadBasis& basis) {
  Say(absl::StrCat(what, " as ", format, out.empty() ? "" : absl::StrCat(" in ", out)));
  Say(BasisLine(basis));
  Say(absl::StrCat("Token ", basis.frontier_token(),
                   basis.public_frontier_token().empty()
                       ? ""
                       : absl::StrCat(" (to show others: ", basis.public_frontier_token(), ")")));
}

absl::Status ExportList(Globals& globals, const ListExportOptions& options) {
  if (options.size > 0 && !options.at->known_at.empty()) {
    return absl::InvalidArgumentError("--at and --known-at both say what is known: give one");
  }
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::GetListRequest request;
  request.set_list(options.list);
  *request.mutable_at() = options.at->ToMessage();
  if (options.size > 0) {
    COMITY_ASSIGN_OR_RETURN(*request.mutable_at()->mutable_known_at(),
                            TokenAt(connection, options.list, options.size));
  }
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetListResponse list,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetList, request));
  request.mutable_at()->set_known_at(list.basis().frontier_token());
  const v1::ListKind kind = ListKindOfName(list.kind());
  COMITY_ASSIGN_OR_RETURN(
      const auto sink, ExportSink::Create(options.format, options.out, kind, list.basis().as_of()));
  {
    Progress progress;
    COMITY_RETURN_IF_ERROR(
        ReadEntries(connection, options.list, kind, request.at(), progress, sink.get()));
  }
  if (sink->records() == 0) {
    return absl::NotFoundError(
        absl::StrCat(options.list, ": no entry is in force then, so there is nothing to export; ",
                     "`comity list log ", options.list, "` shows its revisions"));
  }
  COMITY_RETURN_IF_ERROR(sink->Deliver());
  SayDone(absl::StrCat(options.list, ": ", Counted(sink->records(), "entry", "entries")),
          options.format, options.out, list.basis());
  return absl::OkStatus();
}

// --- The merged view.

bool IsAmong(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

// A name that was given and that nothing has.
absl::Status CheckNames(const ViewExportOptions& options, const v1::ListListsResponse& held) {
  std::set<std::string> lists;
  std::set<std::string> authorities;
  for (const v1::ListSummary& list : held.lists()) {
    lists.insert(list.list());
    authorities.insert(list.list().substr(0, list.list().find('/')));
  }
  const auto check = [](const char* what, const std::vector<std::string>& given,
                        const std::set<std::string>& known) -> absl::Status {
    for (const std::string& name : given) {
      if (known.contains(name)) continue;
      return absl::NotFoundError(absl::StrCat("nothing was known then of the ", what, " ", name,
                                              "; there ", known.size() == 1 ? "is" : "are", ": ",
                                              known.empty() ? "none" : absl::StrJoin(known, ", ")));
    }
    return absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(check("list", options.lists, lists));
  return check("authority", options.authorities, authorities);
}

absl::Status ExportView(Globals& globals, const ViewExportOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  v1::ListListsRequest request;
  *request.mutable_at() = options.at->ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::ListListsResponse held,
      connection.Call(connection.query(), &v1::QueryService::Stub::ListLists, request));
  COMITY_RETURN_IF_ERROR(CheckNames(options, held));
  v1::ReadAt at = request.at();
  at.set_known_at(held.basis().frontier_token());
  COMITY_ASSIGN_OR_RETURN(const auto sink, ExportSink::Create(options.format, options.out,
                                                              std::nullopt, held.basis().as_of()));
  // What the format has no form for.
  std::vector<std::string> left_out;
  size_t lists = 0;
  {
    Progress progress;
    for (const v1::ListSummary& list : held.lists()) {
      const std::string authority = list.list().substr(0, list.list().find('/'));
      if (!IsAmong(options.lists, list.list()) || !IsAmong(options.authorities, authority) ||
          !IsAmong(options.kinds, list.kind())) {
        continue;
      }
      const v1::ListKind kind = ListKindOfName(list.kind());
      if (options.format == kFtmFormat && kind != v1::LIST_KIND_PARTIES) {
        left_out.push_back(list.list());
        continue;
      }
      ++lists;
      COMITY_RETURN_IF_ERROR(ReadEntries(connection, list.list(), kind, at, progress, sink.get()));
    }
  }
  if (!left_out.empty()) {
    Say(absl::StrCat("Left out, as FollowTheMoney entities are made of parties alone: ",
                     absl::StrJoin(left_out, ", ")));
  }
  if (sink->records() == 0) {
    return absl::NotFoundError(
        "nothing is in force then in the lists asked for, so there is nothing to export; `comity "
        "list ls` shows the lists");
  }
  COMITY_RETURN_IF_ERROR(sink->Deliver());
  SayDone(absl::StrCat(Counted(sink->records(), "record", "records"), " of ",
                       Counted(lists, "list", "lists")),
          options.format, options.out, held.basis());
  return absl::OkStatus();
}

}  // namespace

void AddExportCommand(CLI::App& app, Globals& globals) {
  {
    CLI::App* command = app.get_subcommand("list")->add_subcommand(
        "export", "Its entries in force as a file, at any point in time");
    auto o = std::make_shared<ListExportOptions>();
    command->add_option("LIST", o->list, "AUTHORITY/LIST, such as us-bis/ccl")->required();
    command
        ->add_option("--format", o->format,
                     "entries (default), csv, us-ccl-history: what reads back as an edition; "
                     "jsonl: records with authority, dates, citation and hash; ftm: listed parties "
                     "as FollowTheMoney entities")
        ->check(CLI::IsMember(
            {kEntriesFormat, kCsvFormat, kUsCclHistoryFormat, kJsonlFormat, kFtmFormat}));
    command->add_option("--at", o->size, "As known when the list had SIZE leaves (see `list log`)")
        ->check(CLI::Range(uint32_t{1}, std::numeric_limits<uint32_t>::max(), "SIZE"));
    o->at = AddReadAtOptions(*command);
    command->add_option("--out", o->out, "The file to write (default: standard output)");
    command->fallthrough()->callback(
        [&globals, o] { globals.action = [o](Globals& g) { return ExportList(g, *o); }; });
  }
  CLI::App* command = app.add_subcommand(
      "export",
      "The merged view in force as a file, at any point in time, each record with who "
      "said it, when and by which act");
  auto o = std::make_shared<ViewExportOptions>();
  command->add_option("--list", o->lists, "This list alone; may be given again");
  command->add_option("--authority", o->authorities, "This authority's lists; may be given again");
  command
      ->add_option("--kind", o->kinds,
                   "items, parties, rules, denials, correlations; may be given again")
      ->check(CLI::IsMember({"items", "parties", "rules", "denials", "correlations"}));
  command
      ->add_option("--format", o->format,
                   "jsonl (default): one record a line; csv; ftm: listed parties as FollowTheMoney "
                   "entities")
      ->check(CLI::IsMember({kJsonlFormat, kCsvFormat, kFtmFormat}));
  o->at = AddReadAtOptions(*command);
  command->add_option("--out", o->out, "The file to write (default: standard output)");
  command->fallthrough()->callback(
      [&globals, o] { globals.action = [o](Globals& g) { return ExportView(g, *o); }; });
}

}  // namespace comity::cli
