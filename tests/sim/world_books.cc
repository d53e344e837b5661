// What each daemon asked of each peer and how it went: kept beside the engine, so that the rules
// know what it may do next.
#include "tests/sim/world.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity::sim {

bool IsRefusal(const absl::Status& status) {
  return !status.ok() && !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) &&
         !absl::IsCancelled(status) && !absl::IsResourceExhausted(status);
}

void World::NoteEvent(Node& node, const sync::Event& event) {
  const auto failed = [&](PeerBooks& books) {
    ++books.failures;
    books.failed_at = books.hellos == 0 ? now_ : -1;
  };
  const auto refused = [&](PeerBooks& books, const absl::Status& status) {
    if (status.ok() || !IsRefusal(status)) return failed(books);
    // What was under way when it lied is no second lie; and whether it lied is not known yet.
    if (books.lied_at >= 0 || books.doubted) return failed(books);
    books.doubted = true;
    books.greeted_in_doubt = false;
    // It is greeted at once, whatever failed before.
    books.failed_at = -1;
  };
  const auto lied = [&](PeerBooks& books) {
    failed(books);
    books.doubted = false;
    books.lied_at = now_;
  };
  if (const auto* hello = std::get_if<sync::HelloAnswered>(&event)) {
    PeerBooks& books = node.books[NodeNamed(hello->peer)];
    books.hellos = 0;
    books.wrong_roster = hello->roster_digest != node.roster->digest() ||
                         hello->roster_version != node.roster->version();
    if (books.doubted && books.lied_at < 0 &&
        hello->roster_version <= node.roster->version()) {
      if (books.greeted_in_doubt) lied(books);
    } else if (books.wrong_roster) {
      cases_.Reach(Case::kWrongRosterSaid);
      failed(books);
    } else {
      // Of one that lied meanwhile it is no success.
      if (books.lied_at < 0) books.failures /= 2;
      books.failed_at = -1;
    }
  } else if (const auto* heads = std::get_if<sync::HeadsAnswered>(&event)) {
    node.books[NodeNamed(heads->peer)].heads = 0;
  } else if (const auto* held = std::get_if<sync::HeldAnswered>(&event)) {
    node.books[NodeNamed(held->peer)].held = 0;
  } else if (const auto* rosters = std::get_if<sync::RostersTaken>(&event)) {
    PeerBooks& books = node.books[NodeNamed(rosters->peer)];
    books.rosters = 0;
    failed(books);
  } else if (const auto* ended = std::get_if<sync::WatchEnded>(&event)) {
    PeerBooks& books = node.books[NodeNamed(ended->peer)];
    books.watches = 0;
    cases_.Reach(Case::kWatchBroke);
    refused(books, ended->status);
  } else if (const auto* received = std::get_if<sync::RevisionsReceived>(&event)) {
    PeerBooks& books = node.books[NodeNamed(received->peer)];
    const sync::Work work{received->batch->origin, received->batch->lane};
    if (books.serving == std::pair(work, received->batch->begin)) {
      books.fetches = 0;
      node.fetching.Answered(books.serving, NodeNamed(received->peer));
    }
  } else if (const auto* call = std::get_if<sync::CallFailed>(&event)) {
    PeerBooks& books = node.books[NodeNamed(call->peer)];
    switch (call->call) {
      case sync::CallFailed::Call::kHello:
        books.hellos = 0;
        failed(books);
        break;
      case sync::CallFailed::Call::kHeads:
        books.heads = 0;
        refused(books, call->status);
        break;
      case sync::CallFailed::Call::kHeld:
        books.held = 0;
        refused(books, call->status);
        break;
      case sync::CallFailed::Call::kConsistency:
        if (IsRefusal(call->status)) break;
        [[fallthrough]];
      case sync::CallFailed::Call::kStatements:
        refused(books, call->status);
        break;
      case sync::CallFailed::Call::kRosters:
        books.rosters = 0;
        if (books.doubted && IsRefusal(call->status)) {
          lied(books);
        } else {
          failed(books);
        }
        break;
      case sync::CallFailed::Call::kFetch:
        books.fetches = 0;
        books.trouble_at[call->origin] = now_;
        node.fetching.Answered(books.serving, NodeNamed(call->peer));
        break;
    }
  } else if (const auto* write = std::get_if<sync::WriteCompleted>(&event)) {
    PeerBooks& books = node.books[NodeNamed(write->peer)];
    if (!write->status.ok()) {
      books.trouble_at[write->origin] = now_;
      if (ReasonOf(write->status) == v1::REASON_KEY_REVOKED &&
          write->lane == sync::Lane::kSnapshot) {
        // Nobody's fault: such a list comes leaf by leaf.
      } else if (IsRefusal(write->status)) {
        books.refused_until[write->origin] = now_ + pauses_.quarantine / 2;
      } else {
        node.full_at = now_;
      }
    }
  }
}

// acts-on-hints: what a connected peer has and nobody is asked for is asked for at once.
void World::CheckHintActedOn(Node& node, const sync::Hinted& hint,
                             const std::vector<sync::Effect>& effects) {
  const int peer = NodeNamed(hint.peer);
  PeerBooks& books = node.books[peer];
  if (books.fetches > 0 || node.persisting > 0 || books.wrong_roster) return;
  if (node.full_at >= 0 && now_ - node.full_at < 2 * pauses_.storage_retry) return;
  bool connected = false;
  for (const PeerView& view : node.engine->Peers()) {
    connected = connected || (view.name == hint.peer &&
                              (view.state == "current" || view.state == "catching-up"));
  }
  for (const LogHead& head : hint.heads) {
    const auto held = node.replica->SizeOf(head.origin);
    if (held.ok() && *held >= head.size) continue;
    const auto lists = node.replica->snapshot()->lists();
    if (const auto view = lists.find(head.origin); view != lists.end() && view->second->contested) {
      continue;
    }
    // Who gives the snapshot of a list that is not held yet need not be who hints.
    if (swarm_.snapshot_from > 0 && !held.ok()) continue;
    const sync::Work first{head.origin, sync::Lane::kHead};
    const auto under_way = node.fetching.under_way.lower_bound({first, 0});
    if (under_way != node.fetching.under_way.end() &&
        under_way->first.first.origin == head.origin) {
      continue;
    }
    if (const auto trouble = books.trouble_at.find(head.origin);
        trouble != books.trouble_at.end() && now_ - trouble->second < 2 * pauses_.quarantine) {
      continue;
    }
    bool asked = !connected;
    for (const sync::Effect& effect : effects) {
      const auto* fetch = std::get_if<sync::FetchRevisions>(&effect);
      asked = asked || (fetch != nullptr &&
                        (fetch->peer == hint.peer || fetch->target.origin == head.origin));
    }
    if (!asked) {
      Invariants::Break("acts-on-hints",
                        absl::StrCat(node.name, ": ", hint.peer, " has leaf ", head.size.value - 1,
                                     " of ", head.origin.name.ToString(), " and is not asked"));
    }
  }
}

}  // namespace comity::sim
