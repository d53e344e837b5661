// comity lab: a whole federation on one machine.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/lab/federation.h"
#include "client/lab/process.h"
#include "storage/base/errors.h"
#include "storage/log/origin.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

constexpr std::chrono::seconds kStartDeadline{30};
constexpr std::chrono::milliseconds kPoll{30};

struct LabOptions {
  std::string directory;
  std::vector<std::string> authorities;
  std::string federation = "lab.example";
  bool line = false;
  // A file of arrangements for the roster; empty: none.
  std::string arrangements;
  // PARTICIPANT=IP:PORT.
  std::vector<std::string> addresses;
  bool no_start = false;
  std::string comityd;
  // stop and start: one authority or participant; empty: all.
  std::string which;
  bool keep = false;
};

// The state that processes are in now.
v1::LabStatus Observe(const std::string& directory, v1::LabStatus lab) {
  for (v1::LabDaemon& daemon : *lab.mutable_daemons()) {
    const bool running = IsRunning(daemon.pid(), DaemonConfigPath(directory, daemon.participant()));
    daemon.set_state(running ? "running" : "stopped");
    if (!running) daemon.set_pid(0);
  }
  return lab;
}

Table LabTable(const v1::LabStatus& lab) {
  Table table{{"PARTICIPANT", "AUTHORITIES", "STATE", "PID", "ADDRESS", "DATA"}, {}, {}, {"PID"}};
  for (const v1::LabDaemon& daemon : lab.daemons()) {
    table.rows.push_back({daemon.participant(), absl::StrJoin(daemon.authorities(), ", "),
                          daemon.state(), daemon.pid() == 0 ? "" : absl::StrCat(daemon.pid()),
                          daemon.address(), daemon.data_dir()});
  }
  return table;
}

// Until the daemon answers its own operator.
absl::Status WaitUntilServing(const std::string& directory, const v1::LabDaemon& daemon) {
  const std::string config = DaemonConfigPath(directory, daemon.participant());
  const std::string log = DaemonLogPath(directory, daemon.participant());
  COMITY_ASSIGN_OR_RETURN(const Context context,
                          LoadContext(ContextPath(directory, daemon.authorities(0), "operator")));
  const auto until = std::chrono::steady_clock::now() + kStartDeadline;
  for (;;) {
    Connection connection(context);
    const auto answer =
        connection.Call(connection.query(), &v1::QueryService::Stub::Ping, v1::PingRequest());
    if (answer.ok()) return absl::OkStatus();
    if (!IsRunning(daemon.pid(), config)) {
      return absl::UnavailableError(absl::StrCat("the daemon of ", daemon.participant(),
                                                 " ended; its log (", log, ") says:\n",
                                                 TailOf(log)));
    }
    if (std::chrono::steady_clock::now() > until) {
      return absl::DeadlineExceededError(
          absl::StrCat("the daemon of ", daemon.participant(),
                       " does not answer: ", answer.status().message(), "; its log is ", log));
    }
    std::this_thread::sleep_for(kPoll);
  }
}

