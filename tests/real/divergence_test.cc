// Where the lists of the United States and Norway that were really published differ: what must hold
// whatever their content, and a few facts of public record. Without the data the program ends with
// code 77, which is reported as "not run", never as passed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <set>

#include "client/import/importer.h"
#include "storage/lists/divergence_answer.h"
#include "storage/lists/replica.h"
#include "storage/match/parsed_code.h"
#include "storage/match/typography.h"
#include "tests/real/real_data.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

absl::Status Go() { return absl::OkStatus(); }

// Both lists, held by Norway's daemon.
class RealDivergenceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    federation_ = new testing::TestFederation();
    clock_ = new ManualClock(testing::kNow);
    us_store_ = new MemoryStore();
    no_store_ = new MemoryStore();
    us_ = federation_->MakeReplica("us", us_store_, clock_).release();
    no_ = federation_->MakeReplica("no", no_store_, clock_).release();
    const auto read = [](const char* format, const char* file) {
      auto edition = ImportFile(format, testing::RealData() / file);
      EXPECT_TRUE(edition.ok()) << edition.status();
      return edition.ok() ? edition->entries : std::vector<v1::Entry>();
    };
    const auto us = federation_->Publish(
        *us_, testing::Edition("us-bis/ccl", "2022-10-01",
                               read("us-ccl", "items/us_ccl_2026-07-23/ccl.json"), "15 CFR 774"));
    ASSERT_TRUE(us.ok()) << us.status();
    const auto no = federation_->Publish(
        *no_,
        testing::Edition("no-mfa/list2", "2022-10-24",
                         read("no-list2", "items/no_list2_2022/regulations.json"), "List II"));
    ASSERT_TRUE(no.ok()) << no.status();
    Take(*us, *us_, *no_);
    Take(*no, *no_, *us_);
  }
  static void TearDownTestSuite() {
    delete us_;
    delete no_;
  }

  static void Take(const Submitted& done, const Replica& from, Replica& to) {
    const auto range =
        from.ReadRange(done.origin, 0, done.head.size.value, done.head.size.value, 1 << 30);
    ASSERT_TRUE(range.ok()) << range.status();
    const absl::Status taken = to.Ingest(done.head, 0, range->envelopes, range->consistency);
    ASSERT_TRUE(taken.ok()) << taken;
  }

  static v1::ListDivergencesResponse List(const Replica& at,
                                          const v1::ListDivergencesRequest& ask) {
    const auto page = ListDivergences(*at.snapshot(), federation_->roster().message(), ask, Go);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : v1::ListDivergencesResponse();
  }

  static std::vector<v1::DivergenceRow> Rows(const Replica& at, v1::DivergenceSummary* summary) {
    std::vector<v1::DivergenceRow> rows;
    v1::ListDivergencesRequest ask;
    ask.mutable_at()->set_as_of("2023-01-01");
    ask.set_page_size(200);
    do {
      v1::ListDivergencesResponse page = List(at, ask);
      if (page.has_summary()) *summary = page.summary();
      rows.insert(rows.end(), page.rows().begin(), page.rows().end());
      ask.set_page_token(page.next_page_token());
    } while (!ask.page_token().empty());
    return rows;
  }

  static bool Has(const v1::DivergenceRow& row, const char* kind) {
    for (const v1::DivergenceReason& reason : row.reasons()) {
      if (reason.kind() == kind) return true;
    }
    return false;
  }

  static std::map<std::string, std::string> States(const v1::DivergenceRow& row) {
    std::map<std::string, std::string> states;
    for (const v1::DivergenceState& one : row.states()) states[one.participant()] = one.state();
    return states;
  }

  static testing::TestFederation* federation_;
  static ManualClock* clock_;
  static MemoryStore* us_store_;
  static MemoryStore* no_store_;
  static Replica* us_;
  static Replica* no_;
};

testing::TestFederation* RealDivergenceTest::federation_ = nullptr;
ManualClock* RealDivergenceTest::clock_ = nullptr;
MemoryStore* RealDivergenceTest::us_store_ = nullptr;
MemoryStore* RealDivergenceTest::no_store_ = nullptr;
Replica* RealDivergenceTest::us_ = nullptr;
Replica* RealDivergenceTest::no_ = nullptr;

