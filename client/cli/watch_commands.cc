// comity watch, comity view diff: what changed, as it changes or between two tokens.
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/internal/connection.h"
#include "comity/v1/feed_service.pb.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

struct WatchOptions {
  v1::WatchChangesRequest request;
  // Ends after so many changes; 0: never.
  uint64_t limit = 0;
};

std::string DatesOf(const v1::ViewChange& change) {
  return absl::StrCat(change.effective_from(), change.effective_to().empty() ? "" : " to ",
                      change.effective_to());
}

// One line, flushed: somebody, or a program, waits for it.
void PrintLine(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string CsvCell(std::string text) {
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '"');
  }
  return absl::StrCat("\"", text, "\"");
}

// A change as the format has it.
std::string LineOf(const Output& output, const v1::ViewChange& change) {
  const std::vector<std::string> cells = {
      change.published_at(), change.list(), absl::StrCat(change.index()),
      change.operation(),    change.key(),  DatesOf(change),
      change.citation()};
  if (output.table()) {
    return absl::StrCat(cells[0].substr(0, 10), "  ", cells[1], " #", cells[2], "  ", cells[3],
                        cells[4].empty() ? "" : "  ", cells[4],
                        cells[5].empty() ? "" : "  in force ", cells[5],
                        cells[6].empty() ? "" : "  ", cells[6]);
  }
  std::string line;
  for (const std::string& cell : cells) {
    absl::StrAppend(&line, line.empty() ? "" : ",", CsvCell(cell));
  }
  return line;
}

absl::Status Watch(Globals& globals, const WatchOptions& options) {
  COMITY_ASSIGN_OR_RETURN(
      const Context context,
      globals.OpenContext({v1::ROLE_SCREENER, v1::ROLE_OPERATOR, v1::ROLE_PUBLISHER}));
  Connection connection(context);
  const Output output = globals.MakeOutput();
  if (output.csv()) PrintLine("PUBLISHED,LIST,INDEX,CHANGE,KEY,EFFECTIVE,CITATION");
  std::string token = options.request.from();
  uint64_t told = 0;
  uint64_t pages = 0;
  const absl::Status status =
      connection.WatchChanges(options.request, [&](const v1::WatchChangesResponse& page) {
        if (output.json()) {
          std::string json;
          google::protobuf::util::JsonPrintOptions print;
          print.always_print_primitive_fields = true;
          const auto made = google::protobuf::util::MessageToJsonString(page, &json, print);
          if (made.ok()) PrintLine(json);
        }
        for (const v1::ViewReset& reset : page.resets()) {
          Say(absl::StrCat("RESET ", reset.list(), ": what changed from size ", reset.from_size(),
                           " to ", reset.to_size(), " can not be told (", reset.why(),
                           "): read the list anew"));
        }
        for (const v1::ViewChange& change : page.changes()) {
          if (!output.json()) PrintLine(LineOf(output, change));
        }
        ++pages;
        told += static_cast<uint64_t>(page.changes_size());
        if (!page.token().empty()) token = page.token();
        return options.limit == 0 || told < options.limit || page.token().empty();
      });
  // Whoever stops here, for whatever reason, can go on from there.
  if (!output.json() && !token.empty() && options.request.to().empty() && pages > 0) {
    Say(absl::StrCat("Go on with --from ", token));
  }
  return status;
}

void AddFilter(CLI::App& command, WatchOptions& options) {
  const auto text = [&command](const char* name, std::string* value, const char* help) {
    command.add_option(name, *value, help);
  };
  text("--list", options.request.mutable_list(), "Only this AUTHORITY/LIST");
  text("--authority", options.request.mutable_authority(), "Only this authority's lists");
  text("--code", options.request.mutable_code_prefix(), "Only codes that begin so: 5A, 5A001.f");
  text("--arrangement", options.request.mutable_arrangement(),
       "Only the lists of this arrangement's members");
}

}  // namespace

void AddWatchCommands(CLI::App& app, Globals& globals) {
  {
    CLI::App* watch = app.add_subcommand("watch", "Tell each change as it comes, none left out");
    auto options = std::make_shared<WatchOptions>();
    watch->add_option("--from", *options->request.mutable_from(),
                      "A frontier token to go on from, or start (default: from now)");
    AddFilter(*watch, *options);
    auto once = std::make_shared<bool>(false);
    watch->add_flag("--once", *once, "End once all that is held was told");
    watch->add_option("--limit", options->limit, "End after about so many changes")
        ->check(CLI::PositiveNumber);
    watch->fallthrough()->callback([&globals, options, once] {
      options->request.set_once(*once);
      globals.action = [options](Globals& g) { return Watch(g, *options); };
    });
  }
  CLI::App* view = app.add_subcommand("view", "The merged view as a whole");
  view->fallthrough()->require_subcommand(0, 1);
  CLI::App* diff = view->add_subcommand("diff", "What changed between two frontier tokens");
  auto options = std::make_shared<WatchOptions>();
  diff->add_option("FROM", *options->request.mutable_from(), "The older token, or start")
      ->required();
  diff->add_option("TO", *options->request.mutable_to(), "The newer token")->required();
  AddFilter(*diff, *options);
  diff->fallthrough()->callback([&globals, options] {
    globals.action = [options](Globals& g) { return Watch(g, *options); };
  });
}

}  // namespace comity::cli
