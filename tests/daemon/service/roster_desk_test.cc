#include "daemon/service/roster_desk.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/memory_store.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

class RosterDeskTest : public ::testing::Test {
 protected:
  const testing::TestFederation federation_;
  const std::shared_ptr<const Roster> first_ = testing::FirstRoster(federation_);
  const std::shared_ptr<const Roster> second_ = testing::NextRoster(first_, [](v1::Roster&) {});
  MemoryStore store_;
  const ManualClock clock_{testing::kNow};
  int opened_ = 0;
  RosterDesk desk_{first_, "us", {}, &store_, &clock_, [this] { ++opened_; }};
};

// Opening anew is for a newer roster, not at a peer's pleasure.
TEST_F(RosterDeskTest, WhatIsInForceAlreadyOpensNothingAnew) {
  EXPECT_EQ(ReasonOf(desk_.Adopt({first_->envelope()})), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(opened_, 0);
  EXPECT_TRUE(desk_.Adopt({second_->envelope()}).ok());
  EXPECT_EQ(opened_, 1);
  EXPECT_TRUE(desk_.Adopt({second_->envelope()}).ok()) << "opening anew may have failed";
  EXPECT_EQ(opened_, 2);
  EXPECT_TRUE(desk_.HasNewer());
}

TEST_F(RosterDeskTest, CheckKeepsNothing) {
  const auto checked = desk_.Check(second_->envelope());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->version(), 2u);
  EXPECT_FALSE(checked->already_present());
  EXPECT_FALSE(desk_.HasNewer());
  EXPECT_FALSE(desk_.Check("forged").ok());
  EXPECT_TRUE(desk_.Check(first_->envelope())->already_present());
}

}  // namespace
}  // namespace comity
