#include "tests/sim/invariants.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/log/held.h"

namespace comity::sim {
namespace {

// Half a second for what runs in the same instant.
constexpr int64_t kSlack = 500'000;

std::string At(const DaemonFacts& daemon, const Origin& origin) {
  return absl::StrCat(daemon.name, ", ", origin.name.ToString(), ": ");
}

uint64_t SizeOf(const Replica& replica, const Origin& origin) {
  const auto size = replica.SizeOf(origin);
  return size.ok() ? size->value : 0;
}

}  // namespace

void Invariants::Break(const std::string& invariant, const std::string& detail) {
  throw Broken{invariant, detail};
}

void Invariants::ExpectRogue(const Origin& origin, uint64_t good,
                             std::vector<std::vector<Digest>> histories) {
  rogues_[origin] = {good, std::move(histories)};
}

uint64_t Invariants::SignedSize(const Origin& origin) const {
  const auto it = truth_.find(origin);
  return it == truth_.end() ? 0 : it->second.size();
}

void Invariants::Forget(int daemon) {
  std::erase_if(held_, [&](const auto& one) { return one.first.first == daemon; });
  std::erase_if(whole_, [&](const auto& one) { return one.first.first == daemon; });
  kept_rosters_.erase(daemon);
  std::erase_if(history_, [&](const auto& one) { return one.first.first == daemon; });
}

size_t Invariants::HistoriesHeld() const {
  std::set<size_t> seen;
  for (const auto& [where, history] : history_) seen.insert(history);
  return seen.size();
}

void Invariants::Acknowledged(const DaemonFacts& owner, const LogHead& head) {
  if (owner.store.DurableSize(head.origin) < head.size.value ||
      owner.store.Peek(head.origin, head.size.value - 1).root_after != head.root) {
    Break("no-acknowledged-loss", absl::StrCat(At(owner, head.origin), head.size.value,
                                               " leaves are acknowledged, the disk holds ",
                                               owner.store.DurableSize(head.origin)));
  }
  if (head.checkpoint.empty() || SignedSize(head.origin) < head.size.value) {
    Break("no-acknowledged-loss", At(owner, head.origin) + "acknowledged and not signed");
  }
}

void Invariants::Signed(const DaemonFacts& owner, const Origin& origin, TreeSize size) {
  std::vector<Digest>& roots = truth_[origin];
  if (owner.store.signed_unread()) {
    Break("signed-is-stored", At(owner, origin) + "signed what was read back otherwise");
  }
  if (size.value < roots.size()) {
    Break("signs-never-below",
          absl::StrCat(At(owner, origin), "signed ", size.value, " after ", roots.size()));
  }
  if (!roots.empty() && owner.store.Peek(origin, roots.size() - 1).root_after != roots.back()) {
    Break("signs-never-below",
          absl::StrCat(At(owner, origin), "signed another history at ", size.value));
  }
  for (uint64_t i = roots.size(); i < size.value; ++i) {
    const StoredLeaf leaf = owner.store.Peek(origin, i);
    roots.push_back(leaf.root_after);
    state_roots_[origin].push_back(leaf.state_root_after);
    if (!rosters_.empty()) signers_[origin].push_back(SignersOf(leaf.envelope));
  }
}

void Invariants::Committed(const DaemonFacts& daemon, const Origin& origin) {
  const uint64_t size = SizeOf(daemon.replica, origin);
  if (daemon.store.DurableSize(origin) < size) {
    Break("no-acknowledged-loss",
          absl::StrCat(At(daemon, origin), size, " leaves are shown, the disk holds ",
                       daemon.store.DurableSize(origin)));
  }
  const auto begun = daemon.replica.BootstrapOf(origin);
  // A part of a snapshot came, no list yet.
  if (size == 0 && begun.has_value()) return;
  uint64_t& held = held_[{daemon.number, origin}];
  if (size < held) {
    Break("heads-never-move-back", absl::StrCat(At(daemon, origin), "from ", held, " to ", size));
  }
  if (const auto rogue = rogues_.find(origin); rogue != rogues_.end()) {
    if (size > rogue->second.good) {
      Break("only-verified", absl::StrCat(At(daemon, origin), "holds leaf ", size - 1,
                                          ", which its authority made wrongly"));
    }
    const auto& histories = rogue->second.histories;
    size_t match = histories.size();
    for (size_t one = 0; one < histories.size(); ++one) {
      if (size > histories[one].size()) continue;
      if (daemon.store.Peek(origin, size - 1).root_after == histories[one][size - 1]) match = one;
    }
    if (match == histories.size()) Break("prefix", At(daemon, origin) + "holds what nobody signed");
    // The first leaves are the same in all.
    const size_t shorter =
        histories.size() > 1 ? std::min(histories[0].size(), histories[1].size()) : 0;
    if (histories.size() > 1 &&
        (size > shorter || histories[0][size - 1] != histories[1][size - 1])) {
      const auto [known, fresh] = history_.try_emplace({daemon.number, origin}, match);
      if (!fresh && known->second != match) {
        Break("prefix", At(daemon, origin) + "went over to the other history");
      }
    }
  } else {
    const std::vector<Digest>& roots = truth_[origin];
    // The owner's own last leaves may wait for their signature.
    const bool owner = ParticipantOf(origin.name.authority) == daemon.name;
    if (size > roots.size() && !owner) {
      Break("prefix", absl::StrCat(At(daemon, origin), "holds ", size, " leaves, ", roots.size(),
                                   " were signed"));
    }
    const uint64_t prefix = begun.has_value() ? begun->backfilled.value : size;
    uint64_t& whole = whole_[{daemon.number, origin}];
    const auto check = [&](uint64_t i) {
      if (i < roots.size() && daemon.store.Peek(origin, i).root_after != roots[i]) {
        Break("prefix", absl::StrCat(At(daemon, origin), "leaf ", i, " is not the authority's"));
      }
    };
    for (uint64_t i = whole; i < std::min<uint64_t>(prefix, roots.size()); ++i) check(i);
    whole = std::max(whole, std::min<uint64_t>(prefix, roots.size()));
    for (uint64_t i = std::max(held, prefix); i < size; ++i) {
      if (held > 0 || i + 1 == size) check(i);
    }
    // What officers signed for, whether it came leaf by leaf or from a snapshot.
    const auto& views = daemon.replica.snapshot()->lists();
    const auto view = views.find(origin);
    if (view != views.end() && view->second->size.value == size && size <= roots.size() &&
        view->second->state_root != state_roots_[origin][size - 1]) {
      Break("only-verified", At(daemon, origin) + "shows other entries than were signed");
    }
  }
  held = size;
  uint64_t& ever = ever_held_[origin][daemon.number];
  ever = std::max(ever, begun.has_value() ? begun->backfilled.value : size);

  if (!rosters_.empty()) Served(daemon, origin);
  const auto snapshot = daemon.replica.snapshot();
  const auto [view, fresh] =
      views_.try_emplace(snapshot->frontier().FrontierDigest(), snapshot->view_digest());
  if (!fresh && view->second != snapshot->view_digest()) {
    Break("view-is-a-function-of-the-frontier", At(daemon, origin) + "another view of the same");
  }
}

void Invariants::CommonShown(const DaemonFacts& daemon) {
  for (const auto& [origin, view] : daemon.replica.snapshot()->lists()) {
    if (view->common.value == 0 || IsRogue(origin)) continue;
    const size_t members = AudienceOf(daemon.replica.roster(), view->audience).size();
    size_t holders = 0;
    for (const auto& [number, size] : ever_held_[origin]) holders += size >= view->common.value;
    if (holders < QuorumOf(daemon.replica.roster(), members)) {
      Break("common-is-held", absl::StrCat(At(daemon, origin), "common is ", view->common.value,
                                           ", which ", holders, " participants held"));
    }
  }
}

void Invariants::Refused(const DaemonFacts& daemon, const Origin& origin, uint64_t size_before) {
  const uint64_t size = SizeOf(daemon.replica, origin);
  if (size != size_before || daemon.store.DurableSize(origin) != size_before) {
    Break("only-verified",
          absl::StrCat(At(daemon, origin), "a refused range left ",
                       daemon.store.DurableSize(origin) - size_before, " leaves behind"));
  }
}

void Invariants::Redelivered(const DaemonFacts& daemon, const Origin& origin, uint64_t size_before,
                             const absl::Status& status) {
  if (!status.ok() || SizeOf(daemon.replica, origin) != size_before) {
    Break("idempotent-redelivery", At(daemon, origin) + status.ToString());
  }
}

BeforeRestart BeforeRestart::Of(const Replica& replica) {
  BeforeRestart before;
  const auto snapshot = replica.snapshot();
  for (const auto& [origin, view] : snapshot->lists()) before.sizes[origin] = view->size.value;
  before.view = snapshot->view_digest();
  before.roster_version = replica.roster().version();
  for (const Origin& origin : replica.Bootstrapping()) {
    const auto begun = replica.BootstrapOf(origin);
    before.bootstraps[origin] = {begun->parts_held, begun->backfilled.value};
  }
  return before;
}

void Invariants::Restarted(const DaemonFacts& daemon, const BeforeRestart& before) {
  const BeforeRestart after = BeforeRestart::Of(daemon.replica);
  if (after.roster_version != before.roster_version) {
    // What is void by the newer one is gone, and nothing else.
    for (const auto& [origin, size] : before.sizes) {
      const auto now = after.sizes.find(origin);
      const uint64_t servable = ServableSize(origin, daemon.replica.roster());
      if (now == after.sizes.end() || now->second < std::min(size, servable)) {
        Break("restart-equivalence", At(daemon, origin) + "a newer roster took leaves away");
      }
    }
  } else if (after.sizes != before.sizes || after.view != before.view) {
    Break("restart-equivalence", daemon.name + ": another view after a start than before");
  }
  if (after.bootstraps != before.bootstraps) {
    Break("restart-equivalence", daemon.name + ": a start lost what had come of a snapshot");
  }
}

void Invariants::Stated(const DaemonFacts& daemon, const HeldStatement& statement) const {
  if (statement.participant != daemon.name || IsRogue(statement.origin)) return;
  uint64_t ever = 0;
  if (const auto known = ever_held_.find(statement.origin); known != ever_held_.end()) {
    if (const auto own = known->second.find(daemon.number); own != known->second.end()) {
      ever = own->second;
    }
  }
  if (statement.size.value <= ever) return;
  Break("held-is-whole", absl::StrCat(At(daemon, statement.origin), "states ", statement.size.value,
                                      " leaves HELD and had ", ever));
}

bool Invariants::Answered(const DaemonFacts& daemon, const Origin& origin, TreeSize size) const {
  const auto& roots = truth_.at(origin);
  const auto snapshot = daemon.replica.snapshot();
  const auto view = snapshot->lists().find(origin);
  if (view == snapshot->lists().end() || size.value == 0 || size > view->second->size ||
      size.value > roots.size()) {
    return true;
  }
  const bool known = size >= view->second->since || size <= view->second->backfilled;
  Frontier frontier;
  frontier.heads[origin] = {size, roots[size.value - 1]};
  v1::ReadAt at;
  at.set_known_at(frontier.Token());
  const auto times = snapshot->Resolve(at);
  if (times.ok() == known && (known || ReasonOf(times.status()) == v1::REASON_BACKFILLING)) {
    return known;
  }
  Break("says-what-it-cannot-say",
        absl::StrCat(At(daemon, origin), "asked for what was known at size ", size.value, ": ",
                     times.status().ToString()));
}

void Invariants::Shown(const DaemonFacts& from, const std::string& to,
                       const std::vector<LogHead>& heads) {
  const auto snapshot = from.replica.snapshot();
  for (const LogHead& head : heads) {
    const auto view = snapshot->lists().find(head.origin);
    if (view == snapshot->lists().end() || view->second->audience.empty()) continue;
    if (std::ranges::find(view->second->audience, to) == view->second->audience.end()) {
      Break("audience", At(from, head.origin) + "shown to " + to);
    }
  }
}

void Invariants::Asked(const DaemonFacts& daemon, int peer, const sync::Effect& effect,
                       PeerBooks& books, Fetching& fetching, int64_t now) const {
  const auto bounded = [&](int& count, const char* what) {
    if (++count > 1) {
      Break("bounded-queues", absl::StrCat(daemon.name, ": two of ", what, " to daemon ", peer));
    }
  };
  const auto agreed = [&] {
    if (!books.wrong_roster) return;
    Break("roster-agreed", absl::StrCat(daemon.name, ": asks daemon ", peer, " of another roster"));
  };
  if (std::holds_alternative<sync::CallHello>(effect)) {
    bounded(books.hellos, "Hello");
    const bool lied = books.lied_at >= 0;
    if (lied && now - books.lied_at < std::min(pauses_.backoff_max, pauses_.quarantine) / 2) {
      Break("liars-left-alone", absl::StrCat(daemon.name, ": daemon ", peer, " greeted ",
                                             (now - books.lied_at) / 1000, " ms after a lie"));
    }
    books.lied_at = -1;
    books.greeted_in_doubt = true;
    if (books.failed_at >= 0) {
      const int shift = std::min(books.failures - 1, 16);
      const int64_t pause = lied ? std::max(pauses_.quarantine, pauses_.backoff_max)
                                 : std::min(pauses_.backoff_max, pauses_.backoff_min << shift);
      if (now - books.failed_at > pause * 3 / 2 + kSlack) {
        Break("retry-in-time", absl::StrCat(daemon.name, ": daemon ", peer, " tried again after ",
                                            (now - books.failed_at) / 1000, " ms and ",
                                            books.failures, " failures"));
      }
    }
  } else if (std::holds_alternative<sync::CallHeads>(effect)) {
    bounded(books.heads, "Heads");
    agreed();
  } else if (std::holds_alternative<sync::CallHeld>(effect)) {
    bounded(books.held, "Held");
    agreed();
  } else if (std::holds_alternative<sync::CallRosters>(effect)) {
    bounded(books.rosters, "Rosters");
  } else if (std::holds_alternative<sync::OpenWatch>(effect)) {
    bounded(books.watches, "Watch");
    agreed();
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    bounded(books.fetches, "Fetch");
    agreed();
    const Origin& origin = fetch->target.origin;
    books.serving = {{origin, fetch->lane}, fetch->begin};
    // A range that does not come is asked of another too, never of the same one twice.
    if (!fetching.under_way[books.serving].insert(peer).second) {
      Break("bounded-queues",
            absl::StrCat(At(daemon, origin), "fetched twice at once from daemon ", peer));
    }
    if (const auto until = books.refused_until.find(origin);
        until != books.refused_until.end() && now < until->second) {
      Break("quarantine-respected",
            absl::StrCat(At(daemon, origin), "asks daemon ", peer, ", which gave it wrongly"));
    }
    const auto begun = daemon.replica.BootstrapOf(origin);
    uint64_t held = SizeOf(daemon.replica, origin);
    if (fetch->lane == sync::Lane::kSnapshot) held = begun.has_value() ? begun->parts_held : 0;
    if (fetch->lane == sync::Lane::kHistory) held = begun.has_value() ? begun->backfilled.value : 0;
    if (fetch->begin < held) {
      Break("resumes-where-it-stopped",
            absl::StrCat(At(daemon, origin), "asks from ", fetch->begin, " and holds ", held));
    }
    if (fetch->lane != sync::Lane::kHead && ParticipantOf(origin.name.authority) == daemon.name) {
      Break("own-lists-are-whole", At(daemon, origin) + "its own list is begun from a snapshot");
    }
  }
}

void Invariants::Blamed(const DaemonFacts& daemon, const std::string& peer,
                        const absl::Status& why) const {
  Break("no-false-refusal", absl::StrCat(daemon.name, " blames ", peer, ": ", why.ToString()));
}

}  // namespace comity::sim
