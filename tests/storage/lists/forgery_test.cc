// Altered and forged objects of every kind that peers send: none may be taken for another
// than it was made from. COMITY_FORGERIES says how many are tried (20,000), COMITY_FORGERY_SEED
// which.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/bootstrap.h"
#include "storage/lists/entry_proof.h"
#include "storage/lists/list_batch.h"
#include "storage/log/evidence.h"
#include "storage/log/participant_status.h"
#include "storage/merkle/proof.h"
#include "tests/support/federation.h"
#include "tests/support/setting.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kForgedOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

// One alteration of `bytes`, which may leave them as they are.
std::string Altered(std::string bytes, const std::string& other, std::mt19937_64& random) {
  const auto at = [&] { return bytes.empty() ? 0 : random() % bytes.size(); };
  switch (random() % 8) {
    case 0:
      if (!bytes.empty()) bytes[at()] ^= static_cast<char>(1 << (random() % 8));
      break;
    case 1:
      if (!bytes.empty()) bytes[at()] = static_cast<char>(random());
      break;
    case 2:
      bytes.insert(at(), 1, static_cast<char>(random()));
      break;
    case 3:
      if (!bytes.empty()) bytes.erase(at(), 1 + random() % 8);
      break;
    case 4:
      bytes.resize(at());
      break;
    case 5: {  // a span twice: repeated fields, lines, signatures
      const size_t begin = at();
      bytes.insert(at(), bytes.substr(begin, 1 + random() % 80));
      break;
    }
    case 6: {  // a span out of another of its kind
      const size_t begin = at();
      const size_t length = 1 + random() % 64;
      if (begin < other.size()) bytes.replace(begin, length, other.substr(begin, length));
      break;
    }
    default:  // two changes at once
      bytes = Altered(Altered(std::move(bytes), other, random), other, random);
  }
  return bytes;
}

