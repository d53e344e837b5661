#include "daemon/sync/engine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "tests/daemon/sync/effects.h"

namespace comity::sync {
namespace {

constexpr int64_t kSecond = 1'000'000;
const Origin kOrigin = *Origin::Parse("f.example/us-bis/ccl/1");
const Origin kOther = *Origin::Parse("f.example/no-mfa/list2/1");

LogHead Head(uint64_t size, const Origin& origin = kOrigin) {
  return {origin, TreeSize{size}, Sha256(std::to_string(size)), "note"};
}

class EngineTest : public ::testing::Test {
 protected:
  explicit EngineTest(EngineOptions options = Options()) : engine_(std::move(options)) {}
  static EngineOptions Options() {
    EngineOptions options;
    options.peers = {"jp", "no"};
    options.roster_version = 1;
    options.jitter_seed = 5;
    options.backoff_max = 60 * kSecond;
    return options;
  }
  std::vector<Effect> Step(const Event& event) { return engine_.Step(event, now_); }
  // Greets a peer that shows `heads`; its watch opens.
  std::vector<Effect> Connect(const std::string& peer, const std::vector<LogHead>& heads) {
    Step(TimePassed{});
    Step(HelloAnswered{peer, Sha256("other heads"), 1, {}});
    Step(WatchOpened{peer});
    return Step(HeadsAnswered{peer, heads});
  }
  PeerView View(const std::string& peer) {
    for (const PeerView& view : engine_.Peers()) {
      if (view.name == peer) return view;
    }
    return {};
  }
  std::shared_ptr<Batch> MakeBatch(uint64_t begin, int count) {
    auto batch = std::make_shared<Batch>();
    batch->origin = kOrigin;
    batch->begin = begin;
    batch->envelopes.assign(count, "e");
    return batch;
  }
  Engine engine_;
  Instant now_{100 * kSecond};
};

TEST_F(EngineTest, GreetsEveryPeerAtOnce) {
  EXPECT_EQ(Only<CallHello>(Step(TimePassed{})).size(), 2u);
  EXPECT_EQ(Only<CallHello>(Step(TimePassed{})).size(), 0u) << "one greeting at a time";
  EXPECT_EQ(View("jp").state, "connecting");
}

TEST_F(EngineTest, EqualHeadsEndTheExchange) {
  Step(TimePassed{});
  const auto effects = Step(HelloAnswered{"jp", engine_.HeadsDigest("jp"), 1, {}});
  EXPECT_EQ(Only<CallHeads>(effects).size(), 0u);
  EXPECT_EQ(Only<OpenWatch>(effects).size(), 1u);
  EXPECT_EQ(View("jp").state, "current");
}

// What is held moved on while the greeting was on its way, to what the peer holds: equal now,
// and yet it did not say that it holds what it was greeted with.
TEST_F(EngineTest, WhoWasNotHeardByItsGreetingIsAskedForItsHeads) {
  Step(TimePassed{});
  HelloAnswered hello{"jp", engine_.HeadsDigest("jp"), 1, {}};
  hello.heads_equal = false;
  EXPECT_EQ(Only<CallHeads>(Step(hello)).size(), 1u);
}

// Names of lists cost a peer nothing: past the bound new ones are left out, known ones still grow.
TEST_F(EngineTest, SoManyHeadsOfAPeerAndNoMore) {
  std::vector<LogHead> heads;
  for (size_t i = 0; i <= kMaxHeadsOfPeer; ++i) {
    heads.push_back(Head(1, {"f.example", {"us-bis", "l" + std::to_string(i)}, 1}));
  }
  Connect("jp", heads);
  EXPECT_EQ(View("jp").ahead, kMaxHeadsOfPeer);
  Step(HeadsAnswered{"jp", {Head(3, heads[0].origin), Head(3, {"f.example", {"us-bis", "x"}, 1})}});
  EXPECT_EQ(View("jp").ahead, kMaxHeadsOfPeer + 2);
}

TEST_F(EngineTest, FetchesWhatIsNotHeldAndStoresBeforeItGoesOn) {
  auto fetches = Only<FetchRevisions>(Connect("jp", {Head(5)}));
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].begin, 0u);
  EXPECT_EQ(fetches[0].end, 5u);
  EXPECT_EQ(View("jp").ahead, 5u);
  EXPECT_EQ(View("jp").state, "catching-up");
  auto effects = Step(RevisionsReceived{"jp", MakeBatch(0, 2)});
  EXPECT_EQ(Only<Persist>(effects).size(), 1u);
  // The rest is on its way while that is stored, and waits for it.
  fetches = Only<FetchRevisions>(effects);
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].begin, 2u);
  EXPECT_EQ(Only<Persist>(Step(RevisionsReceived{"jp", MakeBatch(2, 3)})).size(), 0u);
  EXPECT_EQ(Only<Persist>(Step(LocalCommitted{kOrigin, TreeSize{2}, {}, {}})).size(), 0u);
  const auto persists = Only<Persist>(Step(WriteCompleted{"jp", kOrigin, absl::OkStatus()}));
  ASSERT_EQ(persists.size(), 1u);
  EXPECT_EQ(persists[0].batch->begin, 2u);
}

