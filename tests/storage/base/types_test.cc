#include "storage/base/types.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

TEST(CivilDayTest, ReadsAndWritesTheSameDay) {
  for (const char* text : {"0001-01-01", "1969-12-31", "1970-01-01", "2020-02-29", "9999-12-31"}) {
    const auto day = ParseCivilDay(text);
    ASSERT_TRUE(day.ok()) << text;
    EXPECT_EQ(FormatCivilDay(*day), text);
  }
  EXPECT_EQ(ParseCivilDay("1970-01-02")->days, 1);
  EXPECT_EQ(ParseCivilDay("1969-12-31")->days, -1);
}

TEST(CivilDayTest, RefusesWhatIsNoDay) {
  for (const char* text : {"", "2020-2-9", "2021-02-29", "2020-13-01", "2020-00-10", "20200101",
                           "2020-01-01 ", "0000-01-01", "2020/01/01", "yesterday"}) {
    EXPECT_EQ(ParseCivilDay(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(InstantTest, ReadsOffsetsAndBareDates) {
  EXPECT_EQ(ParseInstant("1970-01-01T00:00:01Z")->micros, 1'000'000);
  EXPECT_EQ(ParseInstant("1970-01-01T01:00:00+01:00")->micros, 0);
  EXPECT_EQ(ParseInstant("1970-01-02")->micros, 86'400'000'000);
  EXPECT_EQ(FormatInstant({1'500'000}), "1970-01-01T00:00:01.5Z");
}

TEST(InstantTest, RefusesALocalTime) {
  EXPECT_FALSE(ParseInstant("2020-01-01T00:00:00").ok());
  EXPECT_FALSE(ParseInstant("soon").ok());
}

TEST(DayInZoneTest, FollowsTheZone) {
  const Instant late = *ParseInstant("2020-10-06T02:00:00Z");
  EXPECT_EQ(FormatCivilDay(*DayInZone(late, "America/New_York")), "2020-10-05");
  EXPECT_EQ(FormatCivilDay(*DayInZone(late, "Asia/Tokyo")), "2020-10-06");
  EXPECT_FALSE(DayInZone(late, "Atlantis/Capital").ok());
}

TEST(HexTest, GoesBothWays) {
  EXPECT_EQ(ToHex(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(*FromHex("00FF10"), std::string("\x00\xff\x10", 3));
  EXPECT_FALSE(FromHex("0").ok());
  EXPECT_FALSE(FromHex("zz").ok());
  EXPECT_FALSE(DigestFromBytes("short").ok());
}

}  // namespace
}  // namespace comity
