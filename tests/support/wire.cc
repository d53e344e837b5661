#include "tests/support/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace comity::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kDevice[] = "net0";
constexpr int kMtu = 1400;
constexpr size_t kMaxPacket = 2048;
constexpr size_t kMaxWaiting = 100'000;
constexpr int kMaxHosts = 100;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv4Destination = 16;

absl::Status Refused(const char* what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

sockaddr SocketAddress(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text, &address.sin_addr);
  sockaddr generic{};
  static_assert(sizeof(generic) == sizeof(address));
  memcpy(&generic, &address, sizeof(generic));
  return generic;
}

// Brings the devices of the calling thread's namespace up.
absl::Status Configure(const std::string& address) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Refused("socket");
  const auto set = [fd](const char* device, unsigned long request, auto fill) {
    ifreq wish{};
    strncpy(wish.ifr_name, device, IFNAMSIZ - 1);
    fill(wish);
    return ioctl(fd, request, &wish) == 0;
  };
  const auto up = [](ifreq& wish) { wish.ifr_flags = IFF_UP | IFF_RUNNING; };
  const bool done = set("lo", SIOCSIFFLAGS, up) &&
                    set(kDevice, SIOCSIFADDR,
                        [&](ifreq& wish) { wish.ifr_addr = SocketAddress(address.c_str()); }) &&
                    set(kDevice, SIOCSIFNETMASK,
                        [](ifreq& wish) { wish.ifr_netmask = SocketAddress("255.255.255.0"); }) &&
                    set(kDevice, SIOCSIFMTU, [](ifreq& wish) { wish.ifr_mtu = kMtu; }) &&
                    set(kDevice, SIOCSIFFLAGS, up);
  const absl::Status status = done ? absl::OkStatus() : Refused("the device's address");
  close(fd);
  return status;
}

// The next one due in front of a heap.
bool Later(const auto& a, const auto& b) {
  return std::pair(a.due, a.order) > std::pair(b.due, b.order);
}

}  // namespace

Wire::Wire(int hosts, uint64_t seed)
    : hosts_(hosts),
      links_(hosts, std::vector<Link>(hosts)),
      counts_(hosts, std::vector<LinkCount>(hosts)),
      random_(seed) {}

absl::StatusOr<std::unique_ptr<Wire>> Wire::Create(int hosts, uint64_t seed) {
  if (hosts < 1 || hosts > kMaxHosts) return absl::InvalidArgumentError("1 to 100 hosts");
  std::unique_ptr<Wire> wire(new Wire(hosts, seed));
  wire->wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (int host = 0; host < hosts; ++host) {
    // A namespace is entered by a thread and lives as long as anything refers to it.
    absl::Status made;
    std::thread([&] { made = wire->Make(host); }).join();
    if (!made.ok()) return made;
  }
  wire->thread_ = std::thread([raw = wire.get()] { raw->Carry(); });
  return wire;
}

absl::Status Wire::Make(int host) {
  if (unshare(CLONE_NEWNET) != 0) return Refused("a network namespace");
  Host& made = hosts_[host];
  made.name_space = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (made.name_space < 0) return Refused("the namespace's file");
  made.device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (made.device < 0) return Refused("/dev/net/tun");
  ifreq wish{};
  strncpy(wish.ifr_name, kDevice, IFNAMSIZ - 1);
  wish.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(made.device, TUNSETIFF, &wish) != 0) return Refused("a TUN device");
  return Configure(AddressOf(host));
}

Wire::~Wire() {
  stopping_ = true;
  if (thread_.joinable()) {
    const uint64_t one = 1;
    if (write(wake_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  }
  for (const Host& host : hosts_) {
    if (host.device >= 0) close(host.device);
    if (host.name_space >= 0) close(host.name_space);
  }
  if (wake_ >= 0) close(wake_);
}

std::string Wire::AddressOf(int host) { return absl::StrCat("10.77.0.", host + 1); }

absl::Status Wire::Enter(int host) const {
  return setns(NamespaceOf(host), CLONE_NEWNET) == 0 ? absl::OkStatus() : Refused("setns");
}

void Wire::Set(int from, int to, const Link& link) {
  std::lock_guard lock(mutex_);
  links_[from][to] = link;
}

void Wire::SetBoth(int a, int b, const Link& link) {
  Set(a, b, link);
  Set(b, a, link);
}

LinkCount Wire::Sent(int from, int to) const {
  std::lock_guard lock(mutex_);
  return counts_[from][to];
}

void Wire::Take(int from) {
  char buffer[kMaxPacket];
  for (;;) {
    const ssize_t size = read(hosts_[from].device, buffer, sizeof(buffer));
    if (size < 0) return;
    if (static_cast<size_t>(size) < kIpv4Header || buffer[0] >> 4 != 4) continue;
    const int to = static_cast<unsigned char>(buffer[kIpv4Destination + 3]) - 1;
    if (to < 0 || to >= static_cast<int>(hosts_.size()) || to == from) continue;
    Link link;
    {
      std::lock_guard lock(mutex_);
      link = links_[from][to];
      ++counts_[from][to].packets;
      counts_[from][to].bytes += static_cast<uint64_t>(size);
    }
    const auto chance = [&](int of_thousand) {
      return of_thousand > 0 && random_() % 1000 < static_cast<uint64_t>(of_thousand);
    };
    if (link.cut || chance(link.lost)) continue;
    for (int copies = chance(link.duplicated) ? 2 : 1; copies > 0; --copies) {
      if (packets_.size() >= kMaxWaiting) continue;
      std::chrono::microseconds delay = link.delay;
      if (link.jitter.count() > 0) {
        delay += std::chrono::microseconds(random_() % static_cast<uint64_t>(link.jitter.count()));
      }
      packets_.push_back(
          {Clock::now() + delay, order_++, to, std::string(buffer, static_cast<size_t>(size))});
      std::push_heap(packets_.begin(), packets_.end(), Later<Packet, Packet>);
    }
  }
}

void Wire::SendDue() {
  while (!packets_.empty() && packets_.front().due <= Clock::now()) {
    std::pop_heap(packets_.begin(), packets_.end(), Later<Packet, Packet>);
    const Packet packet = std::move(packets_.back());
    packets_.pop_back();
    // A device that is full loses it, as a cable would.
    if (write(hosts_[packet.to].device, packet.bytes.data(), packet.bytes.size()) < 0) continue;
  }
}

void Wire::Carry() {
  std::vector<pollfd> polled;
  for (const Host& host : hosts_) polled.push_back({host.device, POLLIN, 0});
  polled.push_back({wake_, POLLIN, 0});
  while (!stopping_) {
    timespec wait{1, 0};
    if (!packets_.empty()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::nanoseconds>(packets_.front().due - Clock::now());
      const int64_t nanos = std::clamp<int64_t>(left.count(), 0, 999'999'999);
      wait = {0, nanos};
    }
    if (ppoll(polled.data(), polled.size(), &wait, nullptr) < 0 && errno != EINTR) return;
    for (size_t host = 0; host < hosts_.size(); ++host) {
      if ((polled[host].revents & POLLIN) != 0) Take(static_cast<int>(host));
    }
    SendDue();
  }
}

}  // namespace comity::testing