TEST_F(EngineTest, OneFetchAnOriginAndOneAPeer) {
  EXPECT_EQ(Only<FetchRevisions>(Connect("jp", {Head(5), Head(3, kOther)})).size(), 1u);
  const auto more = Only<FetchRevisions>(Connect("no", {Head(5), Head(3, kOther)}));
  ASSERT_EQ(more.size(), 1u) << "the other origin, from the other peer";
}

TEST_F(EngineTest, AWrongAnswerQuarantinesThatPeerForThatOriginAndAnotherIsAsked) {
  Connect("no", {});
  Connect("jp", {Head(5)});
  Step(Hinted{"no", {Head(5)}});
  Step(RevisionsReceived{"jp", MakeBatch(0, 5)});
  const auto effects = Step(WriteCompleted{"jp", kOrigin, absl::InvalidArgumentError("forged")});
  EXPECT_EQ(Only<Report>(effects).size(), 1u);
  const auto fetches = Only<FetchRevisions>(effects);
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].peer, "no");
  EXPECT_EQ(View("jp").state, "refused");
  EXPECT_EQ(View("jp").refused, 1u);
  EXPECT_EQ(View("jp").detail, "forged");
}

// With the pauses of a daemon.
class LiarTest : public EngineTest {
 protected:
  LiarTest() : EngineTest(DaemonOptions()) {}
  static EngineOptions DaemonOptions() {
    EngineOptions options = Options();
    options.backoff_max = 2 * kSecond;
    return options;
  }
};

TEST_F(LiarTest, ALiarIsLeftAloneLongerEachTimeAndNotGreetedForAKnock) {
  std::vector<int64_t> pauses;
  for (int i = 0; i < 4; ++i) {
    Connect("jp", {});
    const auto doubted = Step(CallFailed{
        "jp", CallFailed::Call::kHeld, {}, absl::InvalidArgumentError("nobody signed that")});
    EXPECT_EQ(Only<CloseWatch>(doubted).size(), 1u);
    EXPECT_EQ(Only<CallHello>(doubted).size(), 1u) << "it may be under a newer roster by now";
    EXPECT_TRUE(Only<Report>(doubted).empty());
    // What was under way ends too: that changes nothing.
    Step(WatchEnded{"jp", absl::CancelledError("cancelled here")});
    const auto effects = Step(HelloAnswered{"jp", engine_.HeadsDigest("jp"), 1, {}});
    EXPECT_EQ(Only<Report>(effects).size(), 1u);
    EXPECT_TRUE(Only<OpenWatch>(effects).empty());
    EXPECT_EQ(View("jp").state, "refused");
    EXPECT_EQ(View("jp").detail, "nobody signed that");
    EXPECT_TRUE(Only<CallHello>(Step(Knocked{"jp"})).empty());
    const Instant lied = now_;
    std::vector<CallHello> hellos;
    while (hellos.empty()) {
      now_ = engine_.NextDeadline();
      for (const CallHello& hello : Only<CallHello>(Step(TimePassed{}))) {
        if (hello.peer == "jp") hellos.push_back(hello);
        if (hello.peer == "no") Step(HelloAnswered{"no", engine_.HeadsDigest("no"), 1, {}});
      }
    }
    pauses.push_back(now_.micros - lied.micros);
  }
  EXPECT_GE(pauses[0], 1 * kSecond);
  EXPECT_LT(pauses[0], 3 * kSecond);
  EXPECT_GT(pauses[1] + pauses[2], 2 * pauses[0]);
  EXPECT_GE(pauses[3], 8 * kSecond) << "2 s, doubled three times, jittered by half";
  EXPECT_EQ(View("jp").refused, 4u);
}

