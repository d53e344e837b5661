#include "client/cli/read_at.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace comity::cli {

v1::ReadAt ReadAtOptions::ToMessage() const {
  v1::ReadAt at;
  at.set_as_of(as_of);
  at.set_known_at(known_at);
  at.set_tier(tier);
  return at;
}

std::shared_ptr<ReadAtOptions> AddReadAtOptions(CLI::App& command) {
  auto options = std::make_shared<ReadAtOptions>();
  command.add_option("--as-of", options->as_of,
                     "The legal date asked about, YYYY-MM-DD (default: today in each list's zone)");
  command.add_option(
      "--known-at", options->known_at,
      "What was known then: a frontier token or an instant (default: all that is held)");
  command
      .add_option("--tier", options->tier,
                  "latest: all that is verified here; common: what a quorum states HELD "
                  "(default: latest)")
      ->check(CLI::IsMember({"latest", "common"}));
  return options;
}

std::string FreshnessText(const v1::ListFreshness& freshness) {
  if (freshness.freshness() == "FRESH") return freshness.freshness();
  return absl::StrCat(freshness.freshness(), " (since ", freshness.current_at(), ")");
}

namespace {

// Which lists are not FRESH; empty if all are.
std::string NotFresh(const v1::ReadBasis& basis) {
  std::vector<std::string> lists;
  for (const v1::ListFreshness& one : basis.not_fresh()) {
    lists.push_back(absl::StrCat(one.list(), " ", FreshnessText(one)));
  }
  return lists.empty()
             ? ""
             : absl::StrCat("; in force, not confirmed lately: ", absl::StrJoin(lists, ", "));
}

}  // namespace

std::string BasisLine(const v1::ReadBasis& basis) {
  return absl::StrCat(
      "View ", basis.view_digest().substr(0, 16), " (", basis.tier(), ") as of ",
      basis.as_of().empty() ? "today" : basis.as_of(), ", ",
      basis.last_exchange_at().empty()
          ? "not compared with any peer since the daemon started"
          : absl::StrCat("last compared with a peer ", basis.age_s(), " s ago"),
      basis.roster_alarm().empty() ? "" : absl::StrCat("; ALARM: ", basis.roster_alarm()),
      basis.stopped_lists().empty()
          ? ""
          : absl::StrCat("; NOT UP TO DATE, see `comity status` for why: ",
                         absl::StrJoin(basis.stopped_lists(), ", ")),
      basis.backfilling_lists().empty()
          ? ""
          : absl::StrCat("; history still coming, citations may be missing: ",
                         absl::StrJoin(basis.backfilling_lists(), ", ")),
      basis.restricted_digests().empty()
          ? ""
          : "; holds restricted lists, show others the public token only",
      basis.contested_lists().empty()
          ? ""
          : absl::StrCat("; CONTESTED, there is another signed history: ",
                         absl::StrJoin(basis.contested_lists(), ", ")),
      NotFresh(basis));
}

}  // namespace comity::cli
