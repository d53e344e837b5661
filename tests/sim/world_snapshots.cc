// Lists that begin from a snapshot: how peers serve them, and what a liar makes of that.
#include "storage/lists/bootstrap.h"
#include "storage/lists/state_descent.h"
#include "storage/lists/state_wire.h"
#include "storage/lists/timeline.h"
#include "storage/merkle/hash.h"
#include "tests/sim/world.h"

namespace comity::sim {

// What a run has been through, as a fetch of parts or of history is asked for.
void World::NoteSnapshotWork(Node& node, const sync::FetchRevisions& fetch, int peer) {
  if (fetch.lane != sync::Lane::kSnapshot) return;
  if (fetch.begin == 0) return cases_.Reach(Case::kSnapshotBegun);
  const auto before = node.served_by.find(fetch.target.origin);
  if (before != node.served_by.end() && before->second != peer) {
    cases_.Reach(Case::kPartsElsewhere);
  }
}

// A commit came: while the history of a list is missing, what was known in it cannot be said.
void World::NoteBootstrap(Node& node, const Origin& origin) {
  const auto begun = node.replica->BootstrapOf(origin);
  if (!begun.has_value()) {
    if (node.backfilling.erase(origin) == 0) return;
    cases_.Reach(Case::kHistoryComplete);
  } else if (begun->open) {
    if (node.backfilling.insert(origin).second) cases_.Reach(Case::kSnapshotOpen);
    const auto size = node.replica->SizeOf(origin);
    if (size.ok() && *size > begun->head.size) cases_.Reach(Case::kSnapshotGrows);
  } else {
    return;
  }
  if (invariants_.IsRogue(origin)) return;
  Prng& prng = faults_.stream(Faults::kWorkload);
  const uint64_t size = node.replica->SizeOf(origin).value_or(TreeSize{}).value;
  if (!invariants_.Answered(Facts(node), origin, TreeSize{1 + prng.Below(size)})) {
    cases_.Reach(Case::kCannotSay);
  }
}

sync::Event World::ServeSnapshot(Node& server, Node& caller, const sync::FetchRevisions& wanted) {
  const Origin& origin = wanted.target.origin;
  const auto fail = [&](const absl::Status& why) -> sync::Event {
    cases_.Reach(Case::kSnapshotRefused);
    return sync::CallFailed{server.name, sync::CallFailed::Call::kFetch, origin, why};
  };
  if (!server.replica->MayHold(caller.name, origin)) return fail(absl::NotFoundError("unknown"));
  const auto index = BuildStateIndexAt(server.store, origin, wanted.target.size);
  if (!index.ok()) return fail(index.status());
  auto page = ReadSnapshotPage(server.store, **index, static_cast<uint32_t>(wanted.begin),
                               wanted.begin == 0, swarm_.snapshot_page);
  if (!page.ok()) return fail(page.status());
  // On the wire a body is its bytes alone.
  for (Body& body : page->bodies) body.hash = {};
  LieInPage(server, caller.number, wanted, **index, *page);
  if (page->first_part != wanted.begin || page->next_part <= page->first_part) {
    return fail(absl::InvalidArgumentError("no parts, or others than were asked for"));
  }
  auto batch = std::make_shared<sync::Batch>();
  batch->origin = origin;
  batch->begin = wanted.begin;
  batch->lane = sync::Lane::kSnapshot;
  batch->page = *std::move(page);
  return sync::RevisionsReceived{server.name, std::move(batch)};
}

std::optional<World::Forged> World::MakeUp(const Node& server, const StateIndex& index) const {
  if (index.keys.empty()) return std::nullopt;
  Forged forged{index.keys.begin()->second, "", index.tree};
  const auto stored = server.store.ReadTimeline(index.origin, forged.key, index.size);
  if (!stored.ok() || !stored->has_value()) return std::nullopt;
  const auto timeline = Timeline::Decode((*stored)->timeline);
  if (!timeline.ok() || timeline->versions().empty()) return std::nullopt;
  // In force since long before anybody published it.
  v1::Change change;
  change.set_key(forged.key);
  change.set_operation(v1::OPERATION_ADD);
  change.set_effective_from(1);
  const Version& first = timeline->versions().front();
  Timeline other;
  if (!other.Apply(change, first.index, first.entry_hash).ok()) return std::nullopt;
  forged.timeline = other.Encode();
  forged.tree.Set(forged.key, Sha256(forged.timeline));
  return forged;
}

void World::LieInPage(Node& server, int caller, const sync::FetchRevisions& wanted,
                      const StateIndex& index, SnapshotPage& page) {
  if (!server.liar) return;
  const std::pair where{server.number, wanted.target.origin};
  if (wanted.begin == 0 && Lies(server, 200, "makes up a snapshot for", caller)) {
    made_up_.insert(where);
  }
  if (made_up_.contains(where)) {
    // Each part fits its node, and the nodes make a root that nobody signed.
    if (const auto forged = MakeUp(server, index)) {
      for (SnapshotEntry& entry : page.entries) {
        if (entry.key == forged->key) entry.timeline = forged->timeline;
      }
      if (page.header.has_value()) {
        page.header->set_nodes(EncodeStateNodes(forged->tree.Expand({}, kDescentLevels)));
      }
    }
    return;
  }
  if (!page.entries.empty() && Lies(server, 100, "alters an entry for", caller)) {
    page.entries.back().timeline.back() ^= 1;
  }
  if (!page.bodies.empty() && Lies(server, 100, "alters a body for", caller)) {
    page.bodies.back().bytes.back() ^= 1;
  }
  if (!page.entries.empty() && Lies(server, 100, "keeps an entry from", caller)) {
    page.entries.pop_back();
  }
  if (page.header.has_value() && Lies(server, 50, "gives no header to", caller)) {
    page.header.reset();
  }
  if (page.header.has_value() && Lies(server, 50, "alters the edge for", caller)) {
    if (page.header->edge_size() > 0) page.header->mutable_edge(0)->mutable_hashes()->back() ^= 1;
  }
  if (Lies(server, 50, "promises more parts to", caller)) ++page.next_part;
  if (Lies(server, 50, "skips a part for", caller)) ++page.first_part;
}

}  // namespace comity::sim
