// comity list export: a list's entries in force, at any point in time, as a file.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/cli/read_at.h"
#include "client/import/entries_file.h"
#include "client/import/exports.h"
#include "storage/base/errors.h"
#include "storage/lists/frontier.h"

namespace comity::cli {
namespace {

struct ExportOptions {
  std::string list;
  std::string format = "entries";
  std::string out;
  uint32_t size = 0;
  std::shared_ptr<ReadAtOptions> at;
};

// The kind of list that the entry may stand in.
v1::ListKind KindOf(const v1::Entry& entry) {
  if (entry.has_item()) return v1::LIST_KIND_ITEMS;
  if (entry.has_party()) return v1::LIST_KIND_PARTIES;
  if (entry.has_rule()) return v1::LIST_KIND_RULES;
  return v1::LIST_KIND_UNSPECIFIED;
}

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

struct Exported {
  std::vector<v1::Entry> entries;
  v1::ReadBasis basis;
  v1::ListKind kind = v1::LIST_KIND_UNSPECIFIED;
  // The newest effective date among the entries: the edition's own.
  std::string dated;
};

absl::StatusOr<Exported> ReadAll(Connection& connection, const ExportOptions& options) {
  v1::ListEntriesRequest request;
  request.set_list(options.list);
  *request.mutable_at() = options.at->ToMessage();
  if (options.size > 0) {
    COMITY_ASSIGN_OR_RETURN(*request.mutable_at()->mutable_known_at(),
                            TokenAt(connection, options.list, options.size));
  }
  Exported all;
  Progress progress;
  do {
    COMITY_ASSIGN_OR_RETURN(
        v1::ListEntriesResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::ListEntries, request));
    // Later pages are read where the first one was, whatever is published meanwhile.
    request.mutable_at()->set_known_at(page.basis().frontier_token());
    request.set_after_key(page.next_key());
    for (v1::AuthorityItem& item : *page.mutable_entries()) {
      all.dated = std::max(all.dated, item.effective_from());
      all.entries.push_back(std::move(*item.mutable_entry()));
    }
    all.basis = std::move(*page.mutable_basis());
    progress.Set(absl::StrCat(Grouped(all.entries.size()), " entries"));
  } while (!request.after_key().empty());
  progress.Clear();
  if (!all.entries.empty()) all.kind = KindOf(all.entries.front());
  return all;
}

absl::StatusOr<std::string> Render(const ExportOptions& options, const Exported& all) {
  if (options.format == "us-ccl-history") {
    return WriteUsCclHistory(all.entries,
                             all.basis.as_of().empty() ? all.dated : all.basis.as_of());
  }
  if (options.format == "csv") {
    COMITY_ASSIGN_OR_RETURN(CsvExport csv, WriteCsv(all.kind, all.entries));
    if (csv.separator != ";") {
      Say(absl::StrCat("Several values in a cell are parted by \"", csv.separator,
                       "\": to read the file back, say so as `separator` in a mapping"));
    }
    if (csv.incomplete > 0) {
      Say(absl::StrCat(Grouped(csv.incomplete), " of ", Grouped(all.entries.size()),
                       " entries hold more than CSV columns can say; --format entries holds all"));
    }
    return std::move(csv.text);
  }
  Edition edition;
  edition.format = "export";
  edition.kind = all.kind;
  edition.entries = all.entries;
  if (const auto day = ParseCivilDay(all.basis.as_of()); day.ok()) edition.dated = *day;
  return WriteEntries(edition);
}

absl::Status Export(Globals& globals, const ExportOptions& options) {
  if (options.size > 0 && !options.at->known_at.empty()) {
    return absl::InvalidArgumentError("--at and --known-at both say what is known: give one");
  }
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const Exported all, ReadAll(connection, options));
  if (all.entries.empty()) {
    return absl::NotFoundError(
        absl::StrCat(options.list, ": no entry is in force then, so there is nothing to export; ",
                     "`comity list log ", options.list, "` shows its revisions"));
  }
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, Render(options, all));
  if (options.out.empty()) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  } else {
    std::ofstream out(options.out, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.flush();
    if (!out) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.out, " cannot be written: give another --out"));
    }
  }
  Say(absl::StrCat(options.list, ": ", Grouped(all.entries.size()), " entries as ", options.format,
                   options.out.empty() ? "" : absl::StrCat(" in ", options.out)));
  Say(BasisLine(all.basis));
  return absl::OkStatus();
}

}  // namespace

void AddExportCommand(CLI::App& app, Globals& globals) {
  CLI::App* command = app.get_subcommand("list")->add_subcommand(
      "export", "Its entries in force as a file, at any point in time");
  auto o = std::make_shared<ExportOptions>();
  command->add_option("LIST", o->list, "AUTHORITY/LIST, such as us-bis/ccl")->required();
  command->add_option("--format", o->format, "entries (default), csv, us-ccl-history")
      ->check(CLI::IsMember({"entries", "csv", "us-ccl-history"}));
  command->add_option("--at", o->size, "As known when the list had SIZE leaves (see `list log`)")
      ->check(CLI::Range(uint32_t{1}, std::numeric_limits<uint32_t>::max(), "SIZE"));
  o->at = AddReadAtOptions(*command);
  command->add_option("--out", o->out, "The file to write (default: standard output)");
  command->fallthrough()->callback(
      [&globals, o] { globals.action = [o](Globals& g) { return Export(g, *o); }; });
}

}  // namespace comity::cli
