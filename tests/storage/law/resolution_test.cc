// Columns of a chart, groups and expressions, for one destination.
#include "storage/law/resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/law/destination_expression.h"
#include "storage/law/footnote.h"
#include "tests/storage/law/tables.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Column(const std::string& code, const std::string& column) {
  return LawContext(code).Column(column).outcome();
}

std::string Expression(const std::string& code, const std::string& expression) {
  return LawContext(code).Expression(expression).outcome();
}

TEST(ChartColumnTest, AMarkAppliesAndItsRowIsTold) {
  const v1::DestinationResolution marked = LawContext("RU").Column("NS Column 2");
  EXPECT_EQ(marked.outcome(), kApplies);
  EXPECT_THAT(marked.why(), HasSubstr("us-bis/chart revision 1"));
  ASSERT_EQ(marked.grounds_size(), 1);
  EXPECT_EQ(marked.grounds(0).list(), "us-bis/chart");
  EXPECT_EQ(marked.grounds(0).index(), 1u);
  EXPECT_EQ(marked.grounds(0).citation(), "1 FR 1");
  EXPECT_EQ(marked.grounds(0).name(), "Russia");
  EXPECT_THAT(marked.grounds(0).text(), HasSubstr("746.8"));
  EXPECT_EQ(Column("RU", "ns  column 2"), kApplies) << "spelling";
}

TEST(ChartColumnTest, NoMarkDoesNotUnlessAFootnoteMayBear) {
  EXPECT_EQ(Column("CN", "AT Column 1"), kDoesNotApply) << "a column without any mark";
  EXPECT_EQ(Column("BT", "NS Column 1"), kDoesNotApply) << "a row without any mark";
  EXPECT_EQ(Column("FR", "NS Column 2"), kDoesNotApply) << "its footnote is about another code";
  LawContext named("FR");
  named.context().base_code = "0A919";
  EXPECT_EQ(named.Column("NS Column 2").outcome(), kCannotBeResolved);
  EXPECT_THAT(named.Column("NS Column 2").why(), HasSubstr("0A919"));
  EXPECT_EQ(Column("RU", "AT Column 1"), kCannotBeResolved) << "its footnote is about any item";
}

TEST(ChartColumnTest, WhatIsNotKnownIsNeverNo) {
  const auto why = [](const std::string& code, const std::string& column) {
    const v1::DestinationResolution one = LawContext(code).Column(column);
    EXPECT_EQ(one.outcome(), kCannotBeResolved) << code << " " << column;
    return one.why();
  };
  EXPECT_THAT(why("CU", "NS Column 1"), HasSubstr("See part 746."));
  EXPECT_THAT(why("RU", "NS Column 3"), HasSubstr("no column \"NS Column 3\""));
  EXPECT_THAT(why("US", "NS Column 1"), HasSubstr("no row for United States (US)"));
  EXPECT_THAT(why("SC", "NS Column 1"), HasSubstr("\"Seycheles\" there may be a misprint of it"));
  EXPECT_THAT(why("MT", "NS Column 2"), HasSubstr("its rows differ"));
  EXPECT_THAT(why("NU", "NS Column 1"), HasSubstr("As for Atlantis"));
  LawContext nothing("RU", {});
  EXPECT_EQ(nothing.Column("NS Column 1").outcome(), kCannotBeResolved);
  EXPECT_THAT(nothing.Column("NS Column 1").why(), HasSubstr("no list of us"));
}

TEST(ChartColumnTest, AnotherRowIsReadWhereTheRowSaysSo) {
  const v1::DestinationResolution there = LawContext("HK").Column("NS Column 2");
  EXPECT_EQ(there.outcome(), kApplies);
  ASSERT_EQ(there.grounds_size(), 2);
  EXPECT_EQ(there.grounds(0).says(), "As for China");
  EXPECT_EQ(there.grounds(1).name(), "China");
  EXPECT_EQ(Column("HK", "AT Column 1"), kDoesNotApply);
  EXPECT_EQ(Column("LI", "NS Column 1"), kApplies) << "two rows that agree";
}

