// Daemons that no network joins, kept equal by files.
#include <filesystem>
#include <fstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class BundleIntegrationTest : public LabTest {
 protected:
  std::string Export(const std::string& from, const std::string& made_for,
                     std::vector<std::string> more = {}) {
    const std::string path = directory_ + "/" + std::to_string(++files_) + ".bundle";
    std::vector<std::string> arguments = {"bundle", "export", "--for", made_for, "--out", path};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = As(from + "/operator", arguments);
    EXPECT_EQ(result.exit, 0) << result.err;
    return path;
  }
  int Common(const std::string& at) {
    return As(at + "/screener", {"list", "show", "us-bis/list", "-o", "json"})
        .Json()
        .value("commonSize", 0);
  }

 private:
  int files_ = 0;
};

TEST_F(BundleIntegrationTest, TwoEndsOfACutLineEndEqual) {
  Up({"us-bis", "jp-meti", "no-mfa"}, {"--line"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_EQ(Publish("no-mfa", {{"5A001", "en"}}, "Lov 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  ASSERT_TRUE(Eventually([&] { return Common("us-bis") == 2; }));
  ASSERT_EQ(Lab("stop", {"jp-meti"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_NE(Digest("us-bis"), Digest("no-mfa"));

  const std::string token = As("no-mfa/operator", {"status", "-o", "json"}).Json()["frontierToken"];
  const std::string there = Export("us-bis", "no", {"--since", token});
  const Result inspected = As("no-mfa/screener", {"bundle", "inspect", there, "-o", "json"});
  ASSERT_EQ(inspected.exit, 0) << inspected.err;
  EXPECT_EQ(inspected.Json()["lists"][1]["from"], 2);
  EXPECT_EQ(inspected.Json()["lists"][1]["to"], 3);

  // Half of it first, as after a bad stick.
  const std::string cut = directory_ + "/cut.bundle";
  std::filesystem::copy(there, cut);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  const Result broken = As("no-mfa/operator", {"bundle", "import", cut});
  EXPECT_EQ(broken.exit, 3);
  EXPECT_NE(broken.err.find("cut short"), std::string::npos) << broken.err;
  const Result imported = As("no-mfa/operator", {"bundle", "import", there, "-o", "json"});
  ASSERT_EQ(imported.exit, 0) << imported.err;
  EXPECT_EQ(Digest("us-bis"), Digest("no-mfa"));

  // What Norway holds comes back the same way, and makes it COMMON.
  EXPECT_EQ(Common("us-bis"), 2);
  ASSERT_EQ(As("us-bis/operator", {"bundle", "import", Export("no-mfa", "us")}).exit, 0);
  EXPECT_EQ(Common("us-bis"), 3);
}

TEST_F(BundleIntegrationTest, WhoMayNotIsToldAndWhatIsNoBundleToo) {
  Up({"us-bis", "no-mfa"});
  EXPECT_EQ(As("no-mfa/screener", {"bundle", "import", "/dev/null"}).exit, 6);
  EXPECT_EQ(As("no-mfa/operator", {"bundle", "import", "/nonesuch"}).exit, 3);
  const Result csv = As("no-mfa/operator", {"bundle", "import", Csv({{"5A001", "one"}})});
  EXPECT_EQ(csv.exit, 3);
  EXPECT_NE(csv.err.find("no bundle"), std::string::npos) << csv.err;
  EXPECT_EQ(
      As("no-mfa/operator", {"bundle", "export", "--for", "xx", "--out", directory_ + "/x"}).exit,
      3);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/x"));
}

}  // namespace
}  // namespace comity::integration
