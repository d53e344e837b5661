// Takes root's rights: where namespaces or TUN devices are refused it says so and ends with
// code 77, which is reported as "not run", never as passed.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>

#include "client/transport/channel.h"
#include "tests/integration/net/net_lab.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // Before gRPC starts threads: they inherit the namespace.
  auto wire = comity::testing::Wire::Create(comity::integration::kHosts, 7);
  absl::Status ready = wire.status();
  if (ready.ok()) ready = (*wire)->Enter(comity::integration::kObserver);
  if (!ready.ok()) {
    std::fprintf(stderr,
                 "NOT RUN: %d tests of daemons in network namespaces: the kernel refuses %s (they "
                 "take root's rights and /dev/net/tun)\n",
                 ::testing::UnitTest::GetInstance()->total_test_count(),
                 std::string(ready.message()).c_str());
    return 77;
  }
  signal(SIGPIPE, SIG_IGN);
  comity::QuietGrpcLog();
  comity::integration::g_wire = wire->get();
  const int result = RUN_ALL_TESTS();
  return result == 0 && comity::integration::g_not_run ? 77 : result;
}
