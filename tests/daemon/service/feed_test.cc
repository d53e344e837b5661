// A watcher that does not read is cut with the token to go on from, and goes on without a gap; the
// others get everything meanwhile. Over mutual TLS on loopback, so that the transport's own flow
// control holds what is not read.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/lab/pki.h"
#include "daemon/service/feed_service.h"
#include "storage/lists/memory_store.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

// More than a window of 64 KiB takes, and several pages of 1 MiB.
constexpr int kEntries = 30;
constexpr size_t kTextBytes = 60'000;
// Long enough that a reader on a busy machine is none that does not read.
constexpr std::chrono::seconds kSlowAfter{3};

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() {
    replica_->OnCommit([this](const News& news) { hub_.Notify(news); });
    const Certified node = *ca_.Issue("spiffe://us.test.example/peer/us", "127.0.0.1", 5);
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = ca_.pem().certificate_pem;
    options.pem_key_cert_pairs.push_back({node.key_pem, node.certificate_pem});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    Publish("first");
  }
  ~FeedTest() override {
    hub_.CloseAll();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  // A new edition: the list's opening and kEntries additions, or as many revised texts.
  void Publish(const std::string& what) {
    std::vector<v1::Entry> items;
    for (int i = 0; i < kEntries; ++i) {
      items.push_back(Item(absl::StrCat("5A", 100 + i), what + std::string(kTextBytes, 'x')));
    }
    const auto published =
        federation_.Publish(*replica_, Edition("us-bis/ccl", "2020-01-01", items));
    ASSERT_TRUE(published.ok()) << published.status();
  }

  // A channel of its own, whose transport takes 64 KiB ahead of its reader and no more.
  std::unique_ptr<v1::FeedService::Stub> Connect(const std::string& name) {
    const Certified who =
        *ca_.Issue(absl::StrCat("spiffe://no.test.example/screener/", name), "127.0.0.1", 5);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 65'536);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::FeedService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", port_),
        grpc::SslCredentials({ca_.pem().certificate_pem, who.key_pem, who.certificate_pem}),
        arguments));
  }
  static v1::WatchChangesRequest From(const std::string& token) {
    v1::WatchChangesRequest request;
    request.set_from(token);
    request.set_with_entries(true);
    return request;
  }

  // "INDEX KEY" of each change, in order.
  static void Note(const v1::WatchChangesResponse& page, std::vector<std::string>* told) {
    for (const v1::ViewChange& change : page.changes()) {
      told->push_back(absl::StrCat(change.index(), " ", change.key()));
    }
  }
  std::vector<std::string> Expected(int revisions) const {
    std::vector<std::string> all = {"0 "};
    for (int revision = 1; revision <= revisions; ++revision) {
      for (int i = 0; i < kEntries; ++i) all.push_back(absl::StrCat(revision, " 5A", 100 + i));
    }
    return all;
  }
  // Reads from `token` on until so many changes were told.
  std::vector<std::string> ReadUntil(const std::string& name, const std::string& token,
                                     size_t changes) {
    const auto stub = Connect(name);
    grpc::ClientContext context;
    const auto stream = stub->WatchChanges(&context, From(token));
    std::vector<std::string> told;
    v1::WatchChangesResponse page;
    while (told.size() < changes && stream->Read(&page)) Note(page, &told);
    context.TryCancel();
    stream->Finish();
    return told;
  }
  static void Await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::yield();
  }

  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
  CertificateAuthority ca_ = *CertificateAuthority::Create("test", 5);
  WatchHub hub_;
  WorkerPool pool_{2, 64};
  FeedServiceImpl service_{replica_.get(), &hub_, &pool_, kSlowAfter};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(FeedTest, AWatcherThatDoesNotReadIsCutWithItsTokenAndGoesOnWithoutAGap) {
  const auto stub = Connect("slow");
  grpc::ClientContext context;
  const auto slow = stub->WatchChanges(&context, From("start"));
  Await([&] { return service_.open() == 1; });

  // Others read as it comes, what is published meanwhile too.
  const size_t all = Expected(3).size();
  auto one = std::async(std::launch::async, [&] { return ReadUntil("one", "start", all); });
  auto two = std::async(std::launch::async, [&] { return ReadUntil("two", "start", all); });
  Publish("second");
  Publish("third");
  EXPECT_EQ(one.get(), Expected(3));
  EXPECT_EQ(two.get(), Expected(3));

  Await([&] { return service_.cut() == 1; });
  // What was on its way comes first, then the error with the token.
  std::vector<std::string> told;
  for (v1::WatchChangesResponse page; slow->Read(&page);) Note(page, &told);
  const grpc::Status end = slow->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const size_t at = end.error_message().find("f1.");
  ASSERT_NE(at, std::string::npos) << end.error_message();
  ASSERT_LT(told.size(), all) << "it was cut before the end";

  const std::string token = end.error_message().substr(at);
  const auto after = Frontier::ParseToken(token);
  ASSERT_TRUE(after.ok()) << after.status();
  // A revision that was cut in its middle is told again from its beginning.
  size_t known = 0;
  for (const auto& [origin, head] : after->heads) {
    known = head.size.value == 0 ? 0 : 1 + (head.size.value - 1) * kEntries;
  }
  ASSERT_LE(known, told.size()) << "nothing is passed over";
  told.resize(known);
  for (const std::string& more : ReadUntil("slow", token, all - known)) told.push_back(more);
  EXPECT_EQ(told, Expected(3));
}

TEST_F(FeedTest, OneThatNeverReadsAgainIsDropped) {
  const auto stub = Connect("gone");
  grpc::ClientContext context;
  const auto gone = stub->WatchChanges(&context, From("start"));
  Await([&] { return service_.cut() == 1; });
  Await([&] { return service_.open() == 0; });
  // Its place is free, and nobody else noticed.
  EXPECT_EQ(ReadUntil("other", "start", Expected(1).size()), Expected(1));
  context.TryCancel();
  gone->Finish();
}

}  // namespace
}  // namespace comity
