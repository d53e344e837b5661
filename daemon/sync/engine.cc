#include "daemon/sync/engine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/sync/invariants.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"

namespace comity::sync {
namespace {

constexpr Instant kNever{std::numeric_limits<int64_t>::max()};
constexpr size_t kMaxDetail = 512;
constexpr int64_t kLiesForgotten = 10;

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(std::move(options)), jitter_state_(options_.jitter_seed) {
  for (const PeerName& name : options_.peers) peers_[name];
}

std::vector<Effect> Engine::Step(const Event& event, Instant now) {
  now_ = std::max(now_, now);
  std::visit([this](const auto& one) { On(one); }, event);
  Schedule();
  EngineInvariants::Check(*this);
  return std::exchange(effects_, {});
}

Engine::Peer* Engine::Find(const PeerName& name) {
  const auto it = peers_.find(name);
  return it == peers_.end() ? nullptr : &it->second;
}

int64_t Engine::Jitter(int64_t mean) {
  // splitmix64; uniform in [mean / 2, mean * 3 / 2).
  jitter_state_ += 0x9e3779b97f4a7c15;
  uint64_t z = jitter_state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return mean / 2 + static_cast<int64_t>(z % static_cast<uint64_t>(std::max<int64_t>(mean, 1)));
}

uint64_t Engine::HeldOf(const Origin& origin) const {
  const auto it = local_.find(origin);
  return it == local_.end() ? 0 : it->second.held.value;
}

bool Engine::IsFor(const Local& local, const PeerName& peer) {
  return local.audience.empty() ||
         std::find(local.audience.begin(), local.audience.end(), peer) != local.audience.end();
}

Digest Engine::HeadsDigest(const PeerName& peer) const {
  Frontier frontier;
  for (const auto& [origin, local] : local_) {
    if (local.head.size.value == 0 || !IsFor(local, peer)) continue;
    frontier.heads[origin] = {local.head.size, local.head.root};
  }
  return frontier.FrontierDigest();
}

void Engine::On(const LocalCommitted& event) {
  Local& local = local_[event.origin];
  const TreeSize judged = local.head.size;
  local.held = std::max(local.held, event.held);
  local.audience = event.audience;
  local.bootstrap = event.bootstrap;
  local.contested = event.contested;
  local.common = event.common;
  local.current = event.current;
  if (event.head.size >= local.head.size && event.head.size.value > 0) local.head = event.head;
  if (local.bootstrap.has_value() && local.bootstrap->open) {
    backfilling_.insert(event.origin);
  } else {
    backfilling_.erase(event.origin);
  }
  EngineInvariants::CheckHead(local.head.size, local.held);
  for (auto& [name, peer] : peers_) {
    NoteLack(peer, name, event.origin, local);
    const auto shown = peer.heads.find(event.origin);
    if (shown == peer.heads.end() || shown->second == local.head) continue;
    // What it showed was beyond what could be judged.
    const TreeSize size = shown->second.size;
    if (size > judged && size <= local.head.size) {
      effects_.push_back(MeetHead{name, shown->second});
    }
  }
}

void Engine::NoteLack(Peer& peer, const PeerName& name, const Origin& origin, const Local& local) {
  const auto shown = peer.heads.find(origin);
  const TreeSize has = shown == peer.heads.end() ? TreeSize{} : shown->second.size;
  if (has >= local.head.size || !peer.heads_known || !IsFor(local, name)) {
    peer.lacks_since.erase(origin);
  } else {
    peer.lacks_since.try_emplace(origin, now_);
  }
}

bool Engine::IsContested(const Origin& origin) const {
  const auto local = local_.find(origin);
  return local != local_.end() && local->second.contested;
}

void Engine::AskStatements(const PeerName& name, Peer& peer, StatementKind kind) {
  if (kind == StatementKind::kEvidence && Planted(Bug::kKeepEvidenceToOneself)) return;
  if (!peer.statements_in_flight.insert(kind).second) return;
  effects_.push_back(CallStatements{name, kind});
}

void Engine::AskConsistency(const PeerName& name, const LogHead& target) {
  Peer* peer = Find(name);
  const auto local = local_.find(target.origin);
  if (peer == nullptr || local == local_.end() || peer->consistency_in_flight || !peer->connected ||
      Planted(Bug::kNeverAskConsistency)) {
    return;
  }
  const TreeSize size = local->second.head.size;
  if (size.value == 0 || size >= target.size) return;
  peer->consistency_in_flight = true;
  effects_.push_back(CallConsistency{name, target, size});
}

void Engine::On(const PeerPaused& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  peer->paused_because = event.reason;
  if (std::exchange(peer->paused, event.paused) == event.paused) return;
  peer->next_hello = now_;
  peer->distrusted_until = {};
  peer->doubt.reset();
  if (!event.paused) return;
  peer->connected = false;
  if (peer->watch_open) effects_.push_back(CloseWatch{event.peer});
}

void Engine::On(const HelloAnswered& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  peer->hello_in_flight = false;
  if (peer->paused) return;
  if (now_ < peer->distrusted_until) {
    // It was on its way when the peer was refused.
    peer->next_hello = peer->distrusted_until;
    return;
  }
  if (peer->doubt.has_value() && event.roster_version <= options_.roster_version) {
    // Said before it was refused, this tells nothing.
    if (peer->greeted_in_doubt) return Distrust(event.peer, *peer, *peer->doubt);
    peer->next_hello = now_;
    return;
  }
  peer->next_hello = After(now_, Jitter(options_.anti_entropy));
  if (Planted(Bug::kNeverAntiEntropy)) peer->next_hello = kNever;
  if ((event.roster_version != options_.roster_version ||
       event.roster_digest != options_.roster_digest) &&
      !Planted(Bug::kIgnoreRosterInHello)) {
    MeetOtherRoster(event, *peer);
    return;
  }
  // After a break its heads are learnt anew: it may have lost what it had.
  if (!peer->connected) {
    peer->heads.clear();
    peer->no_snapshot.clear();
  }
  peer->connected = true;
  peer->wire_version = event.wire_version;
  peer->refused_by_policy = false;
  peer->roster_order = 0;
  // Not forgotten at once: one that comes and goes is not asked at the pace of a good one.
  if (!Planted(Bug::kBackoffNeverReset)) peer->failures /= 2;
  peer->detail.clear();
  peer->last_exchange = now_;
  if (!event.evidence_equal) AskStatements(event.peer, *peer, StatementKind::kEvidence);
  if (!event.statuses_equal) AskStatements(event.peer, *peer, StatementKind::kStatus);
  if (!event.held_equal && !peer->held_in_flight) {
    peer->held_in_flight = true;
    effects_.push_back(CallHeld{event.peer});
  }
  // Whoever was not heard by this answer, or holds what this daemon held a moment ago, is
  // asked for its heads: without them signing after a start would wait for the next round.
  if ((event.heads_equal && event.heads_digest == HeadsDigest(event.peer)) ||
      Planted(Bug::kHelloAlwaysEqual)) {
    std::vector<LogHead> same;
    for (const auto& [origin, local] : local_) {
      if (local.head.size.value > 0 && IsFor(local, event.peer)) same.push_back(local.head);
    }
    LearnHeads(event.peer, *peer, same, true);
    return;
  }
  if (!peer->heads_in_flight) {
    peer->heads_in_flight = true;
    effects_.push_back(CallHeads{event.peer});
  }
}

void Engine::LearnHeads(const PeerName& name, Peer& peer, const std::vector<LogHead>& heads,
                        bool complete) {
  if (complete) peer.heads_known = true;
  peer.last_exchange = now_;
  for (const LogHead& head : heads) {
    // Names of lists cost their authority nothing: past these, new ones are left out.
    if (peer.heads.size() >= kMaxHeadsOfPeer && !peer.heads.contains(head.origin)) continue;
    // Sizes only grow: a smaller head is old news that came late.
    LogHead& known = peer.heads[head.origin];
    if (head.size >= known.size || Planted(Bug::kAcceptSmallerHead)) known = head;
    if (known.size.value > HeldOf(head.origin)) lacking_.insert(head.origin);
  }
  // A hint tells of a few lists: the others, which may be many, stay as they were.
  if (complete) {
    for (const auto& [origin, local] : local_) NoteLack(peer, name, origin, local);
    return;
  }
  for (const LogHead& head : heads) {
    const auto local = local_.find(head.origin);
    if (local != local_.end()) NoteLack(peer, name, head.origin, local->second);
  }
}

void Engine::On(const HeadsAnswered& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  peer->heads_in_flight = false;
  LearnHeads(event.peer, *peer, event.heads, true);
}

void Engine::On(const HeldAnswered& event) {
  if (Peer* peer = Find(event.peer); peer != nullptr) peer->held_in_flight = false;
}

void Engine::On(const StatementsAnswered& event) {
  if (Peer* peer = Find(event.peer); peer != nullptr) peer->statements_in_flight.erase(event.kind);
}

void Engine::On(const ConsistencyAnswered& event) {
  if (Peer* peer = Find(event.peer); peer != nullptr) peer->consistency_in_flight = false;
}

void Engine::On(const WatchOpened& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  peer->last_exchange = now_;
}

void Engine::On(const Hinted& event) {
  if (Planted(Bug::kDropHints)) return;
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  if (event.evidence_differs) AskStatements(event.peer, *peer, StatementKind::kEvidence);
  LearnHeads(event.peer, *peer, event.heads, false);
}

void Engine::On(const WatchEnded& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  peer->watch_open = Planted(Bug::kWatchNeverReopened);
  if (!event.status.ok() && IsRefusal(event.status)) {
    return Doubt(event.peer, *peer, event.status);
  }
  // A lost watch is the first sign of a lost peer: a Hello finds out.
  Disconnect(*peer,
             event.status.ok() ? absl::UnavailableError("it closed the connection") : event.status);
}

void Engine::On(const Knocked& event) {
  Peer* peer = Find(event.peer);
  // One that refuses us, or whom we refuse, gains nothing by knocking.
  if (peer == nullptr || peer->paused || peer->connected || peer->hello_in_flight ||
      peer->refused_by_policy || now_ < peer->knock_after || now_ < peer->distrusted_until) {
    return;
  }
  peer->knock_after = After(now_, options_.backoff_max);
  peer->next_hello = now_;
}

bool Engine::IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return false;
    case absl::StatusCode::kResourceExhausted:
      return Planted(Bug::kBlameForFullDisk);
    default:
      return true;
  }
}

