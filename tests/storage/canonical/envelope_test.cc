#include "storage/canonical/envelope.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

v1::Envelope Sample() {
  v1::Envelope envelope;
  envelope.set_payload_type(kRevisionType);
  envelope.set_payload("payload");
  v1::Signature& signature = *envelope.add_signatures();
  signature.set_key_id(std::string(32, 'k'));
  signature.set_signature(std::string(64, 's'));
  return envelope;
}

// The vector of the DSSE protocol's own document.
TEST(PaeTest, GivesTheSpecificationsVector) {
  EXPECT_EQ(Pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(PaeTest, LeafHashLeavesSignaturesOut) {
  EXPECT_EQ(EnvelopeLeafHash("t", "p"), LeafHash("DSSEv1 1 t 1 p"));
  EXPECT_EQ(ToHex(EnvelopeLeafHash(kGenesisType, "")),
            ToHex(Sha256({std::string(1, '\0'), Pae(kGenesisType, "")})));
}

TEST(EnvelopeTest, GoesBothWaysByteForByte) {
  const std::string bytes = SerializeEnvelope(Sample());
  const auto read = ParseEnvelope(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(SerializeEnvelope(*read), bytes);
}

TEST(EnvelopeTest, RefusesOneKeyTwice) {
  v1::Envelope envelope = Sample();
  *envelope.add_signatures() = envelope.signatures(0);
  EXPECT_EQ(ReasonOf(ParseEnvelope(SerializeEnvelope(envelope)).status()),
            v1::REASON_DUPLICATE_KEY);
}

TEST(EnvelopeTest, RefusesMalformedSignatures) {
  v1::Envelope envelope = Sample();
  envelope.mutable_signatures(0)->set_key_id("short");
  EXPECT_FALSE(ParseEnvelope(SerializeEnvelope(envelope)).ok());
  envelope = Sample();
  envelope.mutable_signatures(0)->set_signature("short");
  EXPECT_FALSE(ParseEnvelope(SerializeEnvelope(envelope)).ok());
}

TEST(EnvelopeTest, HoldsToItsLimits) {
  v1::Envelope envelope = Sample();
  while (envelope.signatures_size() < kMaxSignatures) {
    v1::Signature& next = *envelope.add_signatures();
    next.set_signature(std::string(64, 's'));
    next.set_key_id(std::string(31, 'k') + static_cast<char>(envelope.signatures_size()));
  }
  EXPECT_TRUE(ParseEnvelope(SerializeEnvelope(envelope)).ok());
  v1::Signature& extra = *envelope.add_signatures();
  extra.set_key_id(std::string(32, 'z'));
  extra.set_signature(std::string(64, 's'));
  EXPECT_FALSE(ParseEnvelope(SerializeEnvelope(envelope)).ok());
}

TEST(EncoderTest, WritesBigEndianAndReadsItBack) {
  Encoder encoder;
  encoder.U8(1);
  encoder.U32(2);
  encoder.U64(3);
  encoder.I32(-1);
  encoder.I64(-2);
  encoder.Bytes("ab");
  const std::string bytes = encoder.Take();
  EXPECT_EQ(ToHex(bytes),
            "01"
            "00000002"
            "0000000000000003"
            "ffffffff"
            "fffffffffffffffe"
            "00000002"
            "6162");
  Decoder decoder(bytes);
  EXPECT_EQ(*decoder.U8(), 1);
  EXPECT_EQ(*decoder.U32(), 2u);
  EXPECT_EQ(*decoder.U64(), 3u);
  EXPECT_EQ(*decoder.I32(), -1);
  EXPECT_EQ(*decoder.I64(), -2);
  EXPECT_EQ(*decoder.Bytes(), "ab");
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(decoder.U8().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Decoder(std::string("\x00\x00\x00\x09x", 5)).Bytes().status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace comity
