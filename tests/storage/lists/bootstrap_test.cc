// Lists that begin from a snapshot: what is believed, what is served, how the history follows.
#include "storage/lists/bootstrap.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/verify.h"
#include "storage/merkle/hash.h"
#include "tests/support/federation.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");
constexpr int kEntries = 700;
constexpr int kRevisions = 5;

class BootstrapTest : public ::testing::Test {
 protected:
  BootstrapTest() {
    for (int revision = 0; revision < kRevisions; ++revision)
      Publish("text " + std::to_string(revision));
  }
  // Everything is there in each edition, a tenth with a new text.
  void Publish(const std::string& text) {
    for (int i = 0; i < kEntries; ++i) {
      if (entries_.size() <= static_cast<size_t>(i) || i % 10 == published_ % 10) {
        entries_.resize(std::max<size_t>(entries_.size(), i + 1));
        entries_[i] = Item("5A" + std::to_string(1000 + i), text);
      }
    }
    ++published_;
    clock_.Set(Instant{clock_.Now().micros + 1'000'000});
    DraftInput edition = Edition("us-bis/ccl", "2020-01-01", entries_, text);
    edition.header.clear_published_at();
    const auto done = federation_.Publish(*us_, edition);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  LogHead Head() const { return *us_->HeadOf(kOrigin); }
  SnapshotPage Page(const LogHead& head, uint32_t first, bool header, uint64_t bytes = 20'000,
                    const Origin& origin = kOrigin) {
    const auto index = BuildStateIndexAt(us_store_, origin, head.size);
    EXPECT_TRUE(index.ok()) << index.status();
    auto page = ReadSnapshotPage(us_store_, **index, first, header, bytes);
    EXPECT_TRUE(page.ok()) << page.status();
    return *std::move(page);
  }
  // Pages until the list is open; gives how many it took.
  int Fetch(Replica& to, const LogHead& head, const Origin& origin = kOrigin) {
    int pages = 0;
    for (;;) {
      const auto progress = to.BootstrapOf(origin);
      if (progress.has_value() && progress->open) return pages;
      const uint32_t first = progress.has_value() ? progress->parts_held : 0;
      const absl::Status taken =
          to.IngestSnapshot(head, Page(head, first, !progress.has_value(), 20'000, origin));
      EXPECT_TRUE(taken.ok()) << taken;
      if (!taken.ok() || ++pages > 1000) return -1;
    }
  }
  absl::Status Backfill(Replica& to, const LogHead& head, uint64_t begin, uint64_t end) {
    const auto range = us_->ReadRange(kOrigin, begin, end, head.size.value, 64 << 20);
    if (!range.ok()) return range.status();
    return to.Ingest(head, begin, range->envelopes, range->consistency);
  }
  static std::shared_ptr<const ListView> View(const Replica& at) {
    return *at.snapshot()->FindList("us-bis/ccl");
  }
  absl::Status Verify(const Store& store) {
    return VerifyStore(
        store, federation_.roster(), "", [](const auto&) { return true; },
        [](size_t, size_t) { return true; });
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  MemoryStore us_store_, no_store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &us_store_, &clock_);
  std::unique_ptr<Replica> no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  std::vector<v1::Entry> entries_;
  int published_ = 0;
};

TEST_F(BootstrapTest, ServesAtOnceThenGetsTheHistory) {
  const LogHead head = Head();
  EXPECT_GT(Fetch(*no_, head), 3) << "it came in several pages";
  EXPECT_EQ(no_->snapshot()->view_digest(), us_->snapshot()->view_digest());
  EXPECT_EQ(View(*no_)->since, head.size);
  EXPECT_TRUE(no_->HeldFor("us").empty()) << "nothing is stated HELD before all of it is";
  EXPECT_TRUE(Verify(no_store_).ok()) << Verify(no_store_);

  // The log goes on meanwhile, from where the snapshot ends.
  Publish("later");
  ASSERT_TRUE(Backfill(*no_, Head(), head.size.value, Head().size.value).ok());
  EXPECT_EQ(no_->snapshot()->view_digest(), us_->snapshot()->view_digest());

  // Then what was before, proven against the snapshot's own checkpoint.
  ASSERT_TRUE(Backfill(*no_, head, 0, 2).ok());
  EXPECT_EQ(View(*no_)->backfilled.value, 2u);
  ASSERT_TRUE(Backfill(*no_, head, 2, head.size.value).ok());
  EXPECT_FALSE(no_->BootstrapOf(kOrigin).has_value());
  EXPECT_EQ(View(*no_)->since.value, 0u);
  ASSERT_EQ(no_->HeldFor("us").size(), 1u);
  EXPECT_EQ(no_->HeldFor("us")[0].size, Head().size);
  EXPECT_TRUE(Verify(no_store_).ok()) << Verify(no_store_);
  for (uint64_t i = 0; i < Head().size.value; ++i) {
    EXPECT_EQ(*no_store_.ReadLeaf(kOrigin, LeafIndex{i}),
              *us_store_.ReadLeaf(kOrigin, LeafIndex{i}));
  }
}

TEST_F(BootstrapTest, VerifyingSaysWhichLeavesAreNotHeldAndFindsWhatIsAltered) {
  const LogHead head = Head();
  const std::string early = us_->snapshot()->frontier().Token();
  ASSERT_GT(Fetch(*no_, head), 0);
  ASSERT_TRUE(Backfill(*no_, head, 0, 2).ok());
  Publish("later");
  ASSERT_TRUE(Backfill(*no_, Head(), head.size.value, Head().size.value).ok());
  std::vector<ListVerification> lists;
  StoreVerification result;
  const auto verify = [&](const std::string& known_at) {
    lists.clear();
    return VerifyStore(
        no_store_, federation_.roster(), {"", known_at},
        [&](const ListVerification& at) {
          if (at.done) lists.push_back(at);
          return true;
        },
        [](size_t, size_t) { return true; }, &result);
  };
  ASSERT_TRUE(verify("").ok()) << verify("");
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].not_held_from.value, 2u);
  EXPECT_EQ(lists[0].not_held_to.value, head.size.value - 1);
  EXPECT_EQ(lists[0].verified.value + head.size.value - 3, Head().size.value);
  // The view is proven all the same.
  EXPECT_EQ(result.view_digests.at({}), us_->snapshot()->view_digest());
  EXPECT_TRUE(verify(early).ok());
  EXPECT_EQ(result.frontier->Token(), early);
  // What falls among leaves that are not held cannot be told.
  Frontier between = us_->snapshot()->frontier();
  between.heads.begin()->second = {TreeSize{3},
                                   us_store_.ReadLeaf(kOrigin, LeafIndex{2})->root_after};
  EXPECT_EQ(ReasonOf(verify(between.Token())), v1::REASON_BACKFILLING);

  // A timeline that came with the snapshot, put in by the back door.
  ListCommit stray;
  stray.origin = kOrigin;
  stray.kind = ListCommit::Kind::kBackfill;
  stray.first = LeafIndex{2};
  stray.leaves = {*us_store_.ReadLeaf(kOrigin, LeafIndex{2})};
  StoredTimeline timeline = **us_store_.ReadTimeline(kOrigin, entries_[0].key(), head.size);
  timeline.key = "9X999";
  timeline.index = LeafIndex{2};
  stray.timelines = {timeline};
  ASSERT_TRUE(no_store_.Commit(stray).ok());
  EXPECT_TRUE(absl::IsDataLoss(verify("")));
  ASSERT_FALSE(lists[0].faults.empty());
  EXPECT_EQ(lists[0].faults.named[0].key, "9X999");
}

// A leaf beneath the snapshot may be void; that shows once it is here, and then ends as with all
// who had it from the start.
TEST_F(BootstrapTest, WhatTheRosterRevokedMeanwhileIsJudgedOnceTheHistoryIsHere) {
  const LogHead head = Head();
  ASSERT_GT(Fetch(*no_, head), 0);
  const auto second = testing::NextRoster(testing::FirstRoster(federation_), [](v1::Roster& r) {
    v1::Authority& us = *r.mutable_authorities()->rbegin();
    *us.mutable_officers() = testing::KeySetOf({"us-bis/officer-2", "us-bis/officer-3"}, 2);
    us.set_guard_threshold(2);
    v1::Revocation& one = *r.add_revocations();
    one.set_ed25519(testing::SeededKey("us-bis/officer-1").public_key());
    one.set_origin(kOrigin.ToString());
    one.set_index(2);
  });
  us_ = *Replica::Open(federation_.OptionsFor("us"), second.get(), &us_store_, &clock_);
  no_ = *Replica::Open(federation_.OptionsFor("no"), second.get(), &no_store_, &clock_);
  EXPECT_EQ(View(*us_)->size.value, 2u);
  EXPECT_EQ(View(*no_)->since, head.size) << "not known yet";
  ASSERT_TRUE(Backfill(*no_, head, 0, head.size.value).ok());
  EXPECT_EQ(View(*no_)->size.value, 2u);
  EXPECT_NE(View(*no_)->stopped.find("revoked"), std::string::npos) << View(*no_)->stopped;
  EXPECT_EQ(no_->snapshot()->view_digest(), us_->snapshot()->view_digest());
  // A newcomer is not given a snapshot of such a list.
  MemoryStore jp_store;
  const auto jp = *Replica::Open(federation_.OptionsFor("jp"), second.get(), &jp_store, &clock_);
  const absl::Status given = jp->IngestSnapshot(head, SnapshotPage());
  EXPECT_TRUE(absl::IsFailedPrecondition(given)) << given;
}

TEST_F(BootstrapTest, GoesOnFromWhereItWasInterruptedAnywhere) {
  const LogHead head = Head();
  int steps = 0;
  for (bool complete = false; !complete; ++steps) {
    ASSERT_LT(steps, 1000);
    // A new process each time.
    no_ = federation_.MakeReplica("no", &no_store_, &clock_);
    const auto progress = no_->BootstrapOf(kOrigin);
    if (!progress.has_value() && no_->SizeOf(kOrigin).ok()) {
      complete = true;
    } else if (!progress.has_value() || !progress->open) {
      const uint32_t first = progress.has_value() ? progress->parts_held : 0;
      EXPECT_EQ(first > 0, steps > 0) << "never from the start again";
      ASSERT_TRUE(no_->IngestSnapshot(head, Page(head, first, first == 0, 1)).ok());
    } else {
      const uint64_t begin = progress->backfilled.value;
      ASSERT_TRUE(Backfill(*no_, head, begin, begin + 1).ok());
    }
  }
  EXPECT_GT(steps, 100) << "part by part";
  EXPECT_EQ(no_->snapshot()->view_digest(), us_->snapshot()->view_digest());
  EXPECT_TRUE(Verify(no_store_).ok());
}

// Nobody could go on with it, and the leaves came one by one: what is left of it misleads no
// start.
TEST_F(BootstrapTest, ASnapshotThatWasGivenUpMisleadsNobody) {
  const LogHead head = Head();
  ASSERT_TRUE(no_->IngestSnapshot(head, Page(head, 0, true, 1)).ok());
  ASSERT_TRUE(Backfill(*no_, head, 0, 2).ok());
  EXPECT_FALSE(no_->BootstrapOf(kOrigin).has_value());
  const Digest view = no_->snapshot()->view_digest();
  no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  EXPECT_EQ(no_->SizeOf(kOrigin)->value, 2u);
  EXPECT_EQ(no_->snapshot()->view_digest(), view);
  ASSERT_TRUE(Backfill(*no_, head, 2, head.size.value).ok());
  EXPECT_EQ(no_->snapshot()->view_digest(), us_->snapshot()->view_digest());
  EXPECT_TRUE(Verify(no_store_).ok()) << Verify(no_store_);
}

TEST_F(BootstrapTest, NothingAlteredIsTaken) {
  const LogHead head = Head();
  const SnapshotPage good = Page(head, 0, true, 1);
  std::vector<SnapshotPage> bad(12, good);
  bad[0].entries[0].timeline.back() ^= 1;
  bad[1].entries[0].key += "x";
  bad[2].entries.pop_back();
  bad[3].bodies.pop_back();
  bad[4].bodies[0].bytes.back() ^= 1;
  bad[5].genesis.back() ^= 1;
  bad[6].last.back() ^= 1;
  bad[7].header->mutable_edge(0)->mutable_hashes()->back() ^= 1;
  bad[8].header->mutable_nodes()->back() ^= 1;
  bad[9].header->mutable_last_proof(0)->back() ^= 1;
  bad[10].header->clear_genesis_proof();
  bad[11].header.reset();
  for (size_t i = 0; i < bad.size(); ++i) {
    EXPECT_FALSE(no_->IngestSnapshot(head, bad[i]).ok()) << i;
    EXPECT_FALSE(no_->BootstrapOf(kOrigin).has_value()) << i;
  }
  ASSERT_TRUE(no_->IngestSnapshot(head, good).ok());
  // Another size than the one that was begun, and parts out of their order.
  SnapshotPage skipped = Page(head, good.next_part + 1, false, 1);
  EXPECT_FALSE(no_->IngestSnapshot(head, skipped).ok());
  const LogHead old = head;
  Publish("later");
  EXPECT_FALSE(no_->IngestSnapshot(Head(), Page(Head(), good.next_part, false, 1)).ok());
  EXPECT_EQ(no_->BootstrapOf(kOrigin)->head, old);
}

TEST_F(BootstrapTest, WhatIsNotKnownYetIsNotAnswered) {
  const std::string early = us_->snapshot()->frontier().Token();
  const Instant then = clock_.Now();
  Publish("later");
  const LogHead head = Head();
  ASSERT_GT(Fetch(*no_, head), 0);
  v1::GetItemRequest request;
  request.set_code("5A1003");
  const auto now = no_->snapshot()->GetItem(request);
  ASSERT_TRUE(now.ok()) << now.status();
  ASSERT_EQ(now->authorities_size(), 1);
  EXPECT_EQ(now->basis().backfilling_lists_size(), 1);
  for (const std::string& known_at : {early, FormatInstant(then)}) {
    request.mutable_at()->set_known_at(known_at);
    const auto before = no_->snapshot()->GetItem(request);
    EXPECT_EQ(before.status().code(), absl::StatusCode::kUnknown) << known_at << before.status();
    EXPECT_EQ(ReasonOf(before.status()), v1::REASON_BACKFILLING);
  }
  v1::GetListLogRequest log;
  log.set_list("us-bis/ccl");
  const auto rows = no_->snapshot()->GetListLog(log);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->revisions_size(), 1);
  EXPECT_EQ(rows->not_held_to(), head.size.value - 1);
  v1::DiffListRequest diff;
  diff.set_list("us-bis/ccl");
  diff.set_from_size(3);
  diff.set_to_size(static_cast<uint32_t>(head.size.value));
  EXPECT_EQ(ReasonOf(no_->snapshot()->DiffList(diff).status()), v1::REASON_BACKFILLING);

