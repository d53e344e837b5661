#include "tests/sim/scenario.h"

#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/planted.h"
#include "tests/sim/world.h"

namespace comity::sim {
namespace {

constexpr char kTrace[] = "    ";
// Every step of an engine is an event; a story tells what came of them.
constexpr std::string_view kEvent = "event";

class Story {
 public:
  // Empty, or what is wrong.
  std::string Line(const std::vector<std::string>& words) {
    if (words[0] == "federation") return Open(words);
    if (world_ == nullptr || words.size() < 2) return "a scenario begins with its federation";
    world_->RunUntil(static_cast<int64_t>(std::stod(words[0]) * kSecond));
    const std::string& act = words[1];
    const int who = words.size() > 2 ? world_->NodeNamed(words[2]) : -1;
    const int other = words.size() > 3 ? world_->NodeNamed(words[3]) : -1;
    if (act == "start" && words.size() > 2 && words[2] == "all") {
      world_->StartAll();
    } else if (act == "converged") {
      world_->Converge();
    } else if (who < 0) {
      return "there is no such daemon";
    } else if (act == "start") {
      world_->Start(who);
    } else if (act == "crash") {
      world_->Crash(who);
    } else if (act == "liar" || act == "honest") {
      world_->SetLiar(who, act == "liar");
    } else if (act == "full" || act == "space") {
      world_->SetFull(who, act == "full");
    } else if (act == "cut" || act == "join") {
      world_->Cut(who, other, act == "cut");
    } else if (act == "publish") {
      const absl::Status status = world_->Publish(who);
      if (!status.ok()) return status.ToString();
    } else if (act == "refused") {
      const absl::Status status = world_->Publish(who);
      const std::string code = absl::StatusCodeToString(status.code());
      if (words.size() < 4 || code != words[3]) return "it answered " + status.ToString();
    } else if (act == "copy") {
      copies_[who] = world_->OperationsOf(who);
    } else if (act == "restore" || act == "lose") {
      world_->LoseMemory(who, act == "lose" ? 0 : copies_[who], false);
    } else if (act == "clock") {
      world_->SetClockOffset(who, std::stoll(words[3]) * kYear);
    } else if (act == "holds") {
      const uint64_t held = world_->HeldBy(who, words[3]);
      if (held != std::stoull(words[4])) return absl::StrCat("it holds ", held);
    } else if (act == "backfills" || act == "whole") {
      if (world_->Backfills(who) != (act == "backfills")) return "it does not";
    } else if (act == "blames" || act == "trusts") {
      const uint64_t refused = world_->RefusedOf(who, other);
      if ((refused > 0) != (act == "blames")) return absl::StrCat("it refused ", refused);
    } else {
      return "there is no such act";
    }
    return "";
  }

  // What was seen since it was taken last.
  std::vector<TraceLine> TakeTrace() { return std::exchange(trace_, {}); }

 private:
  std::string Open(const std::vector<std::string>& words) {
    static const std::map<std::string, Topology> shapes = {{"mesh", Topology::kMesh},
                                                           {"line", Topology::kLine},
                                                           {"ring", Topology::kRing},
                                                           {"star", Topology::kStar},
                                                           {"bridge", Topology::kBridge}};
    if (words.size() < 5 || !shapes.contains(words[2])) return "no such federation";
    Swarm swarm;
    swarm.world = "scenario";
    swarm.daemons = std::stoi(words[1]);
    swarm.topology = shapes.at(words[2]);
    swarm.authorities = std::stoi(words[3]);
    swarm.quorum = static_cast<uint32_t>(std::stoul(words[4]));
    if (words.size() > 6 && words[5] == "snapshots") {
      swarm.snapshot_from = std::stoull(words[6]);
      swarm.snapshot_page = 1;
    }
    world_ = std::make_unique<World>(swarm, 1);
    world_->on_line = [this](const TraceLine& line) {
      if (line.what != kEvent) trace_.push_back(line);
    };
    return "";
  }

  std::unique_ptr<World> world_;
  std::map<int, size_t> copies_;
  std::vector<TraceLine> trace_;
};

}  // namespace

Told TellScenario(const std::string& text) {
  Story story;
  std::istringstream lines(text);
  std::string line;
  fake_signatures = true;
  Told told;
  for (int number = 1; told.wrong.empty() && std::getline(lines, line); ++number) {
    // What was expected is replaced by what is seen.
    if (line.starts_with(kTrace)) continue;
    absl::StrAppend(&told.text, line, "\n");
    std::istringstream split(line);
    std::vector<std::string> words;
    for (std::string word; split >> word;) words.push_back(word);
    if (words.empty() || words[0][0] == '#') continue;
    try {
      told.wrong = story.Line(words);
    } catch (const Broken& broken) {
      told.wrong = absl::StrCat(broken.invariant, ": ", broken.detail);
    }
    for (const TraceLine& seen : story.TakeTrace()) {
      absl::StrAppend(&told.text, kTrace, seen.ToString(), "\n");
    }
    if (!told.wrong.empty()) {
      told.wrong = absl::StrCat("line ", number, " (", line, "): ", told.wrong);
    }
  }
  fake_signatures = false;
  return told;
}

}  // namespace comity::sim
