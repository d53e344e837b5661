// comityd: one participant's daemon.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "client/transport/channel.h"
#include "daemon/config/config.h"
#include "daemon/server/memory_trimmer.h"
#include "daemon/server/server.h"
#include "daemon/server/supervisor.h"
#include "storage/base/version.h"
#include "storage/yaml/secret_file.h"

namespace {

constexpr int kBadInput = 3;
constexpr int kServerError = 5;

int Fail(const absl::Status& status, int code) {
  std::fprintf(stderr, "comityd: %s\n", std::string(status.message()).c_str());
  return code;
}

// Until a signal ends the server. SIGHUP brings a configuration that was read anew; one
// that cannot be read changes nothing, and one that brings certificates alone is taken up
// as the server runs.
int WaitForEnd(const sigset_t& signals, const std::string& config_path, comity::Server& server,
               absl::StatusOr<comity::Config>* config) {
  for (;;) {
    int received = 0;
    sigwait(&signals, &received);
    if (received != SIGHUP) return received;
    *config = comity::LoadConfig(config_path);
    absl::Status status = config->status();
    if (status.ok()) {
      const absl::StatusOr<bool> taken = server.Reload(**config);
      if (taken.ok() && !*taken) return received;
      status = taken.status();
    }
    if (!status.ok()) {
      spdlog::error("SIGHUP: this daemon goes on as it was: {}", std::string(status.message()));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("comityd: keeps one participant's control lists in step with its peers'");
  std::string config_path;
  bool check = false;
  app.add_option("--config", config_path, "The daemon's configuration (YAML)")->required();
  bool supervise = false;
  app.add_flag("--supervise", supervise, "Start the daemon again whenever it crashes");
  app.add_flag("--check", check, "Read and check the configuration, then exit");
  app.set_version_flag("--version", std::string("comityd ") + comity::kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "comityd: %s (see `comityd --help`)\n", error.what());
    return kBadInput;
  }

  // The supervisor holds no keys, and what it starts hides its own memory.
  if (supervise && !check) {
    return comity::Supervise({"/proc/self/exe", "--config", config_path});
  }

  comity::TuneHeap();
  // Before any thread is started, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  spdlog::set_default_logger(spdlog::stderr_color_mt("comityd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  comity::QuietGrpcLog();

  if (const absl::Status hidden = comity::HideProcessMemory(); !hidden.ok()) {
    return Fail(hidden, kServerError);
  }
  absl::StatusOr<comity::Config> config = comity::LoadConfig(config_path);
  if (!config.ok()) return Fail(config.status(), kBadInput);
  if (check) {
    std::printf("%s: ok (participant %s, roster version %llu)\n", config_path.c_str(),
                config->message.participant().c_str(),
                static_cast<unsigned long long>(config->roster->version()));
    for (const std::string& alarm : config->alarms) {
      std::fprintf(stderr, "comityd: if no newer roster is in force: %s\n", alarm.c_str());
    }
    return 0;
  }
  for (;;) {
    const std::string participant = config->message.participant();
    absl::StatusOr<std::unique_ptr<comity::Server>> server =
        comity::Server::Start(*std::move(config));
    if (!server.ok()) return Fail(server.status(), kServerError);
    spdlog::info("comityd {} serves participant {} on {}", comity::kVersion, participant,
                 (*server)->address());
    const int received = WaitForEnd(signals, config_path, **server, &config);
    spdlog::info("comityd {} ({})", received == SIGHUP ? "opens anew" : "stops",
                 received == SIGTERM  ? "SIGTERM"
                 : received == SIGINT ? "SIGINT"
                                      : "SIGHUP");
    server->reset();
    if (received != SIGHUP) return 0;
  }
}
