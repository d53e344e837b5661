#include "daemon/server/crash_only.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>

#include "daemon/server/supervisor.h"

namespace comity {
namespace {

// Runs `body` in a child; gives its wait status.
int InChild(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(99);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

TEST(CrashOnlyTest, EndsTheProcessAfterSayingNotReady) {
  const std::string mark = ::testing::TempDir() + "/not_ready";
  unlink(mark.c_str());
  const int status = InChild([&] {
    CrashOnly crash_only([&] { std::ofstream(mark) << "x"; });
    crash_only.Fail(absl::UnavailableError("disk"));
    for (;;) pause();
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kStorageFailure);
  EXPECT_EQ(access(mark.c_str(), F_OK), 0);
}

TEST(CrashOnlyTest, AHangIsEndedByTheKernel) {
  const int status = InChild([] {
    CrashOnly crash_only([] {
      for (;;) pause();
    });
    crash_only.Fail(absl::UnavailableError("disk"));
    for (;;) pause();
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
}

TEST(CrashOnlyTest, APeacefulEndIsNoCrash) {
  CrashOnly crash_only([] {});
}

TEST(SupervisorTest, StartsAgainAfterACrashAndEndsWithAPeacefulChild) {
  const std::string count = ::testing::TempDir() + "/starts";
  unlink(count.c_str());
  const int status = InChild([&] {
    // Crashes twice, once by exit code and once by a signal, then ends in peace.
    const std::string script = "echo x >> " + count + "; n=$(wc -l < " + count +
                               "); [ $n = 1 ] && exit 70; [ $n = 2 ] && kill -9 $$; exit 0";
    _exit(Supervise({"/bin/sh", "-c", script}));
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  std::ifstream in(count);
  EXPECT_EQ(std::count(std::istreambuf_iterator<char>(in), {}, 'x'), 3);
}

TEST(SupervisorTest, AnErrorThatARestartDoesNotMendIsPassedOn) {
  const int status = InChild([] { _exit(Supervise({"/bin/sh", "-c", "exit 3"})); });
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

}  // namespace
}  // namespace comity
