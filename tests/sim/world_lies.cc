// What a lying relay makes of its answers. Its own disk is honest.
#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/signing/note.h"
#include "tests/sim/world.h"

namespace comity::sim {

bool World::Lies(const Node& server, int per_mille, const char* what, int caller) {
  return server.liar &&
         faults_.Happens(Faults::kByzantine, per_mille, now_, what, server.number, caller);
}

// A head that continues the log with a leaf that is not in it, under a note that nobody
// who may signed.
std::optional<LogHead> World::ForgeHead(Node& server, const Origin& origin, const Orphan& orphan) {
  const auto held = server.replica->SizeOf(origin);
  if (!held.ok() || held->value < orphan.index) return std::nullopt;
  auto log = TreeAppender::Open(StoreTileReader(&server.store, origin), orphan.index);
  v1::Envelope envelope;
  if (!log.ok() || !envelope.ParseFromString(orphan.envelope)) return std::nullopt;
  log->Append(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()));
  LogHead head{origin, TreeSize{orphan.index + 1}, log->Root(), ""};
  head.checkpoint = *SignNote(CheckpointBody({origin.ToString(), head.size.value, head.root}),
                              origin.ToString(), testing::SeededKey("liar"));
  return head;
}

void World::LieInHeads(Node& server, int caller, std::vector<LogHead>& heads) {
  if (!server.liar) return;
  for (LogHead& head : heads) {
    if (Lies(server, 50, "shows an old head to", caller)) {
      const std::vector<LogHead>& old = old_heads_[head.origin];
      if (!old.empty()) head = old[faults_.stream(Faults::kByzantine).Below(old.size())];
    }
    const auto orphan = orphans_.find(head.origin);
    if (orphan == orphans_.end()) continue;
    if (!Lies(server, 100, "forges a head for", caller)) continue;
    if (const auto forged = ForgeHead(server, head.origin, orphan->second)) head = *forged;
  }
  if (!heads.empty() && Lies(server, 50, "keeps a head from", caller)) heads.pop_back();
}

void World::LieInRange(Node& server, int caller, const sync::FetchRevisions& wanted,
                       sync::Batch& batch) {
  if (!server.liar) return;
  const auto orphan = orphans_.find(batch.origin);
  if (orphan != orphans_.end()) {
    const uint64_t index = orphan->second.index;
    const auto forged = ForgeHead(server, batch.origin, orphan->second);
    // Leaves up to the one that is not in the log, as the forged head promised.
    if (forged.has_value() && forged->root == wanted.target.root) {
      const auto good =
          server.replica->ReadRange(batch.origin, wanted.begin, index, index, uint64_t{1} << 20);
      batch.envelopes = good.ok() ? good->envelopes : std::vector<std::string>();
      batch.envelopes.push_back(orphan->second.envelope);
      batch.consistency.clear();
      return;
    }
    const uint64_t end = batch.begin + batch.envelopes.size();
    if (index >= batch.begin && index < end && Lies(server, 500, "slips a leaf to", caller)) {
      batch.envelopes.resize(index - batch.begin);
      batch.envelopes.push_back(orphan->second.envelope);
      return;
    }
  }
  if (batch.envelopes.empty()) return;
  if (Lies(server, 200, "alters a leaf for", caller)) {
    v1::Envelope envelope;
    if (envelope.ParseFromString(batch.envelopes.back()) && !envelope.payload().empty()) {
      envelope.mutable_payload()->back() ^= 1;
      batch.envelopes.back() = SerializeEnvelope(envelope);
    }
  }
  if (Lies(server, 100, "keeps a leaf from", caller)) batch.envelopes.pop_back();
  if (batch.envelopes.size() > 1 && Lies(server, 100, "exchanges two leaves for", caller)) {
    std::swap(batch.envelopes.front(), batch.envelopes.back());
  }
  if (Lies(server, 100, "alters the proof for", caller)) {
    if (batch.consistency.empty()) {
      batch.consistency.emplace_back();
    } else {
      batch.consistency.back()[7] ^= 1;
    }
  }
  if (Lies(server, 50, "skips a leaf for", caller)) ++batch.begin;
}

}  // namespace comity::sim
