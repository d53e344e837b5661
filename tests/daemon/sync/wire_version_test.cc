#include "daemon/sync/wire_version.h"

#include <gtest/gtest.h>

namespace comity::sync {
namespace {

TEST(WireVersionTest, BothEndsFindTheNewestThatBothSpeak) {
  const WireVersions all[] = {{1, 1}, {1, 2}, {1, 3}, {2, 3}, {3, 3}, {2, 5}};
  for (const WireVersions a : all) {
    for (const WireVersions b : all) {
      const auto here = NegotiateWireVersion(a, b);
      const auto there = NegotiateWireVersion(b, a);
      ASSERT_EQ(here.ok(), there.ok());
      if (!here.ok()) continue;
      EXPECT_EQ(*here, *there);
      EXPECT_LE(*here, a.newest);
      EXPECT_GE(*here, a.oldest);
    }
  }
  EXPECT_EQ(*NegotiateWireVersion({1, 3}, {2, 5}), 3u);
}

TEST(WireVersionTest, SaysWhomToUpgrade) {
  EXPECT_NE(NegotiateWireVersion({2, 3}, {1, 1}).status().message().find("upgrade the other"),
            std::string::npos);
  EXPECT_NE(NegotiateWireVersion({1, 1}, {2, 3}).status().message().find("upgrade this one"),
            std::string::npos);
  EXPECT_EQ(NegotiateWireVersion({1, 1}, {0, 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(NegotiateWireVersion({1, 1}, {3, 2}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace comity::sync