absl::Status StartDaemons(const LabOptions& options, v1::LabStatus lab,
                          const std::vector<int>& which) {
  std::string comityd = options.comityd;
  if (comityd.empty()) {
    COMITY_ASSIGN_OR_RETURN(comityd, FindComityd());
  }
  Progress progress;
  for (const int i : which) {
    v1::LabDaemon& daemon = *lab.mutable_daemons(i);
    if (daemon.state() == "running") continue;
    const std::string config = DaemonConfigPath(options.directory, daemon.participant());
    COMITY_ASSIGN_OR_RETURN(
        const uint32_t pid,
        StartDaemon(comityd, config, DaemonLogPath(options.directory, daemon.participant())));
    daemon.set_pid(pid);
    COMITY_RETURN_IF_ERROR(WriteLab(options.directory, lab));
  }
  for (const int i : which) {
    progress.Set(absl::StrCat("Waiting for ", lab.daemons(i).participant(), " ..."));
    COMITY_RETURN_IF_ERROR(WaitUntilServing(options.directory, lab.daemons(i)));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::LabStatus> ReadObserved(const std::string& directory) {
  COMITY_ASSIGN_OR_RETURN(v1::LabStatus lab, ReadLab(directory));
  return Observe(directory, std::move(lab));
}

// The daemons that an authority's or participant's name means; all if it is empty.
absl::StatusOr<std::vector<int>> Select(const v1::LabStatus& lab, const std::string& which) {
  std::vector<int> selected;
  std::vector<std::string> known;
  for (int i = 0; i < lab.daemons_size(); ++i) {
    const v1::LabDaemon& daemon = lab.daemons(i);
    const auto& authorities = daemon.authorities();
    known.insert(known.end(), authorities.begin(), authorities.end());
    if (which.empty() || which == daemon.participant() ||
        std::find(authorities.begin(), authorities.end(), which) != authorities.end()) {
      selected.push_back(i);
    }
  }
  if (!selected.empty()) return selected;
  return absl::NotFoundError(absl::StrCat("this lab has no authority \"", which,
                                          "\"; it has: ", absl::StrJoin(known, ", ")));
}

// Each daemon exchanges with its neighbours in the order of the options alone.
std::map<std::string, std::vector<std::string>> LineOf(
    const std::vector<std::string>& authorities) {
  std::vector<std::string> order;
  for (const std::string& authority : authorities) {
    const std::string participant = ParticipantOf(authority);
    if (std::find(order.begin(), order.end(), participant) == order.end())
      order.push_back(participant);
  }
  std::map<std::string, std::vector<std::string>> peers;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0) peers[order[i]].push_back(order[i - 1]);
    if (i + 1 < order.size()) peers[order[i]].push_back(order[i + 1]);
  }
  return peers;
}

absl::Status Up(Globals& globals, const LabOptions& options) {
  FederationPlan plan;
  plan.directory = options.directory;
  plan.federation = options.federation;
  plan.authorities = options.authorities;
  std::sort(plan.authorities.begin(), plan.authorities.end());
  plan.authorities.erase(std::unique(plan.authorities.begin(), plan.authorities.end()),
                         plan.authorities.end());
  for (const std::string& authority : plan.authorities) {
    if (!ListName::Parse(absl::StrCat(authority, "/x")).ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", authority,
          "\" is not an authority: write PARTICIPANT-NAME in lower case, such as us-bis"));
    }
  }
  if (!options.arrangements.empty()) {
    // Only the arrangements: the rest of a lab's roster is made here.
    v1::Roster example;
    COMITY_RETURN_IF_ERROR(ReadYamlFile(options.arrangements, &example));
    plan.arrangements.assign(example.arrangements().begin(), example.arrangements().end());
  }
  if (options.line) plan.peers = LineOf(options.authorities);
  for (const std::string& one : options.addresses) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos ||
        !plan.addresses.emplace(one.substr(0, equals), one.substr(equals + 1)).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--address \"", one, "\": write PARTICIPANT=IP:PORT, once for a participant"));
    }
  }
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus lab, WriteFederation(plan));
  COMITY_ASSIGN_OR_RETURN(const std::vector<int> all, Select(lab, ""));
  if (!options.no_start) COMITY_RETURN_IF_ERROR(StartDaemons(options, lab, all));
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus observed, ReadObserved(options.directory));
  const Output output = globals.MakeOutput();
  output.Answer(observed, LabTable(observed));
  output.Line(absl::StrCat("Contexts: ", options.directory,
                           "/AUTHORITY/{publisher,screener,operator,admin}.yaml"));
  return absl::OkStatus();
}

absl::Status ShowLab(Globals& globals, const LabOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus lab, ReadObserved(options.directory));
  globals.MakeOutput().Answer(lab, LabTable(lab));
  return absl::OkStatus();
}

absl::Status Start(Globals& globals, const LabOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus lab, ReadObserved(options.directory));
  COMITY_ASSIGN_OR_RETURN(const std::vector<int> which, Select(lab, options.which));
  COMITY_RETURN_IF_ERROR(StartDaemons(options, lab, which));
  return ShowLab(globals, options);
}

