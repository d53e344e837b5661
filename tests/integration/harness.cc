#include "tests/integration/harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace comity::integration {

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Result Execute(const std::vector<std::string>& command, int name_space) {
  char out[] = "/tmp/comity-out-XXXXXX";
  char err[] = "/tmp/comity-err-XXXXXX";
  const int out_fd = mkstemp(out);
  const int err_fd = mkstemp(err);
  const pid_t pid = fork();
  if (pid == 0) {
    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out_fd, STDOUT_FILENO);
    dup2(err_fd, STDERR_FILENO);
    if (name_space >= 0 && setns(name_space, CLONE_NEWNET) != 0) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(out_fd);
  close(err_fd);
  Result result{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadAll(out),
                ReadAll(err)};
  unlink(out);
  unlink(err);
  return result;
}

void LabTest::Up(const std::vector<std::string>& authorities,
                 const std::vector<std::string>& options) {
  char name[] = "/tmp/comity-lab-XXXXXX";
  directory_ = mkdtemp(name);
  std::vector<std::string> arguments = options;
  for (const std::string& authority : authorities) {
    arguments.push_back("--authority");
    arguments.push_back(authority);
  }
  const Result up = Lab("up", arguments);
  ASSERT_EQ(up.exit, 0) << up.err;
}

void LabTest::TearDown() {
  if (directory_.empty()) return;
  if (HasFailure()) {
    for (const auto& daemon : std::filesystem::directory_iterator(directory_ + "/daemons")) {
      std::fprintf(stderr, "--- log of %s\n%s", daemon.path().filename().c_str(),
                   ReadAll(daemon.path() / "log").c_str());
    }
  }
  Lab("down");
  std::filesystem::remove_all(directory_);
}

Result LabTest::As(const std::string& who, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {std::string(COMITY_BIN_DIR) + "/comity", "--context",
                                       directory_ + "/" + who + ".yaml"});
  return Execute(arguments);
}

Result LabTest::Lab(const std::string& verb, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {std::string(COMITY_BIN_DIR) + "/comity", "lab", verb,
                                       "--dir", directory_, "-o", "json"});
  return Execute(arguments);
}

std::string LabTest::Csv(const std::vector<std::pair<std::string, std::string>>& items) {
  const std::string path = directory_ + "/edition-" + std::to_string(files_++) + ".csv";
  std::ofstream out(path);
  out << "code,heading,text\n";
  for (const auto& [code, text] : items) out << code << "," << text << "," << text << "\n";
  return path;
}

Result LabTest::Publish(const std::string& authority,
                        const std::vector<std::pair<std::string, std::string>>& items,
                        const std::string& citation, const std::string& day) {
  return As(authority + "/publisher",
            {"publish", "--list", "list", "--format", "csv", "--from", Csv(items), "--effective",
             day, "--citation", citation, "--yes", "-o", "json"});
}

std::string LabTest::Digest(const std::string& authority) {
  const Result status = As(authority + "/operator", {"status", "-o", "json"});
  return status.exit == 0 ? status.Json()["viewDigest"].get<std::string>() : "";
}

bool LabTest::Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

bool LabTest::EventuallySigns(const std::string& authority) {
  return Eventually([&] {
    const auto status = As(authority + "/operator", {"status", "-o", "json"}).Json();
    return status.is_object() && status["signing"]["state"] == "ready";
  });
}

bool LabTest::EventuallyEqual(const std::vector<std::string>& authorities) {
  return Eventually([&] {
    const std::string first = Digest(authorities[0]);
    for (const std::string& authority : authorities) {
      if (first.empty() || Digest(authority) != first) return false;
    }
    return true;
  });
}

}  // namespace comity::integration
