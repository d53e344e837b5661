// One slow, one silent and one hostile peer beside five honest ones: how soon the honest
// ones show a publication, with and without them. COMITY_NET_PUBLICATIONS: how many in each
// half (default 15).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/integration/net/net_lab.h"
#include "tests/integration/net/rogue_peer.h"
#include "tests/support/federation.h"
#include "tests/support/publisher.h"

namespace comity::integration {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const std::vector<std::string> kHonest = {"us", "jp", "no", "eu", "gb"};
constexpr char kList[] = "us-bis/list";

class PeersTest : public NetLab {
 protected:
  struct Times {
    double p50 = 0;
    double p90 = 0;
    double max = 0;
  };

  // From the submission until each of the other honest ones shows it.
  Times Measure(int publications) {
    std::vector<double> times;
    for (int i = 0; i < publications; ++i) {
      const auto envelopes =
          publisher_->Sign(kList, {testing::Item("5A001", std::to_string(number_++))});
      EXPECT_TRUE(envelopes.ok()) << envelopes.status();
      if (!envelopes.ok()) break;
      const Clock::time_point start = Clock::now();
      const auto done = publisher_->Submit(*envelopes);
      EXPECT_TRUE(done.ok()) << done.status();
      if (!done.ok()) break;
      std::vector<std::string> waiting(kHonest.begin() + 1, kHonest.end());
      while (!waiting.empty() && Clock::now() - start < std::chrono::seconds(60)) {
        std::erase_if(waiting, [&](const std::string& one) {
          if (SizeAt(one, kList) <= done->index()) return false;
          times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
          return true;
        });
      }
      EXPECT_TRUE(waiting.empty()) << waiting[0] << " does not show it";
    }
    std::sort(times.begin(), times.end());
    if (times.empty()) return {};
    return {times[times.size() / 2], times[times.size() * 9 / 10], times.back()};
  }

  std::unique_ptr<testing::Publisher> publisher_;
  int number_ = 0;
};

TEST_F(PeersTest, OneSlowOneSilentOneHostileDelayNobodyElse) {
  const char* variable = std::getenv("COMITY_NET_PUBLICATIONS");
  const int publications = variable == nullptr ? 6 : std::atoi(variable);
  const std::string here = testing::Wire::AddressOf(kObserver);
  // "sl" is slow: far away behind a bad link. gb is a little off us, so that whoever is
  // nearer to both can show it first what us published.
  UpOnHosts({"us-bis", "jp-meti", "no-mfa", "eu-com", "gb-ots", "sl-ow"},
            {{"si-lent", here + ":7001"}, {"ho-stile", here + ":7002"}});
  ASSERT_FALSE(HasFatalFailure());
  g_wire->SetBoth(HostOf("us"), HostOf("gb"), {0, 0, milliseconds(20), {}, false});
  ASSERT_EQ(Lab("stop", {"sl"}).exit, 0);
  auto publisher = testing::Publisher::Open(directory_ + "/us-bis/publisher.yaml");
  ASSERT_TRUE(publisher.ok()) << publisher.status();
  publisher_ = *std::move(publisher);
  Measure(5);
  const Times without = Measure(publications);
  ASSERT_FALSE(HasFailure());

  for (const std::string& one : kHonest) {
    g_wire->SetBoth(HostOf("sl"), HostOf(one),
                    {100, 0, milliseconds(400), milliseconds(200), false});
  }
  ASSERT_EQ(
      Execute({std::string(COMITY_BIN_DIR) + "/comity", "lab", "start", "sl", "--dir", directory_},
              g_wire->NamespaceOf(HostOf("sl")))
          .exit,
      0);
  SilentPeer silent(here + ":7001");
  std::vector<std::string> addresses;
  for (const std::string& one : kHonest) {
    addresses.push_back(testing::Wire::AddressOf(HostOf(one)) + ":7443");
  }
  const RoguePeer rogue(directory_, "ho", here + ":7002", kHonest, addresses);
  const RogueCounts& counts = rogue.counts();
  ASSERT_TRUE(Eventually([&] {
    return silent.connections() > 0 && counts.hellos > 4 && counts.hints > 100 &&
           counts.held_open > 0 && counts.garbage > 0;
  }));
  const Times with = Measure(publications);
  std::printf(
      "publish-to-visible at the four other honest peers, ms (p50, p90, max) of %d:\n"
      "  without bad peers                        %7.1f %7.1f %7.1f\n"
      "  with a slow, a silent and a hostile one  %7.1f %7.1f %7.1f\n"
      "the hostile one: %d greetings answered, %d answers forged, %llu hints sent, %d fetches "
      "dripped, %d calls held open, %d connections of garbage\n",
      publications, without.p50, without.p90, without.max, with.p50, with.p90, with.max,
      counts.hellos.load(), counts.forged.load(),
      static_cast<unsigned long long>(counts.hints.load()), counts.dripped.load(),
      counts.held_open.load(), counts.garbage.load());
  // All of them share two cores with the ones that do harm: the figures are for the report, what
  // is asserted is that each publication became visible at each honest peer.
  EXPECT_FALSE(HasFailure()) << As("gb-ots/operator", {"peer", "ls"}).out;
}

}  // namespace
}  // namespace comity::integration
