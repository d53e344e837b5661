// Evidence: who signed two histories is proven, and nobody else ever is.
#include "storage/log/evidence.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

#include "storage/base/errors.h"
#include "storage/log/held.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/signing/cosignature.h"
#include "tests/support/federation.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

using testing::kNow;
using testing::SeededKey;
using testing::TestFederation;

constexpr char kForkedOrigin[] = "test.example/us-bis/ccl/1";

// A log of leaves that are as the number says, and of another history from `fork` on.
class Log : public TileReader {
 public:
  Log(uint64_t size, uint64_t fork, const std::string& name) {
    TreeAppender appender;
    for (uint64_t i = 0; i < size; ++i) {
      appender.Append(LeafHash(i < fork ? std::to_string(i) : name + std::to_string(i)));
    }
    for (Tile& tile : appender.TakeDirtyTiles()) tiles_[tile.id] = tile.hashes;
  }
  absl::StatusOr<std::string> ReadTile(TileId id) const override {
    const auto it = tiles_.find(id);
    if (it == tiles_.end()) return absl::NotFoundError("no tile");
    return it->second;
  }
  Digest Root(uint64_t size) const { return *RootAt(*this, size); }
  std::string Note(uint64_t size, const std::string& key = "us-bis/log",
                   const std::string& origin = kForkedOrigin) const {
    return *SignNote(CheckpointBody({origin, size, Root(size)}), origin, SeededKey(key));
  }

 private:
  std::map<TileId, std::string> tiles_;
};

class EvidenceTest : public ::testing::Test {
 protected:
  // That `a` at size m and `b` at size n are of one log, if they are not.
  std::string Make(const Log& a, uint64_t m, const Log& b, uint64_t n,
                   const std::string& held_by = "") {
    return MakeOf(a.Note(m), m, b, n, b.Note(n), held_by);
  }
  std::string MakeOf(const std::string& note, uint64_t m, const Log& b, uint64_t n,
                     const std::string& other, const std::string& held_by = "") {
    const auto proof = m < n ? *ConsistencyProof(b, m, n) : std::vector<Digest>();
    const auto made = MakeEvidence(note, other, b.Root(m), proof, federation_.roster(), held_by);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : "";
  }
  absl::StatusOr<VerifiedEvidence> Verify(const std::string& bytes) {
    return VerifyEvidence(bytes, federation_.roster());
  }
  TestFederation federation_;
};

TEST_F(EvidenceTest, TwoRootsOfOneSizeSuffice) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  const std::string bytes = Make(ours, 9, theirs, 9);
  const auto evidence = Verify(bytes);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->origin.ToString(), kForkedOrigin);
  EXPECT_EQ(evidence->first.size, 9u);
  EXPECT_EQ(evidence->digest, Sha256(bytes));
  EXPECT_EQ(Make(theirs, 9, ours, 9), bytes) << "one contradiction has one name";
  EXPECT_LT(bytes.size(), 600u);
}

TEST_F(EvidenceTest, EveryPairOfSizesIsProven) {
  constexpr uint64_t kMost = 40;
  const Log ours(kMost, kMost, "");
  for (uint64_t fork = 0; fork < kMost; fork += 3) {
    const Log theirs(kMost, fork, "x");
    for (uint64_t m = 1; m < kMost; ++m) {
      for (uint64_t n = m + 1; n <= kMost; n += 5) {
        const auto evidence = Verify(Make(ours, m, theirs, n));
        // Up to the fork the smaller log is the beginning of both.
        EXPECT_EQ(evidence.ok(), m > fork) << m << " " << n << " " << fork;
        if (!evidence.ok()) continue;
        EXPECT_EQ(evidence->root_before, theirs.Root(m));
      }
    }
  }
}

TEST_F(EvidenceTest, AnHonestLogIsNeverAccused) {
  const Log ours(64, 64, "");
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    const uint64_t n = 2 + random() % 63, m = 1 + random() % (n - 1);
    // A root before that is made up, with whatever proof.
    std::vector<Digest> proof = *ConsistencyProof(ours, m, n);
    Digest before = ours.Root(m);
    switch (random() % 4) {
      case 0:
        before = Sha256("made up");
        break;
      case 1:
        before = ours.Root(1 + random() % 64);
        break;
      case 2:
        proof = *ConsistencyProof(ours, 1 + random() % (n - 1), n);
        break;
      default:
        if (!proof.empty()) proof[random() % proof.size()] = Sha256("made up");
        before = Sha256("made up");
    }
    const auto made = MakeEvidence(ours.Note(m), ours.Note(n), before, proof, federation_.roster());
    ASSERT_TRUE(made.ok());
    const auto evidence = Verify(*made);
    EXPECT_FALSE(evidence.ok()) << m << " " << n;
    EXPECT_EQ(ReasonOf(evidence.status()), v1::REASON_BAD_EVIDENCE) << evidence.status();
  }
  EXPECT_FALSE(Verify(Make(ours, 9, ours, 9)).ok()) << "a note twice";
}