class ForgeryTest : public ::testing::Test {
 protected:
  ForgeryTest() {
    for (int revision = 0; revision < 6; ++revision) {
      std::vector<v1::Entry> entries;
      for (int i = 0; i < 20; ++i) {
        entries.push_back(Item("5A" + std::to_string(100 + i), i == revision ? "new" : "old"));
      }
      Publish(entries);
      if (revision == 2) middle_ = *us_->HeadOf(kForgedOrigin);
    }
    random_.seed(testing::Setting("COMITY_FORGERY_SEED", 1));
  }
  void Publish(const std::vector<v1::Entry>& entries) {
    const auto done = federation_.Publish(
        *us_, Edition("us-bis/ccl", "2020-01-01", entries, std::to_string(entries_++)));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  std::string Leaf(uint64_t index) {
    return store_.ReadLeaf(kForgedOrigin, LeafIndex{index})->envelope;
  }
  static Digest HashOf(const std::string& envelope) {
    const auto parsed = ParseEnvelope(envelope);
    return parsed.ok() ? EnvelopeLeafHash(parsed->payload_type(), parsed->payload()) : Digest{};
  }
  // Tries `count` alterations; `taken` gives whether one was taken for something that was
  // never said.
  void Try(const std::string& kind, uint64_t count, const std::string& original,
           const std::string& other, const std::function<bool(const std::string&)>& taken) {
    uint64_t altered = 0;
    while (altered < count) {
      const std::string mutant = Altered(original, other, random_);
      if (mutant == original) continue;
      ++altered;
      ASSERT_FALSE(taken(mutant)) << kind << ": an altered one was taken, number " << altered;
    }
    tried_ += altered;
    std::printf("%8lu altered: %s\n", altered, kind.c_str());
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &store_, &clock_);
  std::mt19937_64 random_;
  int entries_ = 0;
  LogHead middle_;
  uint64_t tried_ = 0;
};

TEST_F(ForgeryTest, NothingAlteredIsTakenForAnotherThing) {
  const uint64_t all = testing::Setting("COMITY_FORGERIES", 20'000);
  const uint64_t share = all / 10 + 1;
  const LogHead head = *us_->HeadOf(kForgedOrigin);
  const uint64_t size = head.size.value;

  // A revision: whatever its signatures' form, its content is the officers' or it is refused.
  const std::string genesis = Leaf(0);
  const std::string first = Leaf(1);
  const MemoryStore nothing;
  Try("revisions", share, first, Leaf(2), [&](const std::string& mutant) {
    ListBatch batch(&federation_.roster(), &nothing, kForgedOrigin, std::nullopt);
    EXPECT_TRUE(batch.Append(genesis).ok());
    return batch.Append(mutant).ok() && HashOf(mutant) != HashOf(first);
  });
  Try("geneses", share, genesis, first, [&](const std::string& mutant) {
    ListBatch batch(&federation_.roster(), &nothing, kForgedOrigin, std::nullopt);
    return batch.Append(mutant).ok() && HashOf(mutant) != HashOf(genesis);
  });

  // A checkpoint, as it comes with a head that it must fit.
  const std::string note = head.checkpoint;
  const std::string key(federation_.roster().FindAuthority("us-bis")->log_key_ed25519());
  Try("checkpoints", share, note, Leaf(1), [&](const std::string& mutant) {
    const auto read = VerifyCheckpointNote(mutant, kForgedOrigin.ToString(), key);
    return read.ok() && (read->size != size || read->root != head.root ||
                         read->origin != kForgedOrigin.ToString());
  });

  // A HELD statement.
  const auto held = SignHeld(note, "no", testing::SeededKey("no/held"), federation_.roster(), kNow);
  ASSERT_TRUE(held.ok()) << held.status();
  const auto later = SignHeld(note, "no", testing::SeededKey("no/held"), federation_.roster(),
                              Instant{kNow.micros + 5'000'000});
  Try("HELD statements", share, held->note, later->note, [&](const std::string& mutant) {
    auto read = VerifyHeld(mutant, "no", federation_.roster());
    if (!read.ok()) return false;
    const bool once_said = read->at == held->at || read->at == later->at;
    return !once_said || read->size != held->size || read->root != held->root ||
           read->origin != held->origin;
  });

  // A participant's status.
  ParticipantStatus said;
  said.participant = "us";
  said.stated_at = kNow;
  said.heads[kForgedOrigin] = {head.size, head.root};
  const PrivateKey statement = testing::SeededKey("us/statement");
  const ParticipantStatus status = *SignStatus(said, statement, federation_.roster());
  said.heads[kForgedOrigin] = {middle_.size, middle_.root};
  said.stated_at = Instant{kNow.micros - 5'000'000};
  const ParticipantStatus before = *SignStatus(said, statement, federation_.roster());
  ASSERT_TRUE(VerifyStatus(status, federation_.roster()).ok());
  Try("statuses", share, status.envelope, before.envelope, [&](const std::string& mutant) {
    const auto read = ReadStatus(mutant, federation_.roster());
    if (!read.ok() || !VerifyStatus(*read, federation_.roster()).ok()) return false;
    return (read->heads != status.heads || read->stated_at != status.stated_at ||
            read->participant != "us") &&
           (read->heads != before.heads || read->stated_at != before.stated_at);
  });

  // Evidence, made up of two heads that agree: no alteration makes it accuse.
  const StoreTileReader honest(&store_, kForgedOrigin);
  const auto evidence =
      MakeEvidence(middle_.checkpoint, note, *RootAt(honest, middle_.size.value),
                   *ConsistencyProof(honest, middle_.size.value, size), federation_.roster());
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_FALSE(VerifyEvidence(*evidence, federation_.roster()).ok());
  Try("evidence", share, *evidence, note,
      [&](const std::string& mutant) { return VerifyEvidence(mutant, federation_.roster()).ok(); });

  // A roster.
  const std::string roster = federation_.roster_envelope();
  Try("rosters", share, roster, first, [&](const std::string& mutant) {
    const auto read = Roster::Load(mutant, federation_.roster().digest());
    return read.ok() && (*read)->digest() != federation_.roster().digest();
  });

  // Proofs, with the hash that they prove in front; sizes come from signed checkpoints.
  const auto flat = [](const std::vector<Digest>& hashes) {
    std::string bytes;
    for (const Digest& hash : hashes) bytes += ToBytes(hash);
    return bytes;
  };
  // Empty if it is no row of hashes.
  const auto unflat = [](const std::string& bytes) {
    std::vector<Digest> hashes;
    for (size_t at = 0; bytes.size() % 32 == 0 && at < bytes.size(); at += 32) {
      hashes.push_back(*DigestFromBytes(bytes.substr(at, 32)));
    }
    return hashes;
  };
  const StoreTileReader tiles(&store_, kForgedOrigin);
  std::vector<Digest> inclusion = *InclusionProof(tiles, 3, size);
  inclusion.insert(inclusion.begin(), store_.ReadLeaf(kForgedOrigin, LeafIndex{3})->leaf_hash);
  std::vector<Digest> neighbour = *InclusionProof(tiles, 4, size);
  neighbour.insert(neighbour.begin(), store_.ReadLeaf(kForgedOrigin, LeafIndex{4})->leaf_hash);
  // At every index but its own the proof itself must fail too.
  for (uint64_t index = 0; index < size; ++index) {
    EXPECT_EQ(VerifyInclusion(inclusion[0], index, size, {inclusion.begin() + 1, inclusion.end()},
                              head.root)
                  .ok(),
              index == 3);
  }
  Try("inclusion proofs", share, flat(inclusion), flat(neighbour), [&](const std::string& mutant) {
    const std::vector<Digest> hashes = unflat(mutant);
    return !hashes.empty() &&
           VerifyInclusion(hashes[0], 3, size, {hashes.begin() + 1, hashes.end()}, head.root).ok();
  });
  std::vector<Digest> consistency = *ConsistencyProof(tiles, 3, size);
  consistency.insert(consistency.begin(), *RootAt(tiles, 3));
  std::vector<Digest> older = *ConsistencyProof(tiles, 2, size);
  older.insert(older.begin(), *RootAt(tiles, 2));
  Try("consistency proofs", share, flat(consistency), flat(older), [&](const std::string& mutant) {
    const std::vector<Digest> hashes = unflat(mutant);
    return !hashes.empty() &&
           VerifyConsistency(3, hashes[0], size, head.root, {hashes.begin() + 1, hashes.end()})
               .ok();
  });

  // A proof of an entry, as a file.
  v1::GetEntryProofRequest request;
  request.set_list("us-bis/ccl");
  request.set_key("5A103");
  const auto bytes = us_->snapshot()->GetEntryProof(request, {roster});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const std::string file = EntryProofFile(*bytes);
  request.set_key("5A104");
  const std::string another = EntryProofFile(*us_->snapshot()->GetEntryProof(request, {roster}));
  const auto proven = [&](const std::string& text) -> absl::StatusOr<ProvenEntry> {
    const auto proof = ParseEntryProof(text);
    if (!proof.ok()) return proof.status();
    return VerifyEntryProof(*proof, federation_.roster().digest());
  };
  const ProvenEntry whole = *proven(file);
  Try("entry proofs", share, file, another, [&](const std::string& mutant) {
    const auto read = proven(mutant);
    return read.ok() && (read->entry.SerializeAsString() != whole.entry.SerializeAsString() ||
                         read->timeline.Encode() != whole.timeline.Encode() ||
                         read->checkpoint.checkpoint.root != whole.checkpoint.checkpoint.root ||
                         read->revision.SerializeAsString() != whole.revision.SerializeAsString());
  });
  EXPECT_GE(tried_, all);
  std::printf("%lu altered, 0 taken\n", tried_);
}

// Well made in every respect but for who signed.
TEST_F(ForgeryTest, WhoMayNotSignForgesInVain) {
  std::vector<v1::Entry> entries;
  for (int i = 0; i < 20; ++i) entries.push_back(Item("5A" + std::to_string(100 + i), "forged"));
  DraftInput edition = Edition("us-bis/ccl", "2020-01-01", entries, "forged");
  const auto draft = us_->Draft(edition);
  ASSERT_TRUE(draft.ok()) << draft.status();
  const auto refused = [&](std::vector<std::string> envelopes, const std::string& what,
                           absl::StatusCode code = absl::StatusCode::kPermissionDenied) {
    const auto done = us_->Submit(envelopes);
    EXPECT_EQ(done.status().code(), code) << what << ": " << done.status();
  };
  refused(federation_.Sign(*draft, "us-bis", {1}), "one officer of two");
  refused(federation_.Sign(*draft, "us-bis", {1, 1}), "one officer twice",
          absl::StatusCode::kInvalidArgument);
  refused(federation_.Sign(*draft, "no-mfa", {1, 2}), "another authority's officers");
  refused(federation_.Sign(*draft, "us-bis", {}), "nobody");
  // One of ours and one of theirs.
  std::vector<std::string> mixed = federation_.Sign(*draft, "us-bis", {1});
  v1::Envelope ours = *ParseEnvelope(mixed[0]);
  const v1::Envelope theirs = *ParseEnvelope(federation_.Sign(*draft, "no-mfa", {2})[0]);
  *ours.add_signatures() = theirs.signatures(0);
  refused({ours.SerializeAsString()}, "one of ours, one of theirs");
  // The signatures of another revision.
  v1::Envelope lent = *ParseEnvelope(federation_.Sign(*draft, "us-bis")[0]);
  *lent.mutable_signatures() = ParseEnvelope(Leaf(2))->signatures();
  refused({lent.SerializeAsString()}, "signatures of another revision");
  EXPECT_TRUE(us_->Submit(federation_.Sign(*draft, "us-bis")).ok()) << "the same, signed";
}

}  // namespace
}  // namespace comity
