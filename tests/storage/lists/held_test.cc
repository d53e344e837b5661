// HELD statements and COMMON: who is believed, what counts, what is read.
#include "storage/log/held.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kHeldOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

class HeldTest : public ::testing::Test {
 protected:
  void Publish(const std::string& text) {
    const auto done = federation_.Publish(
        *us_, Edition("us-bis/ccl", "2020-01-01", {Item("5A001", text)}, "FR " + text));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  // Brings `to` up to `size` of what the owner holds.
  void Copy(Replica& to, uint64_t size) {
    const LogHead head = *us_->HeadOf(kHeldOrigin);
    const uint64_t begin = to.SizeOf(kHeldOrigin).ok() ? to.SizeOf(kHeldOrigin)->value : 0;
    const auto range = us_->ReadRange(kHeldOrigin, begin, size, head.size.value, 1 << 20);
    ASSERT_TRUE(to.Ingest(head, begin, range->envelopes, range->consistency).ok());
  }
  HeldNote StatedBy(const std::string& participant, const std::string& checkpoint) {
    const auto key = testing::SeededKey(participant + "/held");
    const auto held = SignHeld(checkpoint, participant, key, federation_.roster(), kNow);
    EXPECT_TRUE(held.ok()) << held.status();
    return {participant, held->note};
  }
  TreeSize Common(const Replica& at) { return (*at.snapshot()->FindList("us-bis/ccl"))->common; }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  MemoryStore us_store_, no_store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &us_store_, &clock_);
  std::unique_ptr<Replica> no_ = federation_.MakeReplica("no", &no_store_, &clock_);
};

TEST_F(HeldTest, IsStatedAfterEachCommitThatIsSignedFor) {
  Publish("one");
  const auto own = us_->HeldFor("jp");
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].participant, "us");
  EXPECT_EQ(own[0].size.value, 2u);
  EXPECT_TRUE(VerifyHeld(own[0].note, "us", federation_.roster()).ok());
  // A part of what is signed for is not stated.
  Publish("two");
  Copy(*no_, 2);
  EXPECT_TRUE(no_->HeldFor("jp").empty());
  Copy(*no_, 3);
  ASSERT_EQ(no_->HeldFor("jp").size(), 1u);
  EXPECT_EQ(no_->HeldFor("jp")[0].size.value, 3u);
}

TEST_F(HeldTest, CommonIsWhatAQuorumHolds) {
  Publish("one");
  EXPECT_EQ(Common(*us_).value, 0u) << "one of the two that it takes";
  const std::string first = us_->HeadOf(kHeldOrigin)->checkpoint;
  ASSERT_EQ(*us_->TakeHeld({StatedBy("no", first)}), 1u);
  EXPECT_EQ(Common(*us_).value, 2u);
  EXPECT_EQ(*us_->TakeHeld({StatedBy("no", first)}), 0u) << "said twice does no harm";
  Publish("two");
  EXPECT_EQ(Common(*us_).value, 2u);
  ASSERT_EQ(*us_->TakeHeld({StatedBy("jp", us_->HeadOf(kHeldOrigin)->checkpoint)}), 1u);
  EXPECT_EQ(Common(*us_).value, 3u);
  EXPECT_EQ(*us_->TakeHeld({StatedBy("jp", first)}), 0u) << "never back";
  EXPECT_EQ(Common(*us_).value, 3u);
}

TEST_F(HeldTest, AReadOfCommonLeavesOutWhatOnlySomeHold) {
  Publish("one");
  ASSERT_TRUE(us_->TakeHeld({StatedBy("no", us_->HeadOf(kHeldOrigin)->checkpoint)}).ok());
  Publish("two");
  v1::GetItemRequest request;
  request.set_code("5A001");
  EXPECT_EQ(us_->snapshot()->GetItem(request)->authorities(0).entry().item().text(), "two");
  request.mutable_at()->set_tier("common");
  const auto common = us_->snapshot()->GetItem(request);
  EXPECT_EQ(common->authorities(0).entry().item().text(), "one");
  EXPECT_EQ(common->basis().tier(), "common");
  request.mutable_at()->set_tier("comon");
  EXPECT_EQ(us_->snapshot()->GetItem(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(HeldTest, SurvivesAStartAndArrivesBeforeItsList) {
  Publish("one");
  const std::string checkpoint = us_->HeadOf(kHeldOrigin)->checkpoint;
  ASSERT_EQ(*no_->TakeHeld({StatedBy("jp", checkpoint), StatedBy("us", checkpoint)}), 0u)
      << "it does not hold the list yet";
  Copy(*no_, 2);
  EXPECT_EQ(Common(*no_).value, 2u);
  EXPECT_EQ(no_->HeldFor("us").size(), 3u);
  const Digest digest = no_->HeldDigestFor("us");
  no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  EXPECT_EQ(no_->HeldDigestFor("us"), digest);
  EXPECT_EQ(Common(*no_).value, 2u);
}

TEST_F(HeldTest, BelievesOnlyWhomItMust) {
  Publish("one");
  const std::string checkpoint = us_->HeadOf(kHeldOrigin)->checkpoint;
  HeldNote borrowed = StatedBy("no", checkpoint);
  borrowed.participant = "jp";
  EXPECT_EQ(ReasonOf(us_->TakeHeld({borrowed}).status()), v1::REASON_BAD_SIGNATURE);
  EXPECT_FALSE(us_->TakeHeld({{"jp", checkpoint}}).ok()) << "not cosigned";
  EXPECT_FALSE(us_->TakeHeld({{"xx", checkpoint}}).ok());
  EXPECT_EQ(Common(*us_).value, 0u);

  // The authority signed two histories, and jp holds the other one.
  TestFederation other_world{{"jp-meti", "no-mfa", "us-bis"}, 2};
  MemoryStore other_store;
  const auto other = other_world.MakeReplica("us", &other_store, &clock_);
  ASSERT_TRUE(
      other_world
          .Publish(*other, Edition("us-bis/ccl", "2020-01-01", {Item("5A001", "other")}, "X"))
          .ok());
  const auto contradiction = us_->TakeHeld(
      {StatedBy("jp", other->HeadOf(kHeldOrigin)->checkpoint), StatedBy("no", checkpoint)});
  EXPECT_EQ(contradiction.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Common(*us_).value, 2u) << "the honest statement beside it counts";
}

}  // namespace
}  // namespace comity
