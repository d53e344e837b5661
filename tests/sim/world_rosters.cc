// The federation changes its roster, and hands each version to one daemon; the others learn it
// from their peers.
#include <algorithm>
#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "storage/base/planted.h"
#include "storage/lists/roster_store.h"
#include "storage/log/roster_chain.h"
#include "tests/sim/world.h"
#include "tests/support/rosters.h"

namespace comity::sim {
namespace {

using testing::KeySetOf;
using testing::PublicKeyOf;
using testing::SeededKey;

// Small, so that a chain comes in several pages.
constexpr size_t kRosterPage = 6'000;
// How many keys a role may go through in one run.
constexpr int kKeysOfARole = 8;
// How often the admin tries again to hand a roster over.
constexpr int64_t kAdminTries = kSecond;

std::string NameOfKey(const std::string& role, int number) {
  return number == 1 ? role : absl::StrCat(role, "-", number);
}

// Which key of the role, counted from 1, this public half is; 0 if none.
int NumberOfKey(const std::string& role, const std::string& public_key) {
  // Made once: each costs more than what it is compared for.
  static auto* const made = new std::map<std::string, std::string>;
  for (int number = 1; number <= kKeysOfARole; ++number) {
    const std::string name = NameOfKey(role, number);
    std::string& known = (*made)[name];
    if (known.empty()) known = SeededKey(name).public_key();
    if (known == public_key) return number;
  }
  return 0;
}

std::string NextPublicKey(const std::string& role, const std::string& public_key) {
  const int next = NumberOfKey(role, public_key) % kKeysOfARole + 1;
  return SeededKey(NameOfKey(role, next)).public_key();
}

// The numbers of an authority's officers; names are theirs for life.
std::vector<int> NumbersOf(const v1::Authority& authority) {
  const std::string prefix = authority.name() + "/officer-";
  std::vector<int> numbers;
  for (const v1::PublicKey& key : authority.officers().keys()) {
    numbers.push_back(std::stoi(key.name().substr(prefix.size())));
  }
  std::ranges::sort(numbers);
  return numbers;
}

v1::Authority* AuthorityOf(v1::Roster& roster, const std::string& name) {
  for (v1::Authority& one : *roster.mutable_authorities()) {
    if (one.name() == name) return &one;
  }
  return nullptr;
}

v1::Participant* ParticipantIn(v1::Roster& roster, const std::string& code) {
  for (v1::Participant& one : *roster.mutable_participants()) {
    if (one.code() == code) return &one;
  }
  return nullptr;
}

}  // namespace

// --- The federation ---

void World::StartRosters() {
  spdlog::set_level(spdlog::level::off);
  if (swarm_.joins) nodes_.back()->joined = false;
  Prng& prng = faults_.stream(Faults::kWorkload);
  int64_t when = 0;
  for (int i = 0; i < swarm_.rosters; ++i) {
    when += prng.Between(5, 120) * kSecond * swarm_.scale;
    At(when, [this] { NextRoster(); });
  }
}

void World::NextRoster() {
  const std::shared_ptr<const Roster> before = invariants_.rosters().back();
  if (before->version() > static_cast<uint64_t>(swarm_.rosters)) return;
  std::vector<Case> cases;
  const auto next = testing::NextRoster(
      before, [&](v1::Roster& roster) { DrawRosterChange(roster, cases); });
  invariants_.RosterSigned(next);
  roster_changes_[next->version()] = cases;
  roster_signed_at_ = now_;
  Trace("the federation signs a roster", -1, -1, next->version());
  for (const auto& node : nodes_) {
    if (node->joined || next->FindParticipant(node->name) == nullptr || !swarm_.joins) continue;
    // Who joins is given all that there is.
    node->pinned = node->roster = next;
    if (faults_.ended()) continue;
    const int64_t wait = faults_.stream(Faults::kWorkload).Between(0, 20) * kSecond;
    At(now_ + wait * swarm_.scale, [this, number = node->number] { Start(number); });
  }
  Prng& prng = faults_.stream(Faults::kWorkload);
  // Sometimes only the one after it is handed over, and it along with that.
  const bool last = before->version() == static_cast<uint64_t>(swarm_.rosters);
  if (prng.Chance(300) && !last && !faults_.ended()) return;
  // Nobody talks to whoever joins until someone else has heard of it.
  int receiver = static_cast<int>(prng.Below(nodes_.size()));
  while (!IsMember(*nodes_[receiver]) ||
         invariants_.rosters()[0]->FindParticipant(nodes_[receiver]->name) == nullptr) {
    receiver = (receiver + 1) % static_cast<int>(nodes_.size());
  }
  HandOver(receiver, prng.Chance(500));
}

void World::HandOver(int number, bool at_once) {
  Node& node = *nodes_[number];
  const Roster& newest = *invariants_.rosters().back();
  if (node.left_at >= 0 || node.roster->version() == newest.version()) return;
  absl::Status taken = absl::UnavailableError("it is down");
  if (node.up) {
    bool more = false;
    std::vector<std::string> envelopes =
        RostersAfter(newest, node.roster->version(), kMaxRosterChainBytes, &more);
    if (Planted(Bug::kServeNewestRosterOnly)) envelopes.clear();
    if (envelopes.empty()) {
      for (uint64_t version = node.roster->version() + 1; version <= newest.version(); ++version) {
        envelopes.push_back(invariants_.rosters()[version - 1]->envelope());
      }
    }
    if (!at_once) envelopes.resize(1);
    taken = Adopt(node, envelopes, false);
  }
  if (taken.ok() && Partitioned()) cases_.Reach(Case::kRosterApart);
  // What was taken is in force a little later; then the next one is handed over.
  At(now_ + kAdminTries, [this, number, at_once] { HandOver(number, at_once); });
}

void World::DrawRosterChange(v1::Roster& roster, std::vector<Case>& cases) {
  Prng& prng = faults_.stream(Faults::kWorkload);
  if (swarm_.joins && ParticipantIn(roster, nodes_.back()->name) == nullptr &&
      (prng.Chance(500) || roster.version() > static_cast<uint64_t>(swarm_.rosters))) {
    Join(roster);
    cases.push_back(Case::kRosterJoined);
  }
  bool left = false;
  for (const auto& node : nodes_) left = left || node->left_at >= 0;
  if (swarm_.leaves && !left && prng.Chance(500)) {
    // Not the first, which publishes, nor whoever has just joined.
    Node& leaver = *nodes_[1 + prng.Below(nodes_.size() - 2)];
    const auto gone = [](auto* all, const auto& match) {
      all->erase(std::remove_if(all->begin(), all->end(), match), all->end());
    };
    gone(roster.mutable_participants(),
         [&](const v1::Participant& one) { return one.code() == leaver.name; });
    gone(roster.mutable_authorities(),
         [&](const v1::Authority& one) { return one.name() == leaver.authority; });
    leaver.left_at = now_;
    cases.push_back(Case::kRosterLeft);
  }
  const uint64_t kinds = 1 + prng.Below(2);
  for (uint64_t i = 0; i < kinds; ++i) {
    Node& owner = *nodes_[prng.Below(swarm_.authorities)];
    const uint64_t kind = prng.Below(6);
    v1::Authority* authority = AuthorityOf(roster, owner.authority);
    v1::Participant* participant = ParticipantIn(roster, owner.name);
    if (authority == nullptr || participant == nullptr) continue;
    if (kind == 0) {
      RotateOfficer(owner, false, roster, cases);
    } else if (kind == 1 || kind == 2) {
      RotateOfficer(owner, true, roster, cases);
    } else if (kind == 3) {
      authority->set_log_key_ed25519(
          NextPublicKey(owner.authority + "/log", authority->log_key_ed25519()));
      cases.push_back(Case::kLogKeyRotated);
    } else if (kind == 4) {
      v1::PublicKey& held = *participant->mutable_held_key();
      const std::string role = owner.name + "/held";
      held = PublicKeyOf(NameOfKey(role, NumberOfKey(role, held.ed25519()) % kKeysOfARole + 1));
      v1::PublicKey& said = *participant->mutable_statement_key();
      const std::string other = owner.name + "/statement";
      said = PublicKeyOf(NameOfKey(other, NumberOfKey(other, said.ed25519()) % kKeysOfARole + 1));
      cases.push_back(Case::kHeldKeyRotated);
    } else {
      const auto all = static_cast<uint32_t>(roster.participants_size());
      const uint32_t quorum = roster.policy().quorum() > 1 ? 1 : all / 2 + 1;
      roster.mutable_policy()->set_quorum(quorum);
      cases.push_back(Case::kQuorumChanged);
    }
  }
}

// The officer who has served longest goes, a new one comes. Revoked, what the key signed from
// some leaf on is void: often leaves that are there.
void World::RotateOfficer(const Node& owner, bool revoke, v1::Roster& roster,
                          std::vector<Case>& cases) {
  Prng& prng = faults_.stream(Faults::kWorkload);
  v1::Authority& authority = *AuthorityOf(roster, owner.authority);
  const std::vector<int> numbers = NumbersOf(authority);
  std::vector<std::string> names;
  for (size_t i = 1; i <= numbers.size(); ++i) {
    const int number = i < numbers.size() ? numbers[i] : numbers.back() + 1;
    names.push_back(absl::StrCat(owner.authority, "/officer-", number));
  }
  const std::string gone = SeededKey(absl::StrCat(owner.authority, "/officer-", numbers[0]))
                               .public_key();
  *authority.mutable_officers() = KeySetOf(names, authority.officers().threshold());
  cases.push_back(Case::kOfficerRotated);
  if (!revoke) return;
  const Origin origin{roster.federation(), ListName{owner.authority, "list"}, 1};
  const uint64_t size = invariants_.SignedSize(origin);
  const uint64_t back = prng.Below(5);
  v1::Revocation one;
  one.set_ed25519(gone);
  one.set_origin(origin.ToString());
  // A third of them after all that is there.
  one.set_index(prng.Chance(333) ? size + 2 : std::max<uint64_t>(1, size - std::min(size, back)));
  roster.mutable_revocations()->Add(std::move(one));
  std::sort(roster.mutable_revocations()->begin(), roster.mutable_revocations()->end(),
            [](const v1::Revocation& a, const v1::Revocation& b) {
              return std::tie(a.ed25519(), a.origin()) < std::tie(b.ed25519(), b.origin());
            });
}

void World::Join(v1::Roster& roster) const {
  const Node& node = *nodes_.back();
  v1::Participant participant = roster.participants(0);
  participant.set_code(node.name);
  participant.set_name(node.name);
  *participant.mutable_held_key() = PublicKeyOf(node.name + "/held");
  *participant.mutable_statement_key() = PublicKeyOf(node.name + "/statement");
  participant.mutable_nodes(0)->set_name(node.name + "-1");
  v1::Authority authority = roster.authorities(0);
  authority.set_name(node.authority);
  std::vector<std::string> officers;
  for (int i = 1; i <= 3; ++i) officers.push_back(absl::StrCat(node.authority, "/officer-", i));
  *authority.mutable_officers() = KeySetOf(officers, 2);
  authority.set_log_key_ed25519(SeededKey(node.authority + "/log").public_key());
  // Last by name, as the codes are.
  roster.mutable_participants()->Add(std::move(participant));
  roster.mutable_authorities()->Add(std::move(authority));
}

// --- A daemon ---

void World::OpenRoster(Node& node) {
  const auto opened = OpenRosters(node.pinned, &node.store);
  if (!opened.ok()) {
    Invariants::Break("restart-equivalence",
                      absl::StrCat(node.name, ": its rosters: ", opened.status().ToString()));
  }
  node.roster = *opened;
  invariants_.Opened(node.number, node.name, *node.roster);
  node.desk = std::make_unique<RosterDesk>(
      node.roster, node.name, std::vector<std::string>(), &node.store, &node.clock,
      [this, &node, life = node.life] {
        const int64_t wait = faults_.stream(Faults::kDisk).Between(1, 300) * 1'000;
        At(now_ + wait, [this, &node, life] { TakeUp(node, life); });
      });
}

void World::ChooseKeys(const Node& node, Replica::Options& options) const {
  const v1::Participant* self = node.roster->FindParticipant(node.name);
  const v1::Authority* authority = node.roster->FindAuthority(node.authority);
  const std::string held = node.name + "/held";
  options.held_key =
      SeededKey(NameOfKey(held, std::max(1, NumberOfKey(held, self->held_key().ed25519()))));
  const std::string said = node.name + "/statement";
  options.statement_key =
      SeededKey(NameOfKey(said, std::max(1, NumberOfKey(said, self->statement_key().ed25519()))));
  options.log_keys.clear();
  if (authority == nullptr) return;
  const std::string log = node.authority + "/log";
  options.log_keys.emplace(
      node.authority,
      SeededKey(NameOfKey(log, std::max(1, NumberOfKey(log, authority->log_key_ed25519())))));
}

std::vector<int> World::OfficersFor(const Node& node, size_t needed) const {
  std::vector<int> numbers = {1, 2, 3};
  if (const v1::Authority* authority = node.roster->FindAuthority(node.authority)) {
    if (swarm_.rosters > 0) numbers = NumbersOf(*authority);
  }
  numbers.resize(needed);
  return numbers;
}

void World::TakeUp(Node& node, int life) {
  if (!node.up || node.life != life || !node.desk->HasNewer()) return;
  if (faults_.Happens(Faults::kDisk, swarm_.crashes ? 200 : 0, now_, "crashes as it opens anew",
                      node.number)) {
    Crash(node.number);
  } else {
    Trace("opens anew", node.number);
    // It ends as it should: nothing is lost.
    Stop(node, node.store.unsynced());
  }
  const int64_t wait = faults_.stream(Faults::kDisk).Between(1, 500) * 1'000;
  At(now_ + wait, [this, number = node.number] { Start(number); });
}

void World::NoteTakenUp(Node& node, uint64_t before) {
  for (uint64_t version = before + 1; version <= node.roster->version(); ++version) {
    for (const Case one : roster_changes_[version]) {
      if (one == Case::kQuorumChanged || one == Case::kRosterLeft) cases_.Reach(one);
    }
  }
  for (const auto& [origin, view] : node.replica->snapshot()->lists()) {
    if (!view->stopped.empty() && view->size < view->log_size) cases_.Reach(Case::kVoided);
    const auto from = node.roster->RevokedFrom(origin.ToString());
    if (from.has_value() && *from >= view->log_size.value) cases_.Reach(Case::kRevokedAhead);
  }
}

void World::NotePublished(const Node& node, const std::vector<std::string>& envelopes) {
  const v1::Authority& now = *node.roster->FindAuthority(node.authority);
  const v1::Authority* first = invariants_.rosters()[0]->FindAuthority(node.authority);
  if (first == nullptr || envelopes.empty()) return;
  if (NumbersOf(now).front() > 1) cases_.Reach(Case::kOfficerRotated);
  if (now.log_key_ed25519() != first->log_key_ed25519()) cases_.Reach(Case::kLogKeyRotated);
  if (swarm_.held && node.roster->FindParticipant(node.name)->held_key().ed25519() !=
                         invariants_.rosters()[0]->FindParticipant(node.name)->held_key().ed25519()) {
    cases_.Reach(Case::kHeldKeyRotated);
  }
}

bool World::IsVoid(const Node& node, const std::string& list) const {
  if (swarm_.rosters == 0) return false;
  const auto view = node.replica->snapshot()->FindList(list);
  return view.ok() && (*view)->size < (*view)->log_size;
}

absl::Status World::Adopt(Node& node, const std::vector<std::string>& envelopes, bool from_peer) {
  const uint64_t before = node.roster->version();
  if (faults_.Happens(Faults::kDisk, swarm_.crashes ? 150 : 0, now_, "fails to keep a roster",
                      node.number)) {
    Prng& prng = faults_.stream(Faults::kDisk);
    node.store.FailRosterAfter(prng.Below(2), prng.Chance(500));
  }
  absl::Status status;
  if (from_peer || envelopes.size() > 1) {
    status = node.desk->Adopt(envelopes);
  } else {
    status = node.desk->Submit(envelopes.front()).status();
  }
  node.store.SpareRosters();
  if (BrokeDown(node)) {
    cases_.Reach(Case::kRosterTorn);
    return absl::UnavailableError("the disk failed");
  }
  if (absl::IsResourceExhausted(status)) cases_.Reach(Case::kRosterNoRoom);
  if (!status.ok()) return status;
  // What was taken is what the federation signed, or Opened finds out.
  v1::Envelope envelope;
  v1::Roster last;
  if (envelopes.empty() || !envelope.ParseFromString(envelopes.back()) ||
      !last.ParseFromString(envelope.payload()) || last.version() <= before) {
    return status;
  }
  invariants_.RosterKept(node.number, last.version());
  Trace(from_peer ? "keeps a roster of a peer" : "keeps a roster", node.number, -1,
        last.version());
  if (last.version() > before + 1) cases_.Reach(Case::kRostersAtOnce);
  if (!from_peer) return status;
  cases_.Reach(Case::kRosterFetched);
  if (faults_.ended()) cases_.Reach(Case::kRosterHeardLate);
  return status;
}

sync::Event World::ServeRosters(Node& server, Node& caller) {
  uint64_t after = caller.roster->version();
  const int life = caller.life;
  const auto failed = [&](const absl::Status& why) -> sync::Event {
    return sync::CallFailed{server.name, sync::CallFailed::Call::kRosters, {}, why};
  };
  for (bool more = true; more;) {
    std::vector<std::string> envelopes = RostersAfter(*server.roster, after, kRosterPage, &more);
    const uint64_t honest = envelopes.size();
    LieInRosters(server, caller.number, envelopes);
    if (envelopes.empty()) return failed(absl::InvalidArgumentError("no rosters"));
    if (const absl::Status taken = Adopt(caller, envelopes, true); !taken.ok()) {
      return failed(taken);
    }
    // It went down under way.
    if (!caller.up || caller.life != life) return failed(absl::UnavailableError("gone"));
    after += honest;
  }
  return sync::RostersTaken{server.name};
}

void World::LieInRosters(Node& server, int caller, std::vector<std::string>& envelopes) {
  if (!server.liar) return;
  const Roster& newest = *server.roster;
  if (envelopes.size() > 1 && Lies(server, 400, "skips a roster for", caller)) {
    envelopes.erase(envelopes.begin());
    cases_.Reach(Case::kRosterGap);
  } else if (Lies(server, 500, "makes up a roster for", caller)) {
    // The version after what the caller has, in which it alone has a say.
    const auto alter = [](v1::Roster& roster) {
      *roster.mutable_root() = KeySetOf({"liar-1"}, 1);
      roster.mutable_policy()->set_quorum(1);
    };
    const Roster* known = newest.FindVersion(nodes_[caller]->roster->version());
    envelopes = {testing::NextEnvelope(known != nullptr ? *known : newest, alter, {"liar-1"})};
    cases_.Reach(Case::kMadeUpRoster);
  } else if (Lies(server, 200, "gives no rosters to", caller)) {
    envelopes.clear();
  }
}

// --- The end ---

std::string World::LacksRoster() const {
  if (swarm_.rosters == 0) return "";
  const uint64_t newest = invariants_.rosters().back()->version();
  for (const auto& node : nodes_) {
    if (IsMember(*node) && node->roster->version() != newest) {
      return absl::StrCat(node->name, " is under version ", node->roster->version(),
                          " of the roster, not ", newest);
    }
  }
  // Of the lists of one that left, all have the same.
  const Node* first = nullptr;
  for (const auto& node : nodes_) {
    if (!IsMember(*node) || swarm_.restricted) continue;
    if (first == nullptr) first = node.get();
    if (node->replica->snapshot()->frontier().FrontierDigest() !=
        first->replica->snapshot()->frontier().FrontierDigest()) {
      return absl::StrCat(node->name, " holds other leaves than ", first->name);
    }
  }
  return "";
}

void World::CheckRostersAtEnd() {
  const Node* first = nullptr;
  for (const auto& node : nodes_) {
    if (!IsMember(*node)) continue;
    if (swarm_.joins && node.get() == nodes_.back().get()) cases_.Reach(Case::kRosterJoined);
    for (const auto& [origin, view] : node->replica->snapshot()->lists()) {
      invariants_.Served(Facts(*node), origin);
    }
    if (swarm_.restricted) continue;
    if (first == nullptr) first = node.get();
    Invariants::SameView(Facts(*first), Facts(*node));
  }
}

}  // namespace comity::sim
