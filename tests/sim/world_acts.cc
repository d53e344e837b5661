// What the authorities publish, and what befalls the daemons.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "comity/v1/publish_service.pb.h"
#include "storage/base/errors.h"
#include "storage/lists/list_batch.h"
#include "tests/sim/world.h"

namespace comity::sim {
namespace {

constexpr int kItems = 6;
constexpr int kWideItems = 24;

}  // namespace

void World::RunFaulty(uint64_t steps) {
  if (swarm_.late_join) {
    // Not the only owner, or nothing happens.
    Node& late = *nodes_.back();
    late.joined = false;
    const int64_t when = faults_.stream(Faults::kWorkload).Between(5, 30) * kSecond * swarm_.scale;
    At(when, [this, &late] {
      if (late.joined) return;
      cases_.Reach(Case::kJoinedEmpty);
      Start(late.number);
    });
  }
  if (swarm_.rosters > 0) StartRosters();
  StartAll();
  At(kSecond, [this] { Work(); });
  if (swarm_.misfortune_every > 0) At(kSecond, [this] { Misfortune(); });
  while (events_ < steps && RunOne()) {
  }
  Converge();
}

void World::Work() {
  if (workless_) return;
  Prng& prng = faults_.stream(Faults::kWorkload);
  // Long runs publish ever more slowly: what takes time is to be the exchange, not the lists.
  const int64_t slower = 1 + static_cast<int64_t>(published_ / 100);
  At(now_ + prng.Between(1, 2 * swarm_.work_every) * swarm_.scale * slower, [this] { Work(); });
  Node& node = *nodes_[prng.Below(swarm_.authorities)];
  if (node.number == frozen_ || node.left_at >= 0) return;
  std::vector<std::string> lists = {"list"};
  if (swarm_.wide) lists.push_back("wide");
  if (swarm_.restricted) lists.push_back("closed");
  const std::string& list = lists[prng.Below(lists.size())];
  if (!faults_.Wanted(now_, "publishes", node.number)) return;
  Publish(node.number, list).IgnoreError();
}

DraftInput World::NextEdition(Node& node, const std::string& list) {
  Prng& prng = faults_.stream(Faults::kWorkload);
  const int items = list == "wide" ? kWideItems : kItems;
  auto& texts = node.editions[list];
  // From what is held: memory may have been lost.
  for (int i = 0; i < items; ++i) texts.try_emplace(absl::StrCat("5A0", 10 + i), "text");
  const std::string code = absl::StrCat("5A0", 10 + prng.Below(items));
  std::string omitted;
  if (prng.Chance(list == "wide" ? 400 : 100)) omitted = code;
  texts[code] = absl::StrCat("text ", prng.Below(1000));
  std::vector<v1::Entry> entries;
  for (const auto& [key, text] : texts) {
    if (key != omitted) entries.push_back(testing::Item(key, text));
  }
  DraftInput input = testing::Edition(node.authority + "/" + list, "2023-01-01", entries,
                                      absl::StrCat("Act ", published_));
  input.header.set_published_at(FormatInstant(Instant{testing::kNow.micros + now_}));
  input.header.set_declare_bulk_removal(!omitted.empty() && list != "wide");
  return input;
}

std::vector<std::string> World::AudienceOfClosed(const Node& node) const {
  // Its owner and every other of its peers.
  std::vector<std::string> audience = {node.name};
  for (size_t i = 0; i < node.peers.size(); i += 2) {
    audience.push_back(nodes_[node.peers[i]]->name);
  }
  std::ranges::sort(audience);
  return audience;
}

absl::Status World::OpenClosedList(Node& node) {
  node.in_submit = true;
  const auto submitted =
      federation_.OpenRestricted(*node.replica, &node.store, {node.authority, "closed"},
                                 AudienceOfClosed(node), Instant{testing::kNow.micros + now_});
  node.in_submit = false;
  if (submitted.ok()) {
    cases_.Reach(Case::kRestricted);
    invariants_.Acknowledged(Facts(node), submitted->head);
  }
  return submitted.status();
}

absl::Status World::Publish(int number, const std::string& list) {
  Node& node = *nodes_[number];
  if (!node.up) return absl::UnavailableError("it is down");
  node.clock.Set(Instant{testing::kNow.micros + now_ + node.clock_offset});
  const std::string name = node.authority + "/" + list;
  if (list == "closed" && HeldBy(number, name) == 0) {
    const absl::Status opened = OpenClosedList(node);
    if (BrokeDown(node) || !opened.ok()) return opened;
  }
  const auto saved = node.editions[list];
  Prng& prng = faults_.stream(Faults::kWorkload);
  absl::StatusOr<v1::DraftFile> lost_draft = absl::CancelledError("one room only");
  if (prng.Chance(250)) lost_draft = node.replica->Draft(NextEdition(node, list));
  node.editions[list] = saved;
  const DraftInput input = NextEdition(node, list);
  const absl::StatusOr<v1::DraftFile> draft = node.replica->Draft(input);
  if (!draft.ok()) {
    if (IsVoid(node, name)) cases_.Reach(Case::kVoidStopped);
    if (ReasonOf(draft.status()) == v1::REASON_TIME_AHEAD) cases_.Reach(Case::kTooFarAhead);
    node.editions[list] = saved;
    return draft.status();
  }
  if (draft->no_changes()) return absl::OkStatus();
  const auto sign = [&](const v1::DraftFile& file) {
    const std::vector<int> officers = OfficersFor(node, file.signatures_needed() > 2 ? 3 : 2);
    return federation_.Sign(file, node.authority, officers);
  };
  const std::vector<std::string> envelopes = sign(*draft);
  if (faults_.Happens(Faults::kDisk, swarm_.misreads ? 50 : 0, now_, "will read back wrongly",
                      number)) {
    node.store.MisreadNextCommit(true);
  }
  if (faults_.Happens(Faults::kDisk, swarm_.failing_commits ? 30 : 0, now_, "fails a commit",
                      number)) {
    node.store.FailNextCommit(faults_.stream(Faults::kDisk).Chance(500));
  }
  node.in_submit = true;
  absl::StatusOr<Submitted> submitted = node.replica->Submit(envelopes);
  node.in_submit = false;
  node.store.MisreadNextCommit(false);
  if (BrokeDown(node)) return absl::UnavailableError("the disk failed");
  if (node.store.TakeReadBackDiffered()) cases_.Reach(Case::kReadBackDiffered);
  if (!submitted.ok()) {
    Trace("could not publish", number, -1, static_cast<uint64_t>(submitted.status().code()));
    const v1::Reason reason = ReasonOf(submitted.status());
    if (reason == v1::REASON_SIGNING_WAITS) {
      cases_.Reach(Case::kSigningWaits);
    } else if (reason == v1::REASON_NOT_HELD) {
      cases_.Reach(Case::kSigningBelowRefused);
    } else if (absl::IsResourceExhausted(submitted.status())) {
      cases_.Reach(Case::kDiskFull);
    } else if (IsVoid(node, name)) {
      cases_.Reach(Case::kVoidStopped);
    } else if (!absl::IsDataLoss(submitted.status())) {
      Invariants::Break("publish", submitted.status().ToString());
    }
    node.editions[list] = saved;
    return submitted.status();
  }
  ++published_;
  if (swarm_.rosters > 0) NotePublished(node, envelopes);
  Trace("published", number, -1, submitted->head.size.value);
  invariants_.Acknowledged(Facts(node), submitted->head);
  if (Partitioned()) cases_.Reach(Case::kPublishApart);
  if (draft->signatures_needed() > 2) cases_.Reach(Case::kBulkRemoval);
  if (list == "wide" && input.entries.size() < kWideItems) cases_.Reach(Case::kSmallRemoval);
  ExpectEverywhere(node, submitted->head);
  // Officers of two rooms: the later one is told that the index is taken. What they
  // signed is a good leaf of no log.
  if (lost_draft.ok() && !lost_draft->no_changes()) {
    const std::vector<std::string> lost = sign(*lost_draft);
    if (submitted->index.value + 1 >= lost.size() && lost != envelopes) {
      orphans_[submitted->origin] = {
          submitted->index.value + 1 - envelopes.size() + lost.size() - 1, lost.back()};
      if (lost.size() != 1) orphans_.erase(submitted->origin);
      const auto late = node.replica->Submit(lost);
      if (absl::IsAborted(late.status())) cases_.Reach(Case::kLostRace);
      if (late.ok() && !late->already_present) {
        Invariants::Break("publish", "two leaves took one index");
      }
    }
  }
  if (prng.Chance(50)) {
    const auto again = node.replica->Submit(envelopes);
    if (!again.ok() || !again->already_present || again->head != submitted->head) {
      Invariants::Break("idempotent-redelivery", "a submission said again is another");
    }
    cases_.Reach(Case::kSubmittedAgain);
  }
  return absl::OkStatus();
}

// prompt: where nothing stands in the way, what is published is soon everywhere.
void World::ExpectEverywhere(const Node& owner, const LogHead& head) {
  if (swarm_.prompt_within == 0 || owner.liar) return;
  const Origin origin = head.origin;
  const uint64_t size = head.size.value;
  At(now_ + swarm_.prompt_within, [this, origin, size, number = owner.number] {
    for (const int member : Component(number, {})) {
      if (nodes_[member]->liar) continue;
      if (HeldBy(member, origin.name.ToString()) < size) {
        Invariants::Break("prompt", absl::StrCat(nodes_[member]->name, " lacks leaf ", size - 1,
                                                 " of ", origin.name.ToString(), " after ",
                                                 swarm_.prompt_within / kSecond, " s"));
      }
    }
  });
}

// --- Misfortune ---

void World::Cut(int from, int to, bool cut) {
  int& reasons = cuts_[{from, to}];
  reasons += cut ? 1 : -1;
  if (reasons <= 0) {
    cuts_.erase({from, to});
    return;
  }
  Trace("cannot reach", from, to);
  // Keepalive finds that nothing comes any more, whichever way is cut.
  for (const auto& [watcher, server] : {std::pair(from, to), std::pair(to, from)}) {
    At(now_ + 5 * kSecond, [this, watcher, server, from, to] {
      Node& node = *nodes_[watcher];
      const auto open = node.watching.find(server);
      if (!cuts_.contains({from, to}) || !node.up || open == node.watching.end()) return;
      const Watcher entry{watcher, node.life, open->second};
      if (std::ranges::find(nodes_[server]->watchers, entry) == nodes_[server]->watchers.end()) {
        return;
      }
      EndWatch(node, server, open->second, 0, "keepalive");
    });
  }
}

void World::CutFor(int from, int to, int64_t how_long) {
  Cut(from, to, true);
  At(now_ + how_long, [this, from, to] {
    if (cuts_.contains({from, to})) Cut(from, to, false);
  });
}

void World::PartitionHalves(int64_t how_long) {
  cases_.Reach(Case::kHalves);
  if (how_long >= 10 * kDay) cases_.Reach(Case::kDaysApart);
  Prng& prng = faults_.stream(Faults::kNet);
  std::vector<bool> side;
  for (int i = 0; i < swarm_.daemons; ++i) side.push_back(prng.Chance(500));
  for (int a = 0; a < swarm_.daemons; ++a) {
    for (int b = 0; b < swarm_.daemons; ++b) {
      if (side[a] != side[b]) CutFor(a, b, how_long);
    }
  }
}

void World::Isolate(int node, int64_t how_long) {
  cases_.Reach(Case::kAlone);
  if (how_long >= 10 * kDay) cases_.Reach(Case::kDaysApart);
  for (int other = 0; other < swarm_.daemons; ++other) {
    if (other == node) continue;
    CutFor(node, other, how_long);
    CutFor(other, node, how_long);
  }
}

// A signer's memory is regained only from those that have it: what a quorum rule cannot
// save is not taken away, and of one daemon at a time.
bool World::MayForget(const Node& node) const {
  for (const auto& one : nodes_) {
    if (one->recovering) return false;
  }
  if (!node.up) return false;
  for (const auto& [origin, roots] : invariants_.truth()) {
    if (ParticipantOf(origin.name.authority) != node.name) continue;
    if (origin.name.list == "closed") return false;
    if (node.store.DurableSize(origin) != roots.size()) return false;
    size_t holders = 0;
    for (const int peer : node.peers) {
      const Node& other = *nodes_[peer];
      if (other.liar || !other.joined) continue;
      // Its own history may still be to come.
      if (other.store.Bootstraps()->contains(origin)) continue;
      const auto heads = other.store.Heads();
      for (const StoredHead& head : *heads) {
        holders += head.origin == origin && head.checkpoint_size.value == roots.size();
      }
    }
    const size_t voters = node.peers.size();
    const size_t all = static_cast<size_t>(swarm_.daemons);
    const size_t needed = std::min(all - swarm_.quorum + 1, voters);
    if (voters - holders >= needed) return false;
  }
  return true;
}

void World::Misfortune() {
  if (workless_) return;
  Prng& prng = faults_.stream(Faults::kNet);
  At(now_ + prng.Between(1, 2 * swarm_.misfortune_every) * swarm_.scale, [this] { Misfortune(); });
  for (const auto& one : nodes_) {
    if (!one->recovering || !one->up || !one->replica->signing().settled) continue;
    bool whole = true;
    for (const auto& [origin, roots] : invariants_.truth()) {
      whole = whole && (ParticipantOf(origin.name.authority) != one->name ||
                        one->store.DurableSize(origin) >= roots.size());
    }
    if (!whole) continue;
    one->recovering = false;
    cases_.Reach(Case::kMemoryRegained);
  }
  const int victim = static_cast<int>(prng.Below(swarm_.daemons));
  const int other = static_cast<int>(prng.Below(swarm_.daemons));
  const uint64_t kind = prng.Below(8);
  const int64_t how_long = prng.Between(1, prng.Chance(200) ? 1'296 : 60) * kSecond * swarm_.scale;
  const int64_t down = prng.Between(1, 10'000) * 1'000 * swarm_.scale;
  Node& node = *nodes_[victim];
  const auto happens = [&](bool drawn, const char* what, Faults::Concern concern) {
    return drawn && faults_.Happens(concern, 999, now_, what, victim, other);
  };
  switch (kind) {
    case 0:
      if (victim != other && happens(swarm_.cuts, "loses its way to", Faults::kNet)) {
        const bool both = prng.Chance(300);
        cases_.Reach(both ? Case::kPartial : Case::kOneWay);
        CutFor(victim, other, how_long);
        if (both) CutFor(other, victim, how_long);
      }
      return;
    case 1:
      if (happens(swarm_.partitions, "is cut off", Faults::kNet)) Isolate(victim, how_long);
      return;
    case 2:
      if (happens(swarm_.partitions, "halves", Faults::kNet)) PartitionHalves(how_long);
      return;
    case 3:
      if (node.up && happens(swarm_.crashes, "crashes", Faults::kDisk)) {
        Crash(victim, prng.Chance(500));
        At(now_ + down, [this, victim] { Start(victim); });
      }
      return;
    case 4:
      if (happens(swarm_.full_disks, "has a full disk", Faults::kDisk)) {
        node.store.SetFull(true);
        cases_.Reach(Case::kDiskFull);
        At(now_ + std::min<int64_t>(how_long, 60 * kSecond), [this, victim] {
          if (nodes_[victim]->store.full()) cases_.Reach(Case::kSpaceAgain);
          nodes_[victim]->store.SetFull(false);
        });
      }
      return;
    case 5:
      if (happens(swarm_.slow_disks, "has a slow disk", Faults::kDisk)) {
        node.slow_until = now_ + std::min<int64_t>(how_long, 60 * kSecond);
      }
      return;
    case 6:
      if (happens(swarm_.clock_jumps, "has a clock that jumps", Faults::kClock)) {
        const int64_t years = faults_.stream(Faults::kClock).Between(-10, 10);
        node.clock_offset = years * kYear;
        if (years > 0) cases_.Reach(Case::kClockAhead);
        if (years < 0) cases_.Reach(Case::kClockBack);
      }
      return;
    default:
      if (swarm_.memory_loss && MayForget(node) &&
          happens(true, "loses its memory", Faults::kDisk)) {
        const size_t operations = prng.Chance(400) ? 0 : prng.Below(node.store.operations() + 1);
        LoseMemory(victim, operations, prng.Chance(300));
        At(now_ + down / 4, [this, victim] { Start(victim); });
      }
      return;
  }
}

}  // namespace comity::sim
