#include "storage/match/parsed_code.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

struct Spelling {
  const char* text;
  CodeScheme scheme;
  const char* qualified;
  const char* base;
};

class ParseCodeTest : public ::testing::TestWithParam<Spelling> {};

TEST_P(ParseCodeTest, SaysNumberingSpaceAndForm) {
  const Spelling& expected = GetParam();
  const auto code = ParseCode(expected.text);
  ASSERT_TRUE(code.has_value()) << expected.text;
  EXPECT_STREQ(CodeSchemeName(code->scheme), CodeSchemeName(expected.scheme));
  EXPECT_EQ(code->Qualified(), expected.qualified);
  EXPECT_EQ(code->base, expected.base);
  // The canonical form reads as itself.
  const auto again = ParseCode(code->canonical, "", code->scheme);
  ASSERT_TRUE(again.has_value()) << code->canonical;
  EXPECT_EQ(again->canonical, code->canonical);
}

INSTANTIATE_TEST_SUITE_P(
    DualUse, ParseCodeTest,
    ::testing::Values(Spelling{"5A001.f.1", CodeScheme::kDualUse, "5A001.f.1", "5A001"},
                      Spelling{" 5a 001 F1. ", CodeScheme::kDualUse, "5A001.f.1", "5A001"},
                      Spelling{"９Ａ００８ｄ３", CodeScheme::kDualUse, "9A008.d.3", "9A008"},
                      Spelling{"5A001\xC2\xA0.f", CodeScheme::kDualUse, "5A001.f", "5A001"},
                      Spelling{"ECCN 5A002", CodeScheme::kDualUse, "5A002", "5A002"},
                      Spelling{"eccn: 5A002.a", CodeScheme::kDualUse, "5A002.a", "5A002"},
                      Spelling{"5A\xC2\xAD"
                               "002",
                               CodeScheme::kDualUse, "5A002", "5A002"},
                      Spelling{"5A002\u200B.\u200Ca", CodeScheme::kDualUse, "5A002.a", "5A002"},
                      Spelling{"\uFEFF5A002\r\n.a\n", CodeScheme::kDualUse, "5A002.a", "5A002"},
                      Spelling{"9A515.x", CodeScheme::kDualUse, "US:9A515.x", "9A515"},
                      Spelling{"0A977", CodeScheme::kDualUse, "US:0A977", "0A977"},
                      Spelling{"3A611.a", CodeScheme::kDualUse, "US:3A611.a", "3A611"},
                      Spelling{"3A090", CodeScheme::kDualUse, "US:3A090", "3A090"},
                      Spelling{"2B018", CodeScheme::kDualUse, "US:2B018", "2B018"},
                      Spelling{"4A005.z", CodeScheme::kDualUse, "US:4A005.z", "4A005"},
                      Spelling{"5A002.z.1", CodeScheme::kDualUse, "US:5A002.z.1", "5A002"},
                      Spelling{"ear 99", CodeScheme::kDualUse, "US:EAR99", "EAR99"}));

INSTANTIATE_TEST_SUITE_P(
    Uk, ParseCodeTest,
    ::testing::Values(Spelling{"PL5001b", CodeScheme::kUkPl, "UK:PL5001.b", "PL5001"},
                      Spelling{"pl 5001.B.", CodeScheme::kUkPl, "UK:PL5001.b", "PL5001"},
                      Spelling{"PL9013", CodeScheme::kUkPl, "UK:PL9013", "PL9013"},
                      Spelling{"ML10e1", CodeScheme::kMilitary, "ML10.e.1", "ML10"},
                      Spelling{"ML 1", CodeScheme::kMilitary, "ML1", "ML1"},
                      Spelling{"WA ML22.a", CodeScheme::kMilitary, "ML22.a", "ML22"}));