TEST_F(EngineTest, AnUnreachablePeerIsTriedWithGrowingPauses) {
  Step(TimePassed{});
  std::vector<int64_t> pauses;
  for (int i = 0; i < 12; ++i) {
    Step(CallFailed{"jp", CallFailed::Call::kHello, {}, absl::UnavailableError("down")});
    EXPECT_EQ(View("jp").state, "silent");
    const Instant due = engine_.NextDeadline();
    pauses.push_back(due.micros - now_.micros);
    now_ = due;
    ASSERT_EQ(Only<CallHello>(Step(TimePassed{})).size(), 1u);
  }
  EXPECT_LT(pauses[0], kSecond);
  EXPECT_GT(*std::max_element(pauses.begin(), pauses.end()), 20 * kSecond);
  EXPECT_LT(*std::max_element(pauses.begin(), pauses.end()), 90 * kSecond);
}

TEST_F(EngineTest, AnUnreachablePeerThatGreetsUsIsTriedAtOnceButDoesNotDriveUs) {
  Step(TimePassed{});
  EXPECT_TRUE(Only<CallHello>(Step(Knocked{"jp"})).empty()) << "its greeting is under way";
  const auto fail = [&] {
    Step(CallFailed{"jp", CallFailed::Call::kHello, {}, absl::UnavailableError("down")});
  };
  for (int i = 0; i < 12; ++i) {
    fail();
    now_ = engine_.NextDeadline();
    Step(TimePassed{});
  }
  fail();
  const auto hellos = Only<CallHello>(Step(Knocked{"jp"}));
  ASSERT_EQ(hellos.size(), 1u);
  EXPECT_EQ(hellos[0].peer, "jp");
  fail();
  EXPECT_TRUE(Only<CallHello>(Step(Knocked{"jp"})).empty()) << "once in the longest pause";
  EXPECT_TRUE(Only<CallHello>(Step(Knocked{"xx"})).empty());
  now_ = Instant{now_.micros + 61 * kSecond};
  Step(TimePassed{});
  Step(CallFailed{"jp", CallFailed::Call::kHello, {}, absl::PermissionDeniedError("refused")});
  EXPECT_TRUE(Only<CallHello>(Step(Knocked{"jp"})).empty()) << "a refusal is not undone by a knock";
}

TEST_F(EngineTest, ALostWatchIsFollowedByAGreeting) {
  Connect("jp", {});
  Step(WatchEnded{"jp", absl::UnavailableError("gone")});
  now_ = Instant{now_.micros + kSecond};
  const auto hellos = Only<CallHello>(Step(TimePassed{}));
  ASSERT_EQ(hellos.size(), 1u);
  EXPECT_EQ(hellos[0].peer, "jp");
}

TEST_F(EngineTest, AnotherRosterIsRefusedAndSaid) {
  Step(TimePassed{});
  Step(HelloAnswered{"jp", engine_.HeadsDigest("jp"), 2, {}});
  EXPECT_EQ(View("jp").state, "refused");
  EXPECT_NE(View("jp").detail.find("roster version 2"), std::string::npos);
}

