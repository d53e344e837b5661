// comity divergence: where the items lists of participants differ, and why.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/divergence_tables.h"
#include "client/cli/read_at.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

constexpr uint32_t kMaxRows = 100'000;

struct DivergenceOptions {
  std::string arrangement;
  std::string code;
  std::vector<std::string> kinds;
  std::vector<std::string> between;
  bool summary = false;
  uint32_t limit = 50;

  v1::DivergenceScope ToMessage() const {
    v1::DivergenceScope scope;
    scope.set_arrangement(arrangement);
    scope.set_code(code);
    for (const std::string& kind : kinds) scope.add_kinds(kind);
    for (const std::string& one : between) scope.add_between(one);
    return scope;
  }
};

absl::Status Summarise(Connection& connection, const DivergenceOptions& options,
                       const ReadAtOptions& at, const Output& output) {
  v1::GetDivergenceSummaryRequest request;
  *request.mutable_at() = at.ToMessage();
  *request.mutable_scope() = options.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetDivergenceSummaryResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetDivergenceSummary, request));
  if (output.table()) {
    ShowDivergenceSummary(response.summary(), output);
    output.Line(BasisLine(response.basis()));
  } else {
    output.Answer(response, DivergencePairsTable(response.summary()));
  }
  return absl::OkStatus();
}

// All pages up to the limit: each is read at the frontier of the first.
absl::StatusOr<v1::ListDivergencesResponse> ReadRows(Connection& connection,
                                                     const DivergenceOptions& options,
                                                     const ReadAtOptions& at) {
  constexpr uint32_t kPage = 200;
  v1::ListDivergencesRequest request;
  *request.mutable_at() = at.ToMessage();
  *request.mutable_scope() = options.ToMessage();
  v1::ListDivergencesResponse all;
  Progress progress;
  do {
    request.set_page_size(std::min(kPage, options.limit - static_cast<uint32_t>(all.rows_size())));
    COMITY_ASSIGN_OR_RETURN(
        v1::ListDivergencesResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::ListDivergences, request));
    if (request.page_token().empty()) {
      all.Swap(&page);
    } else {
      all.mutable_rows()->MergeFrom(page.rows());
      all.set_next_page_token(page.next_page_token());
    }
    request.set_page_token(all.next_page_token());
    progress.Set(absl::StrCat(all.rows_size(), " of ", std::min(options.limit, all.rows_in_all()),
                              " codes"));
  } while (!all.next_page_token().empty() &&
           static_cast<uint32_t>(all.rows_size()) < options.limit);
  return all;
}

absl::Status List(Connection& connection, const DivergenceOptions& options, const ReadAtOptions& at,
                  const Output& output) {
  COMITY_ASSIGN_OR_RETURN(const v1::ListDivergencesResponse response,
                          ReadRows(connection, options, at));
  if (!output.table()) {
    output.Answer(response, DivergenceRowsTable(response.rows()));
    return absl::OkStatus();
  }
  ShowDivergenceSummary(response.summary(), output);
  if (!response.rows().empty()) {
    output.Line("");
    output.Show(DivergenceRowsTable(response.rows()));
    if (!response.next_page_token().empty()) {
      output.Line(absl::StrCat(response.rows_size(), " of ", response.rows_in_all(),
                               " codes: --limit shows more, --kind, --code and --between fewer."));
    }
  } else if (response.rows_in_all() == 0 && !options.kinds.empty() &&
             response.summary().codes() > 0) {
    output.Line(absl::StrCat("No code of kind ", absl::StrJoin(options.kinds, ", "), "."));
  }
  output.Line(BasisLine(response.basis()));
  return absl::OkStatus();
}

absl::Status ShowCode(Connection& connection, const DivergenceOptions& options,
                      const ReadAtOptions& at, const Output& output) {
  v1::GetDivergenceRequest request;
  *request.mutable_at() = at.ToMessage();
  *request.mutable_scope() = options.ToMessage();
  COMITY_ASSIGN_OR_RETURN(
      const v1::GetDivergenceResponse response,
      connection.Call(connection.query(), &v1::QueryService::Stub::GetDivergence, request));
  if (!output.table()) {
    output.Answer(response, DivergenceEntriesTable(response.row()));
    return absl::OkStatus();
  }
  ShowDivergence(response, at.as_of, output);
  output.Line(BasisLine(response.basis()));
  return absl::OkStatus();
}

absl::Status Diverge(Globals& globals, const DivergenceOptions& options, const ReadAtOptions& at) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  const Output output = globals.MakeOutput();
  if (options.summary) return Summarise(connection, options, at, output);
  if (!options.code.empty()) return ShowCode(connection, options, at, output);
  return List(connection, options, at, output);
}

}  // namespace

void AddDivergenceCommand(CLI::App& app, Globals& globals) {
  CLI::App* divergence =
      app.add_subcommand("divergence", "Where the participants' items lists differ, and why");
  auto options = std::make_shared<DivergenceOptions>();
  divergence->add_option("--arrangement", options->arrangement,
                         "Only members of this arrangement of the roster, such as echri");
  divergence
      ->add_option("--between", options->between,
                   "Only these participants, two or more, such as no,us")
      ->delimiter(',');
  divergence->add_option("--code", options->code,
                         "One code in full: its texts word by word, dates and destinations side by "
                         "side, and the codes below it that differ");
  divergence
      ->add_option("--kind", options->kinds,
                   "Only codes of a kind: only-some, text, destinations, dates, mapping, "
                   "typography; several with commas")
      ->delimiter(',');
  divergence->add_flag("--summary", options->summary, "Only the counts and the matrix");
  divergence->add_option("--limit", options->limit, "At most so many codes (default: 50)")
      ->check(CLI::Range(1u, kMaxRows));
  auto at = AddReadAtOptions(*divergence);
  divergence->fallthrough()->callback([&globals, options, at] {
    globals.action = [options, at](Globals& g) { return Diverge(g, *options, *at); };
  });
}

}  // namespace comity::cli
