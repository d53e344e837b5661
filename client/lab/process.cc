#include "client/lab/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"

namespace comity {
namespace {

constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kTermGrace{10};
constexpr std::streamoff kTailBytes = 2000;

// What /proc says, without zombies of ours.
std::string CommandLineOf(uint32_t pid) {
  waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG);
  std::ifstream in(absl::StrCat("/proc/", pid, "/cmdline"), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

absl::StatusOr<std::string> FindComityd() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / "comityd";
  if (!error && std::filesystem::exists(beside, error)) return beside.string();
  return absl::NotFoundError(
      absl::StrCat(beside.string(), " is not there: build it, or give --comityd PATH"));
}

bool IsRunning(uint32_t pid, const std::string& config_path) {
  if (pid == 0) return false;
  const std::string command = CommandLineOf(pid);
  // Arguments end in NUL: the whole path must be one of them.
  return command.find(std::string(1, '\0') + config_path + std::string(1, '\0')) !=
         std::string::npos;
}

absl::StatusOr<uint32_t> StartDaemon(const std::string& comityd, const std::string& config_path,
                                     const std::string& log_path) {
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return absl::UnavailableError(absl::StrCat(log_path, ": ", strerror(errno)));
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // Closed by exec: before that the child is not yet a comityd and would pass for one that
  // ended. What is written to it is why exec failed.
  int started[2];
  if (pipe2(started, O_CLOEXEC) != 0) {
    close(log);
    close(null);
    return absl::UnavailableError(absl::StrCat("no new pipe: ", strerror(errno)));
  }
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl(comityd.c_str(), comityd.c_str(), "--config", config_path.c_str(), nullptr);
    const int why = errno;
    if (write(started[1], &why, sizeof(why)) != sizeof(why)) _exit(126);
    _exit(127);
  }
  const int fork_error = errno;
  close(log);
  close(null);
  close(started[1]);
  int why = 0;
  const bool failed = pid > 0 && read(started[0], &why, sizeof(why)) == sizeof(why);
  close(started[0]);
  if (pid < 0) {
    return absl::UnavailableError(absl::StrCat("no new process: ", strerror(fork_error)));
  }
  if (failed) {
    waitpid(pid, nullptr, 0);
    return absl::UnavailableError(absl::StrCat(comityd, " cannot be run: ", strerror(why)));
  }
  return static_cast<uint32_t>(pid);
}

absl::Status StopDaemon(uint32_t pid, const std::string& config_path) {
  if (!IsRunning(pid, config_path)) return absl::OkStatus();
  kill(static_cast<pid_t>(pid), SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kTermGrace;
  while (IsRunning(pid, config_path)) {
    if (std::chrono::steady_clock::now() > until) kill(static_cast<pid_t>(pid), SIGKILL);
    std::this_thread::sleep_for(kPoll);
  }
  return absl::OkStatus();
}

std::string TailOf(const std::string& log_path) {
  std::ifstream in(log_path, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kTailBytes));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace comity