TEST_F(EngineTest, CountsHowFarAPeerIsBehind) {
  Connect("jp", {Head(2)});
  Step(RevisionsReceived{"jp", MakeBatch(0, 2)});
  Step(LocalCommitted{kOrigin, TreeSize{2}, Head(2), {}});
  Step(WriteCompleted{"jp", kOrigin, absl::OkStatus()});
  EXPECT_EQ(View("jp").state, "current");
  Step(LocalCommitted{kOrigin, TreeSize{5}, Head(5), {}});
  EXPECT_EQ(View("jp").behind, 3u);
  EXPECT_EQ(View("jp").state, "behind");
  ASSERT_EQ(View("jp").missing.size(), 1u);
  EXPECT_EQ(View("jp").missing[0].list, "us-bis/ccl");
  EXPECT_EQ(View("jp").missing[0].here, 5u);
  EXPECT_EQ(View("jp").missing[0].there, 2u);
  Step(Hinted{"jp", {Head(5)}});
  EXPECT_EQ(View("jp").behind, 0u);
}

TEST_F(EngineTest, ARangeThatDoesNotComeIsAskedOfAnotherPeerToo) {
  Connect("jp", {Head(5)});
  Connect("no", {Head(5)});
  const Instant asked = now_;
  EXPECT_LE(engine_.NextDeadline().micros, asked.micros + kSecond);
  now_ = Instant{asked.micros + kSecond - 1};
  EXPECT_TRUE(Only<FetchRevisions>(Step(TimePassed{})).empty());
  now_ = Instant{asked.micros + kSecond};
  const auto fetches = Only<FetchRevisions>(Step(TimePassed{}));
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].peer, "no");
  EXPECT_EQ(fetches[0].begin, 0u);
  EXPECT_GT(engine_.NextDeadline().micros, now_.micros) << "nobody else is left";

  const auto persists = Only<Persist>(Step(RevisionsReceived{"no", MakeBatch(0, 5)}));
  ASSERT_EQ(persists.size(), 1u);
  EXPECT_EQ(persists[0].peer, "no");
  Step(LocalCommitted{kOrigin, TreeSize{5}, Head(5), {}});
  Step(WriteCompleted{"no", kOrigin, absl::OkStatus()});
  // The late one comes at last: nothing is stored twice, and it is asked again.
  EXPECT_TRUE(Only<Persist>(Step(RevisionsReceived{"jp", MakeBatch(0, 5)})).empty());
  EXPECT_EQ(View("jp").state, "current");
  EXPECT_EQ(Only<FetchRevisions>(Step(Hinted{"jp", {Head(6)}})).size(), 1u);
}

TEST_F(EngineTest, OfTwoThatWereAskedTheFirstToAnswerIsTaken) {
  Connect("jp", {Head(5)});
  Connect("no", {Head(5)});
  now_ = Instant{now_.micros + kSecond};
  ASSERT_EQ(Only<FetchRevisions>(Step(TimePassed{})).size(), 1u);
  const auto persists = Only<Persist>(Step(RevisionsReceived{"jp", MakeBatch(0, 5)}));
  ASSERT_EQ(persists.size(), 1u);
  EXPECT_EQ(persists[0].peer, "jp");
  // What is wrong with it is jp's fault; "no" still counts.
  Step(WriteCompleted{"jp", kOrigin, absl::InvalidArgumentError("forged")});
  EXPECT_EQ(View("jp").refused, 1u);
  Step(CallFailed{"no", CallFailed::Call::kFetch, kOrigin, absl::UnavailableError("x")});
  now_ = Instant{now_.micros + kSecond};
  const auto again = Only<FetchRevisions>(Step(TimePassed{}));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].peer, "no");
}

