#include "storage/audit/refusals.h"

#include <gtest/gtest.h>

#include <string>

namespace comity {
namespace {

v1::AuditRecord Refusal(const std::string& caller, int64_t at = 1) {
  v1::AuditRecord record;
  record.set_at(at);
  record.set_caller(caller);
  record.set_action("/comity.v1.SyncService/Hello");
  record.set_decision(v1::AUDIT_DECISION_REFUSED);
  return record;
}

uint64_t Sum(const std::vector<v1::AuditRecord>& records) {
  uint64_t sum = 0;
  for (const v1::AuditRecord& record : records) sum += record.count();
  return sum;
}

TEST(RefusalsTest, CountsThoseAlikeTogether) {
  Refusals refusals;
  EXPECT_TRUE(refusals.Add(Refusal("a", 5)));
  EXPECT_FALSE(refusals.Add(Refusal("a", 6)));
  EXPECT_TRUE(refusals.Add(Refusal("b", 7)));
  const auto taken = refusals.Take(Instant{10}, false);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].caller(), "a");
  EXPECT_EQ(taken[0].count(), 2u);
  EXPECT_EQ(taken[0].at(), 5);
  EXPECT_EQ(taken[1].count(), 1u);
  EXPECT_TRUE(refusals.empty());
}

TEST(RefusalsTest, AFloodCostsFewRecordsAndNoneIsLeftOut) {
  Refusals refusals;
  constexpr int kSeconds = 3600;
  constexpr int kEverySecond = 1000;
  uint64_t records = 0, counted = 0;
  for (int second = 1; second <= kSeconds; ++second) {
    for (int i = 0; i < kEverySecond; ++i) {
      refusals.Add(Refusal(std::to_string(second) + "/" + std::to_string(i)));
    }
    const auto taken = refusals.Take(Instant{int64_t{second} * 1'000'000}, false);
    records += taken.size();
    counted += Sum(taken);
  }
  EXPECT_LE(records, Refusals::kBurst + kSeconds / 2);
  const auto last = refusals.Take(Instant{int64_t{kSeconds} * 1'000'000}, true);
  EXPECT_LE(last.size(), Refusals::kMaxKinds + 1);
  EXPECT_EQ(counted + Sum(last), uint64_t{kSeconds} * kEverySecond);
  EXPECT_TRUE(refusals.empty());
}

TEST(RefusalsTest, WhatCouldNotBeWrittenWaitsWithItsCount) {
  Refusals refusals;
  for (int i = 0; i < 5; ++i) refusals.Add(Refusal("a"));
  refusals.PutBack(refusals.Take(Instant{1}, false));
  refusals.Add(Refusal("a"));
  EXPECT_EQ(Sum(refusals.Take(Instant{2}, false)), 6u);
}

TEST(RefusalsTest, AClockThatStepsBackGivesNothingAndTakesNothing) {
  Refusals refusals;
  const auto flood = [&] {
    for (size_t i = 0; i < Refusals::kMaxKinds; ++i) refusals.Add(Refusal(std::to_string(i)));
  };
  flood();
  EXPECT_EQ(refusals.Take(Instant{100'000'000'000}, false).size(), Refusals::kBurst);
  flood();
  EXPECT_EQ(refusals.Take(Instant{5}, false).size(), 0u);
  EXPECT_EQ(refusals.Take(Instant{5 + 3 * Refusals::kRefillMicros}, false).size(), 3u);
}

}  // namespace
}  // namespace comity