TEST(ChartColumnTest, ListsThatDifferResolveNothing) {
  std::vector<RuleSet> two;
  two.push_back(Chart());
  two.push_back(MakeRuleSet("us-x/chart", 1, "2024-01-01",
                            {TableHeader({"NS Column 1"}), TableRow("Russia", {"AT Column 1"}),
                             TableRow("China", {"NS Column 1"})},
                            false));
  EXPECT_EQ(LawContext("CN", two).Column("NS Column 1").outcome(), kApplies);
  const v1::DestinationResolution differ = LawContext("RU", two).Column("NS Column 1");
  EXPECT_EQ(differ.outcome(), kCannotBeResolved);
  EXPECT_THAT(differ.why(), HasSubstr("the lists differ"));
  EXPECT_THAT(differ.why(), HasSubstr("us-x/chart"));
}

TEST(ChartColumnTest, AListReadInPartDeniesNothing) {
  std::vector<RuleSet> sets;
  sets.push_back(MakeRuleSet("us-bis/chart", 1, "2024-01-01",
                             {TableRow("Russia", {"NS Column 1"}), TableRow("China", {"X"})},
                             true));
  EXPECT_EQ(LawContext("RU", sets).Column("NS Column 1").outcome(), kApplies);
  EXPECT_EQ(LawContext("CN", sets).Column("NS Column 1").outcome(), kCannotBeResolved);
}

TEST(ExpressionTest, IsReadInTheWordsOfLaws) {
  const auto read = [](const std::string& text) { return *ParseDestinationExpression(text); };
  EXPECT_THAT(read("Macau, D:1, D:4 excluding A:5").included, ElementsAre("Macau", "D:1", "D:4"));
  EXPECT_THAT(read("Macau, D:1, D:4 excluding A:5").excluded, ElementsAre("A:5"));
  EXPECT_TRUE(read("all except Canada").everywhere);
  EXPECT_TRUE(read("All destinations, except for Canada.").everywhere);
  EXPECT_THAT(read("All destinations, except for Canada.").excluded, ElementsAre("Canada"));
  EXPECT_THAT(read("Macau or a destination specified in Country Group D:5").included,
              ElementsAre("Macau", "D:5"));
  EXPECT_THAT(read("Country Groups D:1, D:4, and D:5 excluding A:5/A:6").excluded,
              ElementsAre("A:5", "A:6"));
  EXPECT_THAT(read("worldwide").excluded, IsEmpty());
  for (const char* text : {"", " excluding A:5", "D:1 excluding", "all except A except B"}) {
    EXPECT_FALSE(ParseDestinationExpression(text).has_value()) << text;
  }
}

TEST(ExpressionTest, GroupsAndNamesAreInOrOut) {
  EXPECT_EQ(Expression("RU", "Macau, D:1, D:4 excluding A:5"), kApplies);
  EXPECT_EQ(Expression("MO", "Macau, D:5"), kApplies);
  EXPECT_EQ(Expression("FR", "Macau, D:1, D:4 excluding A:5"), kDoesNotApply);
  EXPECT_EQ(Expression("IN", "D:1, D:4"), kApplies);
  EXPECT_EQ(Expression("IN", "D:1, D:4 excluding A:5"), kDoesNotApply);
  EXPECT_EQ(Expression("IL", "D:1, D:4 excluding A:5, A:6"), kDoesNotApply);
  EXPECT_EQ(Expression("CA", "all except Canada"), kDoesNotApply);
  EXPECT_EQ(Expression("FR", "all except Canada"), kApplies);
  EXPECT_EQ(Expression("RU", "China, Russia, Venezuela"), kApplies);
  EXPECT_EQ(Expression("FR", "China, Russia, Venezuela"), kDoesNotApply);
  EXPECT_EQ(Expression("KP", "Macau, Korea, North, D:5"), kApplies) << "a name with a comma";
  EXPECT_EQ(Expression("KR", "China, Korea, North"), kDoesNotApply);
  EXPECT_EQ(Expression("TT", "Cuba, Trinidad and Tobago"), kApplies);
  EXPECT_EQ(Expression("CU", "E"), kApplies) << "E:1 and E:2";
  EXPECT_EQ(Expression("FR", "Country Group E"), kDoesNotApply);
  const v1::DestinationResolution why = LawContext("IN").Expression("D:4 excluding A:5");
  EXPECT_THAT(why.why(), HasSubstr("excluded: in A:5"));
  EXPECT_EQ(why.grounds_size(), 2);
}

TEST(ExpressionTest, RowsOfOneDestinationAreUnited) {
  EXPECT_EQ(Expression("LC", "B"), kApplies);
  EXPECT_EQ(Expression("LC", "A:6"), kApplies);
  EXPECT_EQ(Expression("LC", "D:1"), kDoesNotApply);
}