TEST_F(EngineTest, SeveralPeersServeRangesOfOneListAndTheyAreStoredInOrder) {
  Connect("no", {});
  auto fetches = Only<FetchRevisions>(Connect("jp", {Head(700)}));
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].end, 256u);
  fetches = Only<FetchRevisions>(Step(Hinted{"no", {Head(700)}}));
  ASSERT_EQ(fetches.size(), 1u) << "the second range, from the other peer";
  EXPECT_EQ(fetches[0].peer, "no");
  EXPECT_EQ(fetches[0].begin, 256u);
  EXPECT_EQ(fetches[0].end, 512u);
  // The second comes first: it waits, and its peer goes on with the third.
  auto effects = Step(RevisionsReceived{"no", MakeBatch(256, 256)});
  EXPECT_TRUE(Only<Persist>(effects).empty());
  fetches = Only<FetchRevisions>(effects);
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].begin, 512u);
  // The first fails: asked of nobody twice, stored from whoever has it.
  effects = Step(CallFailed{"jp", CallFailed::Call::kFetch, kOrigin, absl::UnavailableError("x")});
  EXPECT_TRUE(Only<FetchRevisions>(effects).empty()) << "jp rests a moment, no is busy";
  effects = Step(RevisionsReceived{"no", MakeBatch(512, 188)});
  fetches = Only<FetchRevisions>(effects);
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].begin, 0u);
  EXPECT_EQ(fetches[0].end, 256u) << "no further than what came already";
  std::vector<uint64_t> stored;
  effects = Step(RevisionsReceived{"no", MakeBatch(0, 256)});
  for (uint64_t held : {256u, 512u, 700u}) {
    const auto persist = Only<Persist>(effects);
    ASSERT_EQ(persist.size(), 1u);
    stored.push_back(persist[0].batch->begin);
    Step(LocalCommitted{kOrigin, TreeSize{held}, {}, {}});
    effects = Step(WriteCompleted{"no", kOrigin, absl::OkStatus()});
  }
  EXPECT_EQ(stored, (std::vector<uint64_t>{0, 256, 512}));
}

TEST_F(EngineTest, APausedPeerIsNotAskedAnything) {
  Connect("jp", {Head(5)});
  const auto closed = Only<CloseWatch>(Step(PeerPaused{"jp", true, "audit"}));
  ASSERT_EQ(closed.size(), 1u);
  Step(WatchEnded{"jp", absl::CancelledError("")});
  Step(CallFailed{"jp", CallFailed::Call::kFetch, kOrigin, absl::CancelledError("")});
  now_ = Instant{now_.micros + 3600 * kSecond};
  for (const CallHello& hello : Only<CallHello>(Step(TimePassed{}))) EXPECT_NE(hello.peer, "jp");
  EXPECT_EQ(View("jp").state, "paused");
  EXPECT_NE(View("jp").detail.find("audit"), std::string::npos);
  EXPECT_EQ(View("jp").ahead, 5u) << "what is missing is still said";
  const auto hellos = Only<CallHello>(Step(PeerPaused{"jp", false, ""}));
  ASSERT_EQ(hellos.size(), 1u) << "greeted at once";
  EXPECT_EQ(hellos[0].peer, "jp");
}

TEST_F(EngineTest, AFullDiskHereIsNobodysFault) {
  Connect("jp", {Head(5)});
  Step(RevisionsReceived{"jp", MakeBatch(0, 5)});
  auto effects = Step(WriteCompleted{"jp", kOrigin, absl::ResourceExhaustedError("no space left")});
  EXPECT_TRUE(Only<FetchRevisions>(effects).empty());
  EXPECT_EQ(View("jp").refused, 0u);
  EXPECT_EQ(View("jp").state, "catching-up");
  EXPECT_NE(View("jp").detail.find("no space left"), std::string::npos);
  now_ = Instant{now_.micros + 20 * kSecond};
  EXPECT_EQ(Only<FetchRevisions>(Step(TimePassed{})).size(), 1u) << "tried again by itself";
}

