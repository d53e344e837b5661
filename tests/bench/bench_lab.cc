#include "tests/bench/bench_lab.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/internal/context.h"
#include "tests/integration/harness.h"
#include "tests/support/federation.h"

namespace comity::bench {
namespace {

constexpr std::chrono::milliseconds kPoll{10};
constexpr int kEntriesOfRevision = 40'000;
const std::map<std::string, std::string> kAuthorities = {{"us", "us-bis"}, {"no", "no-mfa"}};

}  // namespace

void Rest(std::chrono::milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait_for(lock, time, [] { return false; });
}

void Die(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

Spread::Spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  p50 = values[values.size() / 2];
  p90 = values[values.size() * 9 / 10];
  p99 = values[values.size() * 99 / 100];
}

BenchLab::BenchLab(const std::string& directory, testing::Wire* wire)
    : directory_(directory + "/lab"), wire_(wire) {
  std::filesystem::create_directories(directory);
  std::vector<std::string> up = {"lab",    "up",          "--dir",  directory_,  "--authority",
                                 "us-bis", "--authority", "no-mfa", "--no-start"};
  if (wire_ != nullptr) {
    for (const auto& [participant, host] : std::map<std::string, int>{{"us", 0}, {"no", 1}}) {
      up.push_back("--address");
      up.push_back(absl::StrCat(participant, "=", testing::Wire::AddressOf(host), ":7443"));
    }
  }
  Comity(up);
  Start("us");
  Start("no");
  auto publisher = testing::Publisher::Open(directory_ + "/us-bis/publisher.yaml");
  if (!publisher.ok()) Die(publisher.status().ToString());
  us_ = *std::move(publisher);
  // Until its peer has said what it signed it signs nothing.
  const auto ready = [this] {
    const auto status = To("us").Call(To("us").status(), &v1::StatusService::Stub::GetStatus,
                                      v1::GetStatusRequest());
    return status.ok() && status->signing().state() == "ready";
  };
  while (!ready()) Rest(kPoll);
}

void BenchLab::AwaitSize(const std::string& participant, const std::string& list, uint32_t size) {
  while (SizeAt(participant, list) < size) Rest(kPoll);
}

BenchLab::~BenchLab() {
  us_.reset();
  connections_.clear();
  integration::Execute(
      {std::string(COMITY_BIN_DIR) + "/comity", "lab", "down", "--dir", directory_});
}

void BenchLab::Comity(const std::vector<std::string>& arguments, int name_space) const {
  std::vector<std::string> command = {std::string(COMITY_BIN_DIR) + "/comity"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const integration::Result result = integration::Execute(command, name_space);
  if (result.exit != 0) Die(result.err);
}

void BenchLab::Start(const std::string& participant) {
  const int name_space = wire_ == nullptr ? -1 : wire_->NamespaceOf(participant == "us" ? 0 : 1);
  Comity({"lab", "start", participant, "--dir", directory_}, name_space);
}

void BenchLab::Stop(const std::string& participant) {
  connections_.erase(participant);
  Comity({"lab", "stop", participant, "--dir", directory_});
}

std::string BenchLab::Data(const std::string& participant) const {
  return directory_ + "/daemons/" + participant + "/data";
}

std::string BenchLab::Config(const std::string& participant) const {
  return directory_ + "/daemons/" + participant + "/comityd.yaml";
}

void BenchLab::ForgetData(const std::string& participant) {
  std::filesystem::remove_all(Data(participant));
}

void BenchLab::SnapshotFrom(const std::string& participant, int leaves) {
  std::stringstream text;
  text << std::ifstream(Config(participant)).rdbuf();
  std::string yaml = text.str();
  const std::string field = "  snapshot_from_leaves: ";
  if (const size_t old = yaml.find(field); old != std::string::npos) {
    yaml.erase(old, yaml.find('\n', old) + 1 - old);
  }
  yaml.insert(yaml.find("sync:\n") + 6, absl::StrCat(field, leaves, "\n"));
  std::ofstream(Config(participant)) << yaml;
}

Connection& BenchLab::To(const std::string& participant) {
  std::unique_ptr<Connection>& connection = connections_[participant];
  if (connection == nullptr) {
    const auto context =
        LoadContext(directory_ + "/" + kAuthorities.at(participant) + "/operator.yaml");
    if (!context.ok()) Die(context.status().ToString());
    connection = std::make_unique<Connection>(*context);
  }
  return *connection;
}

uint32_t BenchLab::SizeAt(const std::string& participant, const std::string& list) {
  Connection& connection = To(participant);
  v1::GetListRequest request;
  request.set_list(list);
  const auto answer =
      connection.Call(connection.query(), &v1::QueryService::Stub::GetList, request);
  return answer.ok() ? answer->size() : 0;
}

std::string BenchLab::HistoryAt(const std::string& participant) {
  Connection& connection = To(participant);
  const auto status = connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                      v1::GetStatusRequest());
  return status.ok() && status->lists_size() == 1 ? status->lists(0).history() : "";
}

std::vector<v1::Entry> Items(int first, int count, int edition) {
  std::vector<v1::Entry> items;
  for (int i = first; i < first + count; ++i) {
    // Not the same bytes again and again: they would compress to nothing.
    std::string text = absl::StrCat("Edition ", edition, " of item ", i, ": ");
    uint64_t state = static_cast<uint64_t>(i) * 2'654'435'761u + 1;
    while (text.size() < 430) {
      state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
      absl::StrAppend(&text, "word", state >> 50, " ");
    }
    v1::Entry entry = testing::Item(absl::StrCat("5A", 1'000'000 + i), text);
    entry.mutable_item()->set_heading("Equipment");
    items.push_back(std::move(entry));
  }
  return items;
}

void PublishMany(BenchLab& lab, int entries) {
  const Clock::time_point start = Clock::now();
  for (int done = 0; done < entries;) {
    const int count = std::min(kEntriesOfRevision, entries - done);
    const auto published = lab.us().Publish("us-bis/list", Items(done, count, 0));
    if (!published.ok()) Die(published.status().ToString());
    done += count;
    std::fprintf(stderr, "\r%d of %d entries published", done, entries);
  }
  std::fprintf(stderr, "\n");
  std::printf("published %d entries, %d in a revision, in %.1f s\n", entries,
              std::min(kEntriesOfRevision, entries), SecondsSince(start));
}

std::unique_ptr<rocksdb::DB> OpenFloor(const std::string& directory,
                                       const rocksdb::Options& options) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, directory, &opened).ok()) Die("the floor's RocksDB");
  return std::unique_ptr<rocksdb::DB>(opened);
}

}  // namespace comity::bench
