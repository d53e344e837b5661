#include "storage/lists/draft.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

class DraftTest : public ::testing::Test {
 protected:
  static std::vector<v1::Entry> Items() {
    std::vector<v1::Entry> items;
    for (int i = 0; i < 40; ++i) items.push_back(Item("5A" + std::to_string(100 + i), "text"));
    return items;
  }
  void SetUp() override {
    ASSERT_TRUE(federation_.Publish(*replica_, Edition("us-bis/ccl", "2020-01-01", Items())).ok());
  }
  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(DraftTest, DerivesExplicitChangesFromAnEdition) {
  auto items = Items();
  items[1] = Item("5A101", "revised");
  items.erase(items.begin());
  items.push_back(Item("9A000", "added"));
  const auto draft = *replica_->Draft(Edition("us-bis/ccl", "2020-02-01", items));
  EXPECT_EQ(draft.added(), 1u);
  EXPECT_EQ(draft.revised(), 1u);
  EXPECT_EQ(draft.removed(), 1u);
  v1::Revision revision;
  ASSERT_TRUE(revision.ParseFromString(draft.leaves(0).payload()));
  ASSERT_EQ(revision.changes_size(), 3);
  EXPECT_EQ(revision.changes(0).key(), "5A100");
  EXPECT_EQ(revision.changes(0).operation(), v1::OPERATION_REMOVE);
  EXPECT_EQ(revision.mode(), v1::REVISION_MODE_FULL);
}

TEST_F(DraftTest, AnEqualEditionChangesNothing) {
  const auto draft = *replica_->Draft(Edition("us-bis/ccl", "2020-02-01", Items()));
  EXPECT_TRUE(draft.no_changes());
  EXPECT_EQ(draft.leaves_size(), 0);
}

TEST_F(DraftTest, ComparesOnTheEditionsOwnDateAndKeepsPendingChanges) {
  auto future = Items();
  future[0] = Item("5A100", "future");
  ASSERT_TRUE(federation_.Publish(*replica_, Edition("us-bis/ccl", "2021-01-01", future)).ok());
  auto now = Items();
  now[1] = Item("5A101", "now");
  DraftInput input = Edition("us-bis/ccl", "2020-06-01", now);
  input.header.clear_published_at();
  const auto draft = *replica_->Draft(input);
  EXPECT_EQ(draft.revised(), 1u) << "the pending change is not repealed by an edition before it";
  ASSERT_EQ(draft.warnings_size(), 1);
  EXPECT_NE(draft.warnings(0).find("2021-01-01"), std::string::npos);
}

TEST_F(DraftTest, ARefusedRecordNeverRepealsLaw) {
  auto items = Items();
  items.erase(items.begin());
  DraftInput input = Edition("us-bis/ccl", "2020-02-01", items);
  input.header.add_refused_keys("5A100");
  EXPECT_TRUE(replica_->Draft(input)->no_changes());
  input.header.clear_refused_keys();
  input.header.set_keep_missing(true);
  EXPECT_TRUE(replica_->Draft(input)->no_changes());
}

TEST_F(DraftTest, RefusesWhatCannotBePublished) {
  EXPECT_EQ(ReasonOf(replica_
                         ->Draft(Edition("us-bis/ccl", "2020-02-01",
                                         {Item("1A001", "a"), Item("1A001", "b")}))
                         .status()),
            v1::REASON_DUPLICATE_ENTRY);
  EXPECT_EQ(replica_->Draft(Edition("us-bis/ccl", "2020-02-30", Items())).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(replica_->Draft(Edition("us-bis/ccl", "2020-02-01", {})).status().code(),
            absl::StatusCode::kInvalidArgument)
      << "an empty edition";
  EXPECT_EQ(replica_->Draft(Edition("us-bis/ccl", "2020-02-01", {Item("5A001", "a\x1b")}))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument)
      << "a control character";
  v1::Entry no_code = Item("x", "t");
  no_code.mutable_item()->clear_code();
  EXPECT_EQ(replica_->Draft(Edition("us-bis/ccl", "2020-02-01", {no_code})).status().code(),
            absl::StatusCode::kInvalidArgument);
  v1::Entry party;
  party.set_key("p");
  party.mutable_party()->add_names()->set_text("n");
  EXPECT_EQ(replica_->Draft(Edition("us-bis/ccl", "2020-02-01", {party})).status().code(),
            absl::StatusCode::kInvalidArgument)
      << "a party in an items list";
}

TEST_F(DraftTest, PublishedAtIsNeverBeforeThePredecessors) {
  auto items = Items();
  items[0] = Item("5A100", "x");
  DraftInput input = Edition("us-bis/ccl", "2020-02-01", items);
  input.header.set_published_at("2019-01-01");
  v1::Revision revision;
  ASSERT_TRUE(revision.ParseFromString(replica_->Draft(input)->leaves(0).payload()));
  EXPECT_EQ(FormatInstant({revision.published_at()}), "2020-01-01T00:00:00Z");
}

}  // namespace
}  // namespace comity
