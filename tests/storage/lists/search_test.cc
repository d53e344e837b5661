// Items by their words.
#include <gtest/gtest.h>

#include <set>

#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

class SearchTest : public ::testing::Test {
 protected:
  void Publish(const std::string& list, const std::string& day,
               const std::vector<v1::Entry>& entries, v1::ListKind kind = v1::LIST_KIND_ITEMS) {
    DraftInput input = Edition(list, day, entries);
    input.header.set_kind(kind);
    const auto done = federation_.Publish(*replica_, input);
    ASSERT_TRUE(done.ok()) << done.status();
  }

  absl::StatusOr<v1::SearchItemsResponse> Search(const std::string& text,
                                                 const std::string& as_of = "",
                                                 uint32_t page_size = 0,
                                                 const std::string& token = "") {
    v1::SearchItemsRequest request;
    request.set_text(text);
    request.mutable_at()->set_as_of(as_of);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return replica_->snapshot()->SearchItems(request, nullptr);
  }

  std::vector<std::string> Codes(const std::string& text, const std::string& as_of = "") {
    const auto response = Search(text, as_of);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> codes;
    if (!response.ok()) return codes;
    for (const v1::ItemHit& hit : response->hits()) {
      codes.push_back(hit.item().entry().item().code());
    }
    return codes;
  }

  TestFederation federation_{{"us-bis", "us-ofac"}};
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(SearchTest, FindsWordsInCodeHeadingTextAndParagraphsOfWhatIsInForce) {
  v1::Entry noted = Item("5A001.j", "surveillance of networks");
  noted.mutable_item()->add_paragraphs()->set_text("Note: not for billing.");
  Publish("us-bis/ccl", "2020-01-01", {Item("5A001.f.1", "Interception of phones"), noted});
  Publish("us-bis/ccl", "2021-01-01",
          {Item("5A001.f.1", "Interception of phones"), noted, Item("0A977", "Water cannon")});
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Codes("interception"), Strings{"5A001.f.1"});
  EXPECT_EQ(Codes("PHONE inter"), Strings{"5A001.f.1"});
  EXPECT_EQ(Codes("billing"), Strings{"5A001.j"});
  EXPECT_EQ(Codes("5A001"), (Strings{"5A001.f.1", "5A001.j"}));
  EXPECT_EQ(Codes("cannon"), Strings{"0A977"});
  EXPECT_EQ(Codes("cannon", "2020-06-01"), Strings{}) << "not yet law";
  EXPECT_EQ(Codes("water phones"), Strings{}) << "all words in one item";
  const auto hit = Search("billing")->hits(0);
  EXPECT_EQ(hit.matched_in(), "text");
  EXPECT_NE(hit.excerpt().find("billing"), std::string::npos);
  EXPECT_EQ(hit.item().list(), "us-bis/ccl");
}

TEST_F(SearchTest, PagesGoOnWhereTheLastEndedAcrossLists) {
  std::vector<v1::Entry> many;
  for (int i = 100; i < 112; ++i) many.push_back(Item("K" + std::to_string(i), "same words"));
  Publish("us-bis/a", "2020-01-01", many);
  Publish("us-bis/b", "2020-01-01", many);
  Publish("us-ofac/a", "2020-01-01", {Item("Z", "same words"), Item("ZZ", "others")});
  for (const uint32_t page_size : {1u, 5u, 12u, 24u, 25u, 200u}) {
    std::vector<std::string> seen;
    std::string token;
    int pages = 0;
    do {
      const auto page = Search("same", "", page_size, token);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->hits_size(), static_cast<int>(page_size));
      for (const v1::ItemHit& hit : page->hits()) {
        seen.push_back(hit.item().list() + " " + hit.item().entry().key());
      }
      token = page->next_page_token();
      ASSERT_LT(++pages, 40);
    } while (!token.empty());
    EXPECT_EQ(seen.size(), 25u) << page_size;
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25u) << page_size;
  }
}

