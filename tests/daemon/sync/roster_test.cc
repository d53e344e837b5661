// Peers with another roster: who fetches, and that nothing else is exchanged until then.
#include <gtest/gtest.h>

#include "daemon/sync/engine.h"
#include "daemon/sync/wire_version.h"
#include "storage/merkle/hash.h"

namespace comity::sync {
namespace {

template <typename T>
std::vector<T> Only(const std::vector<Effect>& effects) {
  std::vector<T> found;
  for (const Effect& effect : effects) {
    if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
  }
  return found;
}

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

TEST_F(EngineRosterTest, AnOlderProgramCannotTradeRosters) {
  EXPECT_TRUE(Only<CallRosters>(Greeted("jp", 3, "three", kWireSnapshots)).empty());
  EXPECT_EQ(View("jp").state, "refused");
  EXPECT_NE(View("jp").detail.find("upgrade it"), std::string::npos);
}

}  // namespace
}  // namespace comity::sync
