// Hosts with network namespaces of their own on one machine, and the links between them.
#ifndef COMITY_TESTS_SUPPORT_WIRE_H_
#define COMITY_TESTS_SUPPORT_WIRE_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace comity::testing {

// What befalls the packets that one host sends to another.
struct Link {
  // Of a thousand.
  int lost = 0;
  int duplicated = 0;
  std::chrono::microseconds delay{0};
  // Added to each packet's delay, uniform in [0, jitter): later ones overtake.
  std::chrono::microseconds jitter{0};
  // Nothing arrives.
  bool cut = false;
};

struct LinkCount {
  uint64_t packets = 0;
  // Of IP, headers included.
  uint64_t bytes = 0;
};

// Each host has one device, whose packets a thread of this process carries (TUN), so that
// faults need nothing of the kernel and are drawn from one seed. Everything goes when this
// does, however it ends: the namespaces have no names. Thread-safe.
class Wire {
 public:
  // Takes root's rights; the error says what the kernel refused. Numbers hosts from 0; at
  // most 100.
  static absl::StatusOr<std::unique_ptr<Wire>> Create(int hosts, uint64_t seed);
  ~Wire();

  // "10.77.0.N", at which all others reach it.
  static std::string AddressOf(int host);
  // Puts the calling thread, and those that it starts, into the host's namespace.
  absl::Status Enter(int host) const;
  // For setns in a child.
  int NamespaceOf(int host) const { return hosts_[host].name_space; }

  void Set(int from, int to, const Link& link);
  // Both ways.
  void SetBoth(int a, int b, const Link& link);
  LinkCount Sent(int from, int to) const;

 private:
  struct Host {
    int name_space = -1;
    int device = -1;
  };
  struct Packet {
    std::chrono::steady_clock::time_point due;
    uint64_t order;
    int to;
    std::string bytes;
  };

  Wire(int hosts, uint64_t seed);
  absl::Status Make(int host);
  void Carry();
  // Reads what one host sent.
  void Take(int from);
  void SendDue();

  std::vector<Host> hosts_;
  int wake_ = -1;
  mutable std::mutex mutex_;
  // By from, then to.
  std::vector<std::vector<Link>> links_;
  std::vector<std::vector<LinkCount>> counts_;
  // The thread's own.
  std::mt19937_64 random_;
  std::vector<Packet> packets_;  // a heap, the next one due in front
  uint64_t order_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_WIRE_H_
