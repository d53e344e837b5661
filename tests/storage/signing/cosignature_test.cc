// Cosignatures by C2SP tlog-cosignature.
#include "storage/signing/cosignature.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "storage/signing/note.h"

namespace comity {
namespace {

constexpr char kOrigin[] = "f.example/us-bis/ccl/1";
constexpr Instant kAt{1'700'000'000'999'999};

class CosignatureTest : public ::testing::Test {
 protected:
  const PrivateKey log_ = *PrivateKey::FromSeed(std::string(32, 'l'));
  const PrivateKey key_ = *PrivateKey::FromSeed(std::string(32, 'w'));
  const std::string note_ = *SignNote(CheckpointBody({kOrigin, 7, Sha256("root")}), kOrigin, log_);
  const std::string cosigned_ = *Cosign(note_, "no/held", key_, kAt);
};

TEST_F(CosignatureTest, GivesTheTimeInWholeSeconds) {
  const auto at = VerifyCosignature(cosigned_, "no/held", key_.public_key());
  ASSERT_TRUE(at.ok()) << at.status();
  EXPECT_EQ(at->micros, 1'700'000'000'000'000);
  EXPECT_TRUE(VerifyCheckpointNote(cosigned_, kOrigin, log_.public_key()).ok())
      << "the log's own signature still stands";
}

// The bytes that the specification signs, made here by hand.
TEST_F(CosignatureTest, SignsWhatTheSpecificationSays) {
  const auto parsed = ParseNote(cosigned_);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->signatures.size(), 2u);
  const std::string& blob = parsed->signatures[1].blob;
  ASSERT_EQ(blob.size(), 4u + 8 + 64);
  const std::string message =
      "cosignature/v1\ntime 1700000000\n" + CheckpointBody({kOrigin, 7, Sha256("root")});
  EXPECT_TRUE(VerifyEd25519(key_.public_key(), message, blob.substr(12)).ok());
  const std::string id = ToBytes(Sha256("no/held\n\x04" + key_.public_key()));
  EXPECT_EQ(blob.substr(0, 4), id.substr(0, 4));
  EXPECT_EQ(blob.substr(4, 8), std::string("\x00\x00\x00\x00\x65\x53\xf1\x00", 8));
}

TEST_F(CosignatureTest, RefusesWhatTheKeyDidNotSay) {
  EXPECT_EQ(ReasonOf(VerifyCosignature(note_, "no/held", key_.public_key()).status()),
            v1::REASON_BAD_SIGNATURE);
  EXPECT_FALSE(VerifyCosignature(cosigned_, "jp/held", key_.public_key()).ok());
  EXPECT_FALSE(VerifyCosignature(cosigned_, "no/held", log_.public_key()).ok());
  // Every byte of it counts.
  for (size_t i = 0; i < cosigned_.size(); ++i) {
    std::string altered = cosigned_;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const bool both = VerifyCosignature(altered, "no/held", key_.public_key()).ok() &&
                      VerifyCheckpointNote(altered, kOrigin, log_.public_key()).ok();
    EXPECT_FALSE(both) << "byte " << i;
  }
}

}  // namespace
}  // namespace comity
