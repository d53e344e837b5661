// Evidence and statuses on their way, and what a colluding relay makes of them.
#include <set>

#include "absl/strings/str_cat.h"
#include "daemon/sync/local.h"
#include "storage/canonical/envelope.h"
#include "storage/signing/note.h"
#include "tests/sim/world.h"

namespace comity::sim {
namespace {

using Kind = sync::CallFailed::Call;

constexpr int64_t kCallDeadline = 2 * kSecond;
// How often a daemon looks whether statuses are due, and who is asked how fresh his lists are.
constexpr int64_t kTick = 3 * kSecond;

std::vector<std::string> EnvelopesOf(const std::vector<ParticipantStatus>& statuses) {
  std::vector<std::string> envelopes;
  for (const ParticipantStatus& one : statuses) envelopes.push_back(one.envelope);
  return envelopes;
}

}  // namespace

void World::StartTrust(Node& node) {
  trust_.Restarted(node.number);
  // On a disk that takes nothing evidence counts all the same, until it comes again.
  if (!swarm_.full_disks && !swarm_.failing_commits) trust_.CheckRemembered(Facts(node));
  if (swarm_.frozen && node.number == 0 && node.life == 1) {
    const int64_t when = faults_.stream(Faults::kWorkload).Between(20, 40) * kSecond;
    // Some set their clocks ahead first: what is said then confirms nothing.
    if (seed_ % 3 == 0) At(when - 15 * kSecond, [&node] { node.clock_offset = 365 * kDay; });
    At(when, [this] {
      Trace("falls silent", 0);
      frozen_ = 0;
    });
  }
  if (swarm_.statuses) TickTrust(node, node.life);
}

void World::TickTrust(Node& node, int life) {
  if (!node.up || node.life != life) return;
  node.clock.Set(Instant{testing::kNow.micros + now_ + node.clock_offset});
  // A frozen authority's daemon serves on and says nothing any more.
  if (node.number != frozen_ || workless_) node.replica->TickStatuses();
  trust_.CheckFreshness(Facts(node), node.clock.Now());
  At(now_ + kTick, [this, &node, life] { TickTrust(node, life); });
}

void World::HelloTrust(Node& server, Node& caller, sync::HelloAnswered& answer) {
  if (Lies(server, 500, "says that it has no other evidence than", caller.number)) return;
  answer.evidence_equal = server.replica->EvidenceDigestFor(caller.name) ==
                          caller.replica->EvidenceDigestFor(server.name);
  if (server.liar && !faults_.ended()) answer.evidence_equal = false;
  if (!swarm_.statuses) return;
  answer.statuses_equal = server.replica->statuses().DigestFor(caller.name) ==
                          caller.replica->statuses().DigestFor(server.name);
}

// Evidence against the caller's lists in which nothing contradicts anything.
std::vector<std::string> World::MakeUpEvidence(Node& server, Node& caller) {
  std::vector<std::string> made_up;
  for (const LogHead& head : server.replica->HeadsFor(caller.name)) {
    const std::vector<LogHead>& old = old_heads_[head.origin];
    if (old.empty() || old.front().size >= head.size) continue;
    const auto proof = server.replica->ReadConsistency(head.origin, old.front().size, head.size);
    if (!proof.ok()) continue;
    Digest before = proof->old_root;
    if (faults_.stream(Faults::kByzantine).Chance(500)) before[3] ^= 1;
    const auto bytes = MakeEvidence(old.front().checkpoint, head.checkpoint, before, proof->hashes,
                                    federation_.roster());
    if (bytes.ok()) made_up.push_back(*bytes);
  }
  return made_up;
}

sync::Event World::ServeStatements(Node& server, Node& caller, StatementKind kind) {
  absl::Status taken;
  if (kind == StatementKind::kEvidence) {
    std::vector<std::string> evidence;
    for (const VerifiedEvidence& one : server.replica->EvidenceFor(caller.name)) {
      evidence.push_back(one.bytes);
    }
    if (Lies(server, 500, "keeps evidence from", caller.number)) evidence.clear();
    if (Lies(server, 500, "makes evidence up for", caller.number)) {
      evidence = MakeUpEvidence(server, caller);
      if (!evidence.empty()) trust_.Reach(TrustCase::kMadeUpEvidence);
    }
    taken = caller.replica->TakeEvidence(evidence).status();
  } else {
    std::map<StatusBoard::Name, Instant> known;
    for (const ParticipantStatus& one : caller.replica->statuses().For(server.name)) {
      known[{one.participant, AudienceName(one.audience)}] = one.stated_at;
    }
    std::vector<std::string> statuses =
        EnvelopesOf(server.replica->statuses().NewerFor(caller.name, known));
    taken = TakeStatuses(server, caller, std::move(statuses));
  }
  if (!taken.ok()) {
    sync::CallFailed failed{server.name, Kind::kStatements, {}, taken};
    failed.kind = kind;
    return failed;
  }
  return sync::StatementsAnswered{server.name, kind};
}

absl::Status World::TakeStatuses(Node& from, Node& to, std::vector<std::string> statuses) {
  if (Lies(from, 900, "keeps statuses from", to.number)) statuses.clear();
  // An old one again, and one that was altered.
  if (from.liar && !old_statuses_.empty() && Lies(from, 200, "gives an old status to", to.number)) {
    statuses.push_back(
        old_statuses_[faults_.stream(Faults::kByzantine).Below(old_statuses_.size())]);
    trust_.Reach(TrustCase::kOldStatus);
  }
  if (!statuses.empty() && Lies(from, 100, "alters a status for", to.number)) {
    v1::Envelope envelope;
    if (envelope.ParseFromString(statuses.back()) && !envelope.payload().empty()) {
      envelope.mutable_payload()->back() ^= 1;
      statuses.back() = SerializeEnvelope(envelope);
    }
  }
  to.clock.Set(Instant{testing::kNow.micros + now_ + to.clock_offset});
  trust_.Heard(Facts(to), statuses, to.clock.Now());
  return to.replica->TakeStatuses(statuses).status();
}

sync::Event World::ServeConsistency(Node& server, Node& caller,
                                    const sync::CallConsistency& asked) {
  const Origin& origin = asked.target.origin;
  absl::StatusOr<LogConsistency> proof = absl::NotFoundError("it is not held");
  if (Lies(server, 500, "proves nothing to", caller.number)) {
    proof = absl::NotFoundError("it will not say");
  } else if (server.number == rogue_node_ && invariants_.IsRogue(origin)) {
    proof = rogues_[caller.number % rogues_.size()]->Consistency(asked.size.value,
                                                                 asked.target.size.value);
  } else if (server.replica->MayHold(caller.name, origin)) {
    proof = server.replica->ReadConsistency(origin, asked.size, asked.target.size);
  }
  absl::Status taken = proof.status();
  if (proof.ok()) {
    if (Lies(server, 300, "proves another root to", caller.number)) proof->old_root[9] ^= 1;
    taken = caller.replica->MeetConsistency(asked.target, asked.size, *proof);
    trust_.Reach(TrustCase::kProvedHistory);
  }
  if (!taken.ok()) return sync::CallFailed{server.name, Kind::kConsistency, {}, taken};
  return sync::ConsistencyAnswered{server.name};
}

bool World::CarryTrust(Node& node, const sync::Effect& effect) {
  const absl::Status lost = absl::UnavailableError("no answer");
  if (const auto* statements = std::get_if<sync::CallStatements>(&effect)) {
    sync::CallFailed failed{statements->peer, Kind::kStatements, {}, lost};
    failed.kind = statements->kind;
    Call(node, NodeNamed(statements->peer), kCallDeadline, failed,
         [this, &node, kind = statements->kind](Node& server) {
           return ServeStatements(server, node, kind);
         });
    return true;
  }
  if (const auto* consistency = std::get_if<sync::CallConsistency>(&effect)) {
    Call(node, NodeNamed(consistency->peer), kCallDeadline,
         {consistency->peer, Kind::kConsistency, {}, lost},
         [this, &node, asked = *consistency](Node& server) {
           return ServeConsistency(server, node, asked);
         });
    return true;
  }
  if (const auto* meet = std::get_if<sync::MeetHead>(&effect)) {
    // The engine is not stepped while it is being carried out.
    At(now_, [this, &node, life = node.life, head = meet->head] {
      if (node.up && node.life == life) node.replica->MeetHead(head).IgnoreError();
    });
    return true;
  }
  return false;
}

void World::OnTrustNews(Node& node, const News& news) {
  for (const LogHead& head : news.heads) trust_.Committed(Facts(node), head.origin);
  for (const Origin& origin : news.contested) {
    Trace("has evidence", node.number);
    cases_.Reach(Case::kEvidence);
    trust_.Accused(Facts(node), origin);
    Deliver(node, node.life, sync::LocalOf(*node.replica, origin));
    ExpectEvidence(node.number, origin);
  }
  for (const ParticipantStatus& one : news.statuses) {
    if (one.participant == node.name) trust_.Reach(TrustCase::kStatusSigned);
    if (old_statuses_.size() < 32) old_statuses_.push_back(one.envelope);
  }
  if (news.contested.empty() && news.statuses.empty()) return;
  for (const Watcher& watcher : std::vector<Watcher>(node.watchers)) HintTrust(node, watcher, news);
}

void World::HintTrust(Node& from, const Watcher& to, const News& news) {
  Node& node = *nodes_[to.node];
  if (!node.up || node.life != to.life || !Reaches(from.number, to.node)) return;
  std::vector<std::string> statuses;
  for (const ParticipantStatus& one : news.statuses) {
    if (InAudience(one.audience, node.name)) statuses.push_back(one.envelope);
  }
  bool evidence = false;
  for (const Origin& origin : news.contested) {
    evidence = evidence || from.replica->MayHold(node.name, origin);
  }
  if (from.liar && evidence && Lies(from, 900, "hints of no evidence to", to.node))
    evidence = false;
  if (statuses.empty() && !evidence) return;
  At(now_ + Delay(), [this, &from, &node, to, statuses, evidence] {
    if (!node.up || node.life != to.life || node.watching[from.number] != to.watch || !from.up) {
      return;
    }
    const absl::Status taken =
        statuses.empty() ? absl::OkStatus() : TakeStatuses(from, node, statuses);
    if (!taken.ok()) {
      std::erase(from.watchers, to);
      node.watching.erase(from.number);
      return Deliver(node, to.life, sync::WatchEnded{from.name, taken});
    }
    if (!evidence) return;
    const bool differs =
        from.replica->EvidenceDigestFor(node.name) != node.replica->EvidenceDigestFor(from.name);
    Deliver(node, to.life, sync::Hinted{from.name, {}, differs});
  });
}

// evidence-spreads: where nothing stands in the way, within one exchange.
void World::ExpectEvidence(int first, const Origin& origin) {
  if (swarm_.prompt_within == 0 || nodes_[first]->liar || first == rogue_node_) return;
  At(now_ + swarm_.prompt_within, [this, first, origin] {
    for (const int member : HonestPeersOf(first)) {
      const Node& node = *nodes_[member];
      if (!node.up || !node.replica->SizeOf(origin).ok() || trust_.HasEvidence(Facts(node))) {
        continue;
      }
      Invariants::Break("evidence-spreads",
                        absl::StrCat(node.name, " has no evidence, ", nodes_[first]->name,
                                     " has it for ", swarm_.prompt_within / kSecond, " s"));
    }
  });
}

// Whom its word reaches over daemons that pass everything on.
std::vector<int> World::HonestPeersOf(int first) const {
  std::set<int> seen = {first};
  std::vector<int> found = {first};
  for (size_t i = 0; i < found.size(); ++i) {
    for (const int peer : nodes_[found[i]]->peers) {
      if (nodes_[peer]->liar || peer == rogue_node_) continue;
      if (seen.insert(peer).second) found.push_back(peer);
    }
  }
  return found;
}

// evidence-everywhere: once all can talk, whoever holds leaves of a forked log has evidence if
// anyone holds others.
std::string World::LacksEvidence() {
  // statuses-everywhere: and whoever is there is known to be there.
  for (const auto& node : nodes_) {
    if (!swarm_.statuses || !node->up) continue;
    const auto snapshot = node->replica->snapshot();
    for (const auto& [origin, head] : snapshot->frontier().heads) {
      if (invariants_.IsRogue(origin)) continue;
      const v1::ListFreshness freshness = snapshot->FreshnessOf(*snapshot->lists().at(origin));
      if (freshness.freshness() != "FRESH") {
        return absl::StrCat(node->name, " has heard nothing of ", freshness.list());
      }
    }
  }
  if (swarm_.rogue != Rogue::kEquivocates || invariants_.HistoriesHeld() < 2) return "";
  for (const auto& node : nodes_) {
    if (node->number == rogue_node_ || !node->up || !trust_.HoldsFork(Facts(*node))) continue;
    if (!trust_.HasEvidence(Facts(*node))) return node->name + " has no evidence of the fork";
  }
  trust_.Reach(TrustCase::kForkFound);
  return "";
}

}  // namespace comity::sim
