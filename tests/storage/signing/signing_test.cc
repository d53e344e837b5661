#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "storage/base/errors.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/hash.h"
#include "storage/signing/ed25519.h"
#include "storage/signing/note.h"
#include "storage/signing/threshold.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::SeededKey;

// RFC 8032 section 7.1, TEST 1 and TEST 2.
TEST(Ed25519Test, GivesTheVectorsOfRfc8032) {
  const auto key1 = PrivateKey::FromSeed(
      *FromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  EXPECT_EQ(ToHex(key1->public_key()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(
      ToHex(*key1->Sign("")),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
  const auto key2 = PrivateKey::FromSeed(
      *FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  EXPECT_EQ(
      ToHex(*key2->Sign("\x72")),
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
      "1d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519Test, RefusesEveryAlteredBit) {
  const PrivateKey key = SeededKey("k");
  const std::string signature = *key.Sign("message");
  ASSERT_TRUE(VerifyEd25519(key.public_key(), "message", signature).ok());
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string altered = signature;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(ReasonOf(VerifyEd25519(key.public_key(), "message", altered)),
              v1::REASON_BAD_SIGNATURE);
  }
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "Message", signature).ok());
  EXPECT_FALSE(VerifyEd25519(SeededKey("other").public_key(), "message", signature).ok());
}

TEST(Ed25519Test, RefusesAnSAboveTheGroupOrder) {
  const PrivateKey key = SeededKey("k");
  std::string signature = *key.Sign("message");
  // S + L, little-endian: the same equation, another encoding.
  const std::string order =
      *FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    const int sum =
        static_cast<uint8_t>(signature[32 + i]) + static_cast<uint8_t>(order[i]) + carry;
    signature[32 + i] = static_cast<char>(sum & 0xff);
    carry = sum >> 8;
  }
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "message", signature).ok());
}

TEST(Ed25519Test, RefusesPointsOfSmallOrderAndOddEncodings) {
  for (const char* point :
       {"0100000000000000000000000000000000000000000000000000000000000000",  // identity
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
        "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // order 8
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
        "0100000000000000000000000000000000000000000000000000000000000080"}) {
    EXPECT_FALSE(CheckPublicKey(*FromHex(point)).ok()) << point;
  }
  EXPECT_TRUE(CheckPublicKey(SeededKey("k").public_key()).ok());
  EXPECT_FALSE(CheckPublicKey("short").ok());
}

TEST(KeyFileTest, IsPrivateAndNeverReplaced) {
  const std::string path = ::testing::TempDir() + "/officer.key";
  std::filesystem::remove(path);
  ASSERT_TRUE(WriteKeyFile(path, "us-bis/officer-1", SeededKey("k")).ok());
  EXPECT_EQ(WriteKeyFile(path, "x", SeededKey("k")).code(), absl::StatusCode::kAlreadyExists);
  const auto read = ReadKeyFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->name, "us-bis/officer-1");
  EXPECT_EQ(read->key.public_key(), SeededKey("k").public_key());
  chmod(path.c_str(), 0644);
  EXPECT_EQ(ReadKeyFile(path).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadKeyFile(path + ".gone").status().code(), absl::StatusCode::kNotFound);
}

class ThresholdTest : public ::testing::Test {
 protected:
  ThresholdTest() {
    envelope_.set_payload_type(kRevisionType);
    envelope_.set_payload("payload");
  }
  void SignBy(int officer) {
    const NamedKey key = federation_.Officer("us-bis", officer);
    ASSERT_TRUE(AddSignature(&envelope_, key.name, key.key).ok());
  }
  v1::Reason Verify() { return ReasonOf(VerifyThreshold(officers_, 2, envelope_, "us-bis/ccl")); }
  testing::TestFederation federation_;
  const v1::KeySet& officers_ = federation_.roster().FindAuthority("us-bis")->officers();
  v1::Envelope envelope_;
};

TEST_F(ThresholdTest, TwoDistinctOfficersAreEnough) {
  SignBy(1);
  EXPECT_EQ(Verify(), v1::REASON_TOO_FEW_SIGNATURES);
  SignBy(3);
  EXPECT_TRUE(VerifyThreshold(officers_, 2, envelope_, "us-bis/ccl").ok());
}
TEST_F(ThresholdTest, OneKeyCountsOnce) {
  SignBy(1);
  *envelope_.add_signatures() = envelope_.signatures(0);
  EXPECT_EQ(Verify(), v1::REASON_DUPLICATE_KEY);
}
TEST_F(ThresholdTest, AStrangersSignatureIsRefused) {
  SignBy(1);
  SignBy(2);
  const NamedKey stranger = federation_.Officer("no-mfa", 1);
  ASSERT_TRUE(AddSignature(&envelope_, stranger.name, stranger.key).ok());
  EXPECT_EQ(Verify(), v1::REASON_UNKNOWN_KEY);
}
TEST_F(ThresholdTest, AnAlteredPayloadIsRefused) {
  SignBy(1);
  SignBy(2);
  envelope_.set_payload("Payload");
  EXPECT_EQ(Verify(), v1::REASON_BAD_SIGNATURE);
}
TEST_F(ThresholdTest, KeySetsMustAscendAndBeDistinct) {
  v1::KeySet set = officers_;
  EXPECT_TRUE(ValidateKeySet(set, "s").ok());
  set.mutable_keys()->SwapElements(0, 1);
  EXPECT_FALSE(ValidateKeySet(set, "s").ok());
  set = officers_;
  set.set_threshold(4);
  EXPECT_FALSE(ValidateKeySet(set, "s").ok());
  set.set_threshold(0);
  EXPECT_FALSE(ValidateKeySet(set, "s").ok());
}

TEST(NoteTest, SignsAndReadsACheckpoint) {
  const PrivateKey key = SeededKey("log");
  const Checkpoint checkpoint{"f.example/us-bis/ccl/1", 7, Sha256("root")};
  const std::string note = *SignNote(CheckpointBody(checkpoint), checkpoint.origin, key);
  EXPECT_EQ(CheckpointBody(checkpoint),
            "f.example/us-bis/ccl/1\n7\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n")
      << "origin, size in decimal, root in base64";
  const auto read = VerifyCheckpointNote(note, checkpoint.origin, key.public_key());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size, 7u);
  EXPECT_EQ(read->root, checkpoint.root);
  EXPECT_EQ(note.substr(0, CheckpointBody(checkpoint).size() + 5),
            CheckpointBody(checkpoint) + "\n\xe2\x80\x94 ");
}

TEST(NoteTest, RefusesAnotherKeyOriginOrText) {
  const PrivateKey key = SeededKey("log");
  const std::string origin = "f.example/us-bis/ccl/1";
  const std::string note = *SignNote(CheckpointBody({origin, 7, Sha256("root")}), origin, key);
  EXPECT_FALSE(VerifyCheckpointNote(note, origin, SeededKey("other").public_key()).ok());
  EXPECT_FALSE(VerifyCheckpointNote(note, "f.example/us-bis/ccl/2", key.public_key()).ok());
  std::string altered = note;
  altered[origin.size() + 1] = '8';
  EXPECT_EQ(ReasonOf(VerifyCheckpointNote(altered, origin, key.public_key()).status()),
            v1::REASON_BAD_SIGNATURE);
  for (const char* broken : {"", "x", "a\n07\nAAAA\n\n", "\n\n\n\n"}) {
    EXPECT_FALSE(VerifyCheckpointNote(broken, origin, key.public_key()).ok());
  }
}

}  // namespace
}  // namespace comity
