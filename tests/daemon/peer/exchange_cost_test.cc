// What an exchange costs, counted on the messages that really cross mutual TLS: a peer's
// link on one side, the sync service on the other.
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>

#include "absl/strings/str_cat.h"
#include "client/lab/pki.h"
#include "daemon/peer/peer_link.h"
#include "daemon/service/sync_service.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/local.h"
#include "storage/lists/memory_store.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

// What the server received and sent, by method.
struct Tally {
  struct Method {
    int calls = 0;
    size_t received = 0;
    size_t sent = 0;
    size_t largest_sent = 0;
  };
  Mutex mutex;
  std::map<std::string, Method> methods ABSL_GUARDED_BY(mutex);
};

class Counter : public grpc::experimental::Interceptor {
 public:
  Counter(Tally* tally, std::string method) : tally_(tally), method_(std::move(method)) {
    method_ = method_.substr(method_.rfind('/') + 1);
    MutexLock lock(tally_->mutex);
    ++tally_->methods[method_].calls;
  }
  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    Count(batch);
    batch->Proceed();
  }

 private:
  void Count(grpc::experimental::InterceptorBatchMethods* batch) {
    using Point = grpc::experimental::InterceptionHookPoints;
    MutexLock lock(tally_->mutex);
    Tally::Method& method = tally_->methods[method_];
    if (batch->QueryInterceptionHookPoint(Point::POST_RECV_MESSAGE) && method_ == "Hello" &&
        batch->GetRecvMessage() != nullptr) {
      method.received += static_cast<v1::HelloRequest*>(batch->GetRecvMessage())->ByteSizeLong();
    }
    if (batch->QueryInterceptionHookPoint(Point::PRE_SEND_MESSAGE)) {
      const size_t bytes = batch->GetSerializedSendMessage()->Length();
      method.sent += bytes;
      method.largest_sent = std::max(method.largest_sent, bytes);
    }
  }

  Tally* const tally_;
  std::string method_;
};

class CounterFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CounterFactory(Tally* tally) : tally_(tally) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Counter(tally_, info->method());
  }

 private:
  Tally* const tally_;
};

class ExchangeCostTest : public ::testing::Test {
 protected:
  ~ExchangeCostTest() override {
    if (link_ != nullptr) link_->Stop();
    hub_.CloseAll();
    if (server_ != nullptr) {
      server_->Shutdown();
      server_->Wait();
    }
  }

  // us serves; "no" holds what us holds, with all HELD statements.
  void Serve() {
    for (const LogHead& head : us_->HeadsFor("no")) {
      const uint64_t size = head.size.value;
      const auto range = us_->ReadRange(head.origin, 0, size, size, 100 << 20);
      ASSERT_TRUE(range.ok());
      ASSERT_TRUE(no_->Ingest(head, 0, range->envelopes, range->consistency).ok());
    }
    const auto trade = [](Replica& from, Replica& to, const char* name) {
      std::vector<HeldNote> notes;
      for (const HeldStatement& one : from.HeldFor(name)) {
        notes.push_back({one.participant, one.note});
      }
      ASSERT_TRUE(to.TakeHeld(notes).ok());
    };
    trade(*us_, *no_, "no");
    trade(*no_, *us_, "us");

    const auto ca_us = *CertificateAuthority::Create("us", 10);
    const auto ca_no = *CertificateAuthority::Create("no", 10);
    const auto us = *ca_us.Issue("spiffe://us.test.example/peer/us-1", "127.0.0.1", 5);
    const auto no = *ca_no.Issue("spiffe://no.test.example/peer/no-1", "127.0.0.1", 5);
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = ca_no.pem().certificate_pem;
    tls.pem_key_cert_pairs.push_back({us.key_pem, us.certificate_pem});
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(&service_);
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
    factories.push_back(std::make_unique<CounterFactory>(&tally_));
    builder.experimental().SetInterceptorCreators(std::move(factories));
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    link_ = std::make_unique<PeerLink>("us", absl::StrCat("127.0.0.1:", port),
                                       ChannelIdentity{no.certificate_pem, no.key_pem, "us",
                                                       "test.example", ca_us.pem().certificate_pem},
                                       no_.get(), [this](sync::Event event) {
                                         MutexLock lock(mutex_);
                                         events_.push_back(std::move(event));
                                         came_.notify_all();
                                       }, nullptr);
  }
  sync::Event Next() {
    MutexLock lock(mutex_);
    while (events_.empty()) came_.wait(mutex_);
    sync::Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  std::map<std::string, Tally::Method> Counted() {
    MutexLock lock(tally_.mutex);
    return tally_.methods;
  }

  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  MemoryStore us_store_, no_store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &us_store_, &clock_);
  std::unique_ptr<Replica> no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  Tally tally_;
  WatchHub hub_;
  StateIndexCache states_{&us_store_, &clock_};
  WorkerPool pool_{2, 100};
  std::string greeted_by_;
  SyncServiceImpl service_{
      "us",  us_.get(), &hub_, &states_, [this](const std::string& who) { greeted_by_ = who; },
      &pool_};
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  ConditionVariable came_;
  std::deque<sync::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<PeerLink> link_;
};

