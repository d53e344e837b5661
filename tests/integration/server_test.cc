// What a daemon offers beside its own services, and whom it refuses on the wire.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_replace.h"
#include "client/internal/context.h"
#include "client/transport/channel.h"
#include "comity/v1/publish_service.grpc.pb.h"
#include "comity/v1/sync_service.grpc.pb.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

class ServerIntegrationTest : public LabTest {
 protected:
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& who) {
    const auto context = LoadContext(directory_ + "/" + who + ".yaml");
    EXPECT_TRUE(context.ok()) << context.status();
    return MakeChannel(context->message.address(),
                       {context->certificate_pem, context->key_pem, context->message.participant(),
                        context->message.federation(), context->ca_bundle_pem},
                       "test");
  }
  // One raw call: the answer's bytes, or the error.
  static std::pair<grpc::Status, std::string> RawCall(const std::shared_ptr<grpc::Channel>& channel,
                                                      const std::string& method,
                                                      const std::string& request) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, method, &queue);
    void* tag = nullptr;
    bool ok = false;
    const auto next = [&] { return queue.Next(&tag, &ok) && ok; };
    call->StartCall(nullptr);
    next();
    const grpc::Slice slice(request);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    next();
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    std::string bytes;
    if (next()) {
      std::vector<grpc::Slice> slices;
      answer.Dump(&slices);
      for (const grpc::Slice& one : slices) {
        bytes.append(reinterpret_cast<const char*>(one.begin()), one.size());
      }
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    return {status, bytes};
  }
};

TEST_F(ServerIntegrationTest, HealthForAllReflectionForOperators) {
  Up({"us-bis"});
  for (const char* who : {"us-bis/screener", "us-bis/publisher", "us-bis/operator"}) {
    const auto [status, answer] = RawCall(ChannelOf(who), "/grpc.health.v1.Health/Check", "");
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(answer, "\x08\x01") << "SERVING";
  }
  // ServerReflectionRequest.list_services = "*"
  const std::string list = "\x3a\x01*";
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  const auto [status, answer] = RawCall(ChannelOf("us-bis/operator"), method, list);
  EXPECT_THAT(answer, HasSubstr("comity.v1.QueryService"));
  EXPECT_EQ(RawCall(ChannelOf("us-bis/screener"), method, list).first.error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerIntegrationTest, RefusesRolesWithATextOnEveryKindOfCall) {
  Up({"us-bis"});
  const auto channel = ChannelOf("us-bis/screener");
  {
    const auto stub = v1::SyncService::NewStub(channel);
    grpc::ClientContext context;
    const auto watch = stub->Watch(&context, v1::WatchRequest());
    v1::WatchResponse hint;
    EXPECT_FALSE(watch->Read(&hint));
    const grpc::Status status = watch->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(status.error_message(), HasSubstr("which is for: peer"));
  }
  {
    const auto stub = v1::PublishService::NewStub(channel);
    grpc::ClientContext context;
    v1::SubmitResponse response;
    const auto submit = stub->SubmitRevision(&context, &response);
    submit->WritesDone();
    EXPECT_EQ(submit->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(ServerIntegrationTest, RefusesAStrangersCertificate) {
  Up({"us-bis"});
  const auto context = LoadContext(directory_ + "/us-bis/screener.yaml");
  // Another lab of the same names has other CAs.
  const std::string first = directory_;
  Up({"us-bis"});
  const std::string second = directory_;
  const auto other = LoadContext(second + "/us-bis/screener.yaml");
  const auto channel = MakeChannel(
      context->message.address(),
      {other->certificate_pem, other->key_pem, "us", "lab.example", context->ca_bundle_pem},
      "test");
  EXPECT_EQ(RawCall(channel, "/grpc.health.v1.Health/Check", "").first.error_code(),
            grpc::StatusCode::UNAVAILABLE);
  // And a daemon that another CA vouches for is not believed by the client.
  const auto fooled = MakeChannel(
      context->message.address(),
      {context->certificate_pem, context->key_pem, "us", "lab.example", other->ca_bundle_pem},
      "test2");
  EXPECT_EQ(RawCall(fooled, "/grpc.health.v1.Health/Check", "").first.error_code(),
            grpc::StatusCode::UNAVAILABLE);
  directory_ = first;
  Lab("down");
  std::filesystem::remove_all(first);
  directory_ = second;
}

TEST_F(ServerIntegrationTest, DoesNotShareItsPort) {
  Up({"us-bis"});
  const std::string config = directory_ + "/daemons/us/comityd.yaml";
  std::ostringstream text;
  text << std::ifstream(config).rdbuf();
  const std::string second = directory_ + "/daemons/us/second.yaml";
  std::ofstream(second) << absl::StrReplaceAll(text.str(), {{"data_dir: data", "data_dir: data2"}});
  const Result r = Execute({std::string(COMITY_BIN_DIR) + "/comityd", "--config", second});
  EXPECT_EQ(r.exit, 5);
  EXPECT_THAT(r.err, HasSubstr("cannot be listened on"));
}

}  // namespace
}  // namespace comity::integration
