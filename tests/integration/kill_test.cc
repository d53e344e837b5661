// kill -9 of a real daemon while it publishes and its peer follows: every acknowledged
// revision is there when it starts again, and the digests are equal in the end.
// COMITY_KILL_CYCLES says how often (default 25).
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class KillIntegrationTest : public LabTest {
 protected:
  int PidOf(const std::string& participant) {
    const auto lab = Lab("status").Json();
    for (const auto& daemon : lab["daemons"]) {
      if (daemon["participant"] == participant) return daemon["pid"];
    }
    return 0;
  }
  int SizeAt(const std::string& authority) {
    const auto list = As(authority + "/screener", {"list", "show", "us-bis/list", "-o", "json"});
    return list.exit == 0 ? list.Json()["size"].get<int>() : 0;
  }
};

TEST_F(KillIntegrationTest, NothingAcknowledgedIsLost) {
  const char* variable = std::getenv("COMITY_KILL_CYCLES");
  const int cycles = variable == nullptr ? 25 : std::atoi(variable);
  Up({"us-bis", "no-mfa"});
  std::mt19937 random(7);
  std::atomic<int> acknowledged{0};
  std::atomic<int> published{0};
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const int pid = PidOf("us");
    ASSERT_GT(pid, 0);
    std::atomic<bool> killed{false};
    std::thread publisher([&] {
      while (!killed) {
        const Result r =
            Publish("us-bis", {{"5A001", "text " + std::to_string(published++)}}, "Act");
        // What was not acknowledged may or may not be there.
        if (r.exit == 0 && r.Json().contains("size")) acknowledged = r.Json()["size"].get<int>();
      }
    });
    // Killed at some moment of the second to fifth publication, wherever it stands.
    const int before = published;
    const int wanted = before + 2 + static_cast<int>(random() % 4);
    Eventually([&] { return published >= wanted && PidOf("us") > 0; });
    kill(pid, SIGKILL);
    killed = true;
    publisher.join();
    const Result started = Lab("start", {"us-bis"});
    ASSERT_EQ(started.exit, 0) << started.err;
    ASSERT_GE(SizeAt("us-bis"), acknowledged.load()) << "cycle " << cycle;
  }
  ASSERT_GT(acknowledged.load(), cycles / 2);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  EXPECT_EQ(SizeAt("no-mfa"), SizeAt("us-bis"));
  std::printf("%d kills, %d leaves acknowledged, none lost\n", cycles, acknowledged.load());
}

}  // namespace
}  // namespace comity::integration
