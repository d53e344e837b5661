#include "client/internal/roster_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "storage/identity/expiry.h"
#include "storage/log/origin.h"

namespace comity {
namespace {

constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000;
constexpr int64_t kSoon = 90 * kDay;

void CheckKeys(const std::string& what, const v1::KeySet& set, std::vector<std::string>* out) {
  const int keys = set.keys_size();
  if (keys > 0 && set.threshold() == static_cast<uint32_t>(keys)) {
    out->push_back(absl::StrCat(what, ": all ", keys, keys == 1 ? " key" : " keys",
                                " must sign: one lost key and nothing can be signed any more"));
  }
  if (set.threshold() == 1 && keys > 1) {
    out->push_back(
        absl::StrCat(what, ": one of ", keys, " keys is enough: one stolen key signs anything"));
  }
}

void CheckQuorum(const v1::Roster& roster, std::vector<std::string>* out) {
  const uint32_t n = static_cast<uint32_t>(roster.participants_size());
  const uint32_t q = roster.policy().quorum();
  if (n == 0) return;
  if (q == 0 || q > n) {
    out->push_back(
        absl::StrCat("quorum ", q, " of ", n, " participants: it counts as ", q == 0 ? 1 : n));
    return;
  }
  // The most dishonest participants with which both hold.
  const auto safe = [&](uint32_t f) { return 2 * q > n + f; };
  const auto live = [&](uint32_t f) { return q + f <= n; };
  if (!safe(0)) {
    out->push_back(absl::StrCat("quorum ", q, " of ", n,
                                ": two quorums need not share anybody, so that COMMON may mean "
                                "two things; take at least ",
                                n / 2 + 1));
    return;
  }
  uint32_t tolerated = 0;
  while (safe(tolerated + 1)) ++tolerated;
  const uint32_t down = n - q;
  if (n <= 3 && q == n) {
    out->push_back(
        absl::StrCat("quorum ", q, " of ", n,
                     ": a dishonest participant is detected, but one outage stops COMMON"));
  } else if (!live(1)) {
    out->push_back(
        absl::StrCat("quorum ", q, " of ", n, ": COMMON waits for everybody, one outage stops it"));
  } else if (tolerated == 0) {
    out->push_back(absl::StrCat(
        "quorum ", q, " of ", n, ": it tolerates ", down, " down but no dishonest participant",
        n >= 4 ? absl::StrCat("; ", (n + (n - 1) / 3) / 2 + 1, " would tolerate ", (n - 1) / 3)
               : "; that takes at least 4 participants"));
  }
}

}  // namespace

std::vector<std::string> CheckRosterSense(const v1::Roster& roster, const v1::Roster* before,
                                          Instant now) {
  std::vector<std::string> out;
  CheckKeys("root", roster.root(), &out);
  CheckQuorum(roster, &out);
  if (roster.valid_to() <= now.micros) {
    out.push_back(absl::StrCat("it expired at ", FormatInstant({roster.valid_to()})));
  } else if (roster.valid_to() - now.micros < kSoon) {
    out.push_back(
        absl::StrCat("it expires within 90 days, at ", FormatInstant({roster.valid_to()})));
  }
  if (roster.valid_from() > now.micros) {
    out.push_back(absl::StrCat("it is valid only from ", FormatInstant({roster.valid_from()}),
                               ": it cannot be submitted before"));
  }
  std::set<std::string> publishes;
  for (const v1::Authority& one : roster.authorities()) {
    publishes.insert(ParticipantOf(one.name()));
    CheckKeys("officers of " + one.name(), one.officers(), &out);
    if (one.guard_threshold() == one.officers().threshold() && one.officers().keys_size() > 1) {
      out.push_back(absl::StrCat(one.name(), ": a bulk removal needs no more officers (",
                                 one.guard_threshold(), ") than any revision"));
    }
    if (one.root().keys().empty()) {
      out.push_back(absl::StrCat(one.name(), ": without root keys it cannot begin a new epoch"));
    }
  }
  for (const v1::Participant& one : roster.participants()) {
    if (one.nodes().empty()) {
      out.push_back(absl::StrCat(one.code(),
                                 " has no daemon: it holds nothing and is never part "
                                 "of a quorum"));
    }
    if (!publishes.contains(one.code())) {
      out.push_back(absl::StrCat(one.code(), " has no authority: it publishes nothing"));
    }
    const absl::StatusOr<Instant> expiry = FirstExpiry(one.ca_bundle_pem());
    if (!expiry.ok()) {
      out.push_back(absl::StrCat(one.code(), ": its CA bundle: ", expiry.status().message()));
    } else if (expiry->micros - now.micros < kSoon) {
      out.push_back(absl::StrCat(one.code(), ": a certificate of its CA bundle ",
                                 expiry->micros <= now.micros ? "expired at " : "expires at ",
                                 FormatInstant(*expiry)));
    }
  }
  if (before == nullptr) return out;
  for (const v1::Participant& was : before->participants()) {
    const bool stays = std::ranges::any_of(
        roster.participants(), [&](const auto& one) { return one.code() == was.code(); });
    if (!stays) {
      out.push_back(absl::StrCat(was.code(),
                                 " leaves: its lists stay in force as they are, and "
                                 "nobody can change them"));
    }
  }
  return out;
}

}  // namespace comity
