// Leaves of a level that a program does not know: kept, relayed, never shown, and taken in by
// the next program that knows it.
#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/verify.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

class EvolutionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Replica> Open(const std::string& participant, Store* store, uint32_t level) {
    Replica::Options options = federation_.OptionsFor(participant);
    options.schema_level = level;
    auto replica = Replica::Open(std::move(options), &federation_.roster(), store, &clock_);
    EXPECT_TRUE(replica.ok()) << replica.status();
    (*replica)->ReleaseSigning();
    return *std::move(replica);
  }
  // One more edition, whose leaf needs `level`.
  absl::Status Publish(Replica& replica, const std::string& text, uint32_t level) {
    auto draft =
        replica.Draft(Edition("us-bis/ccl", "2020-01-01", {Item("5A001", text)}, "FR " + text));
    if (!draft.ok()) return draft.status();
    if (level > 1) {
      v1::Revision revision;
      v1::DraftLeaf& leaf = *draft->mutable_leaves(draft->leaves_size() - 1);
      revision.ParseFromString(leaf.payload());
      revision.set_schema_level(level);
      revision.set_critical_level(level);
      leaf.set_payload(revision.SerializeAsString());
    }
    return replica.Submit(federation_.Sign(*draft, "us-bis")).status();
  }
  static absl::Status Relay(const Replica& from, Replica& to) {
    const auto head = from.HeadOf(kOrigin);
    if (!head.ok()) return head.status();
    const uint64_t begin = to.SizeOf(kOrigin).ok() ? to.SizeOf(kOrigin)->value : 0;
    const auto range = from.ReadRange(kOrigin, begin, head->size.value, head->size.value, 1 << 20);
    if (!range.ok()) return range.status();
    return to.Ingest(*head, begin, range->envelopes, range->consistency);
  }
  static std::shared_ptr<const ListView> View(const Replica& at) {
    const auto view = at.snapshot()->FindList("us-bis/ccl");
    EXPECT_TRUE(view.ok()) << view.status();
    return *view;
  }
  static std::string Heading(const Replica& at) {
    v1::GetItemRequest request;
    request.set_code("5A001");
    const auto answer = at.snapshot()->GetItem(request);
    if (!answer.ok() || answer->authorities().empty()) return "";
    return answer->authorities(0).entry().item().heading();
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  MemoryStore us_store_, no_store_, jp_store_;
};

TEST_F(EvolutionTest, AnOldProgramKeepsAndRelaysWhatItDoesNotShow) {
  const auto us = Open("us", &us_store_, 2);
  const auto old = Open("no", &no_store_, 1);
  const auto beyond = Open("jp", &jp_store_, 2);
  ASSERT_TRUE(Publish(*us, "one", 1).ok());
  ASSERT_TRUE(Relay(*us, *old).ok());
  const Digest before = old->snapshot()->view_digest();
  ASSERT_TRUE(Publish(*us, "two", 2).ok());
  ASSERT_TRUE(Publish(*us, "three", 1).ok());

  ASSERT_TRUE(Relay(*us, *old).ok());
  EXPECT_EQ(old->SizeOf(kOrigin)->value, 4u);
  EXPECT_EQ(View(*old)->size.value, 2u);
  EXPECT_NE(View(*old)->stopped.find("leaf 2"), std::string::npos) << View(*old)->stopped;
  EXPECT_EQ(old->snapshot()->view_digest(), before);
  EXPECT_EQ(Heading(*old), "one");
  // Whoever reads is told.
  v1::GetItemRequest request;
  request.set_code("5A001");
  const auto answer = old->snapshot()->GetItem(request);
  ASSERT_EQ(answer->basis().stopped_lists_size(), 1);
  EXPECT_EQ(answer->basis().stopped_lists(0), "us-bis/ccl");
  // It does not state that it verified what it did not.
  EXPECT_EQ(View(*old)->held.at("no").size.value, 2u);

  // Through it alone the third one gets everything.
  EXPECT_EQ(old->HeadOf(kOrigin)->root, us->HeadOf(kOrigin)->root);
  ASSERT_TRUE(Relay(*old, *beyond).ok());
  EXPECT_EQ(beyond->snapshot()->view_digest(), us->snapshot()->view_digest());
  EXPECT_EQ(Heading(*beyond), "three");

  // What is stored is sound, and stays stopped when the same program opens it.
  EXPECT_TRUE(VerifyStore(
                  no_store_, federation_.roster(), "", [](const auto&) { return true; },
                  [](size_t, size_t) { return true; })
                  .ok());
  const auto again = Open("no", &no_store_, 1);
  EXPECT_EQ(View(*again)->size.value, 2u);
  EXPECT_NE(View(*again)->stopped.find("leaf 2"), std::string::npos) << View(*again)->stopped;
}

