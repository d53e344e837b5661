// What law comes to for a destination, from lists read at both times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

v1::Entry RuleEntry(const std::string& article, const std::string& end_use) {
  v1::Entry entry;
  std::string key = article;
  std::replace(key.begin(), key.end(), ' ', '-');
  entry.set_key(key);
  entry.mutable_rule()->set_article(article);
  if (!end_use.empty()) entry.mutable_rule()->add_end_uses(end_use);
  return entry;
}

v1::Entry Row(const std::string& name, const std::vector<std::string>& marks) {
  v1::Entry entry = RuleEntry("738", "");
  entry.set_key(name);
  entry.mutable_rule()->set_heading(name);
  entry.mutable_rule()->mutable_destinations()->set_text(name);
  for (const std::string& mark : marks) entry.mutable_rule()->add_triggers(mark);
  return entry;
}

v1::Control ByColumn(const std::string& reason, const std::string& column,
                     const std::vector<std::string>& codes) {
  v1::Control control;
  control.set_reason(reason);
  for (const std::string& code : codes) control.add_scope_codes(code);
  control.mutable_destinations()->set_chart_column(column);
  return control;
}

class LegalEffectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::Entry base = Item("5A001", "telecommunications");
    *base.mutable_item()->add_controls() = ByColumn("NS", "NS Column 2", {"5A001.b"});
    *base.mutable_item()->add_controls() = ByColumn("AT", "AT Column 1", {"5A001"});
    v1::LicenceException& exception = *base.mutable_item()->add_exceptions();
    exception.set_name("LVS");
    exception.set_value("$5000");
    Publish("us-bis/ccl", "2020-01-01", {base, Item("5A001.b", "radio")});
    v1::Entry article = RuleEntry("Article 5", "internal repression");
    article.mutable_rule()->mutable_destinations()->set_unspecified(true);
    Publish("us-ddtc/rules", "2021-09-09", {article, RuleEntry("Article 9", "")},
            v1::LIST_KIND_RULES);
  }

  void Publish(const std::string& list, const std::string& day,
               const std::vector<v1::Entry>& entries, v1::ListKind kind = v1::LIST_KIND_ITEMS,
               const std::string& citation = "1 FR 1") {
    DraftInput input = Edition(list, day, entries, citation);
    input.header.set_kind(kind);
    const auto done = federation_.Publish(*replica_, input);
    ASSERT_TRUE(done.ok()) << done.status();
  }

  absl::StatusOr<v1::GetItemResponse> Get(const std::string& code, const std::string& destination,
                                          const std::string& end_use = "",
                                          const std::string& as_of = "2023-01-01",
                                          const std::string& known_at = "") {
    v1::GetItemRequest request;
    request.set_code(code);
    request.set_destination(destination);
    request.set_end_use(end_use);
    request.mutable_at()->set_as_of(as_of);
    request.mutable_at()->set_known_at(known_at);
    return replica_->snapshot()->GetItem(request);
  }

  v1::AuthorityEffect Of(const std::string& authority, const std::string& code,
                         const std::string& destination, const std::string& end_use = "",
                         const std::string& as_of = "2023-01-01",
                         const std::string& known_at = "") {
    const auto response = Get(code, destination, end_use, as_of, known_at);
    EXPECT_TRUE(response.ok()) << response.status();
    if (response.ok()) {
      for (const v1::AuthorityEffect& one : response->legal_effect().authorities()) {
        if (one.authority() == authority) return one;
      }
    }
    ADD_FAILURE() << authority << " is not there";
    return {};
  }

  std::string Outcome(const std::string& destination, const std::string& as_of = "2023-01-01",
                      const std::string& known_at = "") {
    const v1::AuthorityEffect us = Of("us-bis", "5A001.b", destination, "", as_of, known_at);
    if (us.items_size() != 2 || us.items(1).controls().empty()) return "no control";
    return us.items(1).controls(0).resolution().outcome();
  }

  TestFederation federation_{{"us-bis", "us-ddtc", "us-ofac"}};
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(LegalEffectTest, ControlsOfTheEntryAboveAreShownWithTheirScope) {
  Publish("us-bis/chart", "2020-01-01",
          {Row("Russia", {"NS Column 2"}), Row("Canada", {"AT Column 1"})}, v1::LIST_KIND_RULES);
  const v1::AuthorityEffect us = Of("us-bis", "5a001b", "ru");
  EXPECT_EQ(us.listing(), "listed");
  ASSERT_EQ(us.items_size(), 2);
  EXPECT_EQ(us.items(0).relation(), "itself");
  EXPECT_THAT(us.items(0).note(), HasSubstr("above it"));
  const v1::ItemEffect& above = us.items(1);
  EXPECT_EQ(above.relation(), "above it");
  EXPECT_EQ(above.code(), "5A001");
  ASSERT_EQ(above.controls_size(), 2);
  EXPECT_EQ(above.controls(0).control().destinations().chart_column(), "NS Column 2");
  EXPECT_EQ(above.controls(0).covers(), "names it");
  EXPECT_EQ(above.controls(0).resolution().outcome(), "applies");
  EXPECT_EQ(above.controls(0).resolution().grounds(0).list(), "us-bis/chart");
  EXPECT_EQ(above.controls(1).covers(), "whole entry");
  EXPECT_EQ(above.controls(1).resolution().outcome(), "does not apply");
  EXPECT_EQ(above.exceptions(0).value(), "$5000");
  const auto whole = Get("5A001.b", "ru");
  ASSERT_EQ(whole->legal_effect().tables_size(), 1);
  EXPECT_EQ(whole->legal_effect().tables(0).rows(), 2u);
  EXPECT_EQ(whole->legal_effect().destination().name(), "Russia");
  const v1::AuthorityEffect divided = Of("us-bis", "5A001.c", "ru");
  EXPECT_EQ(divided.listing(), "not listed")
      << "the list divides 5A001, and has no .c: " << divided.ShortDebugString();
  EXPECT_EQ(divided.items(0).relation(), "above it");
  EXPECT_EQ(Of("us-bis", "5A001.b.1", "ru").listing(), "listed above it");
}