void Engine::On(const CallFailed& event) {
  Peer* peer = Find(event.peer);
  if (peer == nullptr) return;
  switch (event.call) {
    case CallFailed::Call::kHello:
      peer->hello_in_flight = false;
      Disconnect(*peer, event.status);
      peer->refused_by_policy = IsRefusal(event.status);
      return;
    case CallFailed::Call::kHeld:
    case CallFailed::Call::kHeads:
    case CallFailed::Call::kStatements:
    case CallFailed::Call::kConsistency:
      if (event.call == CallFailed::Call::kHeld) peer->held_in_flight = false;
      if (event.call == CallFailed::Call::kHeads) peer->heads_in_flight = false;
      if (event.call == CallFailed::Call::kStatements) peer->statements_in_flight.erase(event.kind);
      if (event.call == CallFailed::Call::kConsistency) {
        // It may not hold that list any more; what it gave is refused already.
        peer->consistency_in_flight = false;
        if (IsRefusal(event.status)) return;
      }
      if (IsRefusal(event.status)) {
        Doubt(event.peer, *peer, event.status);
      } else {
        Disconnect(*peer, event.status);
      }
      return;
    case CallFailed::Call::kRosters:
      if (!Planted(Bug::kAskRostersForEver)) rosters_from_.reset();
      if (IsRefusal(event.status)) {
        // It has no newer roster that would excuse it.
        if (peer->doubt.has_value()) return Distrust(event.peer, *peer, *peer->doubt);
        ++peer->refused;
        peer->refused_by_policy = true;
        effects_.push_back(Report{event.peer, {}, event.status});
      }
      Disconnect(*peer, event.status);
      return;
    case CallFailed::Call::kFetch:
      if (peer->fetching.has_value()) {
        const auto [work, begin] = *peer->fetching;
        if (peer->stalled.has_value()) {
          // The range is another's by now.
          peer->stalled.reset();
          peer->fetching.reset();
          if (!std::exchange(peer->overtaken, false)) {
            peer->slow_until = After(now_, Jitter(options_.quarantine));
          }
        } else {
          DropRange(work, begin);
        }
        if (work.lane == Lane::kSnapshot && IsRefusal(event.status)) {
          // It cannot, which is no lie; the leaves it can still be asked for.
          peer->no_snapshot.insert(work.origin);
          effects_.push_back(Report{event.peer, work.origin, event.status});
        } else {
          Avoid(event.peer, work.origin, event.status);
        }
      }
      return;
  }
}

