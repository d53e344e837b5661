// A real daemon's door: every role on every RPC, every kind of bad certificate, and those
// who lose their right in the middle of a call.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <cstdio>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "comity/v1/publish_service.grpc.pb.h"
#include "comity/v1/sync_service.grpc.pb.h"
#include "daemon/access/policy.h"
#include "storage/canonical/encoder.h"
#include "storage/canonical/envelope.h"
#include "storage/identity/certificate.h"
#include "tests/daemon/server/live_server.h"
#include "tests/support/certificate_zoo.h"

namespace comity {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;
using testing::LiveServer;

constexpr v1::Role kRoles[] = {v1::ROLE_PEER, v1::ROLE_PUBLISHER, v1::ROLE_SCREENER,
                               v1::ROLE_OPERATOR, v1::ROLE_ADMIN};

std::string NameFor(v1::Role role) {
  return role == v1::ROLE_PEER ? "us-1" : role == v1::ROLE_PUBLISHER ? "us-bis" : "somebody";
}

TEST(AccessMatrixTest, EveryRoleOnEveryRpc) {
  LiveServer live;
  const AccessPolicy policy = *AccessPolicy::Default();
  size_t admitted = 0, refused = 0;
  for (const v1::Role role : kRoles) {
    const auto channel = live.Connect(live.Issue("us", RoleName(role), NameFor(role)));
    for (const auto& [path, roles] : policy.methods()) {
      const grpc::Status status = LiveServer::Call(channel, path);
      if (roles.contains(role)) {
        ++admitted;
        // An empty request may be a bad one; it is looked at.
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
            << RoleName(role) << " " << path << ": " << status.error_message();
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << path;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE)
            << path << ": " << status.error_message();
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << path;
        EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << path;
      } else {
        ++refused;
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
            << RoleName(role) << " " << path << ": " << status.error_message();
        EXPECT_THAT(status.error_message(),
                    HasSubstr(absl::StrCat("a certificate of role ", RoleName(role),
                                           " may not call ", path, ", which is for: ")));
      }
    }
    EXPECT_EQ(LiveServer::Call(channel, "/comity.v1.QueryService/Unheard").error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
  }
  EXPECT_EQ(admitted + refused, std::size(kRoles) * policy.methods().size());
  std::printf("%zu cells of the matrix: %zu admitted, %zu refused\n", admitted + refused, admitted,
              refused);
  // Each refusal has its record; the methods that nobody knows make five more.
  std::set<std::pair<std::string, std::string>> recorded;
  EXPECT_TRUE(Eventually([&] {
    recorded.clear();
    for (const v1::AuditRecord& record : live.Audit()) {
      if (record.decision() != v1::AUDIT_DECISION_REFUSED) continue;
      recorded.emplace(record.caller(), record.action());
    }
    return recorded.size() == refused + std::size(kRoles);
  })) << recorded.size();
}

// A call that stays open: it is started, and given what it needs to stay.
class OpenCall {
 public:
  OpenCall(const std::shared_ptr<grpc::Channel>& channel, std::string path)
      : path_(std::move(path)), stub_(channel) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    call_ = stub_.PrepareCall(&context_, path_, &queue_);
    call_->StartCall(nullptr);
    Next();
    const grpc::Slice empty("");
    call_->Write(grpc::ByteBuffer(&empty, 1), nullptr);
    open_ = Next();
  }
  const std::string& path() const { return path_; }
  bool open() const { return open_; }
  // Reads to the end; how the call ended.
  grpc::Status WaitForEnd() {
    grpc::ByteBuffer answer;
    do {
      call_->Read(&answer, nullptr);
    } while (Next());
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Next();
    return status;
  }

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }
  const std::string path_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool open_ = false;
};

const testing::Zoo::Animal& Find(const testing::Zoo& zoo, const std::string& kind) {
  for (const auto& animal : zoo.animals) {
    if (animal.kind == kind) return animal;
  }
  std::abort();
}

