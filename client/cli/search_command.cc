// comity item search: items by their words, and what correlation lists know of a term.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/item_links.h"
#include "client/cli/read_at.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

struct SearchOptions {
  std::vector<std::string> words;
  std::string arrangement;
  uint32_t limit = 50;
};

// All pages up to the limit, read at one frontier.
absl::StatusOr<v1::SearchItemsResponse> Search(Connection& connection, const SearchOptions& options,
                                               const ReadAtOptions& at) {
  constexpr uint32_t kPage = 200;
  v1::SearchItemsRequest request;
  request.set_text(absl::StrJoin(options.words, " "));
  request.set_arrangement(options.arrangement);
  *request.mutable_at() = at.ToMessage();
  v1::SearchItemsResponse all;
  do {
    request.set_page_size(std::min(kPage, options.limit - static_cast<uint32_t>(all.hits_size())));
    COMITY_ASSIGN_OR_RETURN(
        v1::SearchItemsResponse page,
        connection.Call(connection.query(), &v1::QueryService::Stub::SearchItems, request));
    if (request.page_token().empty()) {
      all.mutable_linked()->Swap(page.mutable_linked());
      *all.mutable_basis() = page.basis();
      request.mutable_at()->set_known_at(page.basis().frontier_token());
    }
    all.mutable_hits()->MergeFrom(page.hits());
    all.set_scanned(all.scanned() + page.scanned());
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() &&
           static_cast<uint32_t>(all.hits_size()) < options.limit);
  return all;
}

absl::Status SearchItems(Globals& globals, const SearchOptions& options, const ReadAtOptions& at) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Readers()));
  Connection connection(context);
  COMITY_ASSIGN_OR_RETURN(const v1::SearchItemsResponse response, Search(connection, options, at));
  const Output output = globals.MakeOutput();
  if (output.json()) {
    output.Json(response);
    return absl::OkStatus();
  }
  Table hits{{"LIST", "CODE", "FROM", "CITATION", "FOUND IN", "TEXT"}, {}, {"TEXT"}, {}};
  for (const v1::ItemHit& hit : response.hits()) {
    hits.rows.push_back({hit.item().list(), hit.item().entry().item().code(),
                         hit.item().effective_from(), hit.item().citation(), hit.matched_in(),
                         hit.excerpt()});
  }
  if (output.csv()) {
    output.Show(hits);
    return absl::OkStatus();
  }
  if (!response.linked().empty()) {
    output.Line("As a technology, by the correlation lists in force:");
    output.Show(LinksTable(response.linked()));
  }
  if (!response.hits().empty()) {
    if (!response.linked().empty()) output.Line("");
    output.Line("In the lists' own words:");
    output.Show(hits);
  }
  if (response.hits().empty() && response.linked().empty()) {
    output.Line(absl::StrCat("Nothing found in ", response.scanned(),
                             " entries (which does not say that it is uncontrolled)"));
  }
  if (!response.next_page_token().empty()) {
    output.Line(absl::StrCat("There is more: the first ", response.hits_size(),
                             " items are shown, --limit shows others."));
  }
  output.Line(BasisLine(response.basis()));
  return absl::OkStatus();
}

}  // namespace

void AddSearchCommand(CLI::App& item, Globals& globals) {
  constexpr uint32_t kMaxHits = 10'000;
  CLI::App* search = item.add_subcommand("search", "Items, and technologies, by their words");
  auto options = std::make_shared<SearchOptions>();
  search->add_option("TEXT", options->words, "Words, all of which must be there")->required();
  search->add_option("--arrangement", options->arrangement,
                     "Only members of this arrangement of the roster, such as echri");
  search->add_option("--limit", options->limit, "At most so many items (default: 50)")
      ->check(CLI::Range(1u, kMaxHits));
  auto at = AddReadAtOptions(*search);
  search->fallthrough()->callback([&globals, options, at] {
    globals.action = [options, at](Globals& g) { return SearchItems(g, *options, *at); };
  });
}

}  // namespace comity::cli
