// Peers with another roster: who fetches, and that nothing else is exchanged until then.
#include <gtest/gtest.h>

#include "daemon/sync/engine.h"
#include "daemon/sync/wire_version.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "tests/daemon/sync/effects.h"

namespace comity::sync {
namespace {

class EngineRosterTest : public ::testing::Test {
 protected:
  EngineRosterTest() : engine_(Options()) { Step(TimePassed{}); }
  static EngineOptions Options() {
    EngineOptions options;
    options.peers = {"jp", "no"};
    options.roster_version = 2;
    options.roster_digest = Sha256("two");
    options.jitter_seed = 5;
    return options;
  }
  std::vector<Effect> Step(const Event& event) { return engine_.Step(event, now_); }
  std::vector<Effect> Greeted(const std::string& peer, uint64_t version, const std::string& digest,
                              uint32_t wire = kWireRosters) {
    return Step(HelloAnswered{peer, Sha256("heads"), version, Sha256(digest), true, wire});
  }
  PeerView View(const std::string& peer) {
    for (const PeerView& view : engine_.Peers()) {
      if (view.name == peer) return view;
    }
    return {};
  }
  Engine engine_;
  Instant now_{100'000'000};
};

TEST_F(EngineRosterTest, TheOneBehindFetchesFromOnePeerAndExchangesNothingElse) {
  auto effects = Greeted("jp", 3, "three");
  ASSERT_EQ(Only<CallRosters>(effects).size(), 1u);
  EXPECT_EQ(Only<CallRosters>(effects)[0].peer, "jp");
  EXPECT_TRUE(Only<CallHeads>(effects).empty());
  EXPECT_TRUE(Only<OpenWatch>(effects).empty());
  EXPECT_EQ(View("jp").state, "catching-up");
  EXPECT_TRUE(Only<CallRosters>(Greeted("no", 3, "three")).empty()) << "one at a time";
  Step(RostersTaken{"jp"});
  EXPECT_NE(View("jp").detail.find("opens anew"), std::string::npos) << View("jp").detail;
}

TEST_F(EngineRosterTest, AfterAFailureAnotherPeerIsAsked) {
  Greeted("jp", 3, "three");
  Step(CallFailed{"jp", CallFailed::Call::kRosters, {}, absl::UnavailableError("gone")});
  EXPECT_NE(View("jp").state, "refused");
  EXPECT_EQ(Only<CallRosters>(Greeted("no", 3, "three")).size(), 1u);
  const auto effects = Step(CallFailed{
      "no", CallFailed::Call::kRosters, {}, absl::FailedPreconditionError("the chain forked")});
  EXPECT_EQ(Only<Report>(effects).size(), 1u);
  EXPECT_EQ(View("no").state, "refused");
  EXPECT_EQ(View("no").detail, "the chain forked");
}

TEST_F(EngineRosterTest, TheOneAheadWaits) {
  const auto effects = Greeted("jp", 1, "one");
  EXPECT_TRUE(effects.empty());
  EXPECT_NE(View("jp").detail.find("it fetches the newer one"), std::string::npos);
  EXPECT_EQ(View("jp").state, "behind");
  // Once it has it, all goes on.
  EXPECT_EQ(Only<OpenWatch>(Greeted("jp", 2, "two")).size(), 1u);
  EXPECT_EQ(View("jp").state, "catching-up");
}

TEST_F(EngineRosterTest, AForkIsRefusedAndSaidOnce) {
  const auto effects = Greeted("jp", 2, "another two");
  ASSERT_EQ(Only<Report>(effects).size(), 1u);
  EXPECT_TRUE(Only<CallRosters>(effects).empty());
  EXPECT_EQ(View("jp").state, "refused");
  EXPECT_NE(View("jp").detail.find("forked"), std::string::npos) << View("jp").detail;
  EXPECT_TRUE(Only<Report>(Greeted("jp", 2, "another two")).empty());
}

// It was greeted, opened anew under version 3, and signs with keys that version 2 does not name.
TEST_F(EngineRosterTest, OneThatOpenedAnewMeanwhileIsNotBlamed) {
  Greeted("jp", 2, "two");
  const auto doubted = Step(CallFailed{
      "jp", CallFailed::Call::kHeads, {}, absl::PermissionDeniedError("by no key of the roster")});
  ASSERT_EQ(Only<CallHello>(doubted).size(), 1u);
  const auto effects = Greeted("jp", 3, "three");
  EXPECT_EQ(Only<CallRosters>(effects).size(), 1u);
  EXPECT_TRUE(Only<Report>(effects).empty());
  EXPECT_TRUE(Only<Report>(Step(RostersTaken{"jp"})).empty());
  EXPECT_EQ(View("jp").refused, 0u);
}

TEST_F(EngineRosterTest, ALiarIsNotExcusedByARosterThatItDoesNotHaveOrByAnOlderOne) {
  Greeted("jp", 2, "two");
  const absl::Status lie = absl::PermissionDeniedError("by no key of the roster");
  Step(CallFailed{"jp", CallFailed::Call::kHeads, {}, lie});
  ASSERT_EQ(Only<CallRosters>(Greeted("jp", 3, "three")).size(), 1u);
  const auto effects = Step(CallFailed{
      "jp", CallFailed::Call::kRosters, {}, absl::InvalidArgumentError("it gives no rosters")});
  ASSERT_EQ(Only<Report>(effects).size(), 1u);
  EXPECT_EQ(Only<Report>(effects)[0].status, lie);
  // It is left alone: no knock helps.
  EXPECT_TRUE(Only<CallHello>(Step(Knocked{"jp"})).empty());

  Greeted("no", 2, "two");
  Step(CallFailed{"no", CallFailed::Call::kHeld, {}, lie});
  EXPECT_EQ(Only<Report>(Greeted("no", 1, "one")).size(), 1u);
}

// The answer of a Hello that was on its way when it was refused may be of the time before.
TEST_F(EngineRosterTest, OnlyAHelloThatWasSentSinceTells) {
  Greeted("jp", 2, "two");
  now_ = Instant{now_.micros + 60'000'000};
  ASSERT_FALSE(Only<CallHello>(Step(TimePassed{})).empty());
  Step(CallFailed{"jp", CallFailed::Call::kHeld, {}, absl::PermissionDeniedError("no such key")});
  const auto old = Greeted("jp", 2, "two");
  EXPECT_TRUE(Only<Report>(old).empty());
  EXPECT_EQ(Only<CallHello>(old).size(), 1u);
  EXPECT_EQ(Only<CallRosters>(Greeted("jp", 3, "three")).size(), 1u);
  EXPECT_EQ(View("jp").refused, 0u);
}

// A snapshot does not show where the view of a list with void leaves stops.
TEST_F(EngineRosterTest, AListOfRevokedKeysComesLeafByLeafAndNobodyIsBlamed) {
  const Origin origin = *Origin::Parse("f.example/us-bis/ccl/1");
  const LogHead head{origin, TreeSize{2'000}, Sha256("head"), "note"};
  Greeted("jp", 2, "two");
  auto fetches = Only<FetchRevisions>(Step(HeadsAnswered{"jp", {head}}));
  ASSERT_EQ(fetches.size(), 1u);
  ASSERT_EQ(fetches[0].lane, Lane::kSnapshot);
  auto batch = std::make_shared<Batch>();
  batch->origin = origin;
  batch->lane = Lane::kSnapshot;
  batch->page.next_part = 1;
  Step(RevisionsReceived{"jp", batch});
  const auto effects = Step(WriteCompleted{
      "jp", origin,
      MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_KEY_REVOKED, "leaf by leaf"),
      Lane::kSnapshot});
  EXPECT_TRUE(Only<Report>(effects).empty());
  fetches = Only<FetchRevisions>(effects);
  ASSERT_EQ(fetches.size(), 1u) << "at once, of the same peer";
  EXPECT_EQ(fetches[0].lane, Lane::kHead);
  EXPECT_EQ(fetches[0].begin, 0u);
}

TEST_F(EngineRosterTest, AnOlderProgramCannotTradeRosters) {
  EXPECT_TRUE(Only<CallRosters>(Greeted("jp", 3, "three", kWireSnapshots)).empty());
  EXPECT_EQ(View("jp").state, "refused");
  EXPECT_NE(View("jp").detail.find("upgrade it"), std::string::npos);
}

}  // namespace
}  // namespace comity::sync
