// Divergences in words.
#include "client/cli/divergence_tables.h"

#include <gmock/gmock.h>

namespace comity::cli {
namespace {

using ::testing::ElementsAre;

void Add(const char* kind, const char* left, const char* right, v1::TextDiff* diff) {
  v1::DiffSegment& segment = *diff->add_segments();
  segment.set_kind(kind);
  segment.set_left(left);
  segment.set_right(right);
}

TEST(DiffTextTest, MarksWordsAndLeavesTheSpacesBehindThemOutside) {
  v1::TextDiff diff;
  Add("same", "Lasers of ", "lasers  of ", &diff);
  Add("left", "10 W\n", "", &diff);
  Add("right", "", "20 W", &diff);
  Add("same", "or more", "or more", &diff);
  EXPECT_EQ(DiffText(diff), "Lasers of [-10 W-]\n{+20 W+} or more");
}

TEST(DivergenceRowsTableTest, SaysWhoHasItAndWhyOnOneLine) {
  google::protobuf::RepeatedPtrField<v1::DivergenceRow> rows;
  v1::DivergenceRow& row = *rows.Add();
  row.set_code("4D004");
  for (const auto& [kind, why] : {std::pair("only-some", "us controls it, no will from 2024-06-01"),
                                  std::pair("dates", "in force from 2022-03-07 in us")}) {
    v1::DivergenceReason& reason = *row.add_reasons();
    reason.set_kind(kind);
    reason.set_explanation(why);
  }
  const auto state = [&](const char* who, const char* what, const char* code, const char* day) {
    v1::DivergenceState& one = *row.add_states();
    one.set_participant(who);
    one.set_state(what);
    one.set_code(code);
    one.set_day(day);
  };
  state("eu", "no list held", "", "");
  state("jp", "linked", "8の項", "");
  state("no", "pending", "", "2024-06-01");
  state("se", "within", "4D", "");
  state("us", "listed", "", "");
  for (const auto& [who, from] : {std::pair("jp", "2021-01-01"), std::pair("us", "2022-03-07")}) {
    v1::DivergenceEntry& entry = *row.add_entries();
    entry.set_participant(who);
    entry.set_effective_from(from);
    entry.set_compared(true);
  }
  const Table table = DivergenceRowsTable(rows);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_THAT(table.rows[0],
              ElementsAre("4D004", "only-some dates",
                          "jp (8の項) 2021-01-01, us 2022-03-07; eu: no list held, no: pending "
                          "2024-06-01, se: within 4D",
                          "us controls it, no will from 2024-06-01; in force from 2022-03-07 in "
                          "us"));
}

TEST(DivergencePairsTableTest, HasARowForEachPair) {
  v1::DivergenceSummary summary;
  v1::DivergencePair& pair = *summary.add_pairs();
  pair.set_left("no");
  pair.set_right("us");
  pair.set_both(1180);
  const Table table = DivergencePairsTable(summary);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].size(), table.columns.size());
  EXPECT_EQ(table.rows[0][2], "1180");
}

}  // namespace
}  // namespace comity::cli