INSTANTIATE_TEST_SUITE_P(
    Regimes, ParseCodeTest,
    ::testing::Values(Spelling{"1.A.1", CodeScheme::kWassenaar, "1.A.1", "1.A.1"},
                      Spelling{"5.A.1.b.3", CodeScheme::kWassenaar, "5.A.1.b.3", "5.A.1"},
                      Spelling{"WA: 5. a. 1. b. 3.", CodeScheme::kWassenaar, "5.A.1.b.3", "5.A.1"},
                      Spelling{"M10A1", CodeScheme::kMtcr, "M10.A.1", "M10.A.1"},
                      Spelling{"M11A3b2", CodeScheme::kMtcr, "M11.A.3.b.2", "M11.A.3"},
                      Spelling{"MTCR 1.A.1", CodeScheme::kMtcr, "M1.A.1", "M1.A.1"},
                      Spelling{"10.A.1", CodeScheme::kMtcr, "M10.A.1", "M10.A.1"},
                      Spelling{"N1A3a1", CodeScheme::kNsg, "N1.A.3.a.1", "N1.A.3"},
                      Spelling{"NSG:1.A.3", CodeScheme::kNsg, "N1.A.3", "N1.A.3"},
                      Spelling{"T1.10", CodeScheme::kNsgTrigger, "T1.10", "T1"},
                      Spelling{"T5.1.1a", CodeScheme::kNsgTrigger, "T5.1.1.a", "T5"},
                      Spelling{"TA1.2", CodeScheme::kNsgTrigger, "TA1.2", "TA1"}));

INSTANTIATE_TEST_SUITE_P(
    Japan, ParseCodeTest,
    ::testing::Values(
        Spelling{"8の項", CodeScheme::kJapan, "JP:8の項", "8の項"},
        Spelling{"８の項", CodeScheme::kJapan, "JP:8の項", "8の項"},
        Spelling{"八の項", CodeScheme::kJapan, "JP:8の項", "8の項"},
        Spelling{"9の項(1)", CodeScheme::kJapan, "JP:9の項(1)", "9の項"},
        Spelling{"９の項（１）", CodeScheme::kJapan, "JP:9の項(1)", "9の項"},
        Spelling{"9項(1)", CodeScheme::kJapan, "JP:9の項(1)", "9の項"},
        Spelling{"9(1)", CodeScheme::kJapan, "JP:9の項(1)", "9の項"},
        Spelling{"13の二", CodeScheme::kJapan, "JP:13の2の項", "13の2の項"},
        Spelling{"一三の二", CodeScheme::kJapan, "JP:13の2の項", "13の2の項"},
        Spelling{"三の二の項(2)", CodeScheme::kJapan, "JP:3の2の項(2)", "3の2の項"},
        Spelling{"十六の項", CodeScheme::kJapan, "JP:16の項", "16の項"},
        Spelling{"別表第一の8の項", CodeScheme::kJapan, "JP:8の項", "8の項"},
        Spelling{"外為令9の項(1)", CodeScheme::kJapan, "JP:外為令9の項(1)", "外為令9の項"},
        Spelling{"2の項(12)イ", CodeScheme::kJapan, "JP:2の項(12)イ", "2の項"},
        Spelling{"貨物等省令第8条第9号イ", CodeScheme::kJapan, "JP:省令第8条第9号イ", "省令第8条"},
        Spelling{"第１４条の２第１項", CodeScheme::kJapan, "JP:省令第14条の2第1項",
                 "省令第14条の2"}));

INSTANTIATE_TEST_SUITE_P(
    Hs, ParseCodeTest,
    ::testing::Values(Spelling{"85", CodeScheme::kHs, "85", "85"},
                      Spelling{"8517", CodeScheme::kHs, "8517", "8517"},
                      Spelling{"8517.62", CodeScheme::kHs, "8517.62", "8517"},
                      Spelling{"851762", CodeScheme::kHs, "8517.62", "8517"},
                      Spelling{"85 17 62", CodeScheme::kHs, "8517.62", "8517"},
                      Spelling{"HS 8517.62.00", CodeScheme::kHs, "?:8517.62.00", "8517"},
                      Spelling{"8517.62.00.10", CodeScheme::kHs, "?:8517.62.00.10", "8517"},
                      Spelling{"８５１７．６２", CodeScheme::kHs, "8517.62", "8517"}));

