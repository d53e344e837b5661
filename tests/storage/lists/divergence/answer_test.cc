// Divergences as a daemon answers them: scopes, times, pages, the same bytes everywhere.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "storage/lists/arrangement.h"
#include "storage/lists/divergence_answer.h"
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

absl::Status Go() { return absl::OkStatus(); }

class DivergenceAnswerTest : public ::testing::Test {
 protected:
  struct Daemon {
    MemoryStore store;
    std::unique_ptr<Replica> replica;
  };

  void SetUp() override {
    roster_ = federation_.roster().message();
    v1::Arrangement& arrangement = *roster_.add_arrangements();
    arrangement.set_id("pair");
    for (const char* member : {"au", "no", "us"}) {
      v1::ArrangementRole& role = *arrangement.add_roles();
      role.set_participant(member);
      role.set_role("member");
    }
  }

  Daemon& At(const std::string& participant) {
    Daemon& daemon = daemons_[participant];
    if (daemon.replica == nullptr) {
      daemon.replica = federation_.MakeReplica(participant, &daemon.store, &clock_);
    }
    return daemon;
  }

  void Publish(const std::string& list, const std::string& day,
               const std::vector<v1::Entry>& entries, v1::ListKind kind = v1::LIST_KIND_ITEMS) {
    DraftInput input = Edition(list, day, entries, list + " " + day);
    input.header.set_kind(kind);
    const auto done = federation_.Publish(*At(list.substr(0, 2)).replica, input);
    ASSERT_TRUE(done.ok()) << done.status();
    heads_.push_back({list.substr(0, 2), done->origin, done->head});
  }

  // Takes in what others published, in the order given by `backwards`.
  void CatchUp(const std::string& participant, bool backwards = false) {
    Replica& here = *At(participant).replica;
    std::map<Origin, Published> newest;
    for (const Published& one : heads_) newest[one.origin] = one;
    std::vector<Published> order;
    for (const auto& [origin, one] : newest) order.push_back(one);
    if (backwards) std::reverse(order.begin(), order.end());
    for (const Published& one : order) {
      if (one.by == participant) continue;
      const auto held = here.HeadOf(one.origin);
      const uint64_t begin = held.ok() ? held->size.value : 0;
      if (begin == one.head.size.value) continue;
      const auto range = At(one.by).replica->ReadRange(one.origin, begin, one.head.size.value,
                                                       one.head.size.value, 1 << 30);
      ASSERT_TRUE(range.ok()) << range.status();
      const absl::Status taken = here.Ingest(one.head, begin, range->envelopes, range->consistency);
      ASSERT_TRUE(taken.ok()) << taken;
    }
  }

  absl::StatusOr<v1::ListDivergencesResponse> List(const std::string& at,
                                                   v1::ListDivergencesRequest request) {
    return ListDivergences(*At(at).replica->snapshot(), roster_, request, Go);
  }

