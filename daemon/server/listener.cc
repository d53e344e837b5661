#include "daemon/server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr int kBacklog = 512;
// After the descriptors ran out: time for others to give some back.
constexpr int kStarvedMs = 50;
// At most so many at once before the loop looks whether it is to stop.
constexpr int kAcceptAtOnce = 64;

int OpenReserve() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

absl::Status CannotListen(const std::string& address, const std::string& why) {
  return absl::UnavailableError(absl::StrCat(address, " cannot be listened on (", why,
                                             "): is another daemon using the port?"));
}

std::string ToText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof(text));
    } else {
      // Whoever has one address has its whole /64.
      in6_addr network = v6;
      std::memset(&network.s6_addr[8], 0, 8);
      inet_ntop(AF_INET6, &network, text, sizeof(text));
    }
  }
  return text;
}

int PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

// A listening socket on the first of the addresses that gives one.
absl::StatusOr<int> Listen(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return CannotListen(address, "it is not HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                address.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  absl::Status status = CannotListen(address, "it names no address");
  int listening = -1;
  for (const addrinfo* one = found; one != nullptr && listening < 0; one = one->ai_next) {
    const int fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, one->ai_addr, one->ai_addrlen) == 0 && listen(fd, kBacklog) == 0) {
      listening = fd;
    } else {
      status = CannotListen(address, std::strerror(errno));
      if (fd >= 0) close(fd);
    }
  }
  freeaddrinfo(found);
  if (listening < 0) return status;
  return listening;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address,
                                                         ConnectionLimits limits) {
  COMITY_ASSIGN_OR_RETURN(const int fd, Listen(address));
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int reserve = OpenReserve();
  if (wake < 0 || reserve < 0) {
    for (const int one : {fd, wake, reserve}) {
      if (one >= 0) close(one);
    }
    return absl::UnavailableError("no file descriptors are left: raise the limit (ulimit -n)");
  }
  return std::unique_ptr<Listener>(new Listener(fd, wake, reserve, PortOf(fd), limits));
}

Listener::Listener(int fd, int wake, int reserve, int port, ConnectionLimits limits)
    : fd_(fd), wake_(wake), reserve_(reserve), port_(port), limits_(limits) {}

Listener::~Listener() {
  Stop();
  close(fd_);
  close(wake_);
  if (reserve_ >= 0) close(reserve_);
}

void Listener::Start(HandOver hand_over, Refused refused) {
  hand_over_ = std::move(hand_over);
  refused_ = std::move(refused);
  thread_ = std::thread([this] { Run(); });
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof(one));
  thread_.join();
}

size_t Listener::open() const {
  MutexLock lock(mutex_);
  ForgetClosed();
  return connections_.size();
}

void Listener::Run() {
  pollfd polled[] = {{wake_, POLLIN, 0}, {fd_, POLLIN, 0}};
  for (;;) {
    const int ready = poll(polled, 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || (polled[0].revents & POLLIN) != 0) return;
    if ((polled[1].revents & POLLIN) != 0) Accept();
  }
}

void Listener::Accept() {
  for (int i = 0; i < kAcceptAtOnce; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    const int fd =
        accept4(fd_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      const bool starved =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (starved) Starve();
      // Of one connection that went away again, the others know nothing.
      if (starved || errno == EAGAIN || errno == EWOULDBLOCK) return;
      continue;
    }
    const std::string address = ToText(from);
    struct stat info {};
    const std::string why = fstat(fd, &info) == 0 ? TooMany(address) : "it cannot be looked at";
    if (!why.empty()) {
      refused_(address, why);
      close(fd);
      continue;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    {
      MutexLock lock(mutex_);
      connections_.push_back({fd, info.st_ino, address, std::chrono::steady_clock::now()});
    }
    hand_over_(fd);
  }
}

void Listener::Starve() {
  if (reserve_ >= 0) close(reserve_);
  const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) close(fd);
  reserve_ = OpenReserve();
  refused_("", "no file descriptors are left: raise the limit (ulimit -n)");
  pollfd stop{wake_, POLLIN, 0};
  poll(&stop, 1, kStarvedMs);
}

std::string Listener::TooMany(const std::string& address) {
  MutexLock lock(mutex_);
  const auto count = [&](bool young) {
    const SteadyTime now = std::chrono::steady_clock::now();
    return static_cast<size_t>(
        std::count_if(connections_.begin(), connections_.end(), [&](const Connection& one) {
          return one.address == address && (!young || now - one.since < kYoung);
        }));
  };
  const auto full = [&] {
    if (connections_.size() >= limits_.total) {
      return absl::StrCat(connections_.size(), " connections are open here");
    }
    if (const size_t theirs = count(false); theirs >= limits_.per_address) {
      return absl::StrCat(theirs, " connections of this address are open here");
    }
    if (const size_t young = count(true); young >= limits_.young_per_address) {
      return absl::StrCat(young, " connections of this address are younger than ", kYoung.count(),
                          " s");
    }
    return std::string();
  };
  if (full().empty()) return "";
  // Only now is it worth asking the kernel which are gone.
  ForgetClosed();
  return full();
}

void Listener::ForgetClosed() const {
  std::erase_if(connections_, [](const Connection& one) {
    struct stat info {};
    return fstat(one.fd, &info) != 0 || info.st_ino != one.inode;
  });
}

}  // namespace comity