TEST(ParseCodeTest, LeavesEverythingElseAlone) {
  for (const char* text :
       {"",       "4.0",      "9C",     "CC1",      "5AO01",    "9.00E+03", "ML0",
        "ML23",   "ML10.1",   "PL501b", "PL50011",  "1.A",      "0.A.1",    "5.F.1",
        "M21A1",  "N7A1",     "N1A",    "T",        "77",       "00",       "98",
        "123",    "8517.6",   "8.517",  "17の項",   "0の項",    "第8号",    "8の",
        "9の項(", "9の項(x)", "条",     "8517..62", "5A001..f", "5A0011",   "別表第三8の項"}) {
    EXPECT_FALSE(ParseCode(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseCode("5A001." + std::string(200, 'a')).has_value());
  EXPECT_FALSE(ParseCode(std::string("\xE3\x81")).has_value()) << "cut UTF-8";
}

TEST(ParseCodeTest, ASchemeThatIsNamedIsTheOnlyOneTried) {
  EXPECT_FALSE(ParseCode("1.A.1", "", CodeScheme::kMtcr).has_value())
      << "below 10, MTCR needs its name";
  EXPECT_EQ(ParseCode("M1.A.1", "", CodeScheme::kMtcr)->canonical, "M1.A.1");
  EXPECT_FALSE(ParseCode("5A001", "", CodeScheme::kHs).has_value());
  EXPECT_EQ(ParseCode("16", "", CodeScheme::kJapan)->canonical, "16の項");
  EXPECT_EQ(ParseCode("16")->scheme, CodeScheme::kHs);
  EXPECT_EQ(ParseCode("16", "jp-meti")->scheme, CodeScheme::kJapan);
  EXPECT_EQ(CodeSchemeOfName("nsg-trigger"), CodeScheme::kNsgTrigger);
  EXPECT_EQ(CodeSchemeOfName("else"), std::nullopt);
}

TEST(ParseCodeTest, TheIssuerNamesTheSpaceOfANationalSeries) {
  EXPECT_EQ(ParseCode("9A515", "us-bis")->space, "US");
  EXPECT_EQ(ParseCode("4A506", "eu")->space, "EU");
  EXPECT_EQ(ParseCode("4A506", "gb")->space, "UK");
  EXPECT_EQ(ParseCode("5A001", "gb")->space, "");
  EXPECT_EQ(ParseCode("8517.62.00", "jp")->space, "JP");
}

std::string Regimes(const char* text) {
  std::string all;
  const std::optional<ParsedCode> code = ParseCode(text);
  if (!code.has_value()) return "not read";
  for (const RegimeRef& regime : code->regimes) {
    all += regime.ToString() + (regime.sure ? "" : "?");
  }
  return all;
}

TEST(ParseCodeTest, RegimeReferencesFollowTheDigit) {
  EXPECT_EQ(Regimes("5A001"), "WA:5.A.1");
  EXPECT_EQ(Regimes("5A001.f.1"), "WA:5.A.1.f.1?");
  EXPECT_EQ(Regimes("1C010"), "WA:1.C.10");
  EXPECT_EQ(Regimes("0A001"), "NSG:0A001?");
  EXPECT_EQ(Regimes("9A106.b"), "MTCR:9A106.b?");
  EXPECT_EQ(Regimes("2B201"), "NSG:2B201");
  EXPECT_EQ(Regimes("1C351.a.25"), "AG:1C351.a.25?");
  EXPECT_EQ(Regimes("1C450"), "CWC:1C450?");
  EXPECT_EQ(Regimes("0A977"), "");
  EXPECT_EQ(Regimes("4A005.z"), "");
  EXPECT_EQ(Regimes("ML10e1"), "WA:ML10.e.1?");
  EXPECT_EQ(Regimes("M11A3b2"), "MTCR:11.A.3.b.2");
  EXPECT_EQ(Regimes("N1A3a1"), "NSG:1.A.3.a.1");
  EXPECT_EQ(Regimes("T1.10"), "NSG:T1.10");
  EXPECT_EQ(Regimes("8の項"), "");
}

}  // namespace
}  // namespace comity