TEST(ExpressionTest, WhatIsNotKnownIsNeverNo) {
  const auto why = [](const std::string& code, const std::string& expression) {
    const v1::DestinationResolution one = LawContext(code).Expression(expression);
    EXPECT_EQ(one.outcome(), kCannotBeResolved) << code << " " << expression;
    return one.why();
  };
  EXPECT_THAT(why("FR", "D:1, Atlantis"), HasSubstr("\"Atlantis\" is no destination"));
  EXPECT_THAT(why("RS", "Yugoslavia"), HasSubstr("no more"));
  EXPECT_THAT(why("FR", "D:9"), HasSubstr("no group \"D:9\""));
  EXPECT_THAT(why("CA", "D:1"), HasSubstr("no row for Canada (CA)"));
  EXPECT_THAT(why("CI", "B"), HasSubstr("\"Cote d'lvoire\" there is, and may be a misprint"));
  EXPECT_THAT(why("HK", "China, Russia"), HasSubstr("territory"));
  EXPECT_THAT(why("HK", "D:5"), HasSubstr("As for China"));
  EXPECT_THAT(why("IN", "D:4 excluding D:9"), HasSubstr("whether it is excluded"));
  EXPECT_THAT(why("IN", "India, D:1 excluding A:5"), HasSubstr("named: India, but also in A:5"));
  EXPECT_THAT(why("RU", "all except some, but not others"), HasSubstr("read the words"));
  // What is not known counts only where it would change the answer.
  EXPECT_EQ(Expression("RU", "D:1, Atlantis"), kApplies);
  EXPECT_EQ(Expression("FR", "D:1 excluding Atlantis"), kDoesNotApply);
  EXPECT_EQ(Expression("IN", "D:4 excluding A:5, Atlantis"), kDoesNotApply);
  // A territory with a row of its own is apart from the state.
  EXPECT_EQ(Expression("MO", "China, Russia"), kDoesNotApply);
}

TEST(ResolutionTest, ScopesWithoutTables) {
  LawContext law("RU");
  v1::Destinations destinations;
  destinations.set_all(true);
  EXPECT_EQ(ResolveDestinations(destinations, law.context()).outcome(), kApplies);
  destinations.set_unspecified(true);
  const v1::DestinationResolution open = ResolveDestinations(destinations, law.context());
  EXPECT_EQ(open.outcome(), kApplies);
  EXPECT_THAT(open.why(), HasSubstr("no list of countries"));
  destinations.set_text("See 746.1(b) for UN controls");
  const v1::DestinationResolution words = ResolveDestinations(destinations, law.context());
  EXPECT_EQ(words.outcome(), kCannotBeResolved);
  EXPECT_THAT(words.why(), HasSubstr("read them"));
  destinations.set_all(false);
  EXPECT_EQ(ResolveDestinations(destinations, law.context()).outcome(), kCannotBeResolved);
  destinations.Clear();
  EXPECT_EQ(ResolveDestinations(destinations, law.context()).outcome(), kCannotBeResolved);
}

TEST(RuleSetTest, ACatchAllThatLooksLikeARowMakesNoTable) {
  RuleInForce article;
  article.rule.set_article("Article 5");
  article.rule.add_triggers("the authority's notice");
  const RuleSet set = MakeRuleSet("eu-com/rules", 1, "2024-01-01",
                                  {article, TableRow("Russia", {"supply"}), article}, false);
  EXPECT_TRUE(set.table.empty());
  EXPECT_EQ(set.rules.size(), 3u);
  EXPECT_EQ(Chart().rules.size(), 0u);
}

TEST(FootnoteTest, CodesAreFoundAsWords) {
  EXPECT_THAT(BaseCodesIn("ECCNs 6A003.b.4.b and 9A515.e, X0A919, 0A9191, 6A003"),
              ElementsAre("6A003", "9A515"));
  EXPECT_THAT(
      FootnotesThatMayBear("[1] See 746.1.\n[3] For 0A919.\n[6] For any item in 0A998.", "5A001"),
      ElementsAre("[1] See 746.1.", "[6] For any item in 0A998."));
  EXPECT_EQ(FootnotesThatMayBear("[3] For 0A919.", "").size(), 1u);
}

}  // namespace
}  // namespace comity
