// What a reader is told of the trust that each list deserves: which epoch is current, whether
// its authority contradicts itself, how long ago it was last confirmed.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "storage/base/planted.h"
#include "storage/lists/merged.h"
#include "storage/lists/snapshot.h"

namespace comity {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

uint32_t AgeInSeconds(Instant from, Instant now) {
  if (now <= from) return 0;
  return static_cast<uint32_t>(std::min<int64_t>((now.micros - from.micros) / kMicrosPerSecond,
                                                 std::numeric_limits<uint32_t>::max()));
}

v1::ListFreshness MessageOf(const Origin& origin, Freshness freshness, Instant current_at,
                            Instant now) {
  v1::ListFreshness message;
  message.set_list(origin.name.ToString());
  message.set_freshness(FreshnessName(freshness));
  message.set_current_at(FormatInstant(current_at));
  message.set_age_s(AgeInSeconds(current_at, now));
  return message;
}

}  // namespace

void Snapshot::DropSuperseded(Frontier* frontier) const {
  if (Planted(Bug::kSuccessionIgnored)) return;
  DropSupersededEpochs([this](const Origin& origin) { return lists_.at(origin)->opens_at; },
                       frontier);
}

v1::ListFreshness Snapshot::FreshnessOf(const ListView& list) const {
  const Instant now = clock_->Now();
  const std::optional<Instant> current = statuses_->CurrentAt(list);
  if (!current.has_value()) return MessageOf(list.origin, Freshness::kFresh, now, now);
  return MessageOf(list.origin, FreshnessAt(*current, now, statuses_->limits()), *current, now);
}

std::shared_ptr<const std::vector<Snapshot::Aged>> Snapshot::NotFresh(Instant now) const {
  MutexLock lock(aged_mutex_);
  const uint64_t generation = statuses_->generation();
  if (aged_ != nullptr && aged_generation_ == generation && now >= aged_from_ &&
      now < aged_until_) {
    return aged_;
  }
  auto aged = std::make_shared<std::vector<Aged>>();
  aged_until_ = Instant{std::numeric_limits<int64_t>::max()};
  for (const auto& [origin, head] : frontier().heads) {
    const std::optional<Instant> current = statuses_->CurrentAt(*lists_.at(origin));
    if (!current.has_value()) continue;
    const Freshness freshness = FreshnessAt(*current, now, statuses_->limits());
    if (freshness != Freshness::kFresh) aged->push_back({origin, *current, freshness});
    aged_until_ = std::min(aged_until_, NextTurn(*current, now, statuses_->limits()));
  }
  aged_from_ = now;
  aged_generation_ = generation;
  aged_ = std::move(aged);
  return aged_;
}

void Snapshot::AddFreshness(const Frontier& known, v1::ReadBasis& basis) const {
  const Instant now = clock_->Now();
  for (const Aged& one : *NotFresh(now)) {
    if (!known.heads.contains(one.origin)) continue;
    *basis.add_not_fresh() = MessageOf(one.origin, one.freshness, one.current_at, now);
  }
}

}  // namespace comity
