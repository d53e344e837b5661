// One note with all cosignatures: no line of it is believed unverified.
#include "storage/log/cosigned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "storage/signing/cosignature.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::kNow;
using testing::SeededKey;
using testing::TestFederation;

constexpr char kCosignedOrigin[] = "test.example/us-bis/ccl/1";

class CosignedTest : public ::testing::Test {
 protected:
  static std::string Note(uint64_t size) {
    return *SignNote(
        CheckpointBody({kCosignedOrigin, size, Sha256("root " + std::to_string(size))}),
        kCosignedOrigin, SeededKey("us-bis/log"));
  }
  HeldStatement Held(const std::string& participant, uint64_t size) {
    return *SignHeld(Note(size), participant, SeededKey(participant + "/held"),
                     federation_.roster(), kNow);
  }
  absl::StatusOr<CosignedCheckpoint> Verify(const std::string& note) {
    return VerifyCosigned(note, federation_.roster());
  }
  TestFederation federation_;
};

TEST_F(CosignedTest, JoinsThoseOfTheSameSize) {
  const HeldBy held = {{"jp", Held("jp", 5)}, {"no", Held("no", 4)}, {"us", Held("us", 5)}};
  const std::string note = *WithCosignatures(Note(5), held);
  const auto verified = Verify(note);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->checkpoint.size, 5u);
  ASSERT_EQ(verified->held.size(), 2u);
  EXPECT_EQ(verified->held[0].participant, "jp");
  EXPECT_EQ(verified->held[0].at, kNow);
  EXPECT_EQ(verified->held[1].participant, "us");
  EXPECT_EQ(*WithCosignatures(note, {}), Note(5)) << "none is carried over unknown";
  EXPECT_TRUE(Verify(Note(5)).ok());
}

TEST_F(CosignedTest, AHeldNoteHasTwoLinesAndStatesSomething) {
  const auto verify = [&](const std::string& note) {
    return VerifyHeld(note, "jp", federation_.roster()).status();
  };
  const std::string note = Held("jp", 9).note;
  EXPECT_TRUE(verify(note).ok());
  const size_t gap = note.find("\n\n") + 2;
  const std::string junk = SignatureLine("somebody", std::string(68, 'b'));
  EXPECT_EQ(ReasonOf(verify(note + junk)), v1::REASON_BAD_CHECKPOINT);
  EXPECT_EQ(ReasonOf(verify(note.substr(0, gap) + junk + note.substr(gap))),
            v1::REASON_BAD_CHECKPOINT);
  EXPECT_EQ(ReasonOf(verify(Held("jp", 0).note)), v1::REASON_BAD_CHECKPOINT);
}

TEST_F(CosignedTest, RefusesEveryLineThatIsNotVerified) {
  const std::string note = *WithCosignatures(Note(5), {{"jp", Held("jp", 5)}});
  const std::string own = Note(5);
  const std::string line = note.substr(own.size());
  EXPECT_TRUE(Verify(note).ok());
  EXPECT_FALSE(Verify(note + line).ok()) << "twice";
  const HeldStatement older = Held("no", 4);
  EXPECT_FALSE(Verify(note + older.note.substr(Note(4).size())).ok()) << "over another size";
  EXPECT_FALSE(Verify(*Cosign(note, "stranger", SeededKey("stranger"), kNow)).ok());
  EXPECT_EQ(ReasonOf(Verify(*Cosign(own, "jp/held", SeededKey("no/held"), kNow)).status()),
            v1::REASON_BAD_SIGNATURE)
      << "under another's name";
  EXPECT_FALSE(Verify(own.substr(0, own.find("\n\n") + 2) + line).ok()) << "not the authority's";
  // Other writings of the same signature: without padding, with a dot for it.
  ASSERT_EQ(note.substr(note.size() - 3), "==\n");
  EXPECT_FALSE(Verify(note.substr(0, note.size() - 3) + "\n").ok());
  EXPECT_FALSE(Verify(note.substr(0, note.size() - 3) + "..\n").ok());
  for (size_t at = 0; at < note.size(); ++at) {
    std::string altered = note;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_FALSE(Verify(altered).ok()) << "byte " << at;
  }
}

}  // namespace
}  // namespace comity