bool IsControlling(const std::string& state) {
  return state == "listed" || state == "linked" || state == "below";
}

TEST_F(RealDivergenceTest, CountsRowsAndMatrixAgree) {
  const auto begin = std::chrono::steady_clock::now();
  v1::GetDivergenceSummaryRequest ask;
  ask.mutable_at()->set_as_of("2023-01-01");
  const auto cold =
      SummariseDivergences(*no_->snapshot(), federation_->roster().message(), ask, Go);
  const auto between = std::chrono::steady_clock::now();
  ASSERT_TRUE(cold.ok()) << cold.status();
  const auto warm =
      SummariseDivergences(*no_->snapshot(), federation_->roster().message(), ask, Go);
  const auto end = std::chrono::steady_clock::now();
  std::printf("%u entries: %.0f ms at first, %.0f ms again\n", cold->summary().scanned(),
              std::chrono::duration<double, std::milli>(between - begin).count(),
              std::chrono::duration<double, std::milli>(end - between).count());
  EXPECT_EQ(warm->summary().SerializeAsString(), cold->summary().SerializeAsString());

  v1::DivergenceSummary summary;
  const std::vector<v1::DivergenceRow> rows = Rows(*no_, &summary);
  EXPECT_EQ(summary.SerializeAsString(), cold->summary().SerializeAsString());
  ASSERT_EQ(summary.pairs_size(), 1);
  const v1::DivergencePair& pair = summary.pairs(0);
  std::printf("%s\n", summary.DebugString().c_str());
  EXPECT_EQ(pair.both() + pair.only_left() + pair.only_right() + pair.cannot_say(),
            summary.codes());
  EXPECT_EQ(rows.size() + summary.without_divergence(), summary.codes());
  EXPECT_LE(pair.compared(), pair.both());
  EXPECT_LE(pair.text() + pair.typography() + pair.same(), pair.compared());
  EXPECT_LE(pair.only_left_national(), pair.only_left());
  EXPECT_LE(pair.only_right_national(), pair.only_right());
  std::map<std::string, uint32_t> kinds;
  uint32_t only_no = 0;
  uint32_t only_us = 0;
  std::set<std::string> codes;
  std::set<std::string> bases_of_one;
  for (const v1::DivergenceRow& row : rows) {
    EXPECT_TRUE(codes.insert(row.code()).second) << row.code() << " twice";
    EXPECT_GT(row.reasons_size(), 0) << row.code();
    for (const v1::DivergenceReason& reason : row.reasons()) {
      ++kinds[reason.kind()];
      EXPECT_FALSE(reason.explanation().empty()) << row.code();
    }
    const auto states = States(row);
    EXPECT_EQ(states.at("jp"), "no list held");
    const bool no = IsControlling(states.at("no"));
    const bool us = IsControlling(states.at("us"));
    EXPECT_TRUE(no || us) << row.code();
    if (Has(row, "only-some")) {
      EXPECT_NE(no, us) << row.code();
      ++(no ? only_no : only_us);
      // What a country numbers in its own way it may have elsewhere, unless it has none of it.
      const auto parsed = ParseCode(row.code());
      if (parsed.has_value() && parsed->is_base()) bases_of_one.insert(row.code());
      if (parsed.has_value() && !parsed->is_base() && parsed->origin_digit >= 3 &&
          parsed->space.empty() && states.at(no ? "us" : "no") == "not listed") {
        EXPECT_TRUE(bases_of_one.contains(parsed->base)) << row.code();
      }
    }
    if (no && us) {
      EXPECT_FALSE(Has(row, "only-some")) << row.code();
    }
  }
  for (const v1::DivergenceCount& count : summary.counts()) {
    EXPECT_EQ(count.codes(), kinds[count.kind()]) << count.kind();
    EXPECT_LE(count.base_codes(), count.codes());
  }
  EXPECT_EQ(only_no, pair.only_left());
  EXPECT_EQ(only_us, pair.only_right());
}