void Engine::Avoid(const PeerName& name, const Origin& origin, const absl::Status& why) {
  Peer* peer = Find(name);
  if (peer == nullptr) return;
  if (!IsRefusal(why)) {
    // Not proof of a lost peer, but not worth asking again at once. A refusal outlasts it:
    // a range asked for before it may fail after it.
    if (const auto known = peer->avoided.find(origin);
        known != peer->avoided.end() && known->second.refused && known->second.until > now_) {
      return;
    }
    peer->avoided[origin] = {After(now_, Jitter(options_.backoff_min)), false,
                             std::string(why.message().substr(0, kMaxDetail))};
    if (Planted(Bug::kNeverRetryFetch)) peer->avoided[origin].until = kNever;
    return;
  }
  ++peer->refused;
  peer->detail = std::string(why.message().substr(0, kMaxDetail));
  peer->avoided[origin] = {After(now_, Jitter(options_.quarantine)), true, peer->detail};
  if (Planted(Bug::kForgetAvoided)) peer->avoided.erase(origin);
  if (Planted(Bug::kAvoidForever)) peer->avoided[origin].until = kNever;
  if (Planted(Bug::kOneBadPeerStopsAll)) storage_retry_ = After(now_, 60 * options_.storage_retry);
  effects_.push_back(Report{name, origin, why});
}

