#include "client/cli/read_at.h"

#include <CLI/CLI.hpp>

namespace comity::cli {

v1::ReadAt ReadAtOptions::ToMessage() const {
  v1::ReadAt at;
  at.set_as_of(as_of);
  at.set_known_at(known_at);
  return at;
}

std::shared_ptr<ReadAtOptions> AddReadAtOptions(CLI::App& command) {
  auto options = std::make_shared<ReadAtOptions>();
  command.add_option("--as-of", options->as_of,
                     "The legal date asked about, YYYY-MM-DD (default: today in each list's zone)");
  command.add_option(
      "--known-at", options->known_at,
      "What was known then: a frontier token or an instant (default: all that is held)");
  return options;
}

}  // namespace comity::cli
