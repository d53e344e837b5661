#include "storage/lists/timeline.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

v1::Change Change(v1::Operation operation, int from) {
  v1::Change change;
  change.set_key("k");
  change.set_operation(operation);
  change.set_effective_from(from);
  return change;
}

class TimelineTest : public ::testing::Test {
 protected:
  absl::Status Apply(v1::Change change, uint64_t index, const char* entry = nullptr) {
    std::optional<Digest> hash;
    if (entry != nullptr) hash = Sha256(entry);
    return timeline_.Apply(change, LeafIndex{index}, hash);
  }
  // The entry in force on a day, by its index; -1 if none is.
  int InForce(int day) const {
    const Version* version = timeline_.InForce(CivilDay{day});
    return version == nullptr ? -1 : static_cast<int>(version->index.value);
  }
  Timeline timeline_;
};

TEST_F(TimelineTest, TheNewestVersionNotAboveTheDayIsInForce) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REVISE, 20), 2, "b").ok());
  EXPECT_EQ(InForce(9), -1);
  EXPECT_EQ(InForce(10), 1);
  EXPECT_EQ(InForce(19), 1);
  EXPECT_EQ(InForce(20), 2);
}

TEST_F(TimelineTest, ALaterRevisionWithAnEarlierDateWinsOnlyUntilThePendingOne) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REVISE, 30), 2, "pending").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REVISE, 20), 3, "b").ok());
  EXPECT_EQ(InForce(25), 3);
  EXPECT_EQ(InForce(30), 2);
  EXPECT_TRUE(timeline_.HasPendingAfter(CivilDay{25}));
}

TEST_F(TimelineTest, OnOneDayTheGreaterIndexWins) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REVISE, 10), 2, "b").ok());
  EXPECT_EQ(InForce(10), 2);
}

TEST_F(TimelineTest, PastAnEndNothingIsInForceAndNothingOlderComesBack) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  v1::Change ends = Change(v1::OPERATION_REVISE, 20);
  ends.set_effective_to(25);
  ASSERT_TRUE(Apply(ends, 2, "b").ok());
  EXPECT_EQ(InForce(24), 2);
  EXPECT_EQ(InForce(25), -1);
}

TEST_F(TimelineTest, ATombstoneIsDatedAndAnAddBringsTheKeyBack) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REMOVE, 20), 2).ok());
  EXPECT_EQ(InForce(19), 1);
  EXPECT_EQ(InForce(20), -1);
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 30), 3, "a").ok());
  EXPECT_EQ(InForce(29), -1);
  EXPECT_EQ(InForce(30), 3);
}

TEST_F(TimelineTest, ARedateTakesThePlaceOfTheVersionItNames) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  ASSERT_TRUE(Apply(Change(v1::OPERATION_REVISE, 20), 2, "b").ok());
  v1::Change redate = Change(v1::OPERATION_REDATE, 40);
  redate.set_target_index(2);
  ASSERT_TRUE(Apply(redate, 3).ok());
  EXPECT_EQ(InForce(20), 1) << "the delayed change is not in force yet";
  EXPECT_EQ(InForce(40), 3);
  EXPECT_EQ(timeline_.InForce(CivilDay{40})->entry_hash, Sha256("b"));
}

TEST_F(TimelineTest, ACorrectionSupersedesWhatItNames) {
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "tpyo").ok());
  v1::Change correction = Change(v1::OPERATION_REVISE, 10);
  correction.set_target_index(1);
  ASSERT_TRUE(Apply(correction, 2, "typo").ok());
  EXPECT_EQ(InForce(10), 2);
  EXPECT_TRUE(timeline_.versions()[0].superseded);
}

TEST_F(TimelineTest, RefusesWhatDoesNotApplyAndChangesNothing) {
  const auto refused = [&](v1::Change change, uint64_t index, const char* entry) {
    const Timeline before = timeline_;
    const absl::Status status = Apply(change, index, entry);
    EXPECT_EQ(ReasonOf(status), v1::REASON_BAD_CHANGE);
    EXPECT_EQ(timeline_, before);
  };
  refused(Change(v1::OPERATION_REVISE, 10), 1, "a");
  refused(Change(v1::OPERATION_REMOVE, 10), 1, nullptr);
  ASSERT_TRUE(Apply(Change(v1::OPERATION_ADD, 10), 1, "a").ok());
  refused(Change(v1::OPERATION_ADD, 10), 2, "a");
  refused(Change(v1::OPERATION_REDATE, 10), 2, nullptr);
  v1::Change redate = Change(v1::OPERATION_REDATE, 10);
  redate.set_target_index(7);
  refused(redate, 2, nullptr);
  v1::Change backwards = Change(v1::OPERATION_REVISE, 20);
  backwards.set_effective_to(20);
  refused(backwards, 2, "b");
}

TEST_F(TimelineTest, EncodesToTheGoldenBytesAndBack) {
  v1::Change add = Change(v1::OPERATION_ADD, 1);
  add.set_effective_to(3);
  ASSERT_TRUE(Apply(add, 5, "a").ok());
  EXPECT_EQ(ToHex(timeline_.Encode()),
            "00000001"
            "0000000000000005"
            "01"
            "09"
            "00000001"
            "00000003"
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
  EXPECT_EQ(*Timeline::Decode(timeline_.Encode()), timeline_);
  std::string cut = timeline_.Encode();
  cut.pop_back();
  EXPECT_EQ(Timeline::Decode(cut).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Timeline::Decode(timeline_.Encode() + "x").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace comity
