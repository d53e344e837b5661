// The engine's effects, carried out over links that lose, delay and repeat.
#include "absl/strings/str_cat.h"
#include "daemon/sync/wire_version.h"
#include "storage/lists/frontier.h"
#include "tests/sim/world.h"

namespace comity::sim {
namespace {

constexpr int64_t kCallDeadline = 2 * kSecond;
constexpr int64_t kFetchDeadline = 10 * kSecond;
constexpr int64_t kKeepalive = 5 * kSecond;
// Small, so that most fetches come in several ranges.
constexpr uint64_t kFetchBytes = 4'000;

using Kind = sync::CallFailed::Call;

absl::Status Ingest(Replica& replica, const sync::Persist& persist) {
  const sync::Batch& batch = *persist.batch;
  if (batch.lane == sync::Lane::kSnapshot) {
    return replica.IngestSnapshot(persist.target, batch.page);
  }
  return replica.Ingest(persist.target, batch.begin, batch.envelopes, batch.consistency);
}

}  // namespace

int64_t World::Delay() {
  return 1'000 + static_cast<int64_t>(faults_.stream(Faults::kNet).Below(swarm_.delay_max));
}

bool World::Reaches(int from, int to) {
  if (!nodes_[to]->up) return false;
  // Whom its roster does not name it does not let in.
  if (nodes_[to]->roster->FindParticipant(nodes_[from]->name) == nullptr) return false;
  if (const auto cut = cuts_.find({from, to}); cut != cuts_.end() && cut->second > 0) return false;
  return !faults_.Happens(Faults::kNet, swarm_.loss, now_, "loses a message of", from, to);
}

void World::Call(Node& node, int peer, int64_t deadline, sync::CallFailed failed, Serve serve) {
  const int life = node.life;
  const int64_t due = now_ + deadline;
  const auto fail = [this, &node, life, due, failed = std::move(failed)] {
    At(due, [this, &node, life, failed] { Deliver(node, life, failed); });
  };
  if (!Reaches(node.number, peer)) return fail();
  At(now_ + Delay(), [this, &node, life, peer, due, fail, serve = std::move(serve)] {
    Node& server = *nodes_[peer];
    if (!server.up || !node.up || node.life != life) return fail();
    if (Lies(server, 100, "keeps silent to", node.number)) return fail();
    if (Lies(server, 100, "answers too slowly to", node.number)) {
      cases_.Reach(Case::kSlowAnswer);
      return fail();
    }
    const sync::Event answer = serve(server);
    if (!Reaches(peer, node.number)) return fail();
    const bool twice = std::holds_alternative<sync::RevisionsReceived>(answer) &&
                       faults_.Happens(Faults::kNet, swarm_.duplicates, now_,
                                       "gets a range twice from", node.number, peer);
    At(now_ + Delay(), [this, &node, life, answer] { Deliver(node, life, answer); });
    if (!twice) return;
    cases_.Reach(Case::kDuplicateRange);
    At(now_ + Delay(), [this, &node, life, answer] {
      // Only what the engine waits for counts.
      const auto& range = std::get<sync::RevisionsReceived>(answer);
      if (node.up && node.life == life && node.books[NodeNamed(range.peer)].fetches == 0) {
        Deliver(node, life, answer);
      }
    });
  });
}

std::vector<LogHead> World::HeadsShown(Node& server, int caller) {
  std::vector<LogHead> heads = server.replica->HeadsFor(nodes_[caller]->name);
  invariants_.Shown(Facts(server), nodes_[caller]->name, heads);
  if (server.number == rogue_node_) {
    heads.push_back(rogues_[caller % rogues_.size()]->head());
  }
  return heads;
}

sync::Event World::ServeHello(Node& server, Node& caller, const Digest& asked) {
  Frontier heads;
  for (const LogHead& head : HeadsShown(server, caller.number)) {
    heads.heads[head.origin] = {head.size, head.root};
  }
  sync::HelloAnswered answer{server.name, heads.FrontierDigest(), server.roster->version(),
                             server.roster->digest()};
  answer.held_equal = !swarm_.held || server.replica->HeldDigestFor(caller.name) ==
                                          caller.replica->HeldDigestFor(server.name);
  if (server.old_wire || caller.old_wire) {
    cases_.Reach(Case::kOldWire);
  } else {
    answer.wire_version = sync::kWireSnapshots;
  }
  HelloTrust(server, caller, answer);
  if (swarm_.rosters > 0) answer.wire_version = sync::kWireRosters;
  if (Lies(server, 100, "says another roster to", caller.number)) answer.roster_digest[0] ^= 1;
  if (swarm_.rosters > 0 && Lies(server, 100, "says a newer roster to", caller.number)) {
    ++answer.roster_version;
  }
  if (Lies(server, 100, "says other heads to", caller.number)) answer.heads_digest[0] ^= 1;
  answer.heads_equal = answer.heads_digest == asked;
  if (answer.roster_digest == caller.roster->digest() && answer.heads_equal) {
    caller.replica->HeardFrom(server.name, {});
  }
  return answer;
}

sync::Event World::ServeHeads(Node& server, Node& caller) {
  std::vector<LogHead> heads = HeadsShown(server, caller.number);
  LieInHeads(server, caller.number, heads);
  for (const LogHead& head : heads) {
    if (const absl::Status wrong = caller.replica->MeetHead(head); !wrong.ok()) {
      cases_.Reach(Case::kForgedHead);
      return sync::CallFailed{server.name, Kind::kHeads, {}, wrong};
    }
    auto& shown = caller.books[server.number].shown[head.origin];
    shown = std::max(shown, head.size.value);
  }
  caller.replica->HeardFrom(server.name, heads);
  return sync::HeadsAnswered{server.name, std::move(heads)};
}

sync::Event World::ServeFetch(Node& server, Node& caller, const sync::FetchRevisions& wanted) {
  if (wanted.lane == sync::Lane::kSnapshot) return ServeSnapshot(server, caller, wanted);
  const Origin& origin = wanted.target.origin;
  auto batch = std::make_shared<sync::Batch>();
  batch->lane = wanted.lane;
  absl::StatusOr<Replica::Range> range;
  if (server.number == rogue_node_ && invariants_.IsRogue(origin)) {
    range = rogues_[caller.number % rogues_.size()]->Read(wanted.begin, wanted.end, kFetchBytes);
  } else {
    range = server.replica->ReadRange(origin, wanted.begin, wanted.end, wanted.target.size.value,
                                      kFetchBytes);
  }
  if (!range.ok() && !server.liar) {
    return sync::CallFailed{server.name, Kind::kFetch, origin, range.status()};
  }
  if (!range.ok()) range.emplace();
  batch->origin = origin;
  batch->begin = wanted.begin;
  batch->envelopes = std::move(range->envelopes);
  batch->consistency = std::move(range->consistency);
  LieInRange(server, caller.number, wanted, *batch);
  if (batch->envelopes.empty() || batch->begin != wanted.begin) {
    return sync::CallFailed{server.name, Kind::kFetch, origin,
                            absl::InvalidArgumentError("no leaves, no proof or another range")};
  }
  return sync::RevisionsReceived{server.name, std::move(batch)};
}

void World::Carry(Node& node, const sync::Effect& effect) {
  if (CarryTrust(node, effect)) return;
  const absl::Status lost = absl::UnavailableError("no answer");
  if (const auto* hello = std::get_if<sync::CallHello>(&effect)) {
    const Digest asked = node.engine->HeadsDigest(hello->peer);
    Call(node, NodeNamed(hello->peer), kCallDeadline, {hello->peer, Kind::kHello, {}, lost},
         [this, &node, asked](Node& server) { return ServeHello(server, node, asked); });
  } else if (const auto* heads = std::get_if<sync::CallHeads>(&effect)) {
    Call(node, NodeNamed(heads->peer), kCallDeadline, {heads->peer, Kind::kHeads, {}, lost},
         [this, &node](Node& server) { return ServeHeads(server, node); });
  } else if (const auto* held = std::get_if<sync::CallHeld>(&effect)) {
    Call(node, NodeNamed(held->peer), kCallDeadline, {held->peer, Kind::kHeld, {}, lost},
         [this, &node](Node& server) -> sync::Event {
           std::vector<HeldNote> notes;
           for (const HeldStatement& one : server.replica->HeldFor(node.name)) {
             notes.push_back({one.participant, one.note});
           }
           const absl::Status taken = node.replica->TakeHeld(notes).status();
           if (!taken.ok() && !absl::IsFailedPrecondition(taken)) {
             return sync::CallFailed{server.name, Kind::kHeld, {}, taken};
           }
           return sync::HeldAnswered{server.name};
         });
  } else if (const auto* rosters = std::get_if<sync::CallRosters>(&effect)) {
    Call(node, NodeNamed(rosters->peer), kCallDeadline, {rosters->peer, Kind::kRosters, {}, lost},
         [this, &node](Node& server) { return ServeRosters(server, node); });
  } else if (const auto* watch = std::get_if<sync::OpenWatch>(&effect)) {
    OpenWatch(node, NodeNamed(watch->peer));
  } else if (const auto* close = std::get_if<sync::CloseWatch>(&effect)) {
    const int peer = NodeNamed(close->peer);
    const auto open = node.watching.find(peer);
    if (open != node.watching.end()) EndWatch(node, peer, open->second, 1, "it is closed here");
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    const sync::FetchRevisions wanted = *fetch;
    Call(node, NodeNamed(wanted.peer), kFetchDeadline,
         {wanted.peer, Kind::kFetch, wanted.target.origin, lost},
         [this, &node, wanted](Node& server) { return ServeFetch(server, node, wanted); });
  } else if (const auto* persist = std::get_if<sync::Persist>(&effect)) {
    CarryPersist(node, *persist);
  } else if (const auto* report = std::get_if<sync::Report>(&effect)) {
    const int peer = NodeNamed(report->peer);
    Trace("refuses what came from", node.number, peer);
    // It left, and is told so by a roster that it does not take.
    if (node.left_at >= 0) return;
    if (nodes_[peer]->forgot || swarm_.liars > 0 || swarm_.rogue != Rogue::kNone) {
      // Only of a world in which everyone does as he should it is known to be false. A
      // refused range of a liar is blamed on the liar alone: who is a liar is known.
      if (nodes_[peer]->liar || nodes_[peer]->forgot || swarm_.rogue != Rogue::kNone ||
          faults_.ended()) {
        return;
      }
    }
    if (RefusedOf(node.number, peer) > 0) {
      invariants_.Blamed(Facts(node), report->peer, report->status);
    }
  }
}

absl::Status World::Store(Node& node, const sync::Persist& persist) {
  const sync::Batch& batch = *persist.batch;
  const Node& server = *nodes_[NodeNamed(persist.peer)];
  // A range may begin before what is held by now; but what begins before a snapshot is its
  // history.
  const auto begun = node.replica->BootstrapOf(batch.origin);
  const bool at_snapshot =
      batch.lane == sync::Lane::kHead && begun.has_value() && batch.begin <= begun->head.size.value;
  const bool may_be_longer = batch.lane != sync::Lane::kSnapshot && batch.begin > 0 && server.up &&
                             !server.liar && server.number != rogue_node_ && !at_snapshot;
  if (faults_.Happens(Faults::kNet, may_be_longer ? 100 : 0, now_,
                      "gets more than it asked for from", node.number, server.number)) {
    const auto longer = server.replica->ReadRange(batch.origin, batch.begin - 1, batch.end(),
                                                  persist.target.size.value, kFetchBytes * 4);
    if (longer.ok() && longer->end == batch.end()) {
      return node.replica->Ingest(persist.target, batch.begin - 1, longer->envelopes,
                                  longer->consistency);
    }
  }
  return Ingest(*node.replica, persist);
}

void World::CheckStored(Node& node, const sync::Batch& batch) {
  const auto held = node.replica->SizeOf(batch.origin);
  const auto begun = node.replica->BootstrapOf(batch.origin);
  uint64_t there = held.ok() ? held->value : 0;
  if (batch.lane == sync::Lane::kSnapshot && begun.has_value() && !begun->open) {
    there = begun->parts_held;
  } else if (batch.lane == sync::Lane::kSnapshot) {
    // All of it is there, or what the leaves made of it.
    there = there > 0 ? batch.end() : 0;
  } else if (batch.lane == sync::Lane::kHistory && begun.has_value()) {
    there = begun->backfilled.value;
  }
  if (there < batch.end()) {
    Invariants::Break("only-verified", node.name + ": a range was taken in part");
  }
}

void World::CarryPersist(Node& node, const sync::Persist& persist) {
  const int life = node.life;
  ++node.persisting;
  int64_t wait = 500 + static_cast<int64_t>(faults_.stream(Faults::kDisk).Below(5'000));
  if (now_ < node.slow_until) {
    wait += static_cast<int64_t>(faults_.stream(Faults::kDisk).Below(10 * kSecond));
    cases_.Reach(Case::kSlowDisk);
  }
  At(now_ + wait, [this, &node, life, persist] {
    if (!node.up || node.life != life) return;
    --node.persisting;
    const sync::Batch& batch = *persist.batch;
    const Origin& origin = batch.origin;
    const int peer = NodeNamed(persist.peer);
    if (faults_.Happens(Faults::kDisk, swarm_.failing_commits ? 30 : 0, now_, "fails a commit",
                        node.number)) {
      const bool reaches = faults_.stream(Faults::kDisk).Chance(500);
      node.store.FailNextCommit(reaches);
      cases_.Reach(reaches ? Case::kCommitFailedButDurable : Case::kCommitFailed);
    }
    const auto before = node.replica->SizeOf(origin);
    const uint64_t size_before = before.ok() ? before->value : 0;
    const uint64_t end = batch.end();
    const Node& server = *nodes_[peer];
    const absl::Status status = Store(node, persist);
    if (BrokeDown(node)) return;
    Trace(status.ok() ? "stores what came from" : "refuses a range of", node.number, peer, end);
    PeerBooks& books = node.books[peer];
    if (status.ok()) {
      if (books.refused_until.contains(origin)) cases_.Reach(Case::kRefusedThenHealed);
      CheckStored(node, batch);
      if (IsVoid(node, origin.name.ToString()) && size_before < end) {
        cases_.Reach(Case::kVoidFromPeer);
      }
      node.served_by[origin] = peer;
      if (faults_.Happens(Faults::kNet, swarm_.duplicates / 2, now_, "stores a range twice",
                          node.number)) {
        const auto held = node.replica->SizeOf(origin);
        const absl::Status again = Ingest(*node.replica, persist);
        if (BrokeDown(node)) return;
        cases_.Reach(Case::kRedelivered);
        if (!absl::IsResourceExhausted(again)) {
          invariants_.Redelivered(Facts(node), origin, held.ok() ? held->value : 0, again);
        }
      }
    } else {
      invariants_.Refused(Facts(node), origin, size_before);
      if (invariants_.IsRogue(origin)) {
        cases_.Reach(Case::kRogueRefused);
      } else if (IsRefusal(status) && server.liar && batch.lane == sync::Lane::kSnapshot) {
        const bool made_up = made_up_.contains({peer, origin});
        cases_.Reach(made_up ? Case::kMadeUpSnapshot : Case::kAlteredPart);
      } else if (IsRefusal(status) && server.liar) {
        cases_.Reach(Case::kAlteredRange);
        if (orphans_.contains(origin)) cases_.Reach(Case::kOrphanRefused);
      }
    }
    Deliver(node, life, sync::WriteCompleted{persist.peer, origin, status, batch.lane});
  });
}

void World::OpenWatch(Node& node, int peer) {
  const uint64_t watch = ++watches_;
  node.watching[peer] = watch;
  if (!Reaches(node.number, peer) || Lies(*nodes_[peer], 100, "opens no watch for", node.number)) {
    return EndWatch(node, peer, watch, kCallDeadline, "no answer");
  }
  const int life = node.life;
  nodes_[peer]->watchers.push_back({node.number, life, watch});
  At(now_ + Delay(), [this, &node, life, peer, watch] {
    if (!node.up || node.life != life || node.watching[peer] != watch) return;
    Node& server = *nodes_[peer];
    if (!server.up) return;
    Deliver(node, life, sync::WatchOpened{server.name});
    SendHint(server, {node.number, life, watch}, HeadsShown(server, node.number), {});
  });
}

// The watcher learns that its watch is over; once.
void World::EndWatch(Node& node, int peer, uint64_t watch, int64_t after, const char* why) {
  const int life = node.life;
  std::erase(nodes_[peer]->watchers, Watcher{node.number, life, watch});
  At(now_ + after, [this, &node, life, peer, watch, why] {
    if (!node.up || node.life != life || node.watching[peer] != watch) return;
    node.watching.erase(peer);
    Deliver(node, life, sync::WatchEnded{nodes_[peer]->name, absl::UnavailableError(why)});
  });
}

void World::SendHint(Node& from, const Watcher& to, const std::vector<LogHead>& heads,
                     const std::vector<HeldStatement>& held) {
  Node& node = *nodes_[to.node];
  if (!node.up || node.life != to.life) return;
  sync::Hinted hint{from.name, {}};
  for (const LogHead& head : heads) {
    if (invariants_.IsRogue(head.origin)
            ? from.number == rogue_node_ || from.replica->MayHold(node.name, head.origin)
            : from.replica->MayHold(node.name, head.origin)) {
      hint.heads.push_back(head);
    }
  }
  std::vector<HeldNote> notes;
  for (const HeldStatement& one : held) {
    if (from.replica->MayHold(node.name, one.origin)) notes.push_back({one.participant, one.note});
  }
  if (hint.heads.empty() && notes.empty() && !heads.empty()) return;
  LieInHeads(from, to.node, hint.heads);
  if (!Reaches(from.number, to.node)) {
    cases_.Reach(Case::kHintLost);
    for (const LogHead& head : hint.heads) hint_lost_.insert(head.origin);
    // Sometimes the watch goes with it, as keepalive would find.
    if (faults_.stream(Faults::kNet).Chance(500)) {
      EndWatch(node, from.number, to.watch, kKeepalive, "keepalive");
    }
    return;
  }
  const auto deliver = [this, &node, to, hint, notes, peer = from.number] {
    if (!node.up || node.life != to.life || node.watching[peer] != to.watch) return;
    absl::Status taken;
    if (!notes.empty()) {
      taken = node.replica->TakeHeld(notes).status();
      invariants_.CommonShown(Facts(node));
      if (absl::IsFailedPrecondition(taken)) taken = absl::OkStatus();
    }
    for (const LogHead& head : hint.heads) {
      taken.Update(node.replica->MeetHead(head));
    }
    if (!taken.ok()) {
      cases_.Reach(Case::kForgedHead);
      std::erase(nodes_[peer]->watchers, to);
      node.watching.erase(peer);
      return Deliver(node, to.life, sync::WatchEnded{hint.peer, taken});
    }
    Deliver(node, to.life, hint);
  };
  At(now_ + Delay(), deliver);
  if (faults_.Happens(Faults::kNet, swarm_.duplicates, now_, "gets a hint twice from", to.node,
                      from.number)) {
    cases_.Reach(Case::kDuplicateHint);
    At(now_ + Delay() * 4, deliver);
  }
}

}  // namespace comity::sim
