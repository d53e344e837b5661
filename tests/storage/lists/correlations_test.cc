// Codes of different numberings, linked by published correlations.
#include "storage/lists/correlations.h"

#include <gtest/gtest.h>

#include "storage/lists/replica.h"
#include "storage/match/text_search.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

v1::Correlation Correlate(const std::string& left, const std::string& left_issuer,
                          const std::string& right, const std::string& right_issuer,
                          v1::CorrelationDegree degree) {
  v1::Correlation correlation;
  correlation.mutable_left()->set_code(left);
  correlation.mutable_left()->set_issuer(left_issuer);
  correlation.mutable_right()->set_code(right);
  correlation.mutable_right()->set_issuer(right_issuer);
  correlation.set_degree(degree);
  correlation.set_origin(v1::LINK_ORIGIN_TABLE);
  correlation.set_source_citation("Table 1");
  return correlation;
}

TEST(LinkCodeTest, ReadsBothDirectionsAndTurnsTheDegree) {
  const std::vector<CorrelationInForce> table = {
      {"jp-meti/matrix", "a", "METI 1",
       Correlate("5a001f1", "us", "９の項（１）", "jp", v1::CORRELATION_DEGREE_BROADER)},
      {"jp-meti/matrix", "b", "METI 1",
       Correlate("5A002", "us", "9の項(7)", "jp", v1::CORRELATION_DEGREE_OVERLAPS)}};
  const auto forward = LinkCode("5A001.f.1", table);
  ASSERT_EQ(forward.size(), 1u);
  EXPECT_EQ(forward[0].to().issuer(), "jp");
  EXPECT_EQ(forward[0].degree(), "broader");
  EXPECT_EQ(forward[0].origin(), "table");
  EXPECT_EQ(forward[0].source_citation(), "Table 1");
  EXPECT_EQ(forward[0].citation(), "METI 1");
  EXPECT_EQ(forward[0].key(), "a");
  const auto back = LinkCode("9の項(1)", table);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].to().code(), "5a001f1");
  EXPECT_EQ(back[0].degree(), "narrower");
  EXPECT_TRUE(LinkCode("5A001", table).empty());
}

TEST(LinkCodeTest, ANumberThatTwoCountriesShareIsSaidTwice) {
  const std::vector<CorrelationInForce> table = {
      {"l", "k", "c",
       Correlate("1C351.a.25", "no", "1C351.a.25", "us", v1::CORRELATION_DEGREE_OVERLAPS)}};
  const auto links = LinkCode("1C351.a.25", table);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].from().issuer(), "no");
  EXPECT_EQ(links[1].from().issuer(), "us");
}

TEST(LinkTermTest, FindsTermsAndSynonymsByAllTheirWords) {
  v1::Correlation correlation;
  correlation.mutable_left()->set_term("Facial recognition");
  correlation.mutable_left()->add_synonyms("face matching");
  correlation.mutable_right()->set_article("Article 5");
  correlation.mutable_right()->set_issuer("eu");
  const std::vector<CorrelationInForce> table = {{"l", "k", "c", correlation}};
  for (const char* text : {"facial recognition", "RECOGNITION", "face match"}) {
    EXPECT_EQ(LinkTerm(SearchWords(text), table).size(), 1u) << text;
  }
  EXPECT_TRUE(LinkTerm(SearchWords("facial matching"), table).empty())
      << "the words of one synonym, not of several";
  EXPECT_TRUE(LinkTerm(SearchWords(""), table).empty());
}

// Three participants' lists, held by one daemon.
class CorrelatedViewTest : public ::testing::Test {
 protected:
  void Publish(const std::string& list, v1::ListKind kind, const std::string& day,
               const std::vector<v1::Entry>& entries) {
    const std::string participant = list.substr(0, 2);
    DraftInput input = Edition(list, day, entries, list + " " + day);
    input.header.set_kind(kind);
    if (participant == "us") {
      const auto done = federation_.Publish(*replica_, input);
      ASSERT_TRUE(done.ok()) << done.status();
      return;
    }
    // Another daemon's, taken in as from a peer.
    MemoryStore& store = stores_[participant];
    auto& other = replicas_[participant];
    if (other == nullptr) other = federation_.MakeReplica(participant, &store, &clock_);
    const auto done = federation_.Publish(*other, input);
    ASSERT_TRUE(done.ok()) << done.status();
    const auto held = replica_->HeadOf(done->origin);
    const uint64_t begin = held.ok() ? held->size.value : 0;
    const auto range = other->ReadRange(done->origin, begin, done->head.size.value,
                                        done->head.size.value, 1 << 30);
    ASSERT_TRUE(range.ok()) << range.status();
    const absl::Status taken =
        replica_->Ingest(done->head, begin, range->envelopes, range->consistency);
    ASSERT_TRUE(taken.ok()) << taken;
  }

  static v1::Entry CorrelationEntry(const std::string& key, const v1::Correlation& correlation) {
    v1::Entry entry;
    entry.set_key(key);
    *entry.mutable_correlation() = correlation;
    return entry;
  }

