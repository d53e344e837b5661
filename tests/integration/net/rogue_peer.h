// A participant's daemon that is up to no good, with a certificate that is.
#ifndef COMITY_TESTS_INTEGRATION_NET_ROGUE_PEER_H_
#define COMITY_TESTS_INTEGRATION_NET_ROGUE_PEER_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace comity::integration {

// Accepts connections and says nothing, until it goes.
class SilentPeer {
 public:
  // "IP:PORT" of this process.
  explicit SilentPeer(const std::string& address);
  ~SilentPeer();
  int connections() const { return connections_; }

 private:
  struct Impl;
  std::atomic<int> connections_{0};
  std::unique_ptr<Impl> impl_;
};

// What it did, so that a test knows that it did something.
struct RogueCounts {
  std::atomic<int> hellos{0};      // answered with other heads each time
  std::atomic<int> forged{0};      // heads and statements that nobody signed
  std::atomic<uint64_t> hints{0};  // as fast as they are read
  std::atomic<int> dripped{0};     // fetches answered a byte at a time
  std::atomic<int> held_open{0};   // calls at others whose answers it does not read
  std::atomic<int> garbage{0};     // connections at others that send no TLS, drop by drop
};

// Serves peers at `address` as the daemon of `participant` of the lab in `directory`: shows
// others' heads as soon as it learns them, so that it is asked for what it then drips, forges
// some, floods watches. Meanwhile it opens calls and connections at `victims` and keeps them.
class RoguePeer {
 public:
  RoguePeer(const std::string& directory, const std::string& participant,
            const std::string& address, const std::vector<std::string>& victims,
            const std::vector<std::string>& victim_addresses);
  ~RoguePeer();
  const RogueCounts& counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace comity::integration

#endif  // COMITY_TESTS_INTEGRATION_NET_ROGUE_PEER_H_