// Nothing of it can be judged before that roster comes; nothing else waits for it.
TEST_F(EngineTest, ALeafUnderARosterThatNobodyHasHoldsUpNoOtherList) {
  const Origin other = *Origin::Parse("f.example/us-bis/other/1");
  Connect("jp", {Head(5)});
  Step(RevisionsReceived{"jp", MakeBatch(0, 5)});
  Step(WriteCompleted{"jp", kOrigin,
                      MakeError(absl::StatusCode::kUnavailable, v1::REASON_WRONG_ROSTER,
                                "signed under roster version 1000000")});
  EXPECT_EQ(View("jp").refused, 1u);
  const auto fetches = Only<FetchRevisions>(
      Step(Hinted{"jp", {LogHead{other, TreeSize{3}, Sha256("other"), "note"}}, false}));
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches[0].target.origin, other);
}

LocalCommitted ContestedLocal(uint64_t size) {
  LocalCommitted local{kOrigin, TreeSize{size}, Head(size), {}};
  local.contested = true;
  return local;
}

TEST_F(EngineTest, AContestedListIsFetchedNoFurther) {
  Step(LocalCommitted{kOrigin, TreeSize{5}, Head(5), {}});
  LogHead other = Head(5);
  other.root = Sha256("another");
  Connect("jp", {other});
  EXPECT_NE(View("jp").state, "contested") << "that needs evidence";
  Step(ContestedLocal(5));
  EXPECT_EQ(View("jp").state, "contested");
  EXPECT_NE(View("jp").detail.find("us-bis/ccl"), std::string::npos);
  EXPECT_TRUE(Only<FetchRevisions>(Step(Hinted{"jp", {Head(9)}})).empty());
  EXPECT_EQ(View("jp").ahead, 0u);
  // A new epoch ends it.
  Origin next = kOrigin;
  next.epoch = 2;
  Step(LocalCommitted{next, TreeSize{2}, Head(2, next), {}});
  EXPECT_NE(View("jp").state, "contested");
}

TEST_F(EngineTest, EvidenceIsAskedForBeforeAnythingElse) {
  Step(TimePassed{});
  HelloAnswered hello{"jp", Sha256("other heads"), 1, {}};
  hello.held_equal = hello.evidence_equal = hello.statuses_equal = false;
  auto effects = Step(hello);
  ASSERT_FALSE(effects.empty());
  const auto* first = std::get_if<CallStatements>(&effects[0]);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->kind, StatementKind::kEvidence);
  EXPECT_EQ(Only<CallStatements>(effects).size(), 2u);
  EXPECT_TRUE(Only<CallStatements>(Step(Hinted{"jp", {}, true})).empty()) << "one at a time";
  Step(StatementsAnswered{"jp", StatementKind::kEvidence});
  EXPECT_EQ(Only<CallStatements>(Step(Hinted{"jp", {}, true})).size(), 1u);
  // Evidence that proves nothing is that peer's doing.
  Step(CallFailed{
      "jp", CallFailed::Call::kStatements, {}, absl::InvalidArgumentError("proves nothing")});
  effects = Step(HelloAnswered{"jp", engine_.HeadsDigest("jp"), 1, {}});
  EXPECT_EQ(Only<Report>(effects).size(), 1u);
  EXPECT_EQ(View("jp").refused, 1u);
}

TEST_F(EngineTest, WhoServesWhatDoesNotContinueIsAskedToProveHisLog) {
  Step(LocalCommitted{kOrigin, TreeSize{3}, Head(3), {}});
  Connect("jp", {Head(5)});
  Step(RevisionsReceived{"jp", MakeBatch(3, 2)});
  const absl::Status wrong =
      MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF, "does not continue");
  const auto asked = Only<CallConsistency>(Step(WriteCompleted{"jp", kOrigin, wrong}));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].peer, "jp");
  EXPECT_EQ(asked[0].target.size.value, 5u);
  EXPECT_EQ(asked[0].size.value, 3u);
}

