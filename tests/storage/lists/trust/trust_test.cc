// What a replica does about authorities that contradict themselves or fall silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/base/errors.h"
#include "storage/lists/replica.h"
#include "tests/storage/lists/trust/seconds.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

class TrustTest : public ::testing::Test {
 protected:
  // The authority's two daemons, which know nothing of each other.
  void Publish(Replica& us, const std::string& text, const std::string& list = "us-bis/ccl") {
    const auto done =
        federation_.Publish(us, Edition(list, "2020-01-01", {Item("5A001", text)}, "FR " + text));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  // One history up to size 2, then two.
  void Fork(int leaves, int other_leaves) {
    Publish(*us_, "one");
    Publish(*twin_, "one");
    ASSERT_EQ(us_->HeadOf(kOrigin)->root, twin_->HeadOf(kOrigin)->root);
    for (int i = 0; i < leaves; ++i) Publish(*us_, "two " + std::to_string(i));
    for (int i = 0; i < other_leaves; ++i) Publish(*twin_, "other " + std::to_string(i));
  }
  static absl::Status Copy(const Replica& from, Replica& to) {
    const LogHead head = *from.HeadOf(kOrigin);
    const uint64_t begin = to.SizeOf(kOrigin).ok() ? to.SizeOf(kOrigin)->value : 0;
    const auto range = from.ReadRange(kOrigin, begin, head.size.value, head.size.value, 1 << 20);
    return to.Ingest(head, begin, range->envelopes, range->consistency);
  }
  bool Contested(const Replica& at) { return at.snapshot()->lists().at(kOrigin)->contested; }
  std::unique_ptr<Replica> Make(const std::string& participant, Store* store) {
    return federation_.MakeReplica(participant, store, &clock_);
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, 1, {60, 600, 6000}};
  ManualClock clock_{kNow};
  MemoryStore us_store_, twin_store_, no_store_, jp_store_;
  std::unique_ptr<Replica> us_ = Make("us", &us_store_);
  std::unique_ptr<Replica> twin_ = Make("us", &twin_store_);
  std::unique_ptr<Replica> no_ = Make("no", &no_store_);
  std::unique_ptr<Replica> jp_ = Make("jp", &jp_store_);
};

TEST_F(TrustTest, TwoHeadsOfOneSizeStopTheListAndItIsServedOn) {
  Fork(1, 1);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  std::vector<Origin> told;
  no_->OnCommit([&](const News& news) {
    told.insert(told.end(), news.contested.begin(), news.contested.end());
  });
  ASSERT_TRUE(no_->MeetHead(*twin_->HeadOf(kOrigin)).ok()) << "who shows it did nothing wrong";
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(told, std::vector<Origin>{kOrigin});
  ASSERT_EQ(no_->EvidenceFor("jp").size(), 1u);
  EXPECT_TRUE(VerifyEvidence(no_->EvidenceFor("jp")[0].bytes, federation_.roster()).ok());
  ASSERT_TRUE(no_->MeetHead(*twin_->HeadOf(kOrigin)).ok());
  EXPECT_EQ(told.size(), 1u) << "said once";

  // Nothing more of it is taken, from either side; what is held is served, and says so.
  Publish(*us_, "three");
  EXPECT_EQ(ReasonOf(Copy(*us_, *no_)), v1::REASON_CONTESTED);
  EXPECT_EQ(no_->SizeOf(kOrigin)->value, 3u);
  v1::GetListRequest request;
  request.set_list("us-bis/ccl");
  const auto answer = no_->snapshot()->GetList(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->contested());
  EXPECT_EQ(answer->size(), 3u);
  EXPECT_THAT(answer->basis().contested_lists(), ::testing::ElementsAre("us-bis/ccl"));
  EXPECT_TRUE(no_->ReadRange(kOrigin, 0, 3, 3, 1 << 20).ok());

  // It is remembered over a start.
  no_ = Make("no", &no_store_);
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(ReasonOf(Copy(*us_, *no_)), v1::REASON_CONTESTED);
}

TEST_F(TrustTest, ASmallerHeadOfAnotherHistoryIsProvenFromWhatIsHeld) {
  Fork(4, 1);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(no_->MeetHead(*twin_->HeadOf(kOrigin)).ok());
  ASSERT_EQ(no_->EvidenceFor("").size(), 1u);
  const VerifiedEvidence evidence = no_->EvidenceFor("")[0];
  EXPECT_EQ(evidence.first.size, 3u);
  EXPECT_EQ(evidence.second.size, 6u);
}

TEST_F(TrustTest, ALargerHeadIsProvenByWhoeverShowsIt) {
  Fork(1, 5);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  const LogHead larger = *twin_->HeadOf(kOrigin);
  ASSERT_TRUE(no_->MeetHead(larger).ok());
  EXPECT_FALSE(Contested(*no_)) << "it may continue what is held";
  EXPECT_EQ(ReasonOf(Copy(*twin_, *no_)), v1::REASON_BAD_PROOF);
  EXPECT_FALSE(Contested(*no_)) << "a lie of whoever served it looks the same";
  auto proof = *twin_->ReadConsistency(kOrigin, TreeSize{3}, larger.size);
  LogConsistency lie = proof;
  lie.old_root[0] ^= 1;
  EXPECT_EQ(ReasonOf(no_->MeetConsistency(larger, TreeSize{3}, lie)), v1::REASON_BAD_PROOF);
  EXPECT_FALSE(Contested(*no_));
  ASSERT_TRUE(no_->MeetConsistency(larger, TreeSize{3}, proof).ok());
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(no_->EvidenceFor("")[0].second.size, 7u);
}

TEST_F(TrustTest, AnHonestAuthorityIsNeverContested) {
  Publish(*us_, "one");
  const LogHead old = *us_->HeadOf(kOrigin);
  for (int i = 0; i < 4; ++i) Publish(*us_, "more " + std::to_string(i));
  const LogHead head = *us_->HeadOf(kOrigin);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(no_->MeetHead(old).ok());
  ASSERT_TRUE(no_->MeetHead(head).ok());
  ASSERT_TRUE(Copy(*us_, *jp_).ok());
  Publish(*us_, "last");
  ASSERT_TRUE(no_->MeetHead(*us_->HeadOf(kOrigin)).ok());
  ASSERT_TRUE(no_->MeetConsistency(*us_->HeadOf(kOrigin), head.size,
                                   *us_->ReadConsistency(kOrigin, head.size, TreeSize{7}))
                  .ok());
  EXPECT_FALSE(Contested(*no_));
  EXPECT_TRUE(no_->EvidenceFor("").empty());
}

TEST_F(TrustTest, EvidenceTravelsAndIsVerifiedOnArrival) {
  Fork(1, 2);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(Copy(*twin_, *jp_).ok());
  ASSERT_TRUE(jp_->MeetHead(*us_->HeadOf(kOrigin)).ok());
  ASSERT_TRUE(Contested(*jp_));
  EXPECT_NE(jp_->EvidenceDigestFor("no"), no_->EvidenceDigestFor("jp"));
  std::vector<std::string> all;
  for (const VerifiedEvidence& one : jp_->EvidenceFor("no")) all.push_back(one.bytes);
  ASSERT_EQ(*no_->TakeEvidence(all), 1u);
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(jp_->EvidenceDigestFor("no"), no_->EvidenceDigestFor("jp"));
  EXPECT_EQ(*no_->TakeEvidence(all), 0u) << "again, it is no news";
  all[0].back() ^= 1;
  EXPECT_FALSE(no_->TakeEvidence(all).ok());
  // Its own owner learns of it, and publishes no more.
  all[0].back() ^= 1;
  ASSERT_EQ(*us_->TakeEvidence(all), 1u);
  const auto refused =
      federation_.Publish(*us_, Edition("us-bis/ccl", "2020-01-01", {Item("5A001", "late")}));
  EXPECT_EQ(ReasonOf(refused.status()), v1::REASON_CONTESTED) << refused.status();
}

TEST_F(TrustTest, EvidenceAgainstWhatIsNotHeldIsLeftOut) {
  Fork(1, 1);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(no_->MeetHead(*twin_->HeadOf(kOrigin)).ok());
  EXPECT_EQ(*jp_->TakeEvidence({no_->EvidenceFor("jp")[0].bytes}), 0u);
  EXPECT_TRUE(jp_->EvidenceFor("").empty());
  ASSERT_TRUE(Copy(*us_, *jp_).ok());
  EXPECT_EQ(*jp_->TakeEvidence({no_->EvidenceFor("jp")[0].bytes}), 1u);
}

TEST_F(TrustTest, AHeldStatementOfAnotherHistoryIsEvidence) {
  Fork(3, 1);
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(Copy(*twin_, *jp_).ok());
  const HeldStatement stated = jp_->HeldFor("no")[0];
  ASSERT_EQ(stated.participant, "jp");
  EXPECT_TRUE(absl::IsFailedPrecondition(no_->TakeHeld({{"jp", stated.note}}).status()));
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(no_->EvidenceFor("")[0].held_by, "");
  EXPECT_EQ(no_->snapshot()->lists().at(kOrigin)->held.count("jp"), 0u);
}

TEST_F(TrustTest, AHeldStatementThatWasAheadIsJudgedOnceItIsReached) {
  Fork(1, 1);
  Publish(*twin_, "other more");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(Copy(*twin_, *jp_).ok());
  ASSERT_TRUE(no_->TakeHeld({{"jp", jp_->HeldFor("no")[0].note}}).ok());
  EXPECT_FALSE(Contested(*no_)) << "4 may continue the 3 that are held";
  Publish(*us_, "three");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  EXPECT_TRUE(Contested(*no_));
}

TEST_F(TrustTest, OfMuchEvidenceTheSameIsKeptEverywhere) {
  Fork(12, 0);
  // The other one publishes at each size from 3 to 12: each head is evidence of its own.
  std::vector<std::string> all;
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(Copy(*us_, *jp_).ok());
  for (int i = 0; i < 11; ++i) {
    Publish(*twin_, "other " + std::to_string(i));
    ASSERT_TRUE(no_->MeetHead(*twin_->HeadOf(kOrigin)).ok());
    if (no_->EvidenceFor("").size() == 1 && i == 0) all.push_back(no_->EvidenceFor("")[0].bytes);
  }
  EXPECT_EQ(no_->EvidenceFor("").size(), EvidenceBoard::kMaxPerOrigin);
  for (const VerifiedEvidence& one : no_->EvidenceFor("")) all.push_back(one.bytes);
  std::reverse(all.begin(), all.end());
  ASSERT_TRUE(jp_->TakeEvidence(all).ok());
  EXPECT_EQ(jp_->EvidenceDigestFor("no"), no_->EvidenceDigestFor("jp"));
}

// --- Freshness ---

class FreshTest : public TrustTest {
 protected:
  std::string Fresh(const Replica& at) {
    return at.snapshot()->FreshnessOf(*at.snapshot()->lists().at(kOrigin)).freshness();
  }
  static std::vector<std::string> EnvelopesOf(const std::vector<ParticipantStatus>& statuses) {
    std::vector<std::string> envelopes;
    for (const ParticipantStatus& one : statuses) envelopes.push_back(one.envelope);
    return envelopes;
  }
  size_t Exchange(Replica& from, const std::string& to_name, Replica& to) {
    const auto taken = to.TakeStatuses(EnvelopesOf(from.statuses().For(to_name)));
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.value_or(0);
  }
};

TEST_F(FreshTest, SilenceIsSaidInEveryAnswerAndTheListStaysInForce) {
  Publish(*us_, "one");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  us_->TickStatuses();
  EXPECT_EQ(Exchange(*us_, "no", *no_), 1u);
  EXPECT_EQ(Fresh(*no_), "FRESH");
  EXPECT_TRUE(no_->snapshot()->Basis(*no_->snapshot()->Resolve({})).not_fresh().empty());
  for (const auto& [seconds, word] : std::vector<std::pair<int, std::string>>{
           {59, "FRESH"}, {60, "LATE"}, {600, "STALE"}, {6000, "EXPIRED"}}) {
    clock_.Set(Instant{kNow.micros + seconds * kSecond});
    EXPECT_EQ(Fresh(*no_), word) << seconds;
    const auto basis = no_->snapshot()->Basis(*no_->snapshot()->Resolve({}));
    EXPECT_EQ(basis.not_fresh_size(), word == "FRESH" ? 0 : 1) << seconds;
    if (word != "FRESH") {
      EXPECT_EQ(basis.not_fresh(0).freshness(), word);
      EXPECT_EQ(basis.not_fresh(0).age_s(), static_cast<uint32_t>(seconds));
    }
  }
  v1::GetItemRequest request;
  request.set_code("5A001");
  EXPECT_EQ(no_->snapshot()->GetItem(request)->authorities_size(), 1);
  EXPECT_EQ(Fresh(*us_), "FRESH") << "nobody need tell the owner";
  us_->TickStatuses();
  EXPECT_EQ(Exchange(*us_, "no", *no_), 1u);
  EXPECT_EQ(Fresh(*no_), "FRESH");
}

TEST_F(FreshTest, IsSignedPerTickAndSoonAfterAChange) {
  Publish(*us_, "one");
  std::vector<Instant> stated;
  us_->OnCommit([&](const News& news) {
    for (const ParticipantStatus& one : news.statuses) stated.push_back(one.stated_at);
  });
  for (int second = 0; second <= 120; ++second) {
    clock_.Set(Instant{kNow.micros + second * kSecond});
    us_->TickStatuses();
    if (second == 70 || second == 71 || second == 72) Publish(*us_, std::to_string(second));
  }
  std::vector<int64_t> seconds;
  for (const Instant one : stated) seconds.push_back((one.micros - kNow.micros) / kSecond);
  EXPECT_THAT(seconds, ::testing::ElementsAre(0, 60, 71, 73));
}

TEST_F(FreshTest, AStatusOfMoreThanIsHeldConfirmsNothing) {
  Publish(*us_, "one");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  us_->TickStatuses();
  Exchange(*us_, "no", *no_);
  clock_.Advance(50 * kSecond);
  Publish(*us_, "two");
  us_->TickStatuses();
  Exchange(*us_, "no", *no_);
  EXPECT_EQ(Fresh(*no_), "FRESH") << "as of the status before";
  clock_.Advance(15 * kSecond);
  EXPECT_EQ(Fresh(*no_), "LATE") << "somebody keeps the revision back";
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  EXPECT_EQ(Fresh(*no_), "FRESH");
}

TEST_F(FreshTest, OnlyNewerOnesCountAndNoneFromTheFuture) {
  Publish(*us_, "one");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  us_->TickStatuses();
  const auto old = EnvelopesOf(us_->statuses().For("no"));
  clock_.Advance(100 * kSecond);
  us_->TickStatuses();
  const auto newer = EnvelopesOf(us_->statuses().For("no"));
  EXPECT_EQ(*no_->TakeStatuses(newer), 1u);
  EXPECT_EQ(*no_->TakeStatuses(old), 0u);
  EXPECT_EQ(*no_->TakeStatuses(newer), 0u);
  EXPECT_EQ(no_->statuses().DigestFor("us"), us_->statuses().DigestFor("no"));
  // The sender's clock is ahead by five minutes and a second.
  clock_.Advance(301 * kSecond);
  us_->TickStatuses();
  const auto ahead = EnvelopesOf(us_->statuses().For("no"));
  clock_.Advance(-301 * kSecond);
  EXPECT_EQ(*no_->TakeStatuses(ahead), 0u) << "left out, and nobody's lie";
  clock_.Advance(kSecond);
  EXPECT_EQ(*no_->TakeStatuses(ahead), 1u);
  // It was taken while this clock was ahead too; set back, it is as none.
  clock_.Advance(-100 * kSecond);
  EXPECT_EQ(*no_->TakeStatuses(newer), 1u);
}

TEST(StatusBoardTest, AudiencesThatAreMadeUpDoNotPileUp) {
  const TestFederation federation(
      {"at-bmaw", "de-bafa", "fr-sbdu", "jp-meti", "nl-mfa", "no-mfa", "uk-ecju", "us-bis"}, 1,
      {60, 600, 6000});
  const std::vector<std::string> others = {"at", "de", "fr", "jp", "nl", "uk", "us"};
  const ManualClock clock{kNow};
  MemoryStore store;
  const auto no = federation.MakeReplica("no", &store, &clock);
  std::vector<std::string> made;
  for (uint32_t chosen = 0; chosen < 1u << others.size(); ++chosen) {
    ParticipantStatus status;
    status.participant = "us";
    status.audience = {"no"};
    for (size_t i = 0; i < others.size(); ++i) {
      if ((chosen >> i) % 2 != 0) status.audience.push_back(others[i]);
    }
    std::ranges::sort(status.audience);
    status.stated_at = kNow;
    const auto signed_one =
        SignStatus(status, testing::SeededKey("us/statement"), federation.roster());
    ASSERT_TRUE(signed_one.ok()) << signed_one.status();
    made.push_back(signed_one->envelope);
  }
  EXPECT_EQ(made.size(), 128u);
  EXPECT_EQ(*no->TakeStatuses(made), 64u);
  EXPECT_EQ(no->statuses().For("no").size(), 64u);
}

TEST_F(FreshTest, IsRelayedAndSurvivesAStart) {
  Publish(*us_, "one");
  ASSERT_TRUE(Copy(*us_, *no_).ok());
  ASSERT_TRUE(Copy(*us_, *jp_).ok());
  clock_.Advance(500 * kSecond);
  us_->TickStatuses();
  Exchange(*us_, "no", *no_);
  no_ = Make("no", &no_store_);
  EXPECT_EQ(Fresh(*no_), "FRESH");
  EXPECT_EQ(Fresh(*jp_), "EXPIRED") << "since the revision of 2020";
  EXPECT_EQ(Exchange(*no_, "jp", *jp_), 1u);
  EXPECT_EQ(Fresh(*jp_), "FRESH");
  EXPECT_TRUE(no_->statuses()
                  .NewerFor("jp", {{{"us", ""}, clock_.Now()}, {{"no", ""}, clock_.Now()}})
                  .empty());
}

TEST_F(FreshTest, OfARestrictedListOnlyItsAudienceHears) {
  ASSERT_TRUE(
      federation_.OpenRestricted(*us_, &us_store_, {"us-bis", "closed"}, {"jp", "us"}).ok());
  us_->TickStatuses();
  EXPECT_TRUE(us_->statuses().For("no").empty());
  ASSERT_EQ(us_->statuses().For("jp").size(), 1u);
  EXPECT_EQ(Exchange(*us_, "jp", *no_), 0u) << "and whoever gets it all the same drops it";
  EXPECT_EQ(Exchange(*us_, "jp", *jp_), 1u);
}

}  // namespace
}  // namespace comity
