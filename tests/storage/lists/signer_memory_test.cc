// After a start a daemon signs nothing until its peers said what it had signed.
#include "storage/lists/signer_memory.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

constexpr char kList[] = "us-bis/ccl";
const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

DraftInput TestEdition(const std::string& text) {
  return Edition(kList, "2020-01-01", {Item("5A001", text)}, "FR " + text);
}

// The test roster's quorum is 1: all others must be heard, so that whoever alone stated
// a list HELD is among them.
TEST(SignerMemoryTest, WaitsForSoManyThatEveryQuorumIsMet) {
  const TestFederation federation;
  SignerMemory memory(&federation.roster(), "us", {"jp", "no"});
  EXPECT_EQ(memory.Needed({}), 2u);
  EXPECT_FALSE(memory.Settled({}));
  memory.Hear("no");
  memory.Hear("no");
  EXPECT_FALSE(memory.Settled({}));
  EXPECT_EQ(memory.Awaited({}), std::vector<std::string>{"jp"});
  EXPECT_TRUE(memory.Settled({"no", "us"})) << "of that list's audience all were heard";
  memory.Hear("jp");
  EXPECT_TRUE(memory.Settled({}));
}

TEST(SignerMemoryTest, AsksOnlyThoseItExchangesWith) {
  const TestFederation federation;
  SignerMemory memory(&federation.roster(), "us", {"no"});
  EXPECT_EQ(memory.Needed({}), 1u);
  memory.Hear("jp");
  EXPECT_FALSE(memory.Settled({}));
  memory.Hear("no");
  EXPECT_TRUE(memory.Settled({}));
}

class SignerMemoryReplicaTest : public ::testing::Test {
 protected:
  std::unique_ptr<Replica> Started(Store* store) {
    return federation_.MakeReplica("us", store, &clock_, /*settled=*/false);
  }
  // What a copy of `store` would hold, by taking its first leaves from a replica.
  void CopyTo(const Replica& from, Replica& to, uint64_t size) {
    const auto range = from.ReadRange(kOrigin, 0, size, from.HeadOf(kOrigin)->size.value, 1 << 20);
    ASSERT_TRUE(range.ok());
    ASSERT_TRUE(to.Ingest(*from.HeadOf(kOrigin), 0, range->envelopes, range->consistency).ok());
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
};

TEST_F(SignerMemoryReplicaTest, SignsNothingUntilEnoughWereHeard) {
  const auto replica = Started(&store_);
  const auto refused = federation_.Publish(*replica, TestEdition("one"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused.status()), v1::REASON_SIGNING_WAITS);
  EXPECT_EQ(replica->signing().needed, 2u);
  replica->HeardFrom("jp", {});
  EXPECT_FALSE(federation_.Publish(*replica, TestEdition("one")).ok());
  replica->HeardFrom("no", {});
  EXPECT_TRUE(replica->signing().settled);
  EXPECT_TRUE(federation_.Publish(*replica, TestEdition("one")).ok());
}

TEST_F(SignerMemoryReplicaTest, AnAdminMayRelease) {
  const auto replica = Started(&store_);
  replica->ReleaseSigning();
  EXPECT_TRUE(replica->signing().released);
  EXPECT_TRUE(federation_.Publish(*replica, TestEdition("one")).ok());
}

TEST_F(SignerMemoryReplicaTest, APeerThatHoldsMoreOfOursStopsIt) {
  MemoryStore whole;
  const auto before = federation_.MakeReplica("us", &whole, &clock_);
  ASSERT_TRUE(federation_.Publish(*before, TestEdition("one")).ok());
  ASSERT_TRUE(federation_.Publish(*before, TestEdition("two")).ok());

  // An old copy of the whole directory, its anchor included, was put back.
  const auto restored = Started(&store_);
  CopyTo(*before, *restored, 2);
  restored->HeardFrom("jp", {});
  restored->HeardFrom("no", {*before->HeadOf(kOrigin)});
  const auto refused = federation_.Publish(*restored, TestEdition("other"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status()), v1::REASON_NOT_HELD);

  // Fetched again from the peer, it goes on from there.
  const LogHead head = *before->HeadOf(kOrigin);
  const auto rest = before->ReadRange(kOrigin, 2, 3, 3, 1 << 20);
  ASSERT_TRUE(restored->Ingest(head, 2, rest->envelopes, rest->consistency).ok());
  const auto accepted = federation_.Publish(*restored, TestEdition("other"));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->index.value, 3u);
}

TEST_F(SignerMemoryReplicaTest, WhatACrashLeftUnsignedIsSignedOnceItIsHeard) {
  MemoryStore whole;
  const auto before = federation_.MakeReplica("us", &whole, &clock_);
  ASSERT_TRUE(federation_.Publish(*before, TestEdition("one")).ok());
  ASSERT_TRUE(federation_.Publish(*before, TestEdition("two")).ok());
  // The store as it is between the sync and the signature: leaves, and no note for them.
  {
    const auto crashed = Started(&store_);
    CopyTo(*before, *crashed, 2);
    ASSERT_FALSE(crashed->HeadOf(kOrigin).ok());
  }
  const auto restarted = Started(&store_);
  std::vector<LogHead> told;
  restarted->OnCommit(
      [&](const News& news) { told.insert(told.end(), news.heads.begin(), news.heads.end()); });
  restarted->HeardFrom("jp", {});
  EXPECT_FALSE(restarted->HeadOf(kOrigin).ok());
  restarted->HeardFrom("no", {});
  ASSERT_TRUE(restarted->HeadOf(kOrigin).ok());
  EXPECT_TRUE(restarted->CheckHead(*restarted->HeadOf(kOrigin)).ok());
  ASSERT_EQ(told.size(), 1u) << "peers hear of the new signature";
  EXPECT_EQ(told[0].size.value, 2u);
}

}  // namespace
}  // namespace comity
