#include "tests/sim/rogue_log.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "comity/v1/revision.pb.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/proof.h"
#include "storage/signing/note.h"
#include "storage/signing/threshold.h"

namespace comity::sim {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "rogue log: %s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

DraftInput InputOf(const std::string& list, const std::string& text, int items) {
  std::vector<v1::Entry> entries;
  for (int i = 0; i < items; ++i) entries.push_back(testing::Item(absl::StrCat("5A00", i), text));
  DraftInput input = testing::Edition(list, "2023-01-01", entries, "Act " + text);
  input.header.set_published_at(FormatInstant(testing::kNow));
  return input;
}

}  // namespace

RogueLog::RogueLog(const testing::TestFederation& federation, const std::string& authority,
                   Rogue rogue, int variant, int extra) {
  const std::string list = authority + "/rogue";
  const ManualClock clock(testing::kNow);
  const auto owner = federation.MakeReplica(ParticipantOf(authority), &store_, &clock);
  Must(federation.Publish(*owner, InputOf(list, "one", 6)));
  if (rogue == Rogue::kEquivocates) {
    head_ =
        Must(federation.Publish(*owner, InputOf(list, absl::StrCat("variant ", variant), 6))).head;
    head_ = Must(federation.Publish(*owner, InputOf(list, absl::StrCat("more ", variant), 6))).head;
    for (int i = 0; i < extra; ++i) {
      const std::string text = absl::StrCat("extra ", variant, " ", i);
      head_ = Must(federation.Publish(*owner, InputOf(list, text, 6))).head;
    }
    good_ = head_.size.value;
    return;
  }
  head_ = Must(federation.Publish(*owner, InputOf(list, "two", 6))).head;
  good_ = head_.size.value;

  // The next leaf, drafted as it should be, and then made wrong.
  DraftInput input = InputOf(list, "two", rogue == Rogue::kUndeclaredRemoval ? 3 : 6);
  if (rogue == Rogue::kUndeclaredRemoval) {
    input.header.set_declare_bulk_removal(true);
  } else {
    input = InputOf(list, "three", 6);
  }
  const v1::DraftFile draft = Must(owner->Draft(input));
  v1::Revision revision;
  revision.ParseFromString(draft.leaves().rbegin()->payload());
  const auto flip = [](std::string* bytes) { bytes->back() ^= 1; };
  if (rogue == Rogue::kStateRoot) flip(revision.mutable_state_root_after());
  if (rogue == Rogue::kParentRoot) flip(revision.mutable_parent_root());
  if (rogue == Rogue::kRoster) flip(revision.mutable_roster_digest());
  if (rogue == Rogue::kTimeBack) revision.set_published_at(testing::kNow.micros - kDay);
  if (rogue == Rogue::kGap) revision.set_index(revision.index() + 3);
  if (rogue == Rogue::kUndeclaredRemoval) revision.clear_guard();

  v1::Envelope envelope;
  envelope.set_payload_type(kRevisionType);
  envelope.set_payload(revision.SerializeAsString());
  std::vector<int> officers = {1, 2, 3};
  if (rogue == Rogue::kUnsigned) officers.clear();
  if (rogue == Rogue::kOneOfficer) officers = {1};
  for (const int number : officers) {
    const NamedKey key = federation.Officer(authority, number);
    AddSignature(&envelope, key.name, key.key).IgnoreError();
  }
  const Origin origin = head_.origin;
  TreeAppender log = Must(TreeAppender::Open(StoreTileReader(&store_, origin), good_));
  const Digest hash = EnvelopeLeafHash(envelope.payload_type(), envelope.payload());
  log.Append(hash);
  ListCommit commit;
  commit.origin = origin;
  commit.first = LeafIndex{good_};
  commit.leaves.push_back({SerializeEnvelope(envelope), hash, log.Root(), {}, testing::kNow});
  commit.tiles = log.TakeDirtyTiles();
  if (!store_.Commit(commit).ok()) std::abort();
  head_.size = TreeSize{good_ + 1};
  head_.root = log.Root();
  head_.checkpoint = Must(SignNote(CheckpointBody({origin.ToString(), good_ + 1, log.Root()}),
                                   origin.ToString(), testing::SeededKey(authority + "/log")));
}

Digest RogueLog::RootAfter(uint64_t size) const {
  return Must(store_.ReadLeaf(head_.origin, LeafIndex{size - 1})).root_after;
}

absl::StatusOr<LogConsistency> RogueLog::Consistency(uint64_t old_size, uint64_t new_size) const {
  if (old_size == 0 || new_size > head_.size.value) return absl::OutOfRangeError("not held");
  LogConsistency proof;
  proof.old_root = RootAfter(old_size);
  const StoreTileReader tiles(&store_, head_.origin);
  absl::StatusOr<std::vector<Digest>> hashes = ConsistencyProof(tiles, old_size, new_size);
  if (!hashes.ok()) return hashes.status();
  proof.hashes = *std::move(hashes);
  return proof;
}

absl::StatusOr<Replica::Range> RogueLog::Read(uint64_t begin, uint64_t end,
                                              uint64_t max_bytes) const {
  // Asked by the head of the other variant.
  if (end > head_.size.value) return absl::OutOfRangeError("not held");
  Replica::Range range;
  uint64_t bytes = 0;
  for (range.end = begin; range.end < end && bytes < max_bytes; ++range.end) {
    range.envelopes.push_back(Must(store_.ReadLeaf(head_.origin, LeafIndex{range.end})).envelope);
    bytes += range.envelopes.back().size();
  }
  range.consistency =
      Must(ConsistencyProof(StoreTileReader(&store_, head_.origin), range.end, head_.size.value));
  return range;
}

}  // namespace comity::sim
