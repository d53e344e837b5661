// A disk that is really full: a file system of its own, filled to the last byte. Queries
// are answered all the time, nothing is stored, and full service comes back by itself.
//
// Mounting takes root's rights. Without them the test says so and does not count as
// passed (exit code 77).
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class FullDiskTest : public LabTest {
 protected:
  std::string Data() const { return directory_ + "/daemons/us/data"; }

  // Moves the data of the stopped daemon to a file system of its own.
  void MoveToSmallDisk() {
    namespace fs = std::filesystem;
    const std::string aside = directory_ + "/aside";
    fs::rename(Data(), aside);
    fs::create_directory(Data());
    ASSERT_EQ(mount("comity-test", Data().c_str(), "tmpfs", 0, "size=256m"), 0);
    mounted_ = true;
    fs::copy(aside, Data(), fs::copy_options::recursive);
  }
  void TearDown() override {
    if (mounted_) {
      Lab("down");
      umount(Data().c_str());
    }
    LabTest::TearDown();
  }
  uint64_t Free() const { return std::filesystem::space(Data()).available; }
  // Leaves so many bytes free.
  void FillTo(uint64_t left) {
    const std::string path = Data() + "/filler";
    std::filesystem::remove(path);
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(posix_fallocate(fd, 0, static_cast<off_t>(Free() - left)), 0);
    close(fd);
  }
  std::string Storage() {
    const Result status = As("us-bis/operator", {"status", "-o", "json"});
    return status.exit == 0 ? status.Json()["storage"]["state"].get<std::string>() : "";
  }
  bool Answers() {
    return As("us-bis/screener", {"item", "show", "5A001", "-o", "json"}).exit == 0;
  }
  int PidOfUs() {
    const auto lab = Lab("status").Json();
    for (const auto& daemon : lab["daemons"]) {
      if (daemon["participant"] == "us") return daemon["pid"];
    }
    return 0;
  }

 private:
  bool mounted_ = false;
};

TEST_F(FullDiskTest, ReadsGoOnAndFullServiceComesBackByItself) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  ASSERT_NO_FATAL_FAILURE(MoveToSmallDisk());
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  EXPECT_EQ(Storage(), "ok");

  // Below the reserve: refused before the disk is touched, and said clearly.
  ASSERT_NO_FATAL_FAILURE(FillTo(40 * kMiB));
  const Result refused = Publish("us-bis", {{"5A001", "two"}}, "Act 2");
  EXPECT_EQ(refused.exit, 5) << refused.err;
  EXPECT_NE(refused.err.find("kept in reserve"), std::string::npos) << refused.err;
  EXPECT_EQ(Storage(), "low-space");
  EXPECT_TRUE(Answers());

  // Killed, and not a byte left when it starts again: it reads only.
  kill(PidOfUs(), SIGKILL);
  ASSERT_TRUE(Eventually([&] { return PidOfUs() == 0; }));
  ASSERT_NO_FATAL_FAILURE(FillTo(0));
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  EXPECT_EQ(Storage(), "read-only");
  EXPECT_TRUE(Answers());
  const Result still = Publish("us-bis", {{"5A001", "two"}}, "Act 2");
  EXPECT_EQ(still.exit, 5) << still.err;
  // What a peer publishes cannot be taken, and that is not the peer's fault.
  ASSERT_EQ(Publish("no-mfa", {{"5A001", "norsk"}}, "Lov 1").exit, 0);
  const auto ahead = [&] {
    const auto peers = As("us-bis/operator", {"peer", "ls", "-o", "json"}).Json();
    return !peers.is_null() && peers["peers"][0]["ahead"] == 2;
  };
  EXPECT_TRUE(Eventually(ahead));
  const auto peers = As("us-bis/operator", {"peer", "ls", "-o", "json"}).Json();
  EXPECT_EQ(peers["peers"][0]["state"], "catching-up") << peers.dump();
  EXPECT_EQ(peers["peers"][0]["refused"], 0);

  // Space comes back: so does everything else.
  std::filesystem::remove(Data() + "/filler");
  EXPECT_TRUE(Eventually([&] { return Storage() == "ok"; }));
  EXPECT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2").exit, 0);
  EXPECT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
}

}  // namespace
}  // namespace comity::integration

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  char probe[] = "/tmp/comity-mount-XXXXXX";
  const bool may_mount =
      mkdtemp(probe) != nullptr && mount("comity-test", probe, "tmpfs", 0, "size=1m") == 0;
  if (may_mount) umount(probe);
  rmdir(probe);
  if (!may_mount) {
    std::printf("NOT RUN: the full disk, because mounting one takes root's rights\n");
    return 77;
  }
  return RUN_ALL_TESTS();
}
