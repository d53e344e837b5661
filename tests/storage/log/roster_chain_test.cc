// The chain of rosters: what each version must be, each rule broken once.
#include "storage/log/roster_chain.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

using testing::FirstRoster;
using testing::KeySetOf;
using testing::kNow;
using testing::NextEnvelope;
using testing::NextRoster;
using testing::PublicKeyOf;
using testing::SeededKey;
using testing::TestFederation;

void Nothing(v1::Roster&) {}

v1::Revocation Revocation(const std::string& key, const std::string& origin, uint64_t index) {
  v1::Revocation one;
  one.set_ed25519(SeededKey(key).public_key());
  one.set_origin(origin);
  one.set_index(index);
  return one;
}

class RosterChainTest : public ::testing::Test {
 protected:
  v1::Reason Next(const std::function<void(v1::Roster&)>& alter,
                  const std::vector<std::string>& signers = {"root-1"}) {
    const auto next = Roster::LoadNext(NextEnvelope(*first_, alter, signers), first_);
    EXPECT_FALSE(next.ok());
    return ReasonOf(next.status());
  }
  absl::StatusCode Code(const std::function<void(v1::Roster&)>& alter) {
    return Roster::LoadNext(NextEnvelope(*first_, alter), first_).status().code();
  }

  TestFederation federation_;
  std::shared_ptr<const Roster> first_ = FirstRoster(federation_);
};

TEST_F(RosterChainTest, TakesTheNextVersionAndKnowsThoseBefore) {
  const auto second = NextRoster(first_, Nothing);
  const auto third = NextRoster(second, Nothing);
  EXPECT_EQ(third->version(), 3u);
  EXPECT_EQ(third->first_version(), 1u);
  EXPECT_EQ(third->FindVersion(1), first_.get());
  EXPECT_EQ(third->FindVersion(3), third.get());
  EXPECT_EQ(third->FindVersion(4), nullptr);
  EXPECT_EQ(third->FindVersion(0), nullptr);
}

