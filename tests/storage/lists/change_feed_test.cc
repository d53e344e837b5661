// The feed: every change once, in order, resumable anywhere, whatever the pages are.
#include "storage/lists/change_feed.h"

#include <gtest/gtest.h>

#include "storage/merkle/hash.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

class ChangeFeedTest : public ::testing::Test {
 protected:
  void Publish(const std::string& list, const std::vector<std::string>& codes,
               const std::string& text) {
    std::vector<v1::Entry> entries;
    for (const std::string& code : codes) entries.push_back(Item(code, text));
    clock_.Set(Instant{clock_.Now().micros + 1'000'000});
    DraftInput edition = Edition(list, "2020-01-01", entries, text);
    edition.header.clear_published_at();
    edition.header.set_declare_bulk_removal(true);
    const auto done = federation_.Publish(*us_, edition);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  // All pages from `position` on, each change as "list#index OPERATION key".
  std::vector<std::string> Feed(FeedPosition position, const ChangeFilter& filter = {},
                                size_t bytes = kMaxChangePageBytes, size_t leaves = 256) {
    const std::shared_ptr<const Snapshot> snapshot = us_->snapshot();
    std::vector<std::string> told;
    for (int pages = 0; pages < 1000; ++pages) {
      auto page =
          ReadChanges(*snapshot, store_, position, snapshot->frontier(), filter, bytes, leaves);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::ViewChange& change : page->message.changes()) {
        told.push_back(change.list() + "#" + std::to_string(change.index()) + " " +
                       change.operation() + " " + change.key());
      }
      for (const v1::ViewReset& reset : page->message.resets()) {
        told.push_back("reset " + reset.list() + " " + std::to_string(reset.from_size()) + ".." +
                       std::to_string(reset.to_size()));
      }
      position = page->next;
      EXPECT_EQ(page->message.token().empty(), position.within.has_value());
      if (page->complete) return told;
    }
    ADD_FAILURE() << "it never ends";
    return told;
  }
  static FeedPosition After(const Frontier& frontier) { return {frontier, std::nullopt, 0}; }

  TestFederation federation_{{"us-bis", "us-ofac"}};
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(ChangeFeedTest, TellsEachChangeOnceByInstantWhateverThePages) {
  Publish("us-bis/ccl", {"5A001", "5A002", "5A003"}, "one");
  Publish("us-ofac/x", {"0A001"}, "two");
  Publish("us-bis/ccl", {"5A001", "5A002"}, "three");
  const std::vector<std::string> all = {
      "us-bis/ccl#0 OPEN ",        "us-bis/ccl#1 ADD 5A001",    "us-bis/ccl#1 ADD 5A002",
      "us-bis/ccl#1 ADD 5A003",    "us-ofac/x#0 OPEN ",         "us-ofac/x#1 ADD 0A001",
      "us-bis/ccl#2 REVISE 5A001", "us-bis/ccl#2 REVISE 5A002", "us-bis/ccl#3 REMOVE 5A003"};
  EXPECT_EQ(Feed({}), all);
  EXPECT_EQ(Feed({}, {}, 1), all) << "a change a page";
  EXPECT_EQ(Feed({}, {}, kMaxChangePageBytes, 1), all) << "a leaf a page";
  EXPECT_TRUE(Feed(After(us_->snapshot()->frontier())).empty());
}

TEST_F(ChangeFeedTest, AnyTokenGoesOnWhereItStood) {
  Publish("us-bis/ccl", {"5A001", "5A002"}, "one");
  Publish("us-ofac/x", {"0A001"}, "two");
  Publish("us-bis/ccl", {"5A001", "5A002"}, "three");
  const std::vector<std::string> all = Feed({});
  const std::shared_ptr<const Snapshot> snapshot = us_->snapshot();
  FeedPosition position;
  size_t told = 0;
  int tokens = 0;
  for (bool complete = false; !complete;) {
    const auto page =
        ReadChanges(*snapshot, store_, position, snapshot->frontier(), {}, 1, kMaxChangePageLeaves);
    ASSERT_TRUE(page.ok());
    told += static_cast<size_t>(page->message.changes_size());
    position = page->next;
    complete = page->complete;
    if (page->message.token().empty()) continue;
    ++tokens;
    const auto resumed = Feed(After(*Frontier::ParseToken(page->message.token())));
    EXPECT_EQ(resumed, std::vector<std::string>(all.begin() + told, all.end())) << told;
  }
  EXPECT_GE(tokens, 4);
}

TEST_F(ChangeFeedTest, TakesOnlyWhatTheFilterWants) {
  Publish("us-bis/ccl", {"3A001", "5A001", "5A001.f.1"}, "one");
  Publish("us-ofac/x", {"5A001"}, "two");
  Publish("us-bis/ccl", {"3A001", "5A001"}, "one");
  ChangeFilter filter;
  filter.list = "us-ofac/x";
  EXPECT_EQ(Feed({}, filter),
            (std::vector<std::string>{"us-ofac/x#0 OPEN ", "us-ofac/x#1 ADD 5A001"}));
  filter = {};
  filter.code_prefix = "5a001F";
  EXPECT_EQ(Feed({}, filter), (std::vector<std::string>{"us-bis/ccl#1 ADD 5A001.f.1",
                                                        "us-bis/ccl#2 REMOVE 5A001.f.1"}))
      << "a removal has no entry of its own, and is found all the same";
  filter = {};
  filter.authority = "us-bis";
  filter.participants = std::set<std::string>{"no"};
  EXPECT_TRUE(Feed({}, filter).empty());
}

TEST_F(ChangeFeedTest, SendsTheEntryAlong) {
  Publish("us-bis/ccl", {"5A001"}, "one");
  ChangeFilter filter;
  filter.with_entries = true;
  const auto snapshot = us_->snapshot();
  const auto page = ReadChanges(*snapshot, store_, {}, snapshot->frontier(), filter);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->message.changes(1).entry().item().text(), "one");
}

TEST_F(ChangeFeedTest, WhatCanNotBeToldIsSaid) {
  Publish("us-bis/ccl", {"5A001"}, "one");
  Publish("us-bis/ccl", {"5A001"}, "two");
  Frontier other = us_->snapshot()->frontier();
  other.heads.begin()->second.root = Sha256("another history");
  EXPECT_EQ(Feed(After(other)), std::vector<std::string>{"reset us-bis/ccl 3..3"});
}

}  // namespace
}  // namespace comity