void Engine::Disconnect(Peer& peer, const absl::Status& why) {
  peer.connected = false;
  peer.roster_order = 0;
  if (now_ < peer.distrusted_until) {
    // The calls that were under way end in some way too.
    peer.next_hello = std::max(peer.next_hello, peer.distrusted_until);
    return;
  }
  peer.detail = std::string(why.message().substr(0, kMaxDetail));
  const int shift = static_cast<int>(std::min<uint32_t>(peer.failures, 16));
  ++peer.failures;
  const int64_t pause = std::min(options_.backoff_max, options_.backoff_min << shift);
  if (!peer.hello_in_flight) peer.next_hello = After(now_, Jitter(pause));
  if (Planted(Bug::kNeverRetryHello)) peer.next_hello = kNever;
}

void Engine::Doubt(const PeerName& name, Peer& peer, const absl::Status& why) {
  // What was under way when it was refused is no second lie.
  if (now_ < peer.distrusted_until || peer.doubt.has_value()) return Disconnect(peer, why);
  peer.doubt = why;
  peer.greeted_in_doubt = false;
  peer.connected = false;
  peer.detail = std::string(why.message().substr(0, kMaxDetail));
  if (peer.watch_open) effects_.push_back(CloseWatch{name});
  if (!peer.hello_in_flight) peer.next_hello = now_;
}

void Engine::Distrust(const PeerName& name, Peer& peer, const absl::Status& refused) {
  const absl::Status why = refused;
  peer.doubt.reset();
  ++peer.refused;
  effects_.push_back(Report{name, {}, why});
  if (Planted(Bug::kForgiveLiars)) return Disconnect(peer, why);
  if (peer.lies > 0 && now_ >= After(peer.lied_at, kLiesForgotten * options_.quarantine)) {
    peer.lies = 0;
  }
  const int shift = static_cast<int>(std::min<uint32_t>(peer.lies, 16));
  const int64_t pause = std::min(options_.quarantine, options_.backoff_max << shift);
  ++peer.lies;
  peer.lied_at = now_;
  if (peer.watch_open) effects_.push_back(CloseWatch{name});
  Disconnect(peer, why);
  peer.distrusted_until = After(now_, Jitter(pause));
  // No later: between the two, what was under way would count as a second lie.
  peer.next_hello = peer.distrusted_until;
}

void Engine::Schedule() {
  for (auto& [name, peer] : peers_) {
    if (peer.paused) continue;
    if (!peer.hello_in_flight && peer.next_hello <= now_) {
      peer.hello_in_flight = !Planted(Bug::kHelloTwice);
      peer.last_attempt = now_;
      peer.greeted_in_doubt = true;
      effects_.push_back(CallHello{name});
    }
    if (peer.connected && !peer.watch_open) {
      peer.watch_open = true;
      effects_.push_back(OpenWatch{name});
    }
  }
  // What waits for something that came by another way may go on.
  std::vector<Work> under_way;
  for (const auto& [work, ranges] : fetches_) under_way.push_back(work);
  for (const Work& work : under_way) PersistNext(work);
  AskOthers();
  ScheduleFetches();
}

Instant Engine::NextDeadline() const {
  Instant next = storage_retry_ > now_ ? storage_retry_ : kNever;
  for (const auto& [name, peer] : peers_) {
    if (!peer.hello_in_flight && !peer.paused) next = std::min(next, peer.next_hello);
    for (const auto& [origin, avoided] : peer.avoided) {
      if (avoided.until > now_) next = std::min(next, avoided.until);
    }
  }
  for (const auto& [work, ranges] : fetches_) {
    for (const auto& [begin, range] : ranges) {
      const Instant hedge = HedgeAt(work, begin, range);
      if (range.batch == nullptr && hedge > now_) next = std::min(next, hedge);
    }
  }
  return next;
}

}  // namespace comity::sync
