#include "daemon/service/verification.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "comity/v1/status_service.grpc.pb.h"
#include "storage/lists/memory_store.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

// Reads wait at a gate, so that a verification is under way for as long as a test needs.
class GatedStore : public MemoryStore {
 public:
  absl::StatusOr<StoredLeaf> ReadLeaf(const Origin& origin, LeafIndex index) const override {
    ++reads_;
    if (closed_) {
      ++waiting_;
      MutexLock lock(gate_);
    }
    auto leaf = MemoryStore::ReadLeaf(origin, index);
    if (rotten_ && leaf.ok()) leaf->root_after[0] ^= 1;
    return leaf;
  }
  std::atomic<bool> closed_{false};
  std::atomic<bool> rotten_{false};
  mutable std::atomic<int> waiting_{0};
  mutable std::atomic<int> reads_{0};
  mutable Mutex gate_;
};

class Service final : public v1::StatusService::CallbackService {
 public:
  explicit Service(Verification* verification) : verification_(verification) {}
  grpc::ServerWriteReactor<v1::VerifyStoreResponse>* VerifyStore(
      grpc::CallbackServerContext* context, const v1::VerifyStoreRequest* request) override {
    if (first_ == nullptr) first_ = context;
    return verification_->Start(context, *request);
  }
  std::atomic<grpc::CallbackServerContext*> first_{nullptr};

 private:
  Verification* const verification_;
};

class VerificationTest : public ::testing::Test {
 protected:
  VerificationTest() {
    const auto replica = federation_.MakeReplica("us", &store_, &clock_);
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(federation_
                      .Publish(*replica, Edition("us-bis/ccl", "2020-01-01",
                                                 {Item("5A001", std::to_string(i))}))
                      .ok());
    }
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::StatusService::NewStub(server_->InProcessChannel({}));
  }
  ~VerificationTest() override { server_->Shutdown(); }

  struct Outcome {
    grpc::Status status;
    int messages = 0;
    v1::VerifyStoreResponse last;
  };
  Outcome Verify(const std::string& list = "") {
    grpc::ClientContext context;
    v1::VerifyStoreRequest request;
    request.set_list(list);
    const auto stream = stub_->VerifyStore(&context, request);
    Outcome outcome;
    for (v1::VerifyStoreResponse one; stream->Read(&one); ++outcome.messages) outcome.last = one;
    outcome.status = stream->Finish();
    return outcome;
  }
  void Close() {
    store_.gate_.lock();
    store_.closed_ = true;
  }
  void Open() {
    store_.closed_ = false;
    store_.gate_.unlock();
  }

  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  GatedStore store_;
  Verification verification_{&store_, &federation_.roster()};
  Service service_{&verification_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::StatusService::Stub> stub_;
};

TEST_F(VerificationTest, TellsHowFarItIsAFewTimesASecondAndEndsWell) {
  const auto before = std::chrono::steady_clock::now();
  const Outcome outcome = Verify();
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  ASSERT_EQ(outcome.last.lists_size(), 1);
  EXPECT_EQ(outcome.last.lists(0).list(), "us-bis/ccl");
  EXPECT_EQ(outcome.last.lists(0).verified(), 101u);
  EXPECT_EQ(outcome.last.lists(0).size(), 101u);
  // The first, the last, and four a second between.
  EXPECT_LE(outcome.messages, 2 + took / std::chrono::milliseconds(250));
  EXPECT_EQ(Verify("us-bis/none").status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(VerificationTest, NamesTheListAndTheNextStep) {
  store_.rotten_ = true;
  const Outcome outcome = Verify();
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_NE(outcome.status.error_message().find("us-bis/ccl, leaf 0"), std::string::npos);
  EXPECT_NE(outcome.status.error_message().find("comity store rebuild"), std::string::npos);
  ASSERT_EQ(outcome.last.lists_size(), 1);
  EXPECT_NE(outcome.last.lists(0).problem(), "");
}

TEST_F(VerificationTest, OneAtATimeAndItEndsWithItsCaller) {
  Close();
  grpc::ClientContext context;
  const auto first = stub_->VerifyStore(&context, v1::VerifyStoreRequest());
  while (store_.waiting_ == 0) std::this_thread::yield();
  const Outcome second = Verify();
  EXPECT_EQ(second.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(second.status.error_message().find("wait until"), std::string::npos);
  context.TryCancel();
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (!service_.first_.load()->IsCancelled()) std::this_thread::yield();
  store_.reads_ = 0;
  Open();
  grpc::Status status;
  do {
    status = Verify().status;
  } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_LT(store_.reads_, 2 * 101 - 1) << "the first went on to its end";
}

TEST_F(VerificationTest, EndsWhenTheDaemonStops) {
  Close();
  grpc::ClientContext context;
  const auto stream = stub_->VerifyStore(&context, v1::VerifyStoreRequest());
  while (store_.waiting_ == 0) std::this_thread::yield();
  verification_.Stop();
  Open();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Verify().status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace comity