  v1::GetItemResponse GetItem(const std::string& code, const std::string& as_of = "",
                              const std::string& known_at = "") {
    v1::GetItemRequest request;
    request.set_code(code);
    request.mutable_at()->set_as_of(as_of);
    request.mutable_at()->set_known_at(known_at);
    const auto response = replica_->snapshot()->GetItem(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetItemResponse();
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
  std::map<std::string, MemoryStore> stores_;
  std::map<std::string, std::unique_ptr<Replica>> replicas_;
};

TEST_F(CorrelatedViewTest, AnItemOfAnotherNumberingIsFoundWhileTheCorrelationIsInForce) {
  Publish("us-bis/ccl", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("5A001.f.1", "gear")});
  Publish("jp-meti/items", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("16", "catch-all")});
  v1::Entry item = Item("9-1", "telecommunication gear");
  item.mutable_item()->set_code("９の項（１）");
  Publish("jp-meti/goods", v1::LIST_KIND_ITEMS, "2020-01-01", {item});
  const std::string before = replica_->snapshot()->frontier().Token();
  Publish("jp-meti/matrix", v1::LIST_KIND_CORRELATIONS, "2021-01-01",
          {CorrelationEntry(
              "m1", Correlate("5A001.f.1", "", "9の項(1)", "jp", v1::CORRELATION_DEGREE_BROADER))});

  const auto found = GetItem("5a001f1", "2021-06-01");
  ASSERT_EQ(found.authorities_size(), 1);
  ASSERT_EQ(found.linked_size(), 1);
  EXPECT_EQ(found.linked(0).degree(), "broader");
  EXPECT_EQ(found.linked(0).list(), "jp-meti/matrix");
  EXPECT_EQ(found.linked(0).citation(), "jp-meti/matrix 2021-01-01");
  ASSERT_EQ(found.linked(0).items_size(), 1);
  EXPECT_EQ(found.linked(0).items(0).list(), "jp-meti/goods");

  const auto back = GetItem("9の項(1)", "2021-06-01");
  EXPECT_EQ(back.authorities_size(), 1);
  ASSERT_EQ(back.linked_size(), 1);
  EXPECT_EQ(back.linked(0).degree(), "narrower");
  ASSERT_EQ(back.linked(0).items_size(), 1);
  EXPECT_EQ(back.linked(0).items(0).list(), "us-bis/ccl");

  EXPECT_EQ(GetItem("5A001.f.1", "2020-06-01").linked_size(), 0) << "not yet in force";
  EXPECT_EQ(GetItem("5A001.f.1", "2021-06-01", before).linked_size(), 0) << "not yet known";
  EXPECT_EQ(GetItem("16").authorities_size(), 1) << "a bare number of a Japanese list";
  EXPECT_EQ(GetItem("16の項").authorities_size(), 1);
}

TEST_F(CorrelatedViewTest, TheIssuerOfASideIsKept) {
  Publish("us-bis/ccl", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("4A980", "fingerprints")});
  Publish("no-mfa/list2", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("4A980", "something else")});
  Publish("us-bis/map", v1::LIST_KIND_CORRELATIONS, "2020-01-01",
          {CorrelationEntry(
              "m", Correlate("PL5001", "gb", "4A980", "us", v1::CORRELATION_DEGREE_OVERLAPS))});
  const auto found = GetItem("PL5001");
  EXPECT_EQ(found.authorities_size(), 0);
  ASSERT_EQ(found.linked_size(), 1);
  ASSERT_EQ(found.linked(0).items_size(), 1);
  EXPECT_EQ(found.linked(0).items(0).authority(), "us-bis");
  EXPECT_EQ(GetItem("4A980").link(), "none") << "a national series, though both have the number";
}

TEST_F(CorrelatedViewTest, AWassenaarNumberLeadsToTheSharedOneByRule) {
  Publish("us-bis/ccl", v1::LIST_KIND_ITEMS, "2020-01-01",
          {Item("5A001", "base"), Item("5A001.f.1", "gear")});
  const auto base = GetItem("5.A.1");
  ASSERT_EQ(base.linked_size(), 1);
  EXPECT_EQ(base.linked(0).degree(), "identical");
  EXPECT_EQ(base.linked(0).origin(), "rule");
  EXPECT_EQ(base.linked(0).items_size(), 1);
  EXPECT_EQ(GetItem("WA 5.a.1.f.1").linked(0).degree(), "candidate");
}

TEST_F(CorrelatedViewTest, MisprintsAreReportedAndNotMended) {
  Publish("us-bis/ccl", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("9E003", "technology")});
  Publish("no-mfa/list2", v1::LIST_KIND_ITEMS, "2020-01-01", {Item("9E300", "technology")});
  const auto transposed = GetItem("9E300");
  EXPECT_EQ(transposed.authorities_size(), 1);
  EXPECT_EQ(transposed.linked_size(), 0);
  EXPECT_NE(transposed.remark().find("9E003"), std::string::npos) << transposed.remark();
  EXPECT_NE(GetItem("9EO03").remark().find("9E003"), std::string::npos);
  EXPECT_EQ(GetItem("9EO03").authorities_size(), 0);
  Publish("us-bis/ccl", v1::LIST_KIND_ITEMS, "2020-02-01",
          {Item("9E003", "technology"), Item("9E300", "technology")});
  EXPECT_EQ(GetItem("9E300").remark(), "") << "what two have is no misprint";
}

}  // namespace
}  // namespace comity
