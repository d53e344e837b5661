#include "storage/base/errors.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

TEST(MakeErrorTest, WhatAPeerSentCanNotForgeALineOfALog) {
  const absl::Status status = MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                                        "list \"x\ninfo all is well\x1b[0m\"", "us-bis/\xff\nccl");
  EXPECT_EQ(status.message(), "list \"x info all is well [0m\"");
  EXPECT_EQ(DetailOf(status)->subject(), "us-bis/\\xff\\nccl");
}

TEST(MakeErrorTest, KeepsWordsOfAnyLanguage) {
  const absl::Status status =
      MakeError(absl::StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST, "Список", "us-bis/ccl");
  EXPECT_EQ(status.message(), "Список");
  EXPECT_EQ(DetailOf(status)->subject(), "us-bis/ccl");
}

}  // namespace
}  // namespace comity