TEST_F(ExchangeCostTest, EqualHeadsAndStatementsOfAHundredListsCostOneHelloUnder1KB) {
  for (int i = 0; i < 100; ++i) {
    const auto done = federation_.Publish(
        *us_, Edition(absl::StrCat("us-bis/l", i), "2020-01-01", {Item("5A001", "text")}));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  ASSERT_NO_FATAL_FAILURE(Serve());
  sync::EngineOptions options;
  options.peers = {"us"};
  options.participant = "no";
  options.roster_version = federation_.roster().version();
  options.roster_digest = federation_.roster().digest();
  sync::Engine engine(options);
  // Greeted at once; what is held is known by the time the digest is made.
  ASSERT_EQ(std::get<sync::CallHello>(engine.Step(sync::TimePassed{}, Instant{1}).at(0)).peer,
            "us");
  for (const auto& [origin, view] : no_->snapshot()->lists()) {
    ASSERT_TRUE(engine.Step(sync::LocalOf(*no_, origin), Instant{2}).empty());
  }
  link_->Hello(engine.HeadsDigest("us"));
  const sync::Event answer = Next();
  ASSERT_TRUE(std::holds_alternative<sync::HelloAnswered>(answer));
  const auto effects = engine.Step(answer, Instant{3});
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<sync::OpenWatch>(effects[0])) << "nothing else is asked for";
  const PeerView view = engine.Peers().at(0);
  EXPECT_EQ(view.state, "current");

  const auto counted = Counted();
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted.at("Hello").calls, 1);
  const size_t bytes = counted.at("Hello").received + counted.at("Hello").sent;
  std::printf("Hello, 100 equal lists: %zu bytes asked, %zu answered\n",
              counted.at("Hello").received, counted.at("Hello").sent);
  EXPECT_GT(counted.at("Hello").received, 64u);
  EXPECT_GT(counted.at("Hello").sent, 64u);
  EXPECT_LT(bytes, 1000u);
  EXPECT_EQ(greeted_by_, "no");
}

TEST_F(ExchangeCostTest, ARevisionOfThirtyMegabytesTravelsInChunks) {
  std::vector<v1::Entry> entries;
  for (int i = 0; i < 31; ++i) {
    v1::Entry entry = Item(absl::StrCat("5A", 100 + i), std::string(1'020'000, 'a' + i % 26));
    entry.mutable_item()->set_heading("large");
    entries.push_back(std::move(entry));
  }
  const auto done = federation_.Publish(*us_, Edition("us-bis/large", "2020-01-01", entries));
  ASSERT_TRUE(done.ok()) << done.status();
  ASSERT_NO_FATAL_FAILURE(Serve());
  const auto whole = us_->ReadRange(done->origin, 1, 2, 2, 100 << 20);
  ASSERT_TRUE(whole.ok());
  ASSERT_GT(whole->envelopes[0].size(), size_t{31} * 1'000'000);
  sync::FetchRevisions fetch;
  fetch.peer = "us";
  fetch.target = done->head;
  fetch.begin = 1;
  fetch.end = 2;
  link_->Fetch(fetch);
  const sync::Event event = Next();
  const auto* received = std::get_if<sync::RevisionsReceived>(&event);
  ASSERT_NE(received, nullptr) << std::get<sync::CallFailed>(event).status;
  ASSERT_EQ(received->batch->envelopes.size(), 1u);
  EXPECT_TRUE(received->batch->envelopes[0] == whole->envelopes[0]);
  EXPECT_LE(Counted().at("FetchRevisions").largest_sent, kChunkBytes + 64);
}

}  // namespace
}  // namespace comity
