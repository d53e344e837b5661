#include "storage/log/freshness.h"

#include <algorithm>
#include <limits>

#include "storage/base/planted.h"

namespace comity {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

const char* FreshnessName(Freshness freshness) {
  switch (freshness) {
    case Freshness::kFresh:
      return "FRESH";
    case Freshness::kLate:
      return "LATE";
    case Freshness::kStale:
      return "STALE";
    case Freshness::kExpired:
      return "EXPIRED";
  }
  return "";
}

FreshnessLimits LimitsOf(const Roster& roster) {
  const v1::Policy& policy = roster.message().policy();
  return {int64_t{policy.late_after_s()} * kMicrosPerSecond,
          int64_t{policy.stale_after_s()} * kMicrosPerSecond,
          int64_t{policy.expire_after_s()} * kMicrosPerSecond};
}

Freshness FreshnessAt(Instant current_at, Instant now, const FreshnessLimits& limits) {
  if (now <= current_at || Planted(Bug::kNeverLate)) return Freshness::kFresh;
  const int64_t age = now.micros - current_at.micros;
  if (limits.expired > 0 && age >= limits.expired) return Freshness::kExpired;
  if (limits.stale > 0 && age >= limits.stale) return Freshness::kStale;
  if (limits.late > 0 && age >= limits.late) return Freshness::kLate;
  return Freshness::kFresh;
}

Instant NextTurn(Instant current_at, Instant now, const FreshnessLimits& limits) {
  Instant next{std::numeric_limits<int64_t>::max()};
  // What would lie past the end of time does not turn.
  for (const int64_t limit : {limits.late, limits.stale, limits.expired}) {
    if (limit <= 0 || current_at.micros > next.micros - limit) continue;
    const Instant turn{current_at.micros + limit};
    if (turn > now) next = std::min(next, turn);
  }
  return next;
}

}  // namespace comity