TEST(RevocationTest, EndsWhatIsOpenAndRefusesWhatComes) {
  const testing::Zoo zoo = testing::MakeZoo(LiveServer::kFederation, "no-1");
  LiveServer live({{"no", zoo.no_ca}, {"us", zoo.us_ca}});
  const testing::Zoo::Animal& peer = Find(zoo, "revoked");
  const auto channel = live.Connect(peer.certificate);
  std::vector<std::unique_ptr<OpenCall>> calls;
  for (const char* path : {"/comity.v1.SyncService/Watch", "/grpc.health.v1.Health/Watch"}) {
    calls.push_back(std::make_unique<OpenCall>(channel, path));
    ASSERT_TRUE(calls.back()->open()) << path;
  }
  // Somebody else of the same country is not touched.
  const auto other = live.Connect(zoo.good[0].certificate);
  ASSERT_TRUE(LiveServer::Call(other, "/comity.v1.SyncService/Watch").ok());
  ASSERT_TRUE(LiveServer::Call(channel, "/comity.v1.SyncService/Watch").ok());

  const auto taken = live.Reload({{"no", zoo.no_crl_pem}});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(*taken) << "without a restart";
  const auto before = std::chrono::steady_clock::now();
  for (const auto& call : calls) {
    const grpc::Status status = call->WaitForEnd();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << call->path();
    EXPECT_THAT(status.error_message(), HasSubstr("is revoked: serial")) << call->path();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  // On the connection that is still open, and on a new one.
  EXPECT_EQ(LiveServer::Call(channel, "/comity.v1.SyncService/Hello").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(
      LiveServer::Call(live.Connect(peer.certificate), "/comity.v1.SyncService/Hello").error_code(),
      grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(LiveServer::Call(other, "/comity.v1.SyncService/Watch").ok());
  // And the log knows.
  EXPECT_TRUE(Eventually([&] {
    bool in_the_middle = false, reload = false, connecting = false;
    for (const v1::AuditRecord& record : live.Audit()) {
      reload = reload || record.action() == "daemon.reload";
      if (record.serial() != peer.serial) continue;
      in_the_middle = in_the_middle || record.action() == "/comity.v1.SyncService/Watch";
      connecting = connecting || record.action() == "tls.handshake";
    }
    return in_the_middle && reload && connecting;
  }));
}

TEST(RevocationTest, EveryKindOfStreamEnds) {
  const testing::Zoo zoo = testing::MakeZoo(LiveServer::kFederation, "no-1");
  LiveServer live({{"no", zoo.no_ca}, {"us", zoo.us_ca}});
  const AccessPolicy policy = *AccessPolicy::Default();
  // The roles whose right goes are those of the daemon's own country: its CA takes back all
  // that it issued here.
  std::vector<Certified> certificates;
  std::vector<std::unique_ptr<OpenCall>> calls;
  for (const v1::Role role : kRoles) {
    certificates.push_back(live.Issue("us", RoleName(role), NameFor(role)));
    const auto channel = live.Connect(certificates.back());
    for (const auto& [path, roles] : policy.methods()) {
      if (!roles.contains(role)) continue;
      // Those that stay open by themselves when they got one empty message.
      const bool stays = path.find("/Watch") != std::string::npos ||
                         path.find("SubmitRevision") != std::string::npos ||
                         path.find("ServerReflectionInfo") != std::string::npos;
      if (!stays) continue;
      calls.push_back(std::make_unique<OpenCall>(channel, path));
      EXPECT_TRUE(calls.back()->open()) << path;
    }
  }
  ASSERT_GE(calls.size(), 9u);
  std::vector<std::string> serials;
  for (const Certified& one : certificates) serials.push_back(SerialOf(one.certificate_pem));
  const auto taken = live.Reload({{"us", testing::MakeCrl(zoo.us_ca, serials)}});
  ASSERT_TRUE(taken.ok()) << taken.status();
  for (const auto& call : calls) {
    EXPECT_EQ(call->WaitForEnd().error_code(), grpc::StatusCode::UNAUTHENTICATED) << call->path();
  }
  std::printf("%zu open streams ended by the revocation\n", calls.size());
}

TEST(CertificateZooTest, EveryKindIsRefusedByTheListenerWithARecord) {
  const testing::Zoo zoo = testing::MakeZoo(LiveServer::kFederation, "no-1");
  LiveServer live({{"no", zoo.no_ca}, {"us", zoo.us_ca}});
  ASSERT_TRUE(live.Reload({{"no", zoo.no_crl_pem}}).ok());
  for (const auto& good : zoo.good) {
    const grpc::Status status =
        LiveServer::Call(live.Connect(good.certificate), "/comity.v1.SyncService/Watch");
    EXPECT_TRUE(status.ok()) << good.kind << ": " << status.error_message();
  }
  std::set<std::string> awaited;
  size_t refused = 0, by_client = 0;
  for (const auto& animal : zoo.animals) {
    const grpc::Status status =
        LiveServer::Call(live.Connect(animal.certificate), "/comity.v1.SyncService/Watch");
    EXPECT_TRUE(status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                status.error_code() == grpc::StatusCode::UNAUTHENTICATED)
        << animal.kind << ": " << status.error_code() << " " << status.error_message();
    refused += status.ok() ? 0 : 1;
    if (animal.weak) {
      ++by_client;
    } else {
      awaited.insert(animal.serial);
    }
  }
  EXPECT_EQ(refused, zoo.animals.size());
  EXPECT_TRUE(Eventually([&] {
    for (const v1::AuditRecord& record : live.Audit()) {
      if (record.decision() == v1::AUDIT_DECISION_REFUSED && !record.reason().empty()) {
        awaited.erase(record.serial());
      }
    }
    return awaited.empty();
  })) << awaited.size()
      << " kinds have no record, the first of serial " << (awaited.empty() ? "" : *awaited.begin());
  std::printf(
      "%zu kinds of bad certificate refused by the listener, each with its record, but %zu "
      "that OpenSSL at the client's end keeps back\n",
      refused, by_client);
}

TEST(IdentityTest, NoParticipantSpeaksForAnother) {
  LiveServer live;
  size_t pairs = 0;
  for (const std::string& who : live.participants()) {
    for (const std::string& as : live.participants()) {
      if (who == as) continue;
      ++pairs;
      const auto forged = live.ca(who).Issue(
          absl::StrCat("spiffe://", as, ".", LiveServer::kFederation, "/peer/", as, "-1"),
          "127.0.0.1", 5);
      ASSERT_TRUE(forged.ok());
      const grpc::Status status =
          LiveServer::Call(live.Connect(*forged), "/comity.v1.SyncService/Watch");
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << who << " as " << as;
      EXPECT_THAT(status.error_message(), HasSubstr(absl::StrCat("against the CAs of \"", as)));
    }
  }
  EXPECT_EQ(pairs, 56u);
}

// Those who call judge a daemon as it judges them.
TEST(IdentityTest, ADaemonThatIsNoNodeOrIsRevokedIsNotBelieved) {
  LiveServer live;
  const Certified node = live.Issue("us", "peer", "us-1");
  live.PutNodeCertificate(node);
  ASSERT_TRUE(live.Reload({}).ok());
  ASSERT_TRUE(Eventually([&] {
    return testing::ServerCertificate(live.server().address()) == SerialOf(node.certificate_pem);
  }));
  const Certified caller = live.Issue("no", "peer", "no-1");
  const auto greet = [&](const std::vector<std::string>& nodes, const std::string& revoked) {
    ChannelIdentity identity{caller.certificate_pem, caller.key_pem, "us", LiveServer::kFederation,
                             live.ca("us").pem().certificate_pem};
    identity.nodes = nodes;
    const std::string crl = testing::MakeCrl(live.ca("us").pem(), {revoked});
    EXPECT_TRUE(identity.revoked.Add(crl, identity.ca_bundle_pem).ok());
    return LiveServer::Call(MakeChannel(live.server().address(), identity, "test"),
                            "/comity.v1.SyncService/Watch");
  };
  const std::string serial = SerialOf(node.certificate_pem);
  const auto ok = greet({"us-1"}, "01");
  EXPECT_TRUE(ok.ok()) << ok.error_message();
  EXPECT_EQ(greet({"us-2"}, "01").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(greet({"us-1"}, serial).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(IdentityTest, APublisherPublishesItsOwnAuthoritysListsAlone) {
  LiveServer live;
  // Publishers of other authorities, of this participant and of others, all with a
  // certificate that is good for publishing.
  for (const auto& [participant, authority] : std::vector<std::pair<std::string, std::string>>{
           {"us", "us-ofac"}, {"no", "no-mfa"}, {"no", "us-bis"}, {"us", "no-mfa"}}) {
    const auto stub =
        v1::PublishService::NewStub(live.Connect(live.Issue(participant, "publisher", authority)));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto stream = stub->DraftRevision(&context);
    v1::DraftRequest request;
    request.mutable_header()->set_list("us-bis/ccl");
    stream->Write(request);
    stream->WritesDone();
    v1::DraftResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << authority << ": " << status.error_message();
  }
}

TEST(ReloadTest, NewConnectionsSeeTheNewCertificate) {
  LiveServer live;
  const auto shown = [&] { return testing::ServerCertificate(live.server().address()); };
  const auto client = live.Issue("us", "screener", "somebody");
  const auto open = live.Connect(client);
  ASSERT_TRUE(LiveServer::Call(open, "/grpc.health.v1.Health/Check").ok());
  const Certified next = live.Issue("us", "peer", "us-1");
  live.PutNodeCertificate(next);
  const auto taken = live.Reload({});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(*taken) << "without a restart";
  EXPECT_TRUE(Eventually([&] { return shown() == SerialOf(next.certificate_pem); }));
  EXPECT_TRUE(LiveServer::Call(open, "/grpc.health.v1.Health/Check").ok()) << "the old connection";
  EXPECT_TRUE(LiveServer::Call(live.Connect(client), "/grpc.health.v1.Health/Check").ok());
}

TEST(ReloadTest, ABadCertificateChangesNothing) {
  LiveServer live;
  const std::string before = testing::ServerCertificate(live.server().address());
  // Of another node, and a key that belongs to another certificate.
  live.PutNodeCertificate(live.Issue("us", "peer", "us-2"));
  EXPECT_FALSE(live.Reload({}).ok());
  Certified mixed = live.Issue("us", "peer", "us-1");
  mixed.key_pem = live.Issue("us", "peer", "us-1").key_pem;
  live.PutNodeCertificate(mixed);
  EXPECT_FALSE(live.Reload({}).ok());
  EXPECT_EQ(testing::ServerCertificate(live.server().address()), before);
}

}  // namespace
}  // namespace comity
