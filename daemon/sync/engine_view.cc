// What an operator is told: states, what is missing, and why.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/sync/engine.h"

namespace comity::sync {
namespace {

constexpr int64_t kSecond = 1'000'000;

std::string Leaves(uint64_t count) { return absl::StrCat(count, count == 1 ? " leaf" : " leaves"); }

std::string Lists(size_t count) { return absl::StrCat(count, count == 1 ? " list" : " lists"); }

// "in 12 s"; "now".
std::string In(Instant due, Instant now) {
  const int64_t seconds = (due.micros - now.micros + kSecond - 1) / kSecond;
  return seconds <= 0 ? "now" : absl::StrCat("in ", seconds, " s");
}

}  // namespace

bool Engine::IsFollowed(const Origin& origin) const {
  const auto next = local_.upper_bound(origin);
  return next != local_.end() && next->first.name == origin.name && next->second.current;
}

std::vector<Origin> Engine::ContestedWith(const Peer& peer) const {
  std::vector<Origin> contested;
  for (const auto& [origin, local] : local_) {
    if (!local.contested || IsFollowed(origin)) continue;
    const auto theirs = peer.heads.find(origin);
    if (theirs == peer.heads.end() || local.head.size.value == 0) continue;
    if (theirs->second.size != local.head.size || theirs->second.root != local.head.root) {
      contested.push_back(origin);
    }
  }
  return contested;
}

PeerView Engine::ViewOf(const PeerName& name, const Peer& peer) const {
  PeerView view;
  view.name = name;
  view.last_exchange = peer.last_exchange;
  view.last_attempt = peer.last_attempt;
  if (!peer.hello_in_flight && !peer.paused) view.next_attempt = peer.next_hello;
  view.refused = peer.refused;
  size_t lists_ahead = 0, lists_behind = 0;
  const auto miss = [&](const Origin& origin, uint64_t here, uint64_t there) {
    if (view.missing.size() == kMaxMissing) return;
    view.missing.push_back({origin.name.ToString(), here, there});
  };
  for (const auto& [origin, head] : peer.heads) {
    const uint64_t held = HeldOf(origin);
    if (head.size.value <= held || IsContested(origin)) continue;
    view.ahead += head.size.value - held;
    ++lists_ahead;
    miss(origin, held, head.size.value);
  }
  for (const auto& [origin, local] : local_) {
    if (!IsFor(local, name) || local.contested) continue;
    const auto shown = peer.heads.find(origin);
    const uint64_t has = shown == peer.heads.end() ? 0 : shown->second.size.value;
    if (local.head.size.value <= has) continue;
    view.behind += local.head.size.value - has;
    ++lists_behind;
    miss(origin, local.head.size.value, has);
  }
  // What is refused of a list that nothing is lacking of is old news.
  const Peer::Avoided* refused = nullptr;
  for (const auto& [origin, avoided] : peer.avoided) {
    const auto head = peer.heads.find(origin);
    if (avoided.refused && avoided.until > now_ && head != peer.heads.end() &&
        head->second.size.value > HeldOf(origin)) {
      refused = &avoided;
    }
  }
  const std::vector<Origin> contested = ContestedWith(peer);
  std::vector<Origin> lagging;
  for (const auto& [origin, since] : peer.lacks_since) {
    const auto local = local_.find(origin);
    if (local == local_.end() || local->second.contested) continue;
    const auto shown = peer.heads.find(origin);
    const TreeSize has = shown == peer.heads.end() ? TreeSize{} : shown->second.size;
    if (has < local->second.common && now_ >= After(since, options_.lag_after)) {
      lagging.push_back(origin);
    }
  }
  if (peer.paused) {
    view.state = "paused";
    view.detail = absl::StrCat("an operator here paused it: ", peer.paused_because);
  } else if (!contested.empty()) {
    view.state = "contested";
    const LogHead& theirs = peer.heads.at(contested[0]);
    const LogHead& ours = local_.at(contested[0]).head;
    view.detail = absl::StrCat(
        contested[0].name.authority, " signed two histories of ", contested[0].name.ToString(),
        theirs.size == ours.size
            ? absl::StrCat(", and it holds the other one at size ", theirs.size.value)
            : absl::StrCat("; it stopped at size ", theirs.size.value, ", this daemon at ",
                           ours.size.value),
        " (`comity evidence ls`)");
  } else if (peer.refused_by_policy || refused != nullptr || peer.distrusted_until > now_) {
    view.state = "refused";
    view.detail = refused != nullptr ? refused->why : peer.detail;
  } else if (!peer.connected && peer.last_exchange.micros == 0 && peer.failures == 0) {
    view.state = "connecting";
    view.detail = "it has not been greeted yet";
  } else if (!peer.connected && peer.roster_order != 0) {
    view.state = peer.roster_order < 0 ? "behind" : "catching-up";
    view.detail = peer.detail;
  } else if (!peer.connected) {
    view.state = "silent";
    view.detail = peer.detail.empty() ? "no answer yet" : peer.detail;
  } else if (view.ahead > 0) {
    view.state = "catching-up";
    view.detail = storage_retry_ > now_
                      ? absl::StrCat("nothing can be stored here: ", storage_failure_)
                      : absl::StrCat(Leaves(view.ahead), " of ", Lists(lists_ahead),
                                     " left to fetch from it");
  } else if (!peer.heads_known) {
    view.state = "catching-up";
    view.detail = "what it holds is being asked for";
  } else if (!lagging.empty()) {
    view.state = "lagging";
    view.detail = absl::StrCat(
        "it lacks for ", (now_.micros - peer.lacks_since.at(lagging[0]).micros) / kSecond,
        " s what a quorum holds of ", lagging[0].name.ToString(),
        lagging.size() > 1 ? absl::StrCat(" and ", Lists(lagging.size() - 1), " more") : "",
        ": it is cut off, or keeps things back");
  } else if (view.behind > 0) {
    view.state = "behind";
    view.detail = absl::StrCat("it lacks ", Leaves(view.behind), " of ", Lists(lists_behind),
                               " and fetches them by itself");
  } else {
    view.state = "current";
    view.detail = "it holds what this daemon holds";
  }
  return view;
}

std::vector<PeerView> Engine::Peers() const {
  std::vector<PeerView> views;
  for (const auto& [name, peer] : peers_) views.push_back(ViewOf(name, peer));
  return views;
}

std::string Engine::Relation(const PeerName& name, const Peer& peer, const Origin& origin) const {
  const uint64_t held = HeldOf(origin);
  const auto shown = peer.heads.find(origin);
  const uint64_t has = shown == peer.heads.end() ? 0 : shown->second.size.value;
  std::string text = absl::StrCat("peer ", name, " showed ", Leaves(has));
  if (peer.paused) return absl::StrCat(text, "; it is paused here: ", peer.paused_because);
  for (const auto& [work, ranges] : fetches_) {
    if (work.origin != origin) continue;
    for (const auto& [begin, range] : ranges) {
      if (range.peer != name) continue;
      return absl::StrCat(text, work.lane == Lane::kSnapshot ? "; parts " : "; leaves ", begin,
                          " to ", range.end - 1,
                          range.persisting         ? " came from it and are being stored"
                          : range.batch != nullptr ? " came from it and wait for those before them"
                                                   : " are being fetched from it");
    }
  }
  if (has <= held) return absl::StrCat(text, has < held ? ": it has less" : ": the same");
  if (!peer.connected) {
    return absl::StrCat(text, "; it does not answer (", peer.detail, "), next attempt ",
                        In(peer.next_hello, now_));
  }
  if (const auto avoided = peer.avoided.find(origin);
      avoided != peer.avoided.end() && avoided->second.until > now_) {
    return absl::StrCat(text, "; it is asked again ", In(avoided->second.until, now_), ": ",
                        avoided->second.why);
  }
  if (peer.fetching.has_value()) {
    return absl::StrCat(text, "; it is serving ", peer.fetching->first.origin.name.ToString(),
                        " first");
  }
  return absl::StrCat(text, "; it is next in line");
}

std::vector<std::string> Engine::ExplainList(const ListName& list) const {
  std::vector<Origin> origins;
  for (const auto& [origin, local] : local_) {
    if (origin.name == list) origins.push_back(origin);
  }
  for (const auto& [name, peer] : peers_) {
    for (const auto& [origin, head] : peer.heads) {
      if (origin.name == list && std::ranges::find(origins, origin) == origins.end()) {
        origins.push_back(origin);
      }
    }
  }
  std::vector<std::string> lines;
  for (const Origin& origin : origins) {
    const uint64_t held = HeldOf(origin);
    uint64_t most = held;
    for (const auto& [name, peer] : peers_) {
      if (const auto head = peer.heads.find(origin); head != peer.heads.end()) {
        most = std::max(most, head->second.size.value);
      }
    }
    lines.push_back(most > held ? absl::StrCat(origin.ToString(), ": ", Leaves(held),
                                               " held here, ", most - held, " more are known of")
                                : absl::StrCat(origin.ToString(), ": ", Leaves(held),
                                               " held here, no peer showed more"));
    if (const BootstrapProgress* begun = BootstrapOf(origin); begun != nullptr) {
      lines.push_back(begun->open ? absl::StrCat("it began from a snapshot; of the ",
                                                 Leaves(begun->head.size.value), " before, ",
                                                 begun->backfilled.value, " are held here")
                                  : absl::StrCat("a snapshot of ", Leaves(begun->head.size.value),
                                                 " is being fetched: ", begun->parts_held, " of ",
                                                 begun->parts, " parts are held here"));
    }
    if (IsContested(origin)) {
      lines.push_back(absl::StrCat(origin.name.authority,
                                   " signed two histories of it: nothing more of it is fetched"));
    }
    if (most > held && storage_retry_ > now_) {
      lines.push_back(absl::StrCat("nothing can be stored here, next attempt ",
                                   In(storage_retry_, now_), ": ", storage_failure_));
    }
    for (const auto& [name, peer] : peers_) lines.push_back(Relation(name, peer, origin));
  }
  return lines;
}

std::vector<std::string> Engine::ExplainPeer(const PeerName& name) const {
  const auto it = peers_.find(name);
  if (it == peers_.end()) return {};
  const Peer& peer = it->second;
  const PeerView view = ViewOf(name, peer);
  std::vector<std::string> lines = {absl::StrCat(view.state, ": ", view.detail)};
  if (!peer.paused) {
    lines.push_back(peer.hello_in_flight
                        ? "a greeting is under way"
                        : absl::StrCat("the next greeting is due ", In(peer.next_hello, now_)));
  }
  if (peer.failures > 0) {
    lines.push_back(absl::StrCat("calls that failed lately: ", peer.failures));
  }
  if (peer.refused > 0) {
    lines.push_back(absl::StrCat("answers that failed verification: ", peer.refused));
  }
  for (const MissingView& missing : view.missing) {
    for (const auto& [origin, head] : peer.heads) {
      if (origin.name.ToString() == missing.list) lines.push_back(Relation(name, peer, origin));
    }
    if (missing.there == 0) {
      lines.push_back(absl::StrCat("it has nothing yet of ", missing.list));
    }
  }
  return lines;
}

}  // namespace comity::sync