absl::Status StopSome(const LabOptions& options, v1::LabStatus lab, const std::vector<int>& which) {
  Progress progress;
  for (const int i : which) {
    v1::LabDaemon& daemon = *lab.mutable_daemons(i);
    progress.Set(absl::StrCat("Stopping ", daemon.participant(), " ..."));
    COMITY_RETURN_IF_ERROR(
        StopDaemon(daemon.pid(), DaemonConfigPath(options.directory, daemon.participant())));
    daemon.set_pid(0);
    daemon.set_state("stopped");
  }
  return WriteLab(options.directory, lab);
}

absl::Status Stop(Globals& globals, const LabOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus lab, ReadObserved(options.directory));
  COMITY_ASSIGN_OR_RETURN(const std::vector<int> which, Select(lab, options.which));
  COMITY_RETURN_IF_ERROR(StopSome(options, lab, which));
  return ShowLab(globals, options);
}

absl::Status Down(Globals& globals, const LabOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const v1::LabStatus lab, ReadObserved(options.directory));
  COMITY_ASSIGN_OR_RETURN(const std::vector<int> all, Select(lab, ""));
  COMITY_RETURN_IF_ERROR(StopSome(options, lab, all));
  if (options.keep) return ShowLab(globals, options);
  // Only what the lab made: a directory of other things stays.
  std::error_code error;
  const std::filesystem::path root(options.directory);
  for (const v1::LabDaemon& daemon : lab.daemons()) {
    for (const std::string& authority : daemon.authorities()) {
      std::filesystem::remove_all(root / authority, error);
    }
  }
  for (const char* name : {"daemons", "root", "roster.envelope", "lab.json"}) {
    std::filesystem::remove_all(root / name, error);
  }
  std::filesystem::remove(root, error);
  globals.MakeOutput().Line(absl::StrCat("The lab in ", options.directory, " is gone."));
  return absl::OkStatus();
}

}  // namespace

void AddLabCommands(CLI::App& app, Globals& globals) {
  CLI::App* lab = app.add_subcommand("lab", "A whole federation on this machine");
  lab->fallthrough()->require_subcommand(0, 1);
  auto o = std::make_shared<LabOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = lab->add_subcommand(name, help);
    command->add_option("--dir", o->directory, "The lab's folder")->required();
    command->fallthrough()->callback([&globals, o, action] {
      std::error_code error;
      o->directory =
          std::filesystem::weakly_canonical(std::filesystem::absolute(o->directory), error)
              .string();
      globals.action = [o, action](Globals& g) { return action(g, *o); };
    });
    return command;
  };
  CLI::App* up = add("up", "Make it and start it: one daemon for each participant", Up);
  up->add_option("--authority", o->authorities,
                 "PARTICIPANT-NAME, such as us-bis; give it for each")
      ->required()
      ->expected(1)
      ->take_all();
  up->add_option("--federation", o->federation, "Its DNS-like name (default: lab.example)");
  up->add_option("--address", o->addresses,
                 "PARTICIPANT=IP:PORT where its daemon is reached (default: a free port of "
                 "127.0.0.1)")
      ->expected(1)
      ->take_all();
  up->add_flag("--no-start", o->no_start, "Make the files only; `comity lab start` starts it");
  up->add_flag("--line", o->line, "Each daemon reaches only its neighbours in the order given");
  up->add_option("--arrangements", o->arrangements,
                 "Arrangements for the roster, such as deploy/examples/arrangements.yaml");
  CLI::App* start = add("start", "Start its daemons", Start);
  CLI::App* stop = add("stop", "Stop its daemons", Stop);
  add("status", "What runs", ShowLab);
  CLI::App* down = add("down", "Stop it and delete what it made", Down);
  down->add_flag("--keep", o->keep, "Stop only");
  for (CLI::App* command : {start, stop}) {
    command->add_option("AUTHORITY", o->which, "One authority's daemon (default: all)");
  }
  for (CLI::App* command : {up, start}) {
    command->add_option("--comityd", o->comityd, "The daemon's program (default: beside this one)");
  }
}

}  // namespace comity::cli