TEST_F(EvolutionTest, ANewerProgramTakesUpWhereTheOlderStopped) {
  const auto us = Open("us", &us_store_, 2);
  ASSERT_TRUE(Publish(*us, "one", 1).ok());
  ASSERT_TRUE(Publish(*us, "two", 2).ok());
  ASSERT_TRUE(Publish(*us, "three", 1).ok());
  {
    const auto old = Open("no", &no_store_, 1);
    ASSERT_TRUE(Relay(*us, *old).ok());
    ASSERT_EQ(View(*old)->size.value, 2u);
  }
  {
    const auto upgraded = Open("no", &no_store_, 2);
    EXPECT_EQ(View(*upgraded)->size.value, 4u);
    EXPECT_EQ(View(*upgraded)->stopped, "");
    EXPECT_EQ(upgraded->snapshot()->view_digest(), us->snapshot()->view_digest());
    EXPECT_EQ(Heading(*upgraded), "three");
    EXPECT_EQ(View(*upgraded)->held.at("no").size.value, 4u);
    // And on from there.
    ASSERT_TRUE(Publish(*us, "four", 2).ok());
    ASSERT_TRUE(Relay(*us, *upgraded).ok());
    EXPECT_EQ(upgraded->snapshot()->view_digest(), us->snapshot()->view_digest());
  }
  const auto reopened = Open("no", &no_store_, 2);
  EXPECT_EQ(reopened->snapshot()->view_digest(), us->snapshot()->view_digest());
}

TEST_F(EvolutionTest, LevelsThatComeOneByOneAreTakenUpOneByOne) {
  const auto us = Open("us", &us_store_, 3);
  ASSERT_TRUE(Publish(*us, "one", 1).ok());
  ASSERT_TRUE(Publish(*us, "two", 2).ok());
  ASSERT_TRUE(Publish(*us, "three", 3).ok());
  ASSERT_TRUE(Relay(*us, *Open("no", &no_store_, 1)).ok());
  EXPECT_EQ(View(*Open("no", &no_store_, 2))->size.value, 3u);
  EXPECT_EQ(View(*Open("no", &no_store_, 3))->size.value, 4u);
}

TEST_F(EvolutionTest, AGenesisOfAnUnknownLevelIsRefusedBecauseItSaysWhoMayHoldIt) {
  const auto us = Open("us", &us_store_, 2);
  auto draft = us->Draft(Edition("us-bis/ccl", "2020-01-01", {Item("5A001", "one")}, "FR 1"));
  ASSERT_TRUE(draft.ok());
  draft->mutable_leaves()->DeleteSubrange(1, draft->leaves_size() - 1);
  v1::Genesis genesis;
  genesis.ParseFromString(draft->leaves(0).payload());
  genesis.set_schema_level(2);
  genesis.set_critical_level(2);
  draft->mutable_leaves(0)->set_payload(genesis.SerializeAsString());
  const auto submitted = us->Submit(federation_.Sign(*draft, "us-bis"));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const auto old = Open("no", &no_store_, 1);
  EXPECT_EQ(ReasonOf(Relay(*us, *old)), v1::REASON_UNSUPPORTED_LEVEL);
  EXPECT_FALSE(old->SizeOf(kOrigin).ok());
}

TEST_F(EvolutionTest, AnOldOwnerPublishesNothingOnTopOfWhatItDoesNotKnow) {
  ASSERT_TRUE(Publish(*Open("us", &us_store_, 2), "one", 1).ok());
  ASSERT_TRUE(Publish(*Open("us", &us_store_, 2), "two", 2).ok());
  MemoryStore store;
  const auto old = Open("us", &store, 1);
  ASSERT_TRUE(Relay(*Open("us", &us_store_, 2), *old).ok());
  EXPECT_EQ(ReasonOf(Publish(*old, "three", 1)), v1::REASON_UNSUPPORTED_LEVEL);
}

}  // namespace
}  // namespace comity