  // With the history the same questions have the same answers as at home.
  ASSERT_TRUE(Backfill(*no_, head, 0, head.size.value).ok());
  for (const std::string& known_at : {early, FormatInstant(then)}) {
    request.mutable_at()->set_known_at(known_at);
    const auto here = no_->snapshot()->GetItem(request);
    ASSERT_TRUE(here.ok()) << here.status();
    EXPECT_EQ(here->basis().view_digest(),
              us_->snapshot()->GetItem(request)->basis().view_digest());
    EXPECT_EQ(here->authorities(0).citation(),
              us_->snapshot()->GetItem(request)->authorities(0).citation());
  }
}

TEST_F(BootstrapTest, TermsAreFoundWhileTheMapHasNoHistory) {
  std::vector<v1::Entry> map(2);
  for (size_t i = 0; i < map.size(); ++i) {
    map[i].set_key("m" + std::to_string(i));
    v1::Correlation& line = *map[i].mutable_correlation();
    line.mutable_left()->set_term(i == 0 ? "facial recognition" : "wiretaps");
    line.mutable_right()->set_article("Article 5");
    line.mutable_right()->set_issuer("eu");
    line.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
    line.set_origin(v1::LINK_ORIGIN_HUMAN);
    line.set_source_citation("A map");
    DraftInput edition =
        Edition("us-bis/map", "2020-01-01", {map.begin(), map.begin() + i + 1}, "Map");
    edition.header.set_kind(v1::LIST_KIND_CORRELATIONS);
    const auto done = federation_.Publish(*us_, edition);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  const Origin origin = *Origin::Parse("test.example/us-bis/map/1");
  ASSERT_GT(Fetch(*no_, *us_->HeadOf(origin), origin), 0);
  v1::SearchItemsRequest request;
  request.set_text("facial recognition");
  const auto found = no_->snapshot()->SearchItems(request, nullptr);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->linked_size(), 1);
  EXPECT_EQ(found->linked(0).citation(), "") << "its revision is not here yet";
  EXPECT_EQ(us_->snapshot()->SearchItems(request, nullptr)->linked(0).citation(), "Map");
}

TEST_F(BootstrapTest, AHistoryThatDoesNotMakeTheSnapshotIsNotTaken) {
  const LogHead head = Head();
  ASSERT_GT(Fetch(*no_, head), 0);
  auto range = us_->ReadRange(kOrigin, 0, head.size.value, head.size.value, 64 << 20);
  ASSERT_TRUE(range.ok());
  auto altered = range->envelopes;
  altered[2].back() ^= 1;
  EXPECT_FALSE(no_->Ingest(head, 0, altered, range->consistency).ok());
  EXPECT_FALSE(no_->Ingest(head, 1, {altered[1]}, {}).ok()) << "a gap";
  EXPECT_EQ(no_->BootstrapOf(kOrigin)->backfilled.value, 0u);
  EXPECT_TRUE(no_->Ingest(head, 0, range->envelopes, range->consistency).ok());
}

TEST_F(BootstrapTest, OurOwnListsAreFetchedLeafByLeaf) {
  MemoryStore store;
  const auto restored = federation_.MakeReplica("us", &store, &clock_);
  EXPECT_EQ(restored->IngestSnapshot(Head(), Page(Head(), 0, true)).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace comity
