// The daemon's own accept loop, which hands connections to gRPC.
//
// gRPC 1.51's listener is dead for good after one EMFILE (CVE-2023-4785), and has no limit
// on connections. This one lives through it and has them.
#ifndef COMITY_DAEMON_SERVER_LISTENER_H_
#define COMITY_DAEMON_SERVER_LISTENER_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"

namespace comity {

struct ConnectionLimits {
  // Open at once, in all and from one address.
  size_t total = 1'024;
  size_t per_address = 256;
  // Of one address and younger than kYoung: they may not have shown a certificate yet.
  size_t young_per_address = 64;
};

// Listens from Open on, hands over from Start to Stop. Connections beyond a limit are
// closed at once, so that they do not wait in front of others. Not thread-safe, but for
// `open`.
class Listener {
 public:
  // As long as a connection may take to show its certificate and begin HTTP/2.
  static constexpr std::chrono::seconds kYoung{5};

  // Takes over a connected socket, without blocking.
  using HandOver = std::function<void(int fd)>;
  // Told of each connection that was closed, on the accepting thread: from where, and why.
  using Refused = std::function<void(const std::string& address, const std::string& why)>;

  // `address` is "HOST:PORT", "[HOST]:PORT"; port 0 is any. UNAVAILABLE if it cannot be
  // listened on.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address,
                                                        ConnectionLimits limits);
  ~Listener();

  // The port as bound.
  int port() const { return port_; }
  void Start(HandOver hand_over, Refused refused);
  // Accepts no more; what was handed over goes on. May be called twice.
  void Stop();
  // How many of those that were handed over are still open.
  size_t open() const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Connection {
    int fd;
    // Tells this socket from another that got the same number later.
    ino_t inode;
    std::string address;
    SteadyTime since;
  };

  Listener(int fd, int wake, int reserve, int port, ConnectionLimits limits);

  void Run();
  void Accept();
  // No descriptor is left: frees the reserve to take one connection and close it.
  void Starve();
  // Why one more from there is too many; empty if it is not.
  std::string TooMany(const std::string& address);
  void ForgetClosed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int fd_;
  const int wake_;
  int reserve_;
  const int port_;
  const ConnectionLimits limits_;
  HandOver hand_over_;
  Refused refused_;
  mutable Mutex mutex_;
  mutable std::vector<Connection> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_LISTENER_H_
