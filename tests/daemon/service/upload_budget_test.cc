#include "daemon/service/upload_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace comity {
namespace {

TEST(UploadBudgetTest, BoundsEachCallAndAllTogether) {
  UploadBudget budget;
  std::vector<std::unique_ptr<UploadShare>> shares;
  for (size_t used = 0; used < UploadBudget::kBytes; used += kMaxUploadBytes) {
    shares.push_back(std::make_unique<UploadShare>(&budget));
    EXPECT_TRUE(shares.back()->Add(kMaxUploadBytes - 1).ok());
    EXPECT_TRUE(shares.back()->Add(1).ok());
    EXPECT_EQ(shares.back()->Add(1).code(), absl::StatusCode::kResourceExhausted);
  }
  UploadShare late(&budget);
  EXPECT_EQ(late.Add(1).code(), absl::StatusCode::kUnavailable);
  shares.pop_back();
  EXPECT_TRUE(late.Add(1).ok()) << "given back with the call";
}

}  // namespace
}  // namespace comity
