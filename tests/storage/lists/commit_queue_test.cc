// Writers that come while another waits for the disk go together; one list's keep
// their order.
#include "storage/lists/commit_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace comity {
namespace {

Origin ListNumber(int number) {
  return *Origin::Parse(absl::StrCat("f.example/us-bis/l", number, "/1"));
}

struct Numbered : CommitWork {
  Numbered(Origin origin, int number) : CommitWork(std::move(origin)), number(number) {}
  const int number;
};

TEST(CommitQueueTest, ThoseWhoWaitGoTogetherOneForEachList) {
  Mutex mutex;
  ConditionVariable changed;
  bool open = false;
  std::vector<std::vector<Origin>> groups;
  int arrived = 0;
  CommitQueue queue([&](std::span<CommitWork* const> works) {
    MutexLock lock(mutex);
    std::vector<Origin>& group = groups.emplace_back();
    for (const CommitWork* work : works) group.push_back(work->origin);
    changed.notify_all();
    while (!open) changed.wait(mutex);
  });
  std::vector<std::thread> threads;
  const auto start = [&](int list) {
    threads.emplace_back([&, list] {
      CommitWork work(ListNumber(list));
      {
        MutexLock lock(mutex);
        ++arrived;
        changed.notify_all();
      }
      queue.Run(work);
    });
  };
  start(0);
  {
    MutexLock lock(mutex);
    while (groups.empty()) changed.wait(mutex);
  }
  // The first one holds the disk: these five must wait for it, two of them of one list.
  for (const int list : {1, 2, 3, 4, 4}) start(list);
  {
    MutexLock lock(mutex);
    while (arrived < 6) changed.wait(mutex);
  }
  while (queue.waiting() < 6) std::this_thread::yield();
  {
    MutexLock lock(mutex);
    open = true;
    changed.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].size(), 1u);
  EXPECT_EQ(groups[1].size(), 4u) << "one of each list that waited";
  EXPECT_EQ(groups[2], std::vector<Origin>{ListNumber(4)});
}

TEST(CommitQueueTest, OneCommitAtATimeAndNoWorkTwice) {
  std::atomic<int> inside{0};
  std::map<int, int> seen;
  CommitQueue queue([&](std::span<CommitWork* const> works) {
    ASSERT_EQ(inside.fetch_add(1), 0);
    for (CommitWork* work : works) ++seen[static_cast<Numbered*>(work)->number];
    inside.fetch_sub(1);
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        Numbered work(ListNumber(i % 3), t * 1000 + i);
        queue.Run(work);
        ASSERT_TRUE(work.done);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 1600u);
  for (const auto& [number, times] : seen) EXPECT_EQ(times, 1) << number;
}

}  // namespace
}  // namespace comity
