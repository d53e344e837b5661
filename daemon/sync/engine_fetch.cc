// Which leaves are asked of whom, and in which order they are stored.
#include <algorithm>
#include <utility>

#include "daemon/sync/engine.h"
#include "daemon/sync/wire_version.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"

namespace comity::sync {
namespace {

// Ranges begin and end at multiples of this, so that peers are asked for the same ones.
constexpr uint64_t kRangeLeaves = 256;
// What may be under way, or come and wait for what goes before it: bounds the memory.
constexpr size_t kMaxRangesOfOrigin = 4;
constexpr size_t kMaxRanges = 16;
// Ranges of no more leaves are news.
constexpr uint64_t kNewsLeaves = 16;
constexpr int64_t kLongHedge = 10;

}  // namespace

bool Engine::CanServe(const Peer& peer, const Origin& origin) const {
  if (!peer.connected || peer.paused || peer.fetching.has_value()) return false;
  const auto avoided = peer.avoided.find(origin);
  return avoided == peer.avoided.end() || avoided->second.until <= now_;
}

Engine::Range* Engine::RangeOf(const Peer& peer) {
  if (!peer.fetching.has_value() || peer.stalled.has_value()) return nullptr;
  const auto work = fetches_.find(peer.fetching->first);
  if (work == fetches_.end()) return nullptr;
  const auto range = work->second.find(peer.fetching->second);
  return range == work->second.end() ? nullptr : &range->second;
}

void Engine::DropRange(const Work& work, uint64_t begin) {
  const auto ranges = fetches_.find(work);
  if (ranges == fetches_.end()) return;
  const auto range = ranges->second.find(begin);
  if (range == ranges->second.end()) return;
  Peer* peer = Find(range->second.peer);
  if (peer != nullptr && range->second.batch == nullptr) peer->fetching.reset();
  ranges->second.erase(range);
  if (ranges->second.empty()) fetches_.erase(ranges);
}

const BootstrapProgress* Engine::BootstrapOf(const Origin& origin) const {
  const auto it = local_.find(origin);
  if (it == local_.end() || !it->second.bootstrap.has_value()) return nullptr;
  return &*it->second.bootstrap;
}

uint64_t Engine::HeldOf(const Work& work) const {
  if (work.lane == Lane::kHead) return HeldOf(work.origin);
  const BootstrapProgress* bootstrap = BootstrapOf(work.origin);
  if (bootstrap == nullptr) return work.lane == Lane::kHistory ? HeldOf(work.origin) : 0;
  return work.lane == Lane::kSnapshot ? bootstrap->parts_held : bootstrap->backfilled.value;
}

void Engine::On(const RevisionsReceived& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  Range* range = RangeOf(*peer);
  const Work work{event.batch->origin, event.batch->lane};
  if (peer->fetching != std::pair(work, event.batch->begin)) return;
  if (peer->stalled.has_value()) return TakeLate(*peer, event.peer, event.batch);
  if (range == nullptr) return;
  peer->last_exchange = now_;
  if (!Planted(Bug::kFetchSlotLeaked)) peer->fetching.reset();
  // It may end early, at the peer's limit of bytes: the rest is asked for anew.
  range->end = event.batch->end();
  range->batch = event.batch;
  PersistNext(work);
}

void Engine::TakeLate(Peer& peer, const PeerName& name, const std::shared_ptr<const Batch>& batch) {
  const LogHead target = *std::exchange(peer.stalled, std::nullopt);
  peer.fetching.reset();
  // Who was only overtaken by one that had been asked before is not slow.
  if (!std::exchange(peer.overtaken, false)) {
    peer.slow_until = After(now_, Jitter(options_.quarantine));
  }
  peer.last_exchange = now_;
  const Work work{batch->origin, batch->lane};
  // Parts are of the snapshot that was begun meanwhile, perhaps another one.
  if (work.lane == Lane::kSnapshot) return;
  const auto ranges = fetches_.find(work);
  if (ranges == fetches_.end()) return;
  const auto range = ranges->second.find(batch->begin);
  if (range == ranges->second.end() || range->second.batch != nullptr ||
      batch->end() > range->second.end) {
    return;
  }
  if (Peer* other = Find(range->second.peer); other != nullptr) {
    other->stalled = range->second.target;
    other->overtaken = true;
  }
  range->second.peer = name;
  range->second.target = target;
  range->second.end = batch->end();
  range->second.batch = batch;
  PersistNext(work);
}

Instant Engine::HedgeAt(const Work& work, uint64_t begin, const Range& range) const {
  const bool is_news = work.lane != Lane::kSnapshot && range.end - begin <= kNewsLeaves;
  return After(range.asked, (is_news ? 1 : kLongHedge) * options_.hedge
                                << (2 * std::min<uint32_t>(range.attempts, 8)));
}

void Engine::AskOthers() {
  std::vector<std::pair<Work, uint64_t>> late;
  for (const auto& [work, ranges] : fetches_) {
    for (const auto& [begin, range] : ranges) {
      const Peer* holder = Find(range.peer);
      if (range.batch != nullptr || holder == nullptr) continue;
      if (HedgeAt(work, begin, range) <= now_ || holder->slow_until > now_) {
        late.emplace_back(work, begin);
      }
    }
  }
  for (const auto& [work, begin] : late) {
    if (begin < HeldOf(work)) continue;  // it came by another way
    const auto [name, target] = BestFor(work, begin);
    if (name == nullptr) continue;
    const Range range = fetches_.at(work).at(begin);
    // Before its time only to one that is not slow itself.
    if (HedgeAt(work, begin, range) > now_ && Find(*name)->slow_until > now_) continue;
    Peer* const slow = Find(range.peer);
    slow->stalled = range.target;
    slow->overtaken = false;
    slow->slow_until = After(now_, Jitter(options_.quarantine));
    fetches_.at(work).erase(begin);
    const uint64_t end =
        work.lane == Lane::kSnapshot ? range.end : std::min(range.end, target.size.value);
    Ask(*name, work, target, begin, end, range.attempts + 1);
  }
}

void Engine::PersistNext(const Work& work) {
  const auto ranges = fetches_.find(work);
  if (ranges == fetches_.end()) return;
  for (const auto& [begin, range] : ranges->second) {
    if (range.persisting) return;
  }
  const uint64_t held = HeldOf(work);
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
  const Work work{event.origin, event.lane};
  const auto ranges = fetches_.find(work);
  if (ranges == fetches_.end()) return;
  const auto range = std::find_if(ranges->second.begin(), ranges->second.end(),
                                  [](const auto& one) { return one.second.persisting; });
  if (range == ranges->second.end()) return;
  const LogHead target = range->second.target;
  DropRange(work, range->first);
  // Evidence came while it was on its way: nobody's fault, and nothing more is wanted.
  if (ReasonOf(event.status) == v1::REASON_CONTESTED) return;
  if (work.lane == Lane::kSnapshot && ReasonOf(event.status) == v1::REASON_KEY_REVOKED) {
    // Nor is this: whoever is asked, leaves must come in whole.
    leaf_by_leaf_.insert(event.origin);
    return;
  }
  if (event.status.ok()) {
    if (Peer* peer = Find(event.peer); peer != nullptr && peer->avoided.empty()) {
      peer->detail.clear();
    }
    PersistNext(work);
    return;
  }
  if (ReasonOf(event.status) == v1::REASON_WRONG_ROSTER) {
    // Signed under a roster that nobody here has shown: nothing of it can be judged, and no
    // other list has to wait for that.
    return Avoid(event.peer, event.origin, absl::FailedPreconditionError(event.status.message()));
  }
  if (!IsRefusal(event.status)) {
    // Not the peer's doing: the disk here is full.
    storage_retry_ = After(now_, Jitter(options_.storage_retry));
    if (Planted(Bug::kFullDiskNeverRetried)) storage_retry_ = Instant{INT64_MAX};
    storage_failure_ = std::string(event.status.message());
    effects_.push_back(Report{event.peer, event.origin, event.status});
    return;
  }
  if (Peer* peer = Find(event.peer); peer != nullptr && work.lane == Lane::kSnapshot) {
    peer->no_snapshot.insert(event.origin);
  }
  if (work.lane == Lane::kHead && ReasonOf(event.status) == v1::REASON_BAD_PROOF) {
    AskConsistency(event.peer, target);
  }
  Avoid(event.peer, event.origin, event.status);
}

uint64_t Engine::NextBegin(const Work& work) const {
  uint64_t begin = HeldOf(work);
  const auto ranges = fetches_.find(work);
  if (ranges == fetches_.end() || Planted(Bug::kDoubleFetch)) return begin;
  for (const auto& [first, range] : ranges->second) {
    if (first > begin) break;  // a gap: a range that failed, or ended early
    begin = std::max(begin, range.end);
  }
  return begin;
}

Lane Engine::LaneFor(const Origin& origin) const {
  const bool ours = ParticipantOf(origin.name.authority) == options_.participant;
  if (HeldOf(origin) > 0 || (ours && !Planted(Bug::kSnapshotOfOwn)) ||
      fetches_.contains(Work{origin, Lane::kHead}) || leaf_by_leaf_.contains(origin)) {
    return Lane::kHead;
  }
  const BootstrapProgress* begun = BootstrapOf(origin);
  const uint64_t least = begun != nullptr ? begun->head.size.value : options_.snapshot_from;
  for (const auto& [name, peer] : peers_) {
    const auto head = peer.heads.find(origin);
    // One that is away would keep the list from whoever can serve its leaves now.
    if (peer.connected && !peer.paused && head != peer.heads.end() &&
        head->second.size.value >= least && peer.wire_version >= kWireSnapshots &&
        !peer.no_snapshot.contains(origin)) {
      return Lane::kSnapshot;
    }
  }
  return Lane::kHead;
}

std::optional<LogHead> Engine::TargetAt(const Peer& peer, const Work& work) const {
  const auto head = peer.heads.find(work.origin);
  if (head == peer.heads.end()) return std::nullopt;
  if (work.lane == Lane::kHead) return head->second;
  const BootstrapProgress* begun = BootstrapOf(work.origin);
  if (work.lane == Lane::kSnapshot) {
    if (peer.wire_version < kWireSnapshots || peer.no_snapshot.contains(work.origin)) {
      return std::nullopt;
    }
    if (begun == nullptr && head->second.size.value >= options_.snapshot_from) {
      return head->second;
    }
  }
  if (begun == nullptr || head->second.size < begun->head.size) return std::nullopt;
  return begun->head;
}

std::pair<const PeerName*, LogHead> Engine::BestFor(const Work& work, uint64_t begin) const {
  std::pair<const PeerName*, LogHead> best{nullptr, {}};
  std::pair<bool, TreeSize> most;
  for (const auto& [name, peer] : peers_) {
    const std::optional<LogHead> wanted = TargetAt(peer, work);
    if (!wanted.has_value() || !CanServe(peer, work.origin)) continue;
    if (work.lane != Lane::kSnapshot && wanted->size.value <= begin) continue;
    const std::pair shown(peer.slow_until <= now_, peer.heads.at(work.origin).size);
    if (best.first != nullptr && shown <= most) continue;
    best = {&name, *wanted};
    most = shown;
  }
  return best;
}

void Engine::Ask(const PeerName& name, const Work& work, const LogHead& target, uint64_t begin,
                 uint64_t end, uint32_t attempts) {
  Find(name)->fetching = {work, begin};
  fetches_[work][begin] = Range{name, target, end, nullptr, false, now_, attempts};
  effects_.push_back(FetchRevisions{name, target, begin, end, work.lane});
}

void Engine::ScheduleRange(const Work& work) {
  const auto ranges = fetches_.find(work);
  if (ranges != fetches_.end() && ranges->second.size() >= kMaxRangesOfOrigin) return;
  // Which parts come with an answer is up to the peer: one after the other.
  if (ranges != fetches_.end() && work.lane == Lane::kSnapshot) return;
  const uint64_t begin = Planted(Bug::kFetchFromStart) ? 0 : NextBegin(work);
  const auto [name, target] = BestFor(work, begin);
  if (name == nullptr) return;
  uint64_t end = begin + 1;
  if (work.lane != Lane::kSnapshot) {
    end = std::min(target.size.value, (begin / kRangeLeaves + 1) * kRangeLeaves);
    if (ranges != fetches_.end()) {
      const auto next = ranges->second.lower_bound(begin);
      if (next != ranges->second.end()) end = std::min(end, next->first);
    }
  }
  Ask(*name, work, target, begin, end, 0);
}

void Engine::ScheduleFetches() {
  if (storage_retry_ > now_) return;
  std::set<Work> wanted, history;
  std::erase_if(lacking_, [this](const Origin& origin) {
    const uint64_t held = HeldOf(origin);
    return std::none_of(peers_.begin(), peers_.end(), [&](const auto& one) {
      const auto head = one.second.heads.find(origin);
      return head != one.second.heads.end() && head->second.size.value > held;
    });
  });
  for (const Origin& origin : lacking_) {
    if (!IsContested(origin)) wanted.insert({origin, LaneFor(origin)});
  }
  for (const Origin& origin : backfilling_) {
    if (!Planted(Bug::kNeverBackfill)) history.insert({origin, Lane::kHistory});
  }
  // Once round over all origins that anybody has more of, then again: each gets its first
  // range before any gets its second; what is past comes after what is new.
  for (const std::set<Work>& works : {wanted, history}) {
    for (size_t round = 0; round < kMaxRangesOfOrigin; ++round) {
      for (const Work& work : works) {
        size_t under_way = 0;
        for (const auto& [other, ranges] : fetches_) under_way += ranges.size();
        if (under_way >= kMaxRanges) return;
        ScheduleRange(work);
      }
    }
  }
}

}  // namespace comity::sync
