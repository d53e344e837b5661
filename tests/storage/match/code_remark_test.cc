#include "storage/match/code_remark.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/match/parsed_code.h"

namespace comity {
namespace {

void ExpectRemark(const char* text, Misprint misprint, const char* meant) {
  const auto remark = RemarkOnCode(text);
  ASSERT_TRUE(remark.has_value()) << text;
  EXPECT_EQ(remark->misprint, misprint) << text;
  EXPECT_EQ(remark->meant, meant) << text;
  EXPECT_NE(remark->text.find(text), std::string::npos) << remark->text;
  // Reported, not mended.
  EXPECT_FALSE(ParseCode(text).has_value()) << text;
}

TEST(CodeRemarkTest, TellsMisprintsAndWhatTheyMayMean) {
  ExpectRemark("5AO01", Misprint::kLetterForDigit, "5A001");
  ExpectRemark("5A0O1.f.1", Misprint::kLetterForDigit, "5A001.f.1");
  ExpectRemark("1Cl11", Misprint::kLetterForDigit, "1C111");
  ExpectRemark("5А001", Misprint::kOtherScript, "5A001");
  ExpectRemark("4.0", Misprint::kSpreadsheetNumber, "");
  ExpectRemark("9.00E+03", Misprint::kSpreadsheetNumber, "9E003");
  ExpectRemark("1E+01", Misprint::kSpreadsheetNumber, "1E001");
  ExpectRemark("CC1", Misprint::kReason, "");
  ExpectRemark("CC 1", Misprint::kReason, "");
  ExpectRemark("AT.", Misprint::kReason, "");
  ExpectRemark("9C", Misprint::kHeading, "");
  ExpectRemark("9", Misprint::kHeading, "");
}

TEST(CodeRemarkTest, SaysNothingOfCodesAndOfOtherTexts) {
  for (const char* text : {"5A001", "9E300", "PL5001b", "8の項", "8517.62", "10.5", "", "hello",
                           "End-use", "1.5E+03", "9E+1234"}) {
    EXPECT_FALSE(RemarkOnCode(text).has_value()) << text;
  }
}

TEST(CodeRemarkTest, TransposedDigitsAreToldOnlyWhereOneOtherBaseExists) {
  const std::set<std::string> bases = {"9E003", "5A101", "5A110", "1C350"};
  const auto has = [&](const std::string& base) { return bases.contains(base); };
  const auto remark = RemarkOnBase("9E300.a", has);
  ASSERT_TRUE(remark.has_value());
  EXPECT_EQ(remark->misprint, Misprint::kTransposedDigits);
  EXPECT_EQ(remark->meant, "9E003.a");
  EXPECT_FALSE(RemarkOnBase("9E003", has).has_value());
  EXPECT_FALSE(RemarkOnBase("5A011", has).has_value()) << "two would do";
  EXPECT_FALSE(RemarkOnBase("1C999", has).has_value());
  EXPECT_FALSE(RemarkOnBase("8の項", has).has_value());
}

}  // namespace
}  // namespace comity