TEST_F(SearchTest, ATechnologyIsFoundWithWhatEachParticipantHas) {
  Publish("us-bis/ccl", "2020-01-01", {Item("4A980", "fingerprint computers")});
  std::vector<v1::Entry> map(3);
  for (v1::Entry& entry : map) {
    v1::Correlation& correlation = *entry.mutable_correlation();
    correlation.mutable_left()->set_term("facial recognition");
    correlation.set_origin(v1::LINK_ORIGIN_HUMAN);
    correlation.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
    correlation.set_source_citation("A map");
  }
  map[0].set_key("a");
  map[0].mutable_correlation()->mutable_right()->set_code("4A980");
  map[0].mutable_correlation()->mutable_right()->set_issuer("us");
  map[1].set_key("b");
  map[1].mutable_correlation()->mutable_right()->set_article("Article 5");
  map[1].mutable_correlation()->mutable_right()->set_issuer("eu");
  map[2].set_key("c");
  map[2].mutable_correlation()->mutable_right()->set_not_listed(true);
  map[2].mutable_correlation()->mutable_right()->set_issuer("no");
  map[2].mutable_correlation()->clear_degree();
  Publish("us-bis/map", "2020-01-01", map, v1::LIST_KIND_CORRELATIONS);
  const auto found = Search("Facial recognition");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->hits_size(), 0);
  ASSERT_EQ(found->linked_size(), 3);
  ASSERT_EQ(found->linked(0).items_size(), 1);
  EXPECT_EQ(found->linked(0).items(0).entry().item().code(), "4A980");
  EXPECT_EQ(found->linked(1).to().article(), "Article 5");
  EXPECT_TRUE(found->linked(2).to().not_listed());
  EXPECT_EQ(found->linked(2).degree(), "");
}

TEST_F(SearchTest, ALongCorrelationListHidesNoOther) {
  const auto line = [](const std::string& key, const std::string& term, const std::string& code) {
    v1::Entry entry;
    entry.set_key(key);
    v1::Correlation& correlation = *entry.mutable_correlation();
    if (term.empty()) {
      correlation.mutable_left()->set_code("8517.62");
    } else {
      correlation.mutable_left()->set_term(term);
    }
    correlation.mutable_right()->set_code(code);
    correlation.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
    correlation.set_origin(v1::LINK_ORIGIN_TABLE);
    correlation.set_source_citation("A table");
    return entry;
  };
  constexpr int kMoreThanOnePageScans = 20'001;
  std::vector<v1::Entry> tariff;
  for (int i = 0; i < kMoreThanOnePageScans; ++i) {
    tariff.push_back(line("t" + std::to_string(100'000 + i), "", "5A001"));
  }
  Publish("us-bis/a-tariff", "2020-01-01", tariff, v1::LIST_KIND_CORRELATIONS);
  Publish("us-bis/map", "2020-01-01", {line("m", "wiretaps", "5A001.f")},
          v1::LIST_KIND_CORRELATIONS);
  const auto found = Search("wiretap");
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->linked_size(), 1);
  EXPECT_EQ(found->linked(0).citation(), "1 FR 1");
}

TEST_F(SearchTest, TranslationsAreSearchedToo) {
  v1::Entry item = Item("９の項（１）", "通信装置");
  v1::Translation& translation = *item.add_translations();
  translation.set_lang("en");
  translation.set_heading("Telecommunication");
  translation.set_text("transmission equipment");
  item.set_key("9-1");
  Publish("us-bis/ccl", "2020-01-01", {item});
  EXPECT_EQ(Codes("transmission telecommunication").size(), 1u);
  const auto found = Search("equipment");
  ASSERT_EQ(found->hits_size(), 1);
  EXPECT_EQ(found->hits(0).matched_in(), "text");
  EXPECT_NE(found->hits(0).excerpt().find("transmission equipment"), std::string::npos);
}

TEST_F(SearchTest, RefusesWhatIsNoSearch) {
  for (const std::string& text : {std::string(), std::string(" .,"), std::string(257, 'x')}) {
    EXPECT_EQ(Search(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_TRUE(Search(std::string(256, 'x')).ok());
  for (const char* token : {"x", "not a list", "us-bis/ccl", "\xff \xff"}) {
    EXPECT_EQ(Search("x", "", 0, token).status().code(), absl::StatusCode::kInvalidArgument)
        << token;
  }
}

}  // namespace
}  // namespace comity
