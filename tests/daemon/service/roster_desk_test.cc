#include "daemon/service/roster_desk.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/memory_store.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

// Opening anew is for a newer roster, not at a peer's pleasure.
TEST(RosterDeskTest, WhatIsInForceAlreadyOpensNothingAnew) {
  const testing::TestFederation federation;
  const auto first = testing::FirstRoster(federation);
  const auto second = testing::NextRoster(first, [](v1::Roster&) {});
  MemoryStore store;
  const ManualClock clock{testing::kNow};
  int opened = 0;
  RosterDesk desk(first, "us", {}, &store, &clock, [&] { ++opened; });
  EXPECT_EQ(ReasonOf(desk.Adopt({first->envelope()})), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(opened, 0);
  EXPECT_TRUE(desk.Adopt({second->envelope()}).ok());
  EXPECT_EQ(opened, 1);
  EXPECT_TRUE(desk.Adopt({second->envelope()}).ok()) << "opening anew may have failed";
  EXPECT_EQ(opened, 2);
  EXPECT_TRUE(desk.HasNewer());
}

TEST(RosterDeskTest, CheckKeepsNothing) {
  const testing::TestFederation federation;
  const auto first = testing::FirstRoster(federation);
  const auto second = testing::NextRoster(first, [](v1::Roster&) {});
  MemoryStore store;
  const ManualClock clock{testing::kNow};
  RosterDesk desk(first, "us", {}, &store, &clock, [] {});
  const auto checked = desk.Check(second->envelope());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->version(), 2u);
  EXPECT_FALSE(checked->already_present());
  EXPECT_FALSE(desk.HasNewer());
  EXPECT_FALSE(desk.Check("forged").ok());
  EXPECT_TRUE(desk.Check(first->envelope())->already_present());
}

}  // namespace
}  // namespace comity
