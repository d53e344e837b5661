#include "storage/match/control_code.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

std::string Canonical(const std::string& text) {
  const auto code = ParseControlCode(text);
  return code.has_value() ? code->canonical : "";
}

TEST(ControlCodeTest, ReadsEverySpelling) {
  for (const char* spelling : {"5A001.f.1", "5a001f1", "5A001.f.1.", " 5A 001 . f . 1", "5A001f.1",
                               "5A001.F.1", "5A001.f1"}) {
    EXPECT_EQ(Canonical(spelling), "5A001.f.1") << spelling;
  }
  EXPECT_EQ(Canonical("9A008d3"), "9A008.d.3");
  EXPECT_EQ(Canonical("0A977"), "0A977");
  EXPECT_EQ(Canonical("6A002.a.1.c"), "6A002.a.1.c");
  EXPECT_EQ(Canonical("1C351.a.25"), "1C351.a.25");
  EXPECT_EQ(Canonical("6A002.aa.12"), "6A002.aa.12");
}

TEST(ControlCodeTest, KeepsDifferentParagraphsApart) {
  EXPECT_NE(Canonical("5A001.a.10"), Canonical("5A001.a.1"));
  EXPECT_EQ(Canonical("5A001.a.1.0"), "") << "letters and numbers take turns";
}

TEST(ControlCodeTest, SaysWhereAControlComesFrom) {
  EXPECT_EQ(ParseControlCode("5A001")->origin_digit, 0);
  EXPECT_EQ(ParseControlCode("1C351.a")->origin_digit, 3);
  EXPECT_EQ(ParseControlCode("1C351.a")->base, "1C351");
}

TEST(ControlCodeTest, LeavesOtherNumberingsAlone) {
  for (const char* text : {"", "ML10e1", "PL5001b", "EAR99", "5F001", "XA001", "5A01", "5A0011",
                           "8の項", "5A001..f", "5A001-f", "1.A.1"}) {
    EXPECT_FALSE(ParseControlCode(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseControlCode("5A001." + std::string(200, 'a')).has_value());
}

}  // namespace
}  // namespace comity
