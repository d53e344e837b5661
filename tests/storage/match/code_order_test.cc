// Codes in the order of a list.
#include "storage/match/code_order.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace comity {
namespace {

TEST(CodeOrderTest, NumbersAreComparedAsNumbers) {
  const std::vector<std::string> sorted = {
      "",           "0A001",   "1",     "01", "001", "3A001", "3A001.a", "3A001.a.2",
      "3A001.a.10", "3A001.b", "3A002", "10", "ML2", "ML10",  "ML10.a",  "９の項"};
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(CompareCodes(sorted[i], sorted[j]), i <=> j) << sorted[i] << " " << sorted[j];
    }
  }
}

}  // namespace
}  // namespace comity
