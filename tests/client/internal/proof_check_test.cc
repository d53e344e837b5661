// The log's proofs: made by a daemon's snapshot, checked as the command line checks them.
#include "client/internal/proof_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using ::testing::HasSubstr;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

constexpr char kList[] = "us-bis/ccl";
constexpr uint32_t kSize = 9;

class ProofCheckTest : public ::testing::Test {
 protected:
  ProofCheckTest() {
    for (uint32_t i = 1; i < kSize; ++i) {
      const auto done = federation_.Publish(
          *us_, Edition(kList, "2020-01-01", {Item("5A001", "text " + std::to_string(i))}));
      EXPECT_TRUE(done.ok()) << done.status();
    }
  }
  static v1::GetInclusionProofRequest Inclusion(uint32_t index, uint32_t size) {
    v1::GetInclusionProofRequest request;
    request.set_list(kList);
    request.set_index(index);
    request.set_size(size);
    return request;
  }
  static v1::GetConsistencyProofRequest Consistency(uint32_t old_size, uint32_t new_size) {
    v1::GetConsistencyProofRequest request;
    request.set_list(kList);
    request.set_old_size(old_size);
    request.set_new_size(new_size);
    return request;
  }
  template <typename Answer>
  static std::string Text(const absl::StatusOr<Answer>& answer) {
    return std::string(answer.status().message());
  }

  TestFederation federation_;
  const Roster& roster_ = federation_.roster();
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(ProofCheckTest, EveryProofThatThereIsVerifies) {
  const auto snapshot = us_->snapshot();
  for (uint32_t size = 0; size <= kSize; ++size) {
    const uint32_t leaves = size == 0 ? kSize : size;
    for (uint32_t index = 0; index < leaves; ++index) {
      const auto request = Inclusion(index, size);
      const auto response = snapshot->GetInclusionProof(request);
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->size(), leaves);
      const auto at = CheckInclusion(request, *response, roster_);
      ASSERT_TRUE(at.ok()) << at.status();
      EXPECT_EQ(at->checkpoint.size, kSize);
    }
    for (uint32_t old_size = 1; old_size <= leaves; ++old_size) {
      const auto request = Consistency(old_size, size);
      const auto response = snapshot->GetConsistencyProof(request);
      ASSERT_TRUE(response.ok()) << response.status();
      const auto at = CheckConsistency(request, *response, roster_);
      EXPECT_TRUE(at.ok()) << at.status();
    }
  }
  v1::GetCheckpointRequest request;
  request.set_list(kList);
  const auto at = CheckCheckpoint(request, *snapshot->GetCheckpoint(request), roster_);
  ASSERT_TRUE(at.ok()) << at.status();
  EXPECT_EQ(at->checkpoint.size, kSize);
  ASSERT_EQ(at->held.size(), 1u);
  EXPECT_EQ(at->held[0].participant, "us");
}

TEST_F(ProofCheckTest, RefusesWithTheSizeThereIs) {
  const auto snapshot = us_->snapshot();
  auto inclusion = snapshot->GetInclusionProof(Inclusion(kSize, 0));
  EXPECT_EQ(inclusion.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Text(inclusion), HasSubstr("index 9 is not in the tree of size 9"));
  inclusion = snapshot->GetInclusionProof(Inclusion(5, 5));
  EXPECT_THAT(Text(inclusion), HasSubstr("of size 5, whose leaves are 0 to 4"));
  inclusion = snapshot->GetInclusionProof(Inclusion(0, 10));
  EXPECT_EQ(inclusion.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Text(inclusion), HasSubstr("newest checkpoint that is held here has size 9"));
  auto consistency = snapshot->GetConsistencyProof(Consistency(0, 5));
  EXPECT_EQ(consistency.status().code(), absl::StatusCode::kInvalidArgument);
  consistency = snapshot->GetConsistencyProof(Consistency(6, 5));
  EXPECT_EQ(consistency.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Text(consistency), HasSubstr("6 is above 5"));
  consistency = snapshot->GetConsistencyProof(Consistency(11, 0));
  EXPECT_EQ(consistency.status().code(), absl::StatusCode::kOutOfRange);
  v1::GetInclusionProofRequest typo = Inclusion(0, 0);
  typo.set_list("us-bis/cl");
  EXPECT_EQ(snapshot->GetInclusionProof(typo).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Text(snapshot->GetInclusionProof(typo)), HasSubstr("held: us-bis/ccl"));
}

TEST_F(ProofCheckTest, BelievesNoAnswerThatWasAltered) {
  const auto snapshot = us_->snapshot();
  const auto request = Inclusion(3, 6);
  const v1::GetInclusionProofResponse good = *snapshot->GetInclusionProof(request);
  const auto refused = [&](const std::function<void(v1::GetInclusionProofResponse&)>& alter) {
    v1::GetInclusionProofResponse altered = good;
    alter(altered);
    return CheckInclusion(request, altered, roster_).status().code() == absl::StatusCode::kDataLoss;
  };
  const auto flip = [](std::string* bytes) { (*bytes)[7] ^= 1; };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([&](auto& a) { flip(a.mutable_leaf_hash()); }));
  EXPECT_TRUE(refused([&](auto& a) { flip(a.mutable_root()); }));
  EXPECT_TRUE(refused([&](auto& a) { flip(a.mutable_hashes(1)); }));
  EXPECT_TRUE(refused([&](auto& a) { flip(a.mutable_checkpoint_hashes(0)); }));
  EXPECT_TRUE(refused([&](auto& a) { a.mutable_hashes()->RemoveLast(); }));
  EXPECT_TRUE(refused([&](auto& a) { *a.add_hashes() = a.hashes(0); }));
  EXPECT_TRUE(refused([&](auto& a) { a.mutable_checkpoint_hashes()->RemoveLast(); }));
  EXPECT_TRUE(refused([&](auto& a) { a.set_index(2); }));
  EXPECT_TRUE(refused([&](auto& a) { a.set_list("us-bis/other"); }));
  EXPECT_TRUE(refused([&](auto& a) { a.set_origin("test.example/us-bis/ccl/2"); }));
  EXPECT_TRUE(refused([&](auto& a) { flip(a.mutable_checkpoint()); }));
  // A true proof of another leaf, and of another tree than was signed.
  EXPECT_TRUE(refused([&](auto& a) { a = *snapshot->GetInclusionProof(Inclusion(2, 6)); }));
  EXPECT_TRUE(refused([&](auto& a) { a = *snapshot->GetInclusionProof(Inclusion(3, 7)); }));

  const auto pair = Consistency(3, 6);
  v1::GetConsistencyProofResponse consistency = *snapshot->GetConsistencyProof(pair);
  EXPECT_TRUE(CheckConsistency(pair, consistency, roster_).ok());
  flip(consistency.mutable_old_root());
  EXPECT_EQ(CheckConsistency(pair, consistency, roster_).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace comity
