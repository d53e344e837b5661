// --as-of, --known-at and --tier, which every read takes.
#ifndef COMITY_CLIENT_CLI_READ_AT_H_
#define COMITY_CLIENT_CLI_READ_AT_H_

#include <memory>
#include <string>

#include "comity/v1/query_service.pb.h"

namespace CLI {
class App;
}

namespace comity::cli {

struct ReadAtOptions {
  std::string as_of;
  std::string known_at;
  std::string tier;

  v1::ReadAt ToMessage() const;
};

std::shared_ptr<ReadAtOptions> AddReadAtOptions(CLI::App& command);

// "FRESH"; "LATE (since INSTANT)".
std::string FreshnessText(const v1::ListFreshness& freshness);

// "View DIGEST (latest) as of today, compared with a peer 12 s ago".
std::string BasisLine(const v1::ReadBasis& basis);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_READ_AT_H_
