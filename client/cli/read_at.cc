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

std::string BasisLine(const v1::ReadBasis& basis) {
  return absl::StrCat("View ", basis.view_digest().substr(0, 16), " (", basis.tier(), ") as of ",
                      basis.as_of().empty() ? "today" : basis.as_of(), ", ",
                      basis.last_exchange_at().empty()
                          ? "not compared with any peer since the daemon started"
                          : absl::StrCat("last compared with a peer ", basis.age_s(), " s ago"),
                      basis.stopped_lists().empty()
                          ? ""
                          : absl::StrCat("; NOT UP TO DATE, comityd must be upgraded: ",
                                         absl::StrJoin(basis.stopped_lists(), ", ")),
                      basis.backfilling_lists().empty()
                          ? ""
                          : absl::StrCat("; history still coming, citations may be missing: ",
                                         absl::StrJoin(basis.backfilling_lists(), ", ")),
                      basis.restricted_digests().empty()
                          ? ""
                          : "; holds restricted lists, show others the public token only");
}

}  // namespace comity::cli