  // All rows, a page at a time.
  std::vector<v1::DivergenceRow> Rows(const std::string& at, v1::ListDivergencesRequest request) {
    std::vector<v1::DivergenceRow> rows;
    do {
      const auto page = List(at, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_EQ(page->has_summary(), request.page_token().empty());
      rows.insert(rows.end(), page->rows().begin(), page->rows().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }

  static std::vector<std::string> Codes(const std::vector<v1::DivergenceRow>& rows) {
    std::vector<std::string> codes;
    for (const v1::DivergenceRow& row : rows) codes.push_back(row.code());
    return codes;
  }

  struct Published {
    std::string by;
    Origin origin;
    LogHead head;
  };

  TestFederation federation_;
  v1::Roster roster_;
  ManualClock clock_{kNow};
  std::map<std::string, Daemon> daemons_;
  std::vector<Published> heads_;
};

std::vector<v1::Entry> Items(const std::vector<const char*>& codes, const char* text) {
  std::vector<v1::Entry> entries;
  for (const char* code : codes) entries.push_back(Item(code, text));
  return entries;
}

TEST_F(DivergenceAnswerTest, TwoDaemonsThatHoldTheSameSayTheSameInTheSameBytes) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001", "5A001.a.2", "5A001.a.10", "4A980"}, "gear"));
  Publish("no-mfa/list2", "2021-01-01", Items({"5A001", "5A001.a.2", "5A002"}, "other gear"));
  v1::Entry japan = Item("7", "integrated circuits");
  japan.mutable_item()->set_code("7の項");
  Publish("jp-meti/goods", "2020-01-01", {japan});
  CatchUp("us");
  CatchUp("no", true);
  CatchUp("jp");
  v1::ListDivergencesRequest request;
  request.mutable_at()->set_as_of("2023-01-01");
  const std::vector<v1::DivergenceRow> rows = Rows("us", request);
  EXPECT_THAT(Codes(rows),
              ElementsAre("4A980", "5A001", "5A001.a.2", "5A001.a.10", "5A002", "7の項"));
  std::string token;
  for (const char* at : {"us", "no", "jp"}) {
    for (const uint32_t page_size : {1u, 2u, 5u, 6u, 0u}) {
      request.set_page_size(page_size);
      const std::vector<v1::DivergenceRow> again = Rows(at, request);
      ASSERT_EQ(again.size(), rows.size()) << at << " " << page_size;
      for (size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(again[i].SerializeAsString(), rows[i].SerializeAsString()) << at;
      }
    }
    request.set_page_size(1);
    const auto first = List(at, request);
    ASSERT_TRUE(first.ok());
    if (token.empty()) token = first->next_page_token();
    EXPECT_EQ(first->next_page_token(), token) << "a page token reads the same at any daemon";
  }
}

TEST_F(DivergenceAnswerTest, APageTokenNamesTheFrontierAndTheDay) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001", "5A002", "5A003"}, "gear"));
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001", "5A002", "5A003"}, "other"));
  CatchUp("us");
  v1::ListDivergencesRequest request;
  request.set_page_size(1);
  const auto first = List("us", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->rows_in_all(), 3u);
  // What comes between the pages is not in them, nor is tomorrow.
  Publish("no-mfa/list2", "2020-02-01", Items({"5A001", "5A002", "5A003", "5A004"}, "gear"));
  CatchUp("us");
  clock_.Set(Instant{kNow.micros + int64_t{3'000} * 86'400'000'000});
  request.set_page_token(first->next_page_token());
  request.set_page_size(10);
  const auto second = List("us", request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(Codes({second->rows().begin(), second->rows().end()}), ElementsAre("5A002", "5A003"));
  EXPECT_EQ(second->rows_in_all(), 3u);
  EXPECT_EQ(second->basis().frontier_token(), first->basis().frontier_token());
  EXPECT_EQ(second->rows(0).entries(0).as_of(), first->rows(0).entries(0).as_of());

  request.mutable_scope()->set_code("5A002");
  EXPECT_EQ(List("us", request).status().code(), absl::StatusCode::kInvalidArgument)
      << "a token of another question";
  request.clear_scope();
  request.set_page_token("");
  EXPECT_EQ(List("us", request)->rows_in_all(), 4u) << "5A004, and dates";
  // What is behind it can not go on from it.
  EXPECT_EQ(List("no",
                 [&] {
                   v1::ListDivergencesRequest other;
                   other.set_page_token(first->next_page_token());
                   return other;
                 }())
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(DivergenceAnswerTest, RefusesWhatIsNoQuestion) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001"}, "gear"));
  const auto code_of = [&](const std::function<void(v1::ListDivergencesRequest&)>& change) {
    v1::ListDivergencesRequest request;
    change(request);
    return List("us", request).status();
  };
  using Request = v1::ListDivergencesRequest;
  for (const std::string& token : {std::string("x"), std::string("d1."), std::string("d1.!!!!"),
                                   "d1." + absl::WebSafeBase64Escape("a\nb\nc\nlatest\nf1.\n"),
                                   "d1." + absl::WebSafeBase64Escape("a\nb")}) {
    EXPECT_EQ(code_of([&](Request& r) { r.set_page_token(token); }).code(),
              absl::StatusCode::kInvalidArgument)
        << token;
  }
  const absl::Status kind = code_of([](Request& r) { r.mutable_scope()->add_kinds("words"); });
  EXPECT_EQ(kind.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(kind.message()), HasSubstr("only-some"));
  EXPECT_EQ(code_of([](Request& r) { r.mutable_scope()->set_code(std::string(129, '5')); }).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of([](Request& r) { r.mutable_scope()->add_between("us"); }).code(),
            absl::StatusCode::kInvalidArgument);
  const absl::Status nobody = code_of([](Request& r) {
    r.mutable_scope()->add_between("us");
    r.mutable_scope()->add_between("nk");
  });
  EXPECT_EQ(nobody.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(nobody.message()), HasSubstr("jp, no, us"));
  EXPECT_EQ(code_of([](Request& r) { r.mutable_scope()->set_arrangement("g77"); }).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(GetDivergence(*At("us").replica->snapshot(), roster_, {}, Go).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DivergenceAnswerTest, AnArrangementAndNamesScopeIt) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001", "5A002"}, "gear"));
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001"}, "gear"));
  Publish("jp-meti/list", "2020-01-01", Items({"5A003"}, "gear"));
  CatchUp("us");
  v1::GetDivergenceSummaryRequest request;
  const auto ask = [&] {
    const auto response = SummariseDivergences(*At("us").replica->snapshot(), roster_, request, Go);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> states;
    for (const auto& one : response->summary().participants()) {
      states.push_back(one.participant() + " " + one.state());
    }
    return std::pair(states, response->summary());
  };
  EXPECT_THAT(ask().first, ElementsAre("jp compared", "no compared", "us compared"));
  EXPECT_EQ(ask().second.pairs_size(), 3);
  request.mutable_scope()->set_arrangement("pair");
  EXPECT_THAT(ask().first, ElementsAre("au no list held", "no compared", "us compared"));
  EXPECT_EQ(ask().second.pairs_size(), 1);
  EXPECT_EQ(ask().second.pairs(0).only_right(), 1u);
  request.clear_scope();
  request.mutable_scope()->add_between("us");
  request.mutable_scope()->add_between("jp");
  EXPECT_THAT(ask().first, ElementsAre("jp compared", "us compared"));
  EXPECT_EQ(ask().second.codes(), 3u);
}

TEST_F(DivergenceAnswerTest, BothTimesAreThoseOfAnyRead) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001"}, "gear"));
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001"}, "gear"));
  CatchUp("us");
  const std::string before = At("us").replica->snapshot()->frontier().Token();
  Publish("us-bis/ccl", "2021-01-01", Items({"5A001", "5A002"}, "gear"));
  v1::ListDivergencesRequest request;
  request.mutable_at()->set_as_of("2020-06-01");
  EXPECT_EQ(Codes(Rows("us", request)).size(), 0u) << "not yet law";
  request.mutable_at()->set_as_of("2021-06-01");
  EXPECT_THAT(Codes(Rows("us", request)), ElementsAre("5A002"));
  request.mutable_at()->set_known_at(before);
  EXPECT_EQ(Codes(Rows("us", request)).size(), 0u) << "not yet known";
  request.mutable_at()->clear_known_at();
  request.mutable_at()->set_as_of("2019-01-01");
  const auto early = List("us", request);
  ASSERT_TRUE(early.ok());
  EXPECT_EQ(early->summary().participants(1).state(), "no list held") << "nothing was in force";
}

TEST_F(DivergenceAnswerTest, ACodeInFullHasTermsWordsAndWhatLiesBelow) {
  v1::Entry base = Item("5A001", "gear");
  v1::Control& control = *base.mutable_item()->add_controls();
  control.set_reason("NS");
  control.mutable_destinations()->set_chart_column("NS Column 2");
  Publish("us-bis/ccl", "2020-01-01", {base, Item("5A001.f.1", "gear that takes voice")});
  Publish(
      "no-mfa/list2", "2021-01-01",
      {Item("5A001", "gear"), Item("5A001.f.1", "gear that lifts voice"), Item("5A001.j", "x")});
  CatchUp("us");
  v1::GetDivergenceRequest request;
  request.mutable_scope()->set_code("5a001f1");
  request.mutable_scope()->set_arrangement("pair");
  const auto found = GetDivergence(*At("us").replica->snapshot(), roster_, request, Go);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->row().code(), "5A001.f.1");
  ASSERT_EQ(found->row().entries_size(), 2);
  EXPECT_EQ(found->row().entries(0).list(), "no-mfa/list2");
  EXPECT_EQ(found->row().entries(0).effective_from(), "2021-01-01");
  EXPECT_EQ(found->row().entries(1).controls_at(), "5A001") << "stated above";
  EXPECT_EQ(found->row().entries(1).controls_above(0).reason(), "NS");
  EXPECT_NE(found->row().entries(1).published_at(), "");
  ASSERT_EQ(found->diffs_size(), 1);
  std::string left;
  std::string right;
  for (const v1::DiffSegment& segment : found->diffs(0).segments()) {
    left += segment.left();
    right += segment.right();
  }
  EXPECT_EQ(left, "gear that lifts voice");
  EXPECT_EQ(right, "gear that takes voice");
  ASSERT_EQ(found->links_size(), 1);
  EXPECT_EQ(found->links(0).degree(), "candidate");
  request.mutable_scope()->set_code("5A001");
  const auto upper = GetDivergence(*At("us").replica->snapshot(), roster_, request, Go);
  ASSERT_TRUE(upper.ok());
  EXPECT_EQ(upper->below_in_all(), 2u);
  EXPECT_THAT(Codes({upper->below().begin(), upper->below().end()}),
              ElementsAre("5A001.f.1", "5A001.j"));
  EXPECT_EQ(upper->diffs_size(), 0);
  request.mutable_scope()->set_code("9Z999");
  const auto nothing = GetDivergence(*At("us").replica->snapshot(), roster_, request, Go);
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->row().entries_size(), 0);
  EXPECT_EQ(nothing->row().reasons_size(), 0);
}

TEST_F(DivergenceAnswerTest, TablesWithoutControlCodesAreLeftOutAndNamed) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001"}, "gear"));
  Publish("no-mfa/countries", "2020-01-01", Items({"AF", "AL"}, "a country"));
  Publish("no-mfa/tariff", "2020-01-01", Items({"8517", "851762"}, "telephones"));
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001"}, "gear"));
  CatchUp("us");
  v1::ListDivergencesRequest request;
  const auto found = List("us", request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->rows_size(), 0);
  EXPECT_THAT(std::vector<std::string>(found->summary().left_out_lists().begin(),
                                       found->summary().left_out_lists().end()),
              ElementsAre("no-mfa/countries", "no-mfa/tariff"));
}

// One judge: what an item's answer says of the members is what the divergence of the code says.
TEST_F(DivergenceAnswerTest, AnItemWithinAnArrangementIsJudgedAlike) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001.a", "5A002", "6A003"}, "gear"));
  Publish("us-bis/countries", "2020-01-01", Items({"AF"}, "a country"));
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001", "5A002.a", "5A002.b", "ML10"}, "gear"));
  std::vector<v1::Entry> japans = Items({"16"}, "catch-all");
  japans[0].mutable_item()->set_code("16の項");
  Publish("jp-meti/items", "2020-01-01", japans);
  v1::ArrangementRole& japan = *roster_.mutable_arrangements(0)->add_roles();
  japan.set_participant("jp");
  japan.set_role("member");
  CatchUp("us");
  const Snapshot& snapshot = *At("us").replica->snapshot();
  for (const char* code : {"5A001", "5A001.a", "5A001.b", "5A002", "5A002.a.1", "16", "9A999"}) {
    v1::GetDivergenceRequest divergence;
    divergence.mutable_scope()->set_arrangement("pair");
    divergence.mutable_scope()->set_code(code);
    const auto row = GetDivergence(snapshot, roster_, divergence, Go);
    ASSERT_TRUE(row.ok()) << row.status();
    v1::GetItemRequest item;
    item.set_code(code);
    item.set_arrangement("pair");
    const auto answer = GetItemWithin(snapshot, roster_, item, Go);
    ASSERT_TRUE(answer.ok()) << answer.status();
    std::map<std::string, std::string> states;
    for (const auto& one : row->row().states()) states[one.participant()] = one.state();
    for (const v1::ArrangementMember& one : answer->arrangement().members()) {
      EXPECT_EQ(one.state(), states[one.participant()]) << code << " " << one.participant();
    }
  }
  v1::GetItemRequest joining;
  joining.set_code("5A001");
  joining.set_arrangement("pair");
  roster_.mutable_arrangements(0)->mutable_roles()->RemoveLast();
  joining.set_as_if("jp");
  EXPECT_EQ(GetItemWithin(snapshot, roster_, joining, Go)->arrangement().change(), "cannot say");
  // A regime's number leads to the shared one by rule.
  joining.set_code("5.A.2");
  joining.clear_as_if();
  const auto regime = GetItemWithin(snapshot, roster_, joining, Go);
  ASSERT_EQ(regime->arrangement().members_size(), 3);
  EXPECT_EQ(regime->arrangement().members(2).state(), "linked");
}

TEST_F(DivergenceAnswerTest, RestrictedListsAreComparedWhereTheyAreHeldAndTheBasisSaysSo) {
  Publish("us-bis/ccl", "2020-01-01", Items({"5A001"}, "gear"));
  const auto opened =
      federation_.OpenRestricted(*At("us").replica, &At("us").store, {"us-bis", "quiet"}, {"us"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  Publish("us-bis/quiet", "2020-01-01", Items({"5A002"}, "gear"));
  heads_.pop_back();
  Publish("no-mfa/list2", "2020-01-01", Items({"5A001"}, "gear"));
  CatchUp("us");
  CatchUp("no");
  EXPECT_THAT(Codes(Rows("us", {})), ElementsAre("5A002"));
  EXPECT_EQ(Rows("no", {}).size(), 0u);
  const auto here = List("us", {});
  EXPECT_EQ(here->basis().restricted_digests_size(), 1);
  EXPECT_NE(here->basis().public_frontier_token(), "");
}

}  // namespace
}  // namespace comity
