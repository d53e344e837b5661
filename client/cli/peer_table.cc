#include "client/cli/peer_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/types.h"

namespace comity::cli {
namespace {

constexpr int kShownMissing = 3;

// "catching up (12 left)".
std::string StateOf(const v1::PeerStatus& peer) {
  if (peer.state() == "catching-up" && peer.ahead() > 0) {
    return absl::StrCat("catching up (", peer.ahead(), " left)");
  }
  if (peer.state() == "behind") return absl::StrCat("behind (", peer.behind(), ")");
  return peer.state();
}

// "12 s ago"; "never".
std::string Ago(const std::string& instant, const std::string& now) {
  if (instant.empty()) return "never";
  const auto then = ParseInstant(instant);
  const auto at = ParseInstant(now);
  if (!then.ok() || !at.ok()) return instant;
  const int64_t seconds = std::max<int64_t>(0, (at->micros - then->micros) / 1'000'000);
  if (seconds < 120) return absl::StrCat(seconds, " s ago");
  if (seconds < 120 * 60) return absl::StrCat(seconds / 60, " min ago");
  if (seconds < 48 * 3600) return absl::StrCat(seconds / 3600, " h ago");
  return absl::StrCat(seconds / 86400, " days ago");
}

// "us-bis/ccl 12 of 30, no-mfa/list2 4 of 2, and 3 more".
std::string MissingOf(const v1::PeerStatus& peer) {
  std::vector<std::string> lists;
  for (const v1::PeerMissing& one : peer.missing()) {
    if (static_cast<int>(lists.size()) == kShownMissing) {
      lists.push_back(absl::StrCat("and ", peer.missing_size() - kShownMissing, " more"));
      break;
    }
    lists.push_back(absl::StrCat(one.list(), " ", one.here(), " here, ", one.there(), " there"));
  }
  return absl::StrJoin(lists, "; ");
}

}  // namespace

Table PeerTable(const google::protobuf::RepeatedPtrField<v1::PeerStatus>& peers,
                const std::string& now) {
  Table table{
      {"PEER", "STATE", "LAST EXCHANGE", "ENDPOINT", "MISSING", "WHY"}, {}, {"MISSING", "WHY"}, {}};
  for (const v1::PeerStatus& peer : peers) {
    table.rows.push_back({peer.name(), StateOf(peer), Ago(peer.last_exchange_at(), now),
                          peer.endpoint(), MissingOf(peer), peer.detail()});
  }
  return table;
}

}  // namespace comity::cli