TEST_F(LegalEffectTest, WhetherItIsListedIsJudgedAsDivergencesAre) {
  v1::Entry placeholder = Item("5A003", "reserved");
  placeholder.mutable_item()->set_status(v1::ITEM_STATUS_RESERVED);
  Publish("us-bis/ccl", "2021-01-01",
          {Item("5A001", "telecommunications"), Item("5A001.b", "radio"),
           Item("5A002.a", "ciphers"), placeholder});
  Publish("us-ofac/countries", "2020-01-01", {Item("AF", "a country")});
  Publish("us-ddtc/usml", "2020-01-01", {Item("ML10", "aircraft")});
  EXPECT_EQ(Of("us-bis", "5A002", "RU").listing(), "listed below it");
  const v1::AuthorityEffect reserved = Of("us-bis", "5A003", "RU");
  EXPECT_EQ(reserved.listing(), "not listed");
  EXPECT_THAT(reserved.notes(0), HasSubstr("placeholder"));
  EXPECT_EQ(Of("us-ofac", "5A002", "RU").listing(), "no items list held");
  EXPECT_EQ(Of("us-ddtc", "5A002", "RU").listing(), "cannot say") << "it numbers otherwise";
}

TEST_F(LegalEffectTest, TheChartIsReadAtTheSameTimes) {
  EXPECT_EQ(Outcome("RU"), "cannot be resolved") << "no chart is held";
  Publish("us-bis/chart", "2020-01-01",
          {Row("Russia", {"NS Column 2"}), Row("France", {"AT Column 1"})}, v1::LIST_KIND_RULES);
  const std::string before = replica_->snapshot()
                                 ->GetItem([] {
                                   v1::GetItemRequest request;
                                   request.set_code("5A001");
                                   return request;
                                 }())
                                 ->basis()
                                 .frontier_token();
  EXPECT_EQ(Outcome("FR"), "does not apply");
  EXPECT_EQ(Outcome("RU", "2019-12-31"), "no control") << "the item is not law yet";
  Publish("us-bis/chart", "2022-06-01",
          {Row("Russia", {"NS Column 2"}), Row("France", {"AT Column 1", "NS Column 2"})},
          v1::LIST_KIND_RULES, "2 FR 2");
  EXPECT_EQ(Outcome("FR"), "applies");
  EXPECT_EQ(Outcome("FR", "2022-05-31"), "does not apply");
  EXPECT_EQ(Outcome("FR", "2022-06-01"), "applies");
  EXPECT_EQ(Outcome("FR", "2022-06-01", before), "does not apply") << "as it was known before";
  EXPECT_EQ(Outcome("FR", "2022-05-31"), "does not apply") << "what is kept is of its date";
}

