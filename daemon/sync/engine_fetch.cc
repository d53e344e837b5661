// Which leaves are asked of whom, and in which order they are stored.
#include <algorithm>
#include <utility>

#include "daemon/sync/engine.h"
#include "storage/base/planted.h"

namespace comity::sync {
namespace {

// Ranges begin and end at multiples of this, so that peers are asked for the same ones.
constexpr uint64_t kRangeLeaves = 256;
// What may be under way, or come and wait for what goes before it: bounds the memory.
constexpr size_t kMaxRangesOfOrigin = 4;
constexpr size_t kMaxRanges = 16;

}  // namespace

bool Engine::CanServe(const Peer& peer, const Origin& origin) const {
  if (!peer.connected || peer.paused || peer.fetching.has_value()) return false;
  const auto avoided = peer.avoided.find(origin);
  return avoided == peer.avoided.end() || avoided->second.until <= now_;
}

Engine::Range* Engine::RangeOf(const Peer& peer) {
  if (!peer.fetching.has_value()) return nullptr;
  const auto origin = fetches_.find(peer.fetching->first);
  if (origin == fetches_.end()) return nullptr;
  const auto range = origin->second.find(peer.fetching->second);
  return range == origin->second.end() ? nullptr : &range->second;
}

void Engine::DropRange(const Origin& origin, uint64_t begin) {
  const auto ranges = fetches_.find(origin);
  if (ranges == fetches_.end()) return;
  const auto range = ranges->second.find(begin);
  if (range == ranges->second.end()) return;
  Peer* peer = Find(range->second.peer);
  if (peer != nullptr && range->second.batch == nullptr) peer->fetching.reset();
  ranges->second.erase(range);
  if (ranges->second.empty()) fetches_.erase(ranges);
}

void Engine::On(const RevisionsReceived& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  Range* range = RangeOf(*peer);
  if (range == nullptr || peer->fetching != std::pair(event.batch->origin, event.batch->begin)) {
    return;
  }
  peer->last_exchange = now_;
  if (!Planted(Bug::kFetchSlotLeaked)) peer->fetching.reset();
  // It may end early, at the peer's limit of bytes: the rest is asked for anew.
  range->end = event.batch->begin + event.batch->envelopes.size();
  range->batch = event.batch;
  PersistNext(event.batch->origin);
}

void Engine::PersistNext(const Origin& origin) {
  const auto ranges = fetches_.find(origin);
  if (ranges == fetches_.end()) return;
  for (const auto& [begin, range] : ranges->second) {
    if (range.persisting) return;
  }
  const uint64_t held = HeldOf(origin);
  // What came by another way meanwhile is not needed any more.
  std::erase_if(ranges->second, [held](const auto& one) {
    return one.second.batch != nullptr && one.second.end <= held;
  });
  if (!ranges->second.empty()) {
    auto& [begin, range] = *ranges->second.begin();
    if (range.batch != nullptr && begin <= held) {
      range.persisting = true;
      effects_.push_back(Persist{range.peer, range.target, range.batch});
    }
  }
  if (ranges->second.empty()) fetches_.erase(ranges);
}

void Engine::On(const WriteCompleted& event) {
  const auto ranges = fetches_.find(event.origin);
  if (ranges == fetches_.end()) return;
  const auto range = std::find_if(ranges->second.begin(), ranges->second.end(),
                                  [](const auto& one) { return one.second.persisting; });
  if (range == ranges->second.end()) return;
  DropRange(event.origin, range->first);
  if (event.status.ok()) {
    if (Peer* peer = Find(event.peer); peer != nullptr && peer->avoided.empty()) {
      peer->detail.clear();
    }
    PersistNext(event.origin);
    return;
  }
  if (!IsRefusal(event.status)) {
    // Not the peer's doing: the disk here is full.
    storage_retry_ = After(now_, Jitter(options_.storage_retry));
    if (Planted(Bug::kFullDiskNeverRetried)) storage_retry_ = Instant{INT64_MAX};
    storage_failure_ = std::string(event.status.message());
    effects_.push_back(Report{event.peer, event.origin, event.status});
    return;
  }
  Avoid(event.peer, event.origin, event.status);
}

uint64_t Engine::NextBegin(const Origin& origin) const {
  uint64_t begin = HeldOf(origin);
  const auto ranges = fetches_.find(origin);
  if (ranges == fetches_.end() || Planted(Bug::kDoubleFetch)) return begin;
  for (const auto& [first, range] : ranges->second) {
    if (first > begin) break;  // a gap: a range that failed, or ended early
    begin = std::max(begin, range.end);
  }
  return begin;
}

void Engine::ScheduleRange(const Origin& origin) {
  const auto ranges = fetches_.find(origin);
  if (ranges != fetches_.end() && ranges->second.size() >= kMaxRangesOfOrigin) return;
  const uint64_t begin = Planted(Bug::kFetchFromStart) ? 0 : NextBegin(origin);
  // Of those that have more, the one that showed the most.
  Peer* best = nullptr;
  PeerName name;
  for (auto& [candidate, peer] : peers_) {
    const auto head = peer.heads.find(origin);
    if (head == peer.heads.end() || head->second.size.value <= begin) continue;
    if (!CanServe(peer, origin)) continue;
    if (best == nullptr || best->heads[origin].size < head->second.size) {
      best = &peer;
      name = candidate;
    }
  }
  if (best == nullptr) return;
  const LogHead& target = best->heads[origin];
  uint64_t end = std::min(target.size.value, (begin / kRangeLeaves + 1) * kRangeLeaves);
  if (ranges != fetches_.end()) {
    const auto next = ranges->second.lower_bound(begin);
    if (next != ranges->second.end()) end = std::min(end, next->first);
  }
  best->fetching = {origin, begin};
  fetches_[origin][begin] = Range{name, target, end, nullptr, false};
  effects_.push_back(FetchRevisions{name, target, begin, end});
}

void Engine::ScheduleFetches() {
  if (storage_retry_ > now_) return;
  // Once round over all origins that anybody has more of, then again: each gets its first
  // range before any gets its second.
  std::map<Origin, bool> wanted;
  for (const auto& [name, peer] : peers_) {
    for (const auto& [origin, head] : peer.heads) {
      if (head.size.value > HeldOf(origin)) wanted[origin] = true;
    }
  }
  for (size_t round = 0; round < kMaxRangesOfOrigin; ++round) {
    for (const auto& [origin, want] : wanted) {
      size_t under_way = 0;
      for (const auto& [other, ranges] : fetches_) under_way += ranges.size();
      if (under_way >= kMaxRanges) return;
      ScheduleRange(origin);
    }
  }
}

}  // namespace comity::sync
