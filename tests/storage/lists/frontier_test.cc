#include "storage/lists/frontier.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

Frontier Sample() {
  Frontier frontier;
  frontier.heads[*Origin::Parse("f.example/us-bis/ccl/1")] = {TreeSize{3}, Sha256("us")};
  frontier.heads[*Origin::Parse("f.example/no-mfa/list2/1")] = {TreeSize{2}, Sha256("no")};
  return frontier;
}

TEST(FrontierTest, TokenGoesBothWays) {
  const std::string token = Sample().Token();
  EXPECT_EQ(token.substr(0, 3), "f1.");
  EXPECT_EQ(token.find_first_of("+/= \n"), std::string::npos) << "usable in a URL";
  const auto read = Frontier::ParseToken(token);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, Sample());
  EXPECT_EQ(*Frontier::ParseToken(Frontier().Token()), Frontier());
}

TEST(FrontierTest, RefusesEveryDamagedToken) {
  const std::string token = Sample().Token();
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonOf(Frontier::ParseToken(damaged).status()), v1::REASON_BAD_TOKEN) << i;
  }
  EXPECT_FALSE(Frontier::ParseToken(token.substr(0, token.size() - 3)).ok());
  EXPECT_FALSE(Frontier::ParseToken("").ok());
  EXPECT_FALSE(Frontier::ParseToken("f1.").ok());
}

TEST(FrontierTest, DigestChangesWithEverySizeAndRoot) {
  Frontier other = Sample();
  other.heads.begin()->second.size.value += 1;
  EXPECT_NE(other.FrontierDigest(), Sample().FrontierDigest());
  other = Sample();
  other.heads.begin()->second.root[0] ^= 1;
  EXPECT_NE(other.FrontierDigest(), Sample().FrontierDigest());
}

// The bytes that two nations' digests are made of, spelt out.
TEST(ViewDigestTest, IsTheHashOfItsDefinition) {
  const Origin origin = *Origin::Parse("f.example/us-bis/ccl/1");
  Encoder encoder;
  encoder.Raw("comity view v1\n");
  encoder.U32(1);
  encoder.U32(1);
  encoder.Bytes(origin.ToString());
  encoder.Hash(Sha256("state"));
  EXPECT_EQ(ViewDigest(1, {{origin, Sha256("state")}}), Sha256(encoder.Take()));
  EXPECT_NE(ViewDigest(2, {{origin, Sha256("state")}}), ViewDigest(1, {{origin, Sha256("state")}}));
}

}  // namespace
}  // namespace comity
