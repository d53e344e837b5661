#include "client/lab/pki.h"

#include <gtest/gtest.h>

#include "storage/identity/certificate.h"

namespace comity {
namespace {

TEST(SpiffeIdTest, ReadsItsOwnFormOnly) {
  const auto id = SpiffeId::Parse("spiffe://us.echri.example/publisher/us-bis");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->participant, "us");
  EXPECT_EQ(id->federation, "echri.example");
  EXPECT_EQ(id->role, v1::ROLE_PUBLISHER);
  EXPECT_EQ(id->name, "us-bis");
  EXPECT_EQ(id->ToString(), "spiffe://us.echri.example/publisher/us-bis");
  for (const char* bad : {"", "https://us.e.example/peer/x", "spiffe://us/peer/x",
                          "spiffe://us.e.example/king/x", "spiffe://us.e.example/peer",
                          "spiffe://us.e.example/peer/x/y", "spiffe://us.e.example/peer/"}) {
    EXPECT_EQ(SpiffeId::Parse(bad).status().code(), absl::StatusCode::kUnauthenticated) << bad;
  }
}

TEST(CertificateAuthorityTest, IssuesWhatVerifies) {
  const auto ca = CertificateAuthority::Create("us test CA", 10);
  ASSERT_TRUE(ca.ok());
  const auto issued = ca->Issue("spiffe://us.e.example/peer/us-1", "127.0.0.1", 5);
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(IdOfCertificate(issued->certificate_pem)->name, "us-1");
  EXPECT_TRUE(VerifyChain(issued->certificate_pem, ca->pem().certificate_pem).ok());
  const auto other = CertificateAuthority::Create("us test CA", 10);
  EXPECT_EQ(VerifyChain(issued->certificate_pem, other->pem().certificate_pem).code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_FALSE(IdOfCertificate(ca->pem().certificate_pem).ok()) << "a CA names nobody";
  EXPECT_FALSE(IdOfCertificate("").ok());
  const auto expired = ca->Issue("spiffe://us.e.example/peer/us-1", "127.0.0.1", -1);
  EXPECT_FALSE(VerifyChain(expired->certificate_pem, ca->pem().certificate_pem).ok());
  const auto reloaded = CertificateAuthority::FromPem(ca->pem());
  EXPECT_TRUE(VerifyChain(reloaded->Issue("spiffe://us.e.example/peer/x", "127.0.0.1", 5)->certificate_pem,
                          ca->pem().certificate_pem)
                  .ok());
}

}  // namespace
}  // namespace comity
