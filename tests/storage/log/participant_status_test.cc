// Statuses: signed by their participant, of its own lists, and what their age means.
#include "storage/log/participant_status.h"

#include <gtest/gtest.h>

#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/log/freshness.h"
#include "storage/merkle/hash.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::kNow;
using testing::SeededKey;
using testing::TestFederation;

constexpr int64_t kSecond = 1'000'000;
const Origin kStatedOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

class ParticipantStatusTest : public ::testing::Test {
 protected:
  ParticipantStatus Status() {
    ParticipantStatus status;
    status.participant = "us";
    status.stated_at = kNow;
    status.heads[kStatedOrigin] = {TreeSize{3}, Sha256("root")};
    return status;
  }
  ParticipantStatus Signed(ParticipantStatus status, const std::string& key = "us/statement") {
    return *SignStatus(std::move(status), SeededKey(key), federation_.roster());
  }
  TestFederation federation_;
};

TEST_F(ParticipantStatusTest, IsReadAsItWasSigned) {
  const ParticipantStatus made = Signed(Status());
  const auto read = ReadStatus(made.envelope, federation_.roster());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, made);
  EXPECT_TRUE(VerifyStatus(*read, federation_.roster()).ok());
  EXPECT_LT(made.envelope.size(), 350u);
}

TEST_F(ParticipantStatusTest, NobodyElseSpeaksForAParticipant) {
  const ParticipantStatus forged = Signed(Status(), "no/statement");
  EXPECT_EQ(ReasonOf(VerifyStatus(forged, federation_.roster())), v1::REASON_UNKNOWN_KEY);
  ParticipantStatus altered = Signed(Status());
  v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(altered.envelope));
  envelope.mutable_payload()->back() ^= 1;
  altered.envelope = SerializeEnvelope(envelope);
  EXPECT_EQ(ReasonOf(VerifyStatus(altered, federation_.roster())), v1::REASON_BAD_SIGNATURE);
  ParticipantStatus others = Status();
  others.heads[*Origin::Parse("test.example/no-mfa/list2/1")] = {TreeSize{1}, Sha256("x")};
  EXPECT_FALSE(ReadStatus(Signed(others).envelope, federation_.roster()).ok());
  ParticipantStatus elsewhere = Status();
  elsewhere.heads = {{*Origin::Parse("other.example/us-bis/ccl/1"), {TreeSize{1}, Sha256("x")}}};
  EXPECT_FALSE(ReadStatus(Signed(elsewhere).envelope, federation_.roster()).ok());
  ParticipantStatus unsorted = Status();
  unsorted.audience = {"us", "jp"};
  EXPECT_FALSE(ReadStatus(Signed(unsorted).envelope, federation_.roster()).ok());
  EXPECT_FALSE(ReadStatus("rubbish", federation_.roster()).ok());
}

TEST(FreshnessTest, TurnsAtEachLimitAndNotBefore) {
  const FreshnessLimits limits{60 * kSecond, 600 * kSecond, 6000 * kSecond};
  const auto at = [&](int64_t seconds) {
    return FreshnessAt(kNow, Instant{kNow.micros + seconds * kSecond}, limits);
  };
  EXPECT_EQ(at(-1000), Freshness::kFresh) << "ahead of the reader's clock";
  EXPECT_EQ(at(59), Freshness::kFresh);
  EXPECT_EQ(at(60), Freshness::kLate);
  EXPECT_EQ(at(599), Freshness::kLate);
  EXPECT_EQ(at(600), Freshness::kStale);
  EXPECT_EQ(at(6000), Freshness::kExpired);
  EXPECT_EQ(NextTurn(kNow, kNow, limits).micros, kNow.micros + 60 * kSecond);
  EXPECT_EQ(NextTurn(kNow, Instant{kNow.micros + 60 * kSecond}, limits).micros,
            kNow.micros + 600 * kSecond);
  EXPECT_EQ(NextTurn(kNow, kNow, {}).micros, INT64_MAX) << "no limits, no turn";
  EXPECT_EQ(NextTurn(Instant{INT64_MAX}, kNow, limits).micros, INT64_MAX);
  EXPECT_EQ(FreshnessAt(Instant{0}, kNow, {}), Freshness::kFresh);
}

}  // namespace
}  // namespace comity
