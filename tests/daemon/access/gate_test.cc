// The whole matrix of roles and RPCs, and whose certificates are believed.
#include "daemon/access/gate.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/lab/pki.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

TEST(AccessPolicyTest, EveryMethodNamesItsRoles) {
  const auto policy = AccessPolicy::Default();
  ASSERT_TRUE(policy.ok()) << policy.status();
}

TEST(AccessPolicyTest, NoServiceOfTheProtosIsLeftOut) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream in(COMITY_DESCRIPTORS, std::ios::binary);
  ASSERT_TRUE(files.ParseFromIstream(&in));
  const AccessPolicy policy = *AccessPolicy::Default();
  size_t methods = 0;
  for (const auto& file : files.file()) {
    for (const auto& service : file.service()) {
      for (const auto& method : service.method()) {
        const std::string path = "/" + file.package() + "." + service.name() + "/" + method.name();
        EXPECT_TRUE(policy.methods().contains(path)) << path;
        ++methods;
      }
    }
  }
  // And gRPC's own three.
  EXPECT_EQ(methods + 3, policy.methods().size());
}

TEST(AccessPolicyTest, TheMatrixIsAsDesigned) {
  const AccessPolicy policy = *AccessPolicy::Default();
  const auto allowed = [&](const char* path) {
    std::string roles;
    for (const v1::Role role : {v1::ROLE_PEER, v1::ROLE_PUBLISHER, v1::ROLE_SCREENER,
                                v1::ROLE_OPERATOR, v1::ROLE_ADMIN}) {
      if (policy.Check(path, role).ok()) roles += RoleName(role)[0];
    }
    return roles;  // 'p' stands for peer and publisher, in this order
  };
  EXPECT_EQ(allowed("/comity.v1.PublishService/DraftRevision"), "p");
  EXPECT_FALSE(policy.Check("/comity.v1.PublishService/SubmitRevision", v1::ROLE_PEER).ok());
  EXPECT_TRUE(policy.Check("/comity.v1.PublishService/SubmitRevision", v1::ROLE_PUBLISHER).ok());
  for (const char* sync : {"Hello", "Heads", "Watch", "FetchRevisions"}) {
    const std::string path = std::string("/comity.v1.SyncService/") + sync;
    EXPECT_TRUE(policy.Check(path, v1::ROLE_PEER).ok());
    for (const v1::Role role :
         {v1::ROLE_PUBLISHER, v1::ROLE_SCREENER, v1::ROLE_OPERATOR, v1::ROLE_ADMIN}) {
      EXPECT_EQ(ReasonOf(policy.Check(path, role)), v1::REASON_ROLE);
    }
  }
  EXPECT_EQ(allowed("/comity.v1.QueryService/GetItem"), "pso");
  EXPECT_EQ(allowed("/comity.v1.ProofService/GetInclusionProof"), "pso");
  EXPECT_EQ(allowed("/comity.v1.ProofService/GetEntryProof"), "pso");
  EXPECT_EQ(allowed("/comity.v1.FeedService/WatchChanges"), "pso");
  EXPECT_EQ(allowed("/comity.v1.StatusService/ListPeers"), "oa");
  EXPECT_EQ(allowed("/comity.v1.StatusService/VerifyStore"), "oa");
  EXPECT_EQ(allowed("/grpc.health.v1.Health/Check"), "ppsoa");
  EXPECT_EQ(allowed("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"), "oa");
  EXPECT_EQ(allowed("/comity.v1.QueryService/Unheard"), "");
}

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    v1::Roster roster = federation_.roster().message();
    for (v1::Participant& participant : *roster.mutable_participants()) {
      cas_.emplace(participant.code(), *CertificateAuthority::Create(participant.code(), 10));
      participant.set_ca_bundle_pem(cas_.at(participant.code()).pem().certificate_pem);
    }
    v1::Envelope envelope;
    envelope.set_payload_type("application/vnd.comity.roster.v1+protobuf");
    envelope.set_payload(roster.SerializeAsString());
    AddSignature(&envelope, "root-1", testing::SeededKey("root-1")).IgnoreError();
    roster_ = *Roster::Load(SerializeEnvelope(envelope), Sha256(envelope.payload()));
    gate_ = std::make_unique<Gate>(roster_.get(), "us", *AccessPolicy::Default(), &clock_, nullptr);
  }
  absl::Status Decide(const std::string& ca, const std::string& uri) {
    return gate_->Decide(cas_.at(ca).Issue(uri, "127.0.0.1", 5)->certificate_pem,
                         "/comity.v1.SyncService/Hello");
  }
  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  std::map<std::string, CertificateAuthority> cas_;
  std::unique_ptr<Roster> roster_;
  std::unique_ptr<Gate> gate_;
};

TEST_F(GateTest, LetsAPeerIn) {
  EXPECT_TRUE(Decide("no", "spiffe://no.test.example/peer/no-1").ok());
}

TEST_F(GateTest, OneCountrysCaCannotNameAnothersPeople) {
  EXPECT_EQ(Decide("no", "spiffe://us.test.example/peer/us-1").code(),
            absl::StatusCode::kUnauthenticated);
}

// Every RPC that is not for peers, with every role, from the participant that is served and
// from another one.
TEST_F(GateTest, ServesThePeopleOfItsOwnParticipantAlone) {
  const AccessPolicy policy = *AccessPolicy::Default();
  size_t let_in = 0;
  for (const char* role : {"publisher", "screener", "operator", "admin"}) {
    const auto certificate = [&](const std::string& participant) {
      const std::string uri = absl::StrCat("spiffe://", participant, ".test.example/", role, "/x");
      return cas_.at(participant).Issue(uri, "127.0.0.1", 5)->certificate_pem;
    };
    const std::string own = certificate("us"), other = certificate("no");
    for (const auto& [path, roles] : policy.methods()) {
      let_in += gate_->Decide(own, path).ok() ? 1 : 0;
      EXPECT_EQ(gate_->Decide(other, path).code(), absl::StatusCode::kPermissionDenied)
          << role << " " << path;
    }
  }
  EXPECT_GT(let_in, 30u);
}

TEST_F(GateTest, RefusesOtherFederationsStrangersAndRoles) {
  EXPECT_EQ(Decide("no", "spiffe://no.other.example/peer/no-1").code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Decide("no", "spiffe://xx.test.example/peer/xx-1").code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Decide("no", "https://no.test.example/").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Decide("no", "spiffe://no.test.example/screener/x").code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(gate_->Decide("", "/comity.v1.SyncService/Hello").code(),
            absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace comity
