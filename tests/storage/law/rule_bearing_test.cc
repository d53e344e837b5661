// Rules without an item, and the scope of reasons for control.
#include "storage/law/rule_bearing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/law/control_scope.h"
#include "tests/storage/law/tables.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RuleInForce Article5() {
  RuleInForce rule;
  rule.key = "Article_5";
  rule.rule.set_article("Article 5");
  rule.rule.set_text("Items that are on no list.");
  rule.rule.add_end_uses("internal repression");
  rule.rule.add_end_uses("serious violations of human rights");
  rule.rule.add_triggers("the exporter was informed by the competent authority");
  rule.rule.mutable_destinations()->set_unspecified(true);
  return rule;
}

v1::RuleBearing Ask(RuleInForce rule, const std::string& end_use,
                    const std::vector<std::string>& linked_by = {},
                    const std::string& code = "RU") {
  LawContext law(code);
  rule.folded = FoldedEndUses(rule.rule);
  return BearingOf(rule, "eu-com/rules", EndUseWords(end_use), linked_by, law.context()).said;
}

TEST(RuleBearingTest, IsToldByTheWordsOfTheEndUse) {
  const v1::RuleBearing named = Ask(Article5(), "for internal repression");
  EXPECT_EQ(named.bearing(), kMatches);
  EXPECT_THAT(named.words(), ElementsAre("internal", "repression"));
  EXPECT_EQ(named.rule().text(), "Items that are on no list.");
  EXPECT_EQ(Ask(Article5(), "").bearing(), kMayApply);
  const v1::RuleBearing part = Ask(Article5(), "repression of protests");
  EXPECT_EQ(part.bearing(), kMayApply);
  EXPECT_THAT(part.why(), HasSubstr("not all of them"));
  // Another word for the same is no word of it: the rule is to be read, after the others.
  const v1::RuleBearing other = Ask(Article5(), "torture of UN staff");
  EXPECT_EQ(other.bearing(), kMayApply);
  EXPECT_THAT(other.why(), HasSubstr("none of the words of the end use: read it"));
  EXPECT_THAT(other.words(), IsEmpty());
  EXPECT_TRUE(other.rule().has_text());
}

TEST(RuleBearingTest, PluralsAreTheSameWords) {
  RuleInForce missiles = Article5();
  missiles.rule.add_end_uses("use in a missile");
  EXPECT_EQ(Ask(missiles, "missiles").bearing(), kMatches);
  EXPECT_EQ(Ask(Article5(), "serious violation of human right").bearing(), kMatches);
}

TEST(RuleBearingTest, WhatHasNoneOfTheWordsComesAfterWhatHasSome) {
  LawContext law("RU");
  const auto rank = [&](const std::string& end_use, const std::vector<std::string>& linked_by) {
    RuleInForce rule = Article5();
    rule.folded = FoldedEndUses(rule.rule);
    return BearingOf(rule, "l", EndUseWords(end_use), linked_by, law.context()).rank;
  };
  EXPECT_EQ(rank("internal repression", {}), BearingRank::kMatches);
  EXPECT_EQ(rank("repression of protests", {}), BearingRank::kMayApply);
  EXPECT_EQ(rank("traffic", {"eu/map k"}), BearingRank::kMayApply);
  EXPECT_EQ(rank("traffic", {}), BearingRank::kNoneOfTheWords);
}

TEST(RuleBearingTest, SmallWordsSayNothing) {
  EXPECT_THAT(EndUseWords("the end-use of it"), IsEmpty());
  RuleInForce rule = Article5();
  rule.rule.add_end_uses("use in a mine");
  EXPECT_EQ(Ask(rule, "mine clearing by a UN body").bearing(), kMayApply);
  rule.rule.clear_end_uses();
  rule.rule.clear_triggers();
  const v1::RuleBearing silent = Ask(rule, "mine clearing");
  EXPECT_EQ(silent.bearing(), kMayApply) << "it names no end use";
}

TEST(RuleBearingTest, DestinationsCount) {
  RuleInForce military = Article5();
  military.rule.clear_end_uses();
  military.rule.add_end_uses("military end use");
  military.rule.mutable_destinations()->set_group_expression("China, Russia, Venezuela");
  EXPECT_EQ(Ask(military, "military").bearing(), kMatches);
  const v1::RuleBearing ruled_out = Ask(military, "military", {}, "FR");
  EXPECT_EQ(ruled_out.bearing(), kDoesNotMatch);
  EXPECT_FALSE(ruled_out.rule().has_text()) << "named, not told";
  EXPECT_EQ(ruled_out.rule().article(), "Article 5");
  EXPECT_EQ(Ask(military, "", {}, "FR").bearing(), kDoesNotMatch);
  EXPECT_EQ(Ask(military, "", {"eu/map k"}, "FR").bearing(), kDoesNotMatch);
  military.rule.mutable_destinations()->set_text("all but those of Appended Table 3");
  EXPECT_EQ(Ask(military, "military").bearing(), kMayApply) << "the words must be read";
  military.rule.clear_destinations();
  EXPECT_EQ(Ask(military, "military").bearing(), kMayApply);
}

TEST(RuleBearingTest, ACorrelationKeepsARuleInSight) {
  const v1::RuleBearing linked = Ask(Article5(), "traffic counting", {"eu-com/map faces"});
  EXPECT_EQ(linked.bearing(), kMayApply);
  EXPECT_THAT(linked.linked_by(), ElementsAre("eu-com/map faces"));
  EXPECT_THAT(linked.why(), HasSubstr("eu-com/map faces links the code to it"));
}

v1::Control Scope(const std::vector<std::string>& codes) {
  v1::Control control;
  for (const std::string& code : codes) control.add_scope_codes(code);
  return control;
}

TEST(ControlScopeTest, StandsToTheCodeByItsCodesAlone) {
  EXPECT_EQ(CoversOf(Scope({}), "5A001.f.1", "5A001"), "read its words");
  EXPECT_EQ(CoversOf(Scope({"5A001"}), "5A001.f.1", "5A001"), "whole entry");
  EXPECT_EQ(CoversOf(Scope({"5A001.f"}), "5a001f1", "5A001"), "names it");
  EXPECT_EQ(CoversOf(Scope({"5A001.f.1"}), "5A001.f.1", "5A001"), "names it");
  EXPECT_EQ(CoversOf(Scope({"5A001.f.1"}), "5A001.f", "5A001"), "names part of it");
  EXPECT_EQ(CoversOf(Scope({"5A001.f.1"}), "5A001.f.11", "5A001"), "does not name it");
  EXPECT_EQ(CoversOf(Scope({"5A001.b"}), "5A001.f.1", "5A001"), "does not name it");
}

TEST(ControlScopeTest, CodesAboveACode) {
  EXPECT_THAT(CodesAbove("5a001f1"), ElementsAre("5A001.f", "5A001"));
  EXPECT_THAT(CodesAbove("ML10e1"), ElementsAre("ML10.e", "ML10"));
  EXPECT_THAT(CodesAbove("5A001"), IsEmpty());
  EXPECT_THAT(CodesAbove("no code at all"), IsEmpty());
}

}  // namespace
}  // namespace comity
