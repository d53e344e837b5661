// How old a list may be before people are told: pure arithmetic on the roster's limits.
#ifndef COMITY_STORAGE_LOG_FRESHNESS_H_
#define COMITY_STORAGE_LOG_FRESHNESS_H_

#include <cstdint>

#include "storage/base/types.h"
#include "storage/log/roster.h"

namespace comity {

// A list that is not FRESH stays in force: whoever reads it is told.
enum class Freshness { kFresh, kLate, kStale, kExpired };

// "FRESH", "LATE", "STALE", "EXPIRED".
const char* FreshnessName(Freshness freshness);

// From which age on a list is each; microseconds, 0: never.
struct FreshnessLimits {
  int64_t late = 0;
  int64_t stale = 0;
  int64_t expired = 0;
};
FreshnessLimits LimitsOf(const Roster& roster);

// Of a list that was current at `current_at`, by the reader's clock; what lies ahead of it is
// FRESH.
Freshness FreshnessAt(Instant current_at, Instant now, const FreshnessLimits& limits);
// When it turns to the next one; the maximum if never.
Instant NextTurn(Instant current_at, Instant now, const FreshnessLimits& limits);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_FRESHNESS_H_
