#include "daemon/server/supervisor.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "daemon/server/crash_only.h"

namespace comity {
namespace {

constexpr int kFirstPauseMs = 200;
constexpr int kLongestPauseMs = 5'000;
// A daemon that ran this long has recovered: the next crash is a new story.
constexpr time_t kSteadySeconds = 60;

pid_t Spawn(const std::vector<std::string>& command, const sigset_t& signals) {
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  return pid;
}

time_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

}  // namespace

int Supervise(const std::vector<std::string>& command) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  int pause_ms = kFirstPauseMs;
  for (;;) {
    const time_t started = Now();
    const pid_t child = Spawn(command, signals);
    if (child < 0) return kStorageFailure;
    bool told_to_stop = false;
    int status = 0;
    for (;;) {
      int received = 0;
      sigwait(&signals, &received);
      if (received != SIGCHLD) kill(child, received);
      if (received == SIGTERM || received == SIGINT) told_to_stop = true;
      if (waitpid(child, &status, WNOHANG) == child) break;
    }
    if (told_to_stop || (WIFEXITED(status) && WEXITSTATUS(status) != kStorageFailure)) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (Now() - started > kSteadySeconds) pause_ms = kFirstPauseMs;
    std::fprintf(stderr, "comityd: the daemon ended (%s %d), it is started again in %d ms\n",
                 WIFEXITED(status) ? "exit code" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), pause_ms);
    // A stop in the pause is heard at once.
    const timespec pause{pause_ms / 1000, (pause_ms % 1000) * 1'000'000L};
    const int received = sigtimedwait(&signals, nullptr, &pause);
    if (received == SIGTERM || received == SIGINT) return 0;
    pause_ms = std::min(2 * pause_ms, kLongestPauseMs);
  }
}

}  // namespace comity
