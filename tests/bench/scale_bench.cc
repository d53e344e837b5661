// Does anything grow that should not, from 10,000 to 1,000,000 entries, in one list and in
// 500? Storage and replica of one participant in this process, no network; opening and reading
// in a process of their own, whose memory is then known.
//   scale_bench DIRECTORY [ENTRIES]
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/rocks/rocks_store.h"
#include "tests/bench/bench_lab.h"
#include "tests/support/federation.h"

namespace {

using namespace comity;
using bench::Clock;
using bench::SecondsSince;

constexpr int kEntriesOfRevision = 40'000;
constexpr int kReads = 20'000;
constexpr int kRevisions = 200;
// Days since 1970-01-01: 2020-01-01, from which all is in force, and 2024-01-01.
constexpr int kInForce = 18'262;
constexpr int kToday = 19'723;

struct Shape {
  int lists = 1;
  int entries = 0;  // in all
  std::string Name() const {
    return absl::StrCat(entries, " in ", lists, lists == 1 ? " list" : " lists");
  }
  int OfList() const { return entries / lists; }
};

// What was measured, as the lines of a file that one process leaves to the next.
struct Figures {
  double publish_s = 0, open_s = 0, now_us = 0, past_us = 0, code_us = 0, revision_ms = 0;
  double serialised = 0, disk = 0, resident = 0, heap = 0;
  std::vector<double*> All() {
    return {&publish_s,   &open_s,     &now_us, &past_us,  &code_us,
            &revision_ms, &serialised, &disk,   &resident, &heap};
  }
  void Write(const std::string& path) {
    std::ofstream file(path);
    for (const double* one : All()) file << *one << "\n";
  }
  void Read(const std::string& path) {
    std::ifstream file(path);
    for (double* one : All()) file >> *one;
  }
};

std::string ListOf(int number) { return absl::StrCat("us-bis/l", number); }

// The entries [first, first + count) of a list, whose codes are unlike those of other lists.
std::vector<v1::Entry> EntriesOf(int list, int first, int count, int edition) {
  return bench::Items(list * 10'000 + first, count, edition);
}

DraftInput Additions(const std::string& list, const std::vector<v1::Entry>& entries) {
  std::vector<v1::Change> changes;
  for (const v1::Entry& entry : entries) {
    v1::Change& change = changes.emplace_back();
    change.set_operation(v1::OPERATION_ADD);
    change.set_key(entry.key());
    change.set_effective_from(kInForce);
    change.set_entry(entry.SerializeAsString());
  }
  return testing::Changes(list, std::move(changes));
}

struct Daemon {
  explicit Daemon(const std::string& directory) {
    RocksOptions rocks;
    rocks.directory = directory + "/db";
    rocks.anchor_directory = directory;
    std::filesystem::create_directories(directory);
    auto opened = RocksStore::Open(std::move(rocks));
    if (!opened.ok()) bench::Die(opened.status().ToString());
    store = *std::move(opened);
    replica = federation.MakeReplica("us", store.get(), &clock);
  }
  void Publish(const DraftInput& input) {
    const auto done = federation.Publish(*replica, input);
    if (!done.ok()) bench::Die(done.status().ToString());
  }

  const testing::TestFederation federation;
  const ManualClock clock{testing::kNow};
  std::unique_ptr<RocksStore> store;
  std::unique_ptr<Replica> replica;
};

double BytesUnder(const std::string& directory) {
  double bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
  }
  return bytes;
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void PublishAll(const std::string& directory, const Shape& shape, Figures& figures) {
  Daemon daemon(directory);
  for (int list = 0; list < shape.lists; ++list) {
    for (int done = 0; done < shape.OfList(); done += kEntriesOfRevision) {
      const int count = std::min(kEntriesOfRevision, shape.OfList() - done);
      const std::vector<v1::Entry> entries = EntriesOf(list, done, count, 0);
      for (const v1::Entry& entry : entries) {
        figures.serialised += static_cast<double>(entry.ByteSizeLong());
      }
      const DraftInput input = done == 0 ? testing::Edition(ListOf(list), "2020-01-01", entries)
                                         : Additions(ListOf(list), entries);
      const Clock::time_point start = Clock::now();
      daemon.Publish(input);
      figures.publish_s += SecondsSince(start);
    }
    if (isatty(STDERR_FILENO)) {
      std::fprintf(stderr, "\r%s: list %d of %d published", shape.Name().c_str(), list + 1,
                   shape.lists);
    }
  }
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\n");
}

void OpenAndRead(const std::string& directory, const Shape& shape, Figures& figures) {
  const double before = ResidentBytes();
  const double heap_before = static_cast<double>(mallinfo2().uordblks);
  Clock::time_point start = Clock::now();
  Daemon daemon(directory);
  figures.open_s = SecondsSince(start);
  malloc_trim(0);
  figures.resident = ResidentBytes() - before;
  figures.heap = static_cast<double>(mallinfo2().uordblks) - heap_before;
  figures.disk = BytesUnder(directory);

  const std::string before_changes =
      daemon.replica->snapshot()->Basis(*daemon.replica->snapshot()->Resolve({})).frontier_token();
  std::vector<double> revisions;
  for (int i = 0; i < kRevisions; ++i) {
    std::vector<v1::Change> changes(1);
    const v1::Entry entry = EntriesOf(0, i % shape.OfList(), 1, i + 1)[0];
    changes[0].set_operation(v1::OPERATION_REVISE);
    changes[0].set_key(entry.key());
    changes[0].set_effective_from(kToday);
    changes[0].set_entry(entry.SerializeAsString());
    const DraftInput input = testing::Changes(ListOf(0), std::move(changes));
    start = Clock::now();
    daemon.Publish(input);
    revisions.push_back(SecondsSince(start) * 1e3);
  }
  figures.revision_ms = bench::Spread(revisions).p50;

  std::mt19937 random(1);
  const auto snapshot = daemon.replica->snapshot();
  const auto read = [&](const auto& ask) {
    std::vector<double> times;
    for (int i = 0; i < kReads; ++i) {
      const int list = static_cast<int>(random()) & 0x7fffffff;
      const int entry = static_cast<int>(random() & 0x7fffffff) %
                        std::min(shape.OfList(), kEntriesOfRevision);
      const v1::Entry wanted = EntriesOf(list % shape.lists, entry, 1, 0)[0];
      const Clock::time_point began = Clock::now();
      ask(ListOf(list % shape.lists), wanted);
      times.push_back(SecondsSince(began) * 1e6);
    }
    return bench::Spread(times).p50;
  };
  const auto entry_at = [&](const std::string& known_at) {
    return read([&](const std::string& list, const v1::Entry& wanted) {
      v1::GetEntryRequest request;
      request.set_list(list);
      request.set_key(wanted.key());
      request.mutable_at()->set_as_of("2022-01-01");
      request.mutable_at()->set_known_at(known_at);
      const auto answer = snapshot->GetEntry(request);
      if (!answer.ok() || !answer->has_in_force()) bench::Die("an entry is not there");
    });
  };
  figures.now_us = entry_at("");
  figures.past_us = entry_at(before_changes);
  figures.code_us = read([&](const std::string&, const v1::Entry& wanted) {
    v1::GetItemRequest request;
    request.set_code(wanted.item().code());
    const auto answer = snapshot->GetItem(request);
    if (!answer.ok() || answer->authorities_size() == 0) bench::Die("a code is not there");
  });
}

// In a process of its own; gives what it wrote.
Figures Measure(const std::string& directory, const Shape& shape) {
  Figures figures;
  const std::string path = directory + "/figures";
  std::fflush(stdout);
  for (const bool publish : {true, false}) {
    const pid_t child = fork();
    if (child == 0) {
      if (publish) {
        PublishAll(directory + "/data", shape, figures);
      } else {
        OpenAndRead(directory + "/data", shape, figures);
      }
      figures.Write(path);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) bench::Die("a measurement ended early");
    figures.Read(path);
  }
  return figures;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "scale_bench DIRECTORY [ENTRIES]\n");
    return 3;
  }
  const std::string root = std::string(argv[1]) + "/scale_bench";
  const int entries = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  const std::vector<Shape> shapes = {{1, 10'000}, {1, entries}, {500, entries}};
  std::printf("%-22s %9s %7s %8s %8s %8s %9s %8s %8s %9s %9s\n", "entries", "publish s", "open s",
              "now us", "past us", "code us", "change ms", "signed", "disk", "resident", "heap");
  Figures small;
  for (const Shape& shape : shapes) {
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
    Figures figures = Measure(root, shape);
    const double mib = 1 << 20;
    std::printf("%-22s %9.1f %7.2f %8.1f %8.1f %8.1f %9.2f %7.1fM %7.1fM %8.1fM %8.1fM\n",
                shape.Name().c_str(), figures.publish_s, figures.open_s, figures.now_us,
                figures.past_us, figures.code_us, figures.revision_ms, figures.serialised / mib,
                figures.disk / mib, figures.resident / mib, figures.heap / mib);
    if (shape.entries == 10'000) {
      small = figures;
    } else {
      std::printf("%-22s %9s %7s %8.2f %8.2f %8.2f %9.2f %8s %8.2f %9.2f %9.2f\n",
                  "  to 10,000, or signed", "", "", figures.now_us / small.now_us,
                  figures.past_us / small.past_us, figures.code_us / small.code_us,
                  figures.revision_ms / small.revision_ms, "",
                  figures.disk / figures.serialised, figures.resident / figures.serialised,
                  figures.heap / figures.serialised);
    }
    std::fflush(stdout);
  }
  std::filesystem::remove_all(root);
  return 0;
}
