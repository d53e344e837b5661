#include <gtest/gtest.h>

#include <functional>

#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

TEST(ListNameTest, HoldsToTheRulesOfNames) {
  EXPECT_EQ(ListName::Parse("us-bis/ccl")->authority, "us-bis");
  for (const char* bad : {"", "us-bis", "us-bis/", "/ccl", "US-bis/ccl", "us-bis/CCL", "usbis/ccl",
                          "us-/ccl", "us-bis/ccl/1", "us-bis/-ccl", "us-bis/c cl"}) {
    EXPECT_EQ(ListName::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(ListName::Parse("us-bis/" + std::string(63, 'a')).ok());
  EXPECT_FALSE(ListName::Parse("us-bis/" + std::string(64, 'a')).ok());
}

TEST(OriginTest, GoesBothWays) {
  const auto origin = Origin::Parse("echri.example/us-bis/ccl/12");
  ASSERT_TRUE(origin.ok());
  EXPECT_EQ(origin->epoch, 12u);
  EXPECT_EQ(origin->ToString(), "echri.example/us-bis/ccl/12");
  for (const char* bad :
       {"us-bis/ccl/1", "e.example/us-bis/ccl/0", "e.example/us-bis/ccl/01",
        "e.example/us-bis/ccl/", "E.example/us-bis/ccl/1", "e.example/us-bis/ccl/1/"}) {
    EXPECT_FALSE(Origin::Parse(bad).ok()) << bad;
  }
  EXPECT_EQ(ParticipantOf("us-bis"), "us");
}

TEST(EntryKeyTest, IsPrintableAsciiWithoutSpace) {
  EXPECT_TRUE(CheckEntryKey("1:5A001.f.1").ok());
  EXPECT_TRUE(CheckEntryKey(std::string(256, 'k')).ok());
  for (const std::string& bad :
       {std::string(), std::string(257, 'k'), std::string("a b"), std::string("a\n"),
        std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(CheckEntryKey(bad).ok());
  }
}

class RosterTest : public ::testing::Test {
 protected:
  // The federation's roster, altered, and signed by the root key again.
  absl::Status LoadAltered(const std::function<void(v1::Roster&)>& alter, bool sign = true) {
    v1::Roster roster = federation_.roster().message();
    alter(roster);
    v1::Envelope envelope;
    envelope.set_payload_type("application/vnd.comity.roster.v1+protobuf");
    envelope.set_payload(roster.SerializeAsString());
    if (sign) AddSignature(&envelope, "root-1", testing::SeededKey("root-1")).IgnoreError();
    return Roster::Load(SerializeEnvelope(envelope), Sha256(envelope.payload())).status();
  }
  testing::TestFederation federation_;
};

TEST_F(RosterTest, LoadsAndFinds) {
  EXPECT_TRUE(LoadAltered([](v1::Roster&) {}).ok());
  EXPECT_NE(federation_.roster().FindAuthority("us-bis"), nullptr);
  EXPECT_EQ(federation_.roster().FindAuthority("us-ofac"), nullptr);
  EXPECT_EQ(federation_.roster().RemovalGuardPerMille(), 50u);
}
TEST_F(RosterTest, MustMatchItsPin) {
  EXPECT_EQ(Roster::Load(federation_.roster_envelope(), Sha256("other")).status().code(),
            absl::StatusCode::kFailedPrecondition);
}
TEST_F(RosterTest, MustBeSignedByItsRoot) {
  EXPECT_FALSE(LoadAltered([](v1::Roster&) {}, false).ok());
}
TEST_F(RosterTest, RefusesWhatBreaksItsRules) {
  EXPECT_FALSE(
      LoadAltered([](v1::Roster& r) { r.mutable_authorities()->SwapElements(0, 1); }).ok());
  EXPECT_FALSE(
      LoadAltered([](v1::Roster& r) { r.mutable_participants()->SwapElements(0, 1); }).ok());
  EXPECT_FALSE(LoadAltered([](v1::Roster& r) { *r.add_authorities() = r.authorities(0); }).ok());
  EXPECT_FALSE(LoadAltered([](v1::Roster& r) { r.set_federation("Not A Name"); }).ok());
  EXPECT_FALSE(
      LoadAltered([](v1::Roster& r) { r.mutable_authorities(0)->set_guard_threshold(1); }).ok())
      << "a guard below the threshold";
  EXPECT_FALSE(LoadAltered([](v1::Roster& r) {
                 r.mutable_authorities(0)->set_log_key_ed25519(std::string(32, '\0'));
               }).ok())
      << "a log key of small order";
  EXPECT_FALSE(
      LoadAltered([](v1::Roster& r) { r.mutable_authorities(0)->set_name("xx-nobody"); }).ok())
      << "an authority of no participant";
}

}  // namespace
}  // namespace comity