TEST_F(RealDivergenceTest, KnownCodesStandWhereTheyMust) {
  v1::DivergenceSummary summary;
  std::map<std::string, v1::DivergenceRow> rows;
  for (v1::DivergenceRow& row : Rows(*no_, &summary)) rows[row.code()] = row;
  // The water cannon of the United States; the trigger list, which other US agencies keep.
  ASSERT_TRUE(rows.contains("0A977"));
  EXPECT_EQ(States(rows["0A977"]).at("no"), "not listed");
  ASSERT_TRUE(rows.contains("0C001"));
  EXPECT_EQ(States(rows["0C001"]).at("us"), "not listed");
  for (const char* code : {"5A001.f.1", "5A001.j", "4A005"}) {
    ASSERT_TRUE(rows.contains(code)) << code;
    EXPECT_EQ(States(rows[code]).at("no"), "listed") << code;
    EXPECT_EQ(States(rows[code]).at("us"), "listed") << code;
  }
  EXPECT_TRUE(Has(rows["9A115"], "mapping")) << "a false friend";
  EXPECT_TRUE(Has(rows["9A115"], "text"));
  EXPECT_TRUE(Has(rows["5A001"], "destinations")) << "Norway's list names none";
}

TEST_F(RealDivergenceTest, TwoDaemonsSayTheSame) {
  v1::DivergenceSummary at_us;
  v1::DivergenceSummary at_no;
  const auto us = Rows(*us_, &at_us);
  const auto no = Rows(*no_, &at_no);
  EXPECT_EQ(at_us.SerializeAsString(), at_no.SerializeAsString());
  ASSERT_EQ(us.size(), no.size());
  for (size_t i = 0; i < us.size(); ++i) {
    ASSERT_EQ(us[i].SerializeAsString(), no[i].SerializeAsString()) << us[i].code();
  }
}

TEST_F(RealDivergenceTest, EveryDiffGivesBothTextsBack) {
  v1::DivergenceSummary summary;
  size_t diffs = 0;
  size_t coarse = 0;
  for (const v1::DivergenceRow& row : Rows(*no_, &summary)) {
    if (!Has(row, "text") && !Has(row, "typography")) continue;
    v1::GetDivergenceRequest ask;
    ask.mutable_at()->set_as_of("2023-01-01");
    ask.mutable_scope()->set_code(row.code());
    const auto found = GetDivergence(*no_->snapshot(), federation_->roster().message(), ask, Go);
    ASSERT_TRUE(found.ok()) << found.status();
    for (const v1::TextDiff& diff : found->diffs()) {
      ++diffs;
      coarse += diff.coarse() ? 1 : 0;
      std::string left;
      std::string right;
      for (const v1::DiffSegment& segment : diff.segments()) {
        left += segment.left();
        right += segment.right();
      }
      const auto text_of = [&](const std::string& list, const std::string& key) {
        v1::GetEntryRequest entry;
        entry.set_list(list);
        entry.set_key(key);
        const auto got = no_->snapshot()->GetEntry(entry);
        EXPECT_TRUE(got.ok()) << got.status();
        return got.ok() ? TextToCompare(got->in_force().entry()) : "";
      };
      EXPECT_EQ(left, text_of(diff.left_list(), diff.left_key())) << row.code();
      EXPECT_EQ(right, text_of(diff.right_list(), diff.right_key())) << row.code();
      EXPECT_EQ(diff.difference() == "typography",
                TypographyFreeForm(left) == TypographyFreeForm(right))
          << row.code();
    }
  }
  EXPECT_GT(diffs, 0u);
  std::printf("%zu texts put side by side, %zu too different for it\n", diffs, coarse);
}

}  // namespace
}  // namespace comity

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (!std::filesystem::exists(comity::testing::RealData() / "items/us_ccl_history")) {
    std::printf("NOT RUN: %d tests on real lists, because %s is not there (set COMITY_DATA)\n",
                ::testing::UnitTest::GetInstance()->total_test_count(),
                comity::testing::RealData().c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