TEST_F(RosterChainTest, RefusesWhatDoesNotFollow) {
  EXPECT_EQ(Next([](v1::Roster& r) { r.set_version(3); }), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(Next([](v1::Roster& r) {
              r.set_version(1);
              r.clear_previous_digest();
            }),
            v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(Next([](v1::Roster& r) { (*r.mutable_previous_digest())[0] ^= 1; }),
            v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(Next([](v1::Roster& r) { r.set_federation("other.example"); }),
            v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(Next([](v1::Roster& r) { r.set_valid_from(0); }), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(Code([](v1::Roster& r) { r.clear_previous_digest(); }),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code([](v1::Roster& r) { r.set_valid_to(r.valid_from()); }),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code([](v1::Roster& r) { r.mutable_participants()->SwapElements(0, 1); }),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(RosterChainTest, NeedsBothThresholdsOfDistinctKeys) {
  const auto rotate = [](v1::Roster& r) { *r.mutable_root() = KeySetOf({"new-1", "new-2"}, 2); };
  EXPECT_EQ(Next(rotate, {"root-1"}), v1::REASON_TOO_FEW_SIGNATURES);
  EXPECT_EQ(Next(rotate, {"root-1", "new-1"}), v1::REASON_TOO_FEW_SIGNATURES);
  EXPECT_EQ(Next(rotate, {"new-1", "new-2"}), v1::REASON_TOO_FEW_SIGNATURES);
  EXPECT_EQ(Next(rotate, {"root-1", "new-1", "new-2", "stranger"}), v1::REASON_UNKNOWN_KEY);
  EXPECT_EQ(Next(rotate, {"root-1", "new-1", "new-1"}), v1::REASON_DUPLICATE_KEY);
  const auto rotated = NextRoster(first_, rotate, {"root-1", "new-1", "new-2"});
  // From here on the old key has no say.
  EXPECT_FALSE(Roster::LoadNext(NextEnvelope(*rotated, Nothing, {"root-1"}), rotated).ok());
  EXPECT_FALSE(Roster::LoadNext(NextEnvelope(*rotated, Nothing, {"new-1"}), rotated).ok());
  EXPECT_TRUE(Roster::LoadNext(NextEnvelope(*rotated, Nothing, {"new-1", "new-2"}), rotated).ok());
  // One key under two names is one key: such a set is no set.
  EXPECT_EQ(Code([](v1::Roster& r) {
              v1::PublicKey twice = PublicKeyOf("root-1");
              twice.set_name("root-2");
              *r.mutable_root()->add_keys() = twice;
            }),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(RosterChainTest, AFlippedBitAnywhereIsRefused) {
  const std::string good = NextEnvelope(*first_, Nothing);
  ASSERT_TRUE(Roster::LoadNext(good, first_).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(Roster::LoadNext(bad, first_).ok()) << "byte " << i;
  }
}

TEST_F(RosterChainTest, WhatIsRevokedStaysRevokedAndStandsNowhere) {
  const std::string log = "test.example/us-bis/ccl/1";
  const auto revoke = [&](uint64_t index) {
    return [=](v1::Roster& r) {
      r.clear_revocations();
      *r.add_revocations() = Revocation("us-bis/officer-1", log, index);
      for (v1::Authority& one : *r.mutable_authorities()) {
        if (one.name() != "us-bis") continue;
        *one.mutable_officers() =
            KeySetOf({"us-bis/officer-2", "us-bis/officer-3", "us-bis/officer-4"}, 2);
      }
    };
  };
  const auto revoked = NextRoster(first_, revoke(5));
  const std::string key = SeededKey("us-bis/officer-1").public_key();
  EXPECT_FALSE(revoked->Revokes(key, log, 4));
  EXPECT_TRUE(revoked->Revokes(key, log, 5));
  EXPECT_FALSE(revoked->Revokes(key, "test.example/us-bis/other/1", 5));
  EXPECT_EQ(revoked->RevokedFrom(log), 5u);
  EXPECT_EQ(revoked->RevokedFrom("test.example/us-bis/other/1"), std::nullopt);

  const auto after = [&](const std::function<void(v1::Roster&)>& alter) {
    return Roster::LoadNext(NextEnvelope(*revoked, alter), revoked).status();
  };
  EXPECT_TRUE(after(Nothing).ok());
  EXPECT_TRUE(after(revoke(3)).ok()) << "earlier is stricter";
  EXPECT_EQ(ReasonOf(after(revoke(6))), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(ReasonOf(after([](v1::Roster& r) { r.clear_revocations(); })), v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(
      Code([&](v1::Roster& r) { *r.add_revocations() = Revocation("us-bis/officer-1", log, 5); }),
      absl::StatusCode::kInvalidArgument)
      << "it is an officer's still";
  EXPECT_EQ(Code(revoke(0)), absl::StatusCode::kInvalidArgument);

  const auto all_others = NextRoster(revoked, [&](v1::Roster& r) {
    r.clear_revocations();
    *r.add_revocations() = Revocation("us-bis/officer-1", "", 1);
    *r.add_revocations() = Revocation("us-bis/officer-1", log, 5);
  });
  EXPECT_TRUE(all_others->Revokes(key, "test.example/us-bis/other/1", 1));
  EXPECT_FALSE(all_others->Revokes(key, log, 4)) << "the one that names the log counts";

  const auto later = [&](const std::string& origin, uint64_t index) {
    const auto alter = [&](v1::Roster& r) {
      *r.add_revocations() = Revocation("us-bis/officer-1", origin, index);
    };
    return Roster::LoadNext(NextEnvelope(*all_others, alter), all_others).status();
  };
  EXPECT_EQ(ReasonOf(later("test.example/us-bis/other/1", 7)), v1::REASON_ROSTER_CHAIN)
      << "it would count again up to leaf 7";
  EXPECT_TRUE(later("test.example/us-bis/other/1", 1).ok());
}

TEST_F(RosterChainTest, AFileOfAllVersionsIsPinnedByAnyOfThem) {
  const auto second = NextRoster(first_, Nothing);
  const auto third = NextRoster(second, Nothing);
  const std::string file = RosterChainFile(*third);
  for (const Digest& pin : {first_->digest(), second->digest(), third->digest()}) {
    const auto loaded = LoadRosterChain(file, pin);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ((*loaded)->digest(), third->digest());
    EXPECT_EQ((*loaded)->first_version(), 1u);
  }
  EXPECT_EQ(ReasonOf(LoadRosterChain(file, Digest{}).status()), v1::REASON_WRONG_ROSTER);
  EXPECT_EQ((*LoadRosterChain(first_->envelope(), first_->digest()))->version(), 1u);
  v1::RosterChain gap;
  gap.add_rosters(first_->envelope());
  gap.add_rosters(third->envelope());
  EXPECT_EQ(ReasonOf(LoadRosterChain(gap.SerializeAsString(), first_->digest()).status()),
            v1::REASON_ROSTER_CHAIN);
}

TEST_F(RosterChainTest, ExtendsPageByPageAndNamesAFork) {
  const auto second = NextRoster(first_, Nothing);
  const auto third = NextRoster(second, Nothing);
  bool more = false;
  const auto page = RostersAfter(*third, 1, 1, &more);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_TRUE(more);
  EXPECT_EQ(page[0], second->envelope());
  EXPECT_EQ(RostersAfter(*third, 1, 1 << 20, &more).size(), 2u);
  EXPECT_FALSE(more);
  EXPECT_TRUE(RostersAfter(*third, 3, 1 << 20, &more).empty());

  const auto extended =
      ExtendRosterChain(first_, {first_->envelope(), second->envelope(), third->envelope()});
  ASSERT_TRUE(extended.ok()) << extended.status();
  EXPECT_EQ((*extended)->version(), 3u);
  const std::string fork =
      NextEnvelope(*first_, [](v1::Roster& r) { r.mutable_policy()->set_quorum(2); });
  EXPECT_EQ(ReasonOf(ExtendRosterChain(third, {fork}).status()), v1::REASON_ROSTER_CHAIN);
}

TEST_F(RosterChainTest, StepsAreBounded) {
  auto newest = first_;
  for (uint64_t i = 0; i < kMaxRosterSteps; ++i) newest = NextRoster(newest, Nothing);
  EXPECT_EQ(ReasonOf(Roster::LoadNext(NextEnvelope(*newest, Nothing), newest).status()),
            v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ(newest->FindVersion(1), first_.get());
}

TEST_F(RosterChainTest, AnExpiredRosterIsAnAlarm) {
  const auto until = [&](int64_t micros) {
    return NextRoster(first_, [&](v1::Roster& r) { r.set_valid_to(micros); });
  };
  EXPECT_EQ(ValidityAlarm(*first_, kNow), "");
  EXPECT_NE(ValidityAlarm(*until(kNow.micros), kNow).find("expired"), std::string::npos);
  EXPECT_NE(ValidityAlarm(*until(kNow.micros + 1), kNow).find("expires"), std::string::npos);
}

}  // namespace
}  // namespace comity