TEST_F(LegalEffectTest, RulesBearWhetherTheItemIsListedOrNot) {
  for (const char* code : {"5A001.b", "9Z999", "5A999"}) {
    const v1::AuthorityEffect rules = Of("us-ddtc", code, "RU", "internal repression");
    EXPECT_EQ(rules.listing(), "no items list held");
    ASSERT_EQ(rules.rules_size(), 2) << code;
    EXPECT_EQ(rules.rules(0).rule().article(), "Article 5");
    EXPECT_EQ(rules.rules(0).bearing(), "matches");
    EXPECT_EQ(rules.rules(0).citation(), "1 FR 1");
    EXPECT_EQ(rules.rules(1).bearing(), "may apply") << "it names no end use";
  }
  EXPECT_EQ(Of("us-bis", "5A999", "RU").listing(), "not listed");
  const v1::AuthorityEffect early = Of("us-ddtc", "5A001.b", "RU", "", "2021-09-08");
  EXPECT_EQ(early.rules_size(), 0) << "not law yet";
  const v1::AuthorityEffect other = Of("us-ddtc", "5A001.b", "RU", "missiles");
  EXPECT_EQ(other.rules(1).rule().article(), "Article 5") << "it has none of the words: last";
  EXPECT_EQ(other.rules(1).bearing(), "may apply");
}

TEST_F(LegalEffectTest, ACorrelationToAnArticleIsARuleThatBears) {
  const auto link = [](const std::string& key, const std::string& article) {
    v1::Entry entry;
    entry.set_key(key);
    v1::Correlation& correlation = *entry.mutable_correlation();
    correlation.mutable_left()->set_code("5A001.b");
    correlation.mutable_right()->set_article(article);
    correlation.mutable_right()->set_issuer("us-ddtc");
    correlation.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
    correlation.set_origin(v1::LINK_ORIGIN_HUMAN);
    correlation.set_source_citation("Map 1");
    return entry;
  };
  Publish("us-ofac/map", "2020-01-01", {link("a", "article 5"), link("b", "Article 77")},
          v1::LIST_KIND_CORRELATIONS);
  const v1::AuthorityEffect linked = Of("us-ddtc", "5A001.b", "RU", "missiles");
  ASSERT_EQ(linked.rules_size(), 3);
  EXPECT_EQ(linked.rules(0).rule().article(), "Article 5");
  EXPECT_EQ(linked.rules(0).bearing(), "may apply");
  EXPECT_THAT(linked.rules(0).linked_by(), ElementsAre("us-ofac/map a"));
  bool named = false;
  for (const v1::RuleBearing& one : linked.rules()) named = named || one.article() == "Article 77";
  EXPECT_TRUE(named) << "an article of which no rule is held";
}

TEST_F(LegalEffectTest, BadQuestionsAreErrors) {
  EXPECT_EQ(Get("5A001.b", "Rusia").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Get("5A001.b", "", "repression").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Get("5A001.b", "RU", std::string(1024, 'a')).ok());
  EXPECT_EQ(Get("5A001.b", "RU", std::string(1025, 'a')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Get("5A001.b", "")->has_legal_effect());
}

TEST_F(LegalEffectTest, AnAnswerHasRoomForSoManyRules) {
  std::vector<v1::Entry> many;
  for (int i = 100; i < 150; ++i) {
    many.push_back(RuleEntry("Article " + std::to_string(i), "mines"));
    many.back().set_key("a" + std::to_string(i));
    many.back().mutable_rule()->set_text(std::string(100'000, 'x'));
  }
  Publish("us-ofac/rules", "2020-01-01", many, v1::LIST_KIND_RULES);
  const auto response = Get("5A001.b", "RU", "mines");
  ASSERT_TRUE(response.ok());
  EXPECT_LT(response->ByteSizeLong(), size_t{3} << 20);
  EXPECT_GT(response->legal_effect().rules_left_out(), 20u);
}

}  // namespace
}  // namespace comity
