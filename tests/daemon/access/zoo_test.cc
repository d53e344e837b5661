// Every kind of bad certificate, before the gate.
#include <gmock/gmock.h>

#include <cstdio>

#include "daemon/access/gate.h"
#include "storage/canonical/envelope.h"
#include "storage/identity/certificate.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"
#include "tests/support/certificate_zoo.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

constexpr char kHello[] = "/comity.v1.SyncService/Hello";
constexpr size_t kLeastKinds = 40;

class ZooTest : public ::testing::Test {
 protected:
  ZooTest() : zoo_(testing::MakeZoo("test.example", "no-1")) {
    v1::Roster roster = federation_.roster().message();
    for (v1::Participant& participant : *roster.mutable_participants()) {
      if (participant.code() == "no") participant.set_ca_bundle_pem(zoo_.no_ca.certificate_pem);
      if (participant.code() == "us") participant.set_ca_bundle_pem(zoo_.us_ca.certificate_pem);
    }
    v1::Envelope envelope;
    envelope.set_payload_type("application/vnd.comity.roster.v1+protobuf");
    envelope.set_payload(roster.SerializeAsString());
    AddSignature(&envelope, "root-1", testing::SeededKey("root-1")).IgnoreError();
    roster_ = *Roster::Load(SerializeEnvelope(envelope), Sha256(envelope.payload()));
    gate_ = std::make_unique<Gate>(roster_.get(), "us", *AccessPolicy::Default(), &clock_, &trail_);
    RevokedCertificates revoked;
    EXPECT_TRUE(revoked.Add(zoo_.no_crl_pem, zoo_.no_ca.certificate_pem).ok());
    EXPECT_EQ(revoked.size(), 2u);
    gate_->SetRevoked(revoked);
  }

  const testing::TestFederation federation_;
  const testing::Zoo zoo_;
  ManualClock clock_{testing::kNow};
  MemoryStore store_;
  AuditTrail trail_{&store_, &clock_};
  std::unique_ptr<Roster> roster_;
  std::unique_ptr<Gate> gate_;
};

TEST_F(ZooTest, BelievesGoodOnes) {
  for (const auto& good : zoo_.good) {
    EXPECT_TRUE(gate_->Admit(good.certificate.certificate_pem).ok()) << good.kind;
    const absl::Status decision = gate_->Decide(good.certificate.certificate_pem, kHello);
    EXPECT_TRUE(decision.ok()) << good.kind << ": " << decision;
    EXPECT_EQ(SerialOf(good.certificate.certificate_pem), good.serial);
  }
}

TEST_F(ZooTest, RefusesEveryBadOneAndSaysWhy) {
  ASSERT_GE(zoo_.animals.size(), kLeastKinds);
  size_t at_handshake = 0;
  for (const auto& animal : zoo_.animals) {
    const absl::Status admitted = gate_->Admit(animal.certificate.certificate_pem);
    at_handshake += admitted.ok() ? 0 : 1;
    const absl::Status decision = gate_->Decide(animal.certificate.certificate_pem, kHello);
    EXPECT_EQ(decision.code(), absl::StatusCode::kUnauthenticated) << animal.kind;
    EXPECT_FALSE(decision.message().empty()) << animal.kind;
    std::printf("  %-46s %s\n", animal.kind.c_str(), std::string(decision.message()).c_str());
  }
  std::printf("%zu kinds of bad certificate refused, %zu of them while the connection is made\n",
              zoo_.animals.size(), at_handshake);
}

// A certificate that the gate believed is refused once it is taken back.
TEST_F(ZooTest, WhatWasBelievedIsLookedAtAgainAfterARevocation) {
  gate_->SetRevoked({});
  const auto revoked =
      std::find_if(zoo_.animals.begin(), zoo_.animals.end(),
                   [](const testing::Zoo::Animal& one) { return one.kind == "revoked"; });
  ASSERT_NE(revoked, zoo_.animals.end());
  const std::string& pem = revoked->certificate.certificate_pem;
  EXPECT_TRUE(gate_->Decide(pem, kHello).ok());
  RevokedCertificates list;
  ASSERT_TRUE(list.Add(zoo_.no_crl_pem, zoo_.no_ca.certificate_pem).ok());
  gate_->SetRevoked(list);
  EXPECT_THAT(std::string(gate_->Decide(pem, kHello).message()), HasSubstr("revoked"));
}

TEST(RevokedCertificatesTest, TakesOnlyWhatItsCaSigned) {
  const testing::Zoo zoo = testing::MakeZoo("test.example", "no-1");
  RevokedCertificates revoked;
  const auto other = revoked.Add(zoo.no_crl_pem, zoo.us_ca.certificate_pem);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("signed by no CA"));
  EXPECT_FALSE(revoked.Add("nothing", zoo.no_ca.certificate_pem).ok());
  EXPECT_EQ(revoked.size(), 0u);
  using WhenUnsigned = RevokedCertificates::WhenUnsigned;
  const auto anyway = revoked.Add(zoo.no_crl_pem, zoo.us_ca.certificate_pem, WhenUnsigned::kTakeIn);
  ASSERT_TRUE(anyway.ok()) << anyway.status();
  EXPECT_FALSE(anyway->is_signed);
  EXPECT_EQ(revoked.size(), 2u);
}

}  // namespace
}  // namespace comity