TEST_F(EngineTest, NobodyIsBlamedForWhatCameAfterEvidence) {
  Step(LocalCommitted{kOrigin, TreeSize{3}, Head(3), {}});
  Connect("jp", {Head(5)});
  Step(RevisionsReceived{"jp", MakeBatch(3, 2)});
  Step(ContestedLocal(3));
  const absl::Status contested =
      MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_CONTESTED, "contested");
  EXPECT_TRUE(Only<Report>(Step(WriteCompleted{"jp", kOrigin, contested})).empty());
  EXPECT_EQ(View("jp").refused, 0u);
}

TEST_F(EngineTest, AHeadThatIsReachedIsHeldAgainstWhatCame) {
  Step(LocalCommitted{kOrigin, TreeSize{3}, Head(3), {}});
  Connect("jp", {Head(5)});
  Connect("no", {Head(9)});
  const auto met = Only<MeetHead>(Step(LocalCommitted{kOrigin, TreeSize{9}, Head(9), {}}));
  ASSERT_EQ(met.size(), 1u) << "what no shows is what is held";
  EXPECT_EQ(met[0].peer, "jp");
  EXPECT_TRUE(Only<MeetHead>(Step(LocalCommitted{kOrigin, TreeSize{9}, Head(9), {}})).empty());
}

TEST_F(EngineTest, APeerThatLagsAQuorumForLongIsFlagged) {
  Connect("jp", {});
  Step(HelloAnswered{"jp", engine_.HeadsDigest("jp"), 1, {}});
  LocalCommitted local{kOrigin, TreeSize{5}, Head(5), {}};
  Step(local);
  EXPECT_EQ(View("jp").state, "behind");
  now_ = Instant{now_.micros + 400 * kSecond};
  Step(TimePassed{});
  EXPECT_EQ(View("jp").state, "behind") << "few hold it yet";
  local.common = TreeSize{5};
  Step(local);
  EXPECT_EQ(View("jp").state, "lagging");
  Step(Hinted{"jp", {Head(5)}});
  EXPECT_EQ(View("jp").state, "current");
}

TEST_F(EngineTest, ARestrictedListIsLeftOutOfTheDigestForOthers) {
  Step(LocalCommitted{kOrigin, TreeSize{5}, Head(5), {}});
  const Digest before = engine_.HeadsDigest("jp");
  Step(LocalCommitted{kOther, TreeSize{3}, Head(3, kOther), {"no", "us"}});
  EXPECT_EQ(engine_.HeadsDigest("jp"), before);
  EXPECT_NE(engine_.HeadsDigest("no"), before);
}

TEST_F(EngineTest, SaysWhy) {
  Connect("no", {});
  Connect("jp", {Head(700)});
  std::string all;
  for (const std::string& line : engine_.ExplainList(kOrigin.name)) all += line + "\n";
  EXPECT_NE(all.find("0 leaves held here, 700 more are known of"), std::string::npos) << all;
  EXPECT_NE(all.find("leaves 0 to 255 are being fetched from it"), std::string::npos) << all;
  EXPECT_NE(all.find("peer no showed 0 leaves: the same"), std::string::npos) << all;
  Step(CallFailed{"jp", CallFailed::Call::kFetch, kOrigin, absl::InvalidArgumentError("forged")});
  all.clear();
  for (const std::string& line : engine_.ExplainPeer("jp")) all += line + "\n";
  EXPECT_NE(all.find("refused: forged"), std::string::npos) << all;
  EXPECT_NE(all.find("asked again in"), std::string::npos) << all;
  EXPECT_TRUE(engine_.ExplainPeer("xx").empty());
}

TEST_F(EngineTest, IgnoresPeersItDoesNotKnow) {
  EXPECT_TRUE(Step(Hinted{"xx", {Head(9)}}).size() <= 2);
  EXPECT_EQ(Only<FetchRevisions>(Step(HeadsAnswered{"xx", {Head(9)}})).size(), 0u);
}

}  // namespace
}  // namespace comity::sync