TEST_F(EvidenceTest, BothNotesAreTheAuthoritysOwn) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  EXPECT_FALSE(
      MakeEvidence(ours.Note(9), theirs.Note(9, "stranger"), {}, {}, federation_.roster()).ok());
  v1::Evidence evidence;
  ASSERT_TRUE(evidence.ParseFromString(Make(ours, 9, theirs, 9)));
  v1::Evidence forged = evidence;
  (ours.Root(9) < theirs.Root(9) ? *forged.mutable_second() : *forged.mutable_first()) =
      theirs.Note(9, "stranger");
  EXPECT_EQ(Verify(forged.SerializeAsString()).status().code(),
            absl::StatusCode::kPermissionDenied);
  forged = evidence;
  forged.set_second(theirs.Note(9, "no-mfa/log", "test.example/no-mfa/ccl/1"));
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "of two logs";
  forged = evidence;
  std::swap(*forged.mutable_first(), *forged.mutable_second());
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "in another order";
  forged = evidence;
  forged.add_consistency(std::string(32, 'x'));
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "with a proof that it needs not";
  forged = evidence;
  forged.mutable_first()->append(evidence.first().substr(evidence.first().find("\n\n") + 2));
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "a signature twice";
  EXPECT_FALSE(Verify(std::string(kMaxEvidenceBytes + 1, 'x')).ok());
}

TEST_F(EvidenceTest, LinesThatOthersAddedDoNotHideIt) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  // A line under the log's own name that it did not sign comes first.
  const std::string note = theirs.Note(9);
  const size_t gap = note.find("\n\n") + 2;
  const std::string bogus = SignatureLine(kForkedOrigin, std::string(68, 'b'));
  const std::string held = *Cosign(note.substr(0, gap) + bogus + note.substr(gap), "jp/held",
                                   SeededKey("jp/held"), kNow);
  const std::string bytes = MakeOf(ours.Note(9), 9, theirs, 9, held);
  EXPECT_TRUE(Verify(bytes).ok());
  EXPECT_EQ(bytes, Make(ours, 9, theirs, 9));
}

TEST_F(EvidenceTest, WhoStatesHeldForBothIsNamed) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  const auto held = [&](const std::string& note) {
    return SignHeld(note, "jp", SeededKey("jp/held"), federation_.roster(), kNow)->note;
  };
  const std::string bytes = MakeOf(held(ours.Note(8)), 8, theirs, 9, held(theirs.Note(9)), "jp");
  const auto evidence = Verify(bytes);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->held_by, "jp");
  v1::Evidence forged;
  ASSERT_TRUE(forged.ParseFromString(bytes));
  forged.set_held_by("no");
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "no did not";
  forged.set_held_by("");
  EXPECT_FALSE(Verify(forged.SerializeAsString()).ok()) << "lines that nobody answers for";
}

TEST_F(EvidenceTest, NoAlteredByteIsAccepted) {
  const Log ours(21, 21, ""), theirs(21, 5, "x");
  const std::string bytes = Make(ours, 13, theirs, 21);
  ASSERT_TRUE(Verify(bytes).ok());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      EXPECT_FALSE(Verify(altered).ok()) << "byte " << i << " bit " << bit;
    }
  }
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(Verify(bytes.substr(0, cut)).ok()) << cut;
  }
}

// A list stays contested, and a fork provable, when the log key is replaced; what a key signed
// above where it is revoked proves nothing.
TEST_F(EvidenceTest, AKeyThatWasReplacedStillProvesWhatItSigned) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  const std::string bytes = Make(ours, 9, theirs, 9);
  const auto rotated = testing::NextRoster(testing::FirstRoster(federation_), [](v1::Roster& r) {
    for (v1::Authority& one : *r.mutable_authorities()) {
      if (one.name() == "us-bis") one.set_log_key_ed25519(SeededKey("us-bis/log-2").public_key());
    }
  });
  EXPECT_TRUE(VerifyEvidence(bytes, *rotated).ok());
  EXPECT_EQ(*MakeEvidence(ours.Note(9), theirs.Note(9), {}, {}, *rotated), bytes);
  EXPECT_TRUE(MakeEvidence(ours.Note(9), theirs.Note(9, "us-bis/log-2"), {}, {}, *rotated).ok());
  const auto file = ParseEvidenceFile(MakeEvidenceFile(bytes, *rotated));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(VerifyEvidenceFile(*file, federation_.roster().digest()).ok());
  EXPECT_TRUE(VerifyEvidenceFile(*file, rotated->digest()).ok());

  const auto revoked_from = [&](uint64_t index) {
    return testing::NextRoster(rotated, [=](v1::Roster& r) {
      v1::Revocation& one = *r.add_revocations();
      one.set_ed25519(SeededKey("us-bis/log").public_key());
      one.set_origin(kForkedOrigin);
      one.set_index(index);
    });
  };
  EXPECT_TRUE(VerifyEvidence(bytes, *revoked_from(9)).ok());
  EXPECT_FALSE(VerifyEvidence(bytes, *revoked_from(8)).ok());
}

TEST_F(EvidenceTest, AFileStandsAlone) {
  const Log ours(9, 9, ""), theirs(9, 5, "x");
  const std::string file = MakeEvidenceFile(Make(ours, 9, theirs, 9), federation_.roster());
  const auto parsed = ParseEvidenceFile(file);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(VerifyEvidenceFile(*parsed, federation_.roster().digest()).ok());
  EXPECT_EQ(ReasonOf(VerifyEvidenceFile(*parsed, Sha256("another")).status()),
            v1::REASON_WRONG_ROSTER);
  EXPECT_FALSE(ParseEvidenceFile("comity-evidence-v1\n").ok());
  EXPECT_FALSE(ParseEvidenceFile("something else").ok());
}

}  // namespace
}  // namespace comity
