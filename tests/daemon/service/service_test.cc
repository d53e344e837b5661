#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "comity/v1/publish_service.pb.h"
#include "daemon/service/reactors.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

TEST(WorkerPoolTest, RunsEverythingItAcceptedBeforeItEnds) {
  std::atomic<int> done{0};
  {
    WorkerPool pool(2, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Run([&] { ++done; }));
  }
  EXPECT_EQ(done, 500);
}

TEST(WorkerPoolTest, RefusesBeyondItsBound) {
  Mutex gate;
  WorkerPool pool(1, 2);
  gate.lock();
  std::atomic<bool> started{false};
  ASSERT_TRUE(pool.Run([&] {
    started = true;
    MutexLock lock(gate);
  }));
  while (!started) {
  }
  EXPECT_TRUE(pool.Run([] {}));
  EXPECT_TRUE(pool.Run([] {}));
  EXPECT_FALSE(pool.Run([] {})) << "two wait already";
  gate.unlock();
}

TEST(WatchHubTest, TellsEachWatcherUntilItLeaves) {
  WatchHub hub;
  int first = 0, second = 0;
  const uint64_t id = *hub.Add(
      "us", [&](const News&) { ++first; }, [] {});
  ASSERT_TRUE(hub.Add(
                     "no", [&](const News&) { ++second; }, [] {})
                  .ok());
  hub.Notify({});
  hub.Remove(id);
  hub.Notify({});
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(WatchHubTest, OfOneParticipantTheNewestWatchesStay) {
  WatchHub hub;
  std::vector<int> closed;
  const auto add = [&](const char* who, int number) {
    return hub
        .Add(
            who, [](const News&) {}, [&closed, number] { closed.push_back(number); })
        .status();
  };
  ASSERT_TRUE(add("no", 100).ok());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(add("us", i).ok());
  EXPECT_TRUE(closed.empty());
  ASSERT_TRUE(add("us", 4).ok());
  ASSERT_TRUE(add("us", 5).ok());
  EXPECT_EQ(closed, (std::vector<int>{0, 1})) << "and no other participant's";
  hub.CloseAll();
  EXPECT_EQ(closed.size(), 7u) << "each is closed once";
}

TEST(WatchHubTest, BoundsTheWatchesOfAll) {
  WatchHub hub;
  const auto add = [&](int who) {
    return hub
        .Add(
            std::to_string(who), [](const News&) {}, [] {})
        .status();
  };
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(add(i).ok());
  EXPECT_EQ(add(1000).code(), absl::StatusCode::kResourceExhausted);
}

TEST(WatchHubTest, ClosesAllAndTakesNoMore) {
  WatchHub hub;
  int closed = 0;
  ASSERT_TRUE(hub.Add(
                     "us", [](const News&) {}, [&] { ++closed; })
                  .ok());
  hub.CloseAll();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(hub.Add(
                   "us", [](const News&) {}, [] {})
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
}

TEST(ReactorsTest, ChunksMakeTheWholeAndHoldToTheirBound) {
  std::string bytes(2 * kChunkBytes + 1, 'x');
  const auto chunks = ToChunks<v1::DraftResponse>(bytes);
  ASSERT_EQ(chunks.size(), 3u);
  std::string whole;
  for (const auto& chunk : chunks) {
    EXPECT_LE(chunk.chunk().size(), kChunkBytes);
    whole += chunk.chunk();
  }
  EXPECT_EQ(whole, bytes);
  EXPECT_TRUE(ToChunks<v1::DraftResponse>("").empty());
}

TEST(RpcStatusTest, CarriesTheCodeAndTheDetail) {
  const absl::Status lost = MakeError(absl::StatusCode::kAborted, v1::REASON_STALE_PARENT, "text",
                                      "us-bis/ccl", "index 3");
  EXPECT_EQ(ToGrpcStatus(lost).error_code(), grpc::StatusCode::ABORTED);
  v1::ErrorDetail detail;
  ASSERT_TRUE(detail.ParseFromString(SerializedDetail(lost)));
  EXPECT_EQ(detail.winner(), "index 3");
  EXPECT_EQ(SerializedDetail(absl::InternalError("x")), "");
  EXPECT_LE(ToGrpcStatus(absl::InternalError(std::string(100'000, 'x'))).error_message().size(),
            kMaxErrorText);
}

}  // namespace
}  // namespace comity
